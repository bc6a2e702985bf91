"""The passages of a provision that a question names by number, in the articles that the question points to."""

import re
from collections.abc import Mapping, Sequence

from rag.domain import ArticleCard, Filters
from rag.lexical import stems
from rag.library import Library
from rag.other_names import OtherName
from rag.provisions import Provision, provisions
from rag.question import telling

MOST = 200  # passages whose head names such a provision, those with more of the question's words first
MOST_ADDED = 16  # passages of a provision that are taken where neither index has found them
LETTERS = re.compile(r"\b[A-Z]{3,8}\b")
CAPITAL = re.compile(r"\b[A-Z]")


def passages_of_provisions(
    question: str, names: Sequence[OtherName], library: Library, filters: Filters
) -> tuple[tuple[str, ...], ...]:
    """For each provision that the question names, the ids of its passages.

    Only of the articles whose title has most of what the question says of them; of all, where no title has any of it.
    """
    return tuple(_of_one(one, names, library, filters) for one in provisions(question))


def pointed(found: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The passages to be looked at besides those that the indexes find: not all that have such a number."""
    return tuple(name for ids in found if len(ids) <= MOST_ADDED for name in ids)


def _of_one(one: Provision, names: Sequence[OtherName], library: Library, filters: Filters) -> tuple[str, ...]:
    headed = library.headed(one.words, f"{one.of} {one.rest}", MOST, filters)
    known = {name: card for name, (passage, card) in library.passages(headed).items() if one.heads(passage.section)}
    for said in (one.of, one.rest):
        shares = _shares(said, known, names, library)
        most = max(shares.values(), default=0.0)
        if most > 0:
            return tuple(name for name, share in shares.items() if share == most)
    return tuple(known)


def _shares(
    said: str, known: Mapping[str, ArticleCard], names: Sequence[OtherName], library: Library
) -> dict[str, float]:
    """Passage id -> the weight of the words that the title of its article has of what is said."""
    weights = library.weights(telling(said))
    short = [(letters, stems(letters)) for letters in _acronyms(said, library)]
    titles = {card.title: frozenset(stems(card.title)) for card in known.values()}
    for title, held in titles.items():
        called = [stem for letters, own in short if _initials(letters, title) for stem in own]
        called += [stem for name in names if name.pattern.search(title) for stem in name.stems]
        titles[title] = held.union(called)
    return {
        name: sum(weight for stem, weight in weights.items() if stem in titles[card.title])
        for name, card in known.items()
    }


def _acronyms(said: str, library: Library) -> list[str]:
    """What may be acronyms: words in capitals; where nothing is, short words that no passage holds."""
    if said != said.lower():
        return LETTERS.findall(said)
    words = {letters: "".join(stems(letters)) for letters in LETTERS.findall(said.upper())}
    counts = library.word_counts(list(words.values())) if words else {}
    return [letters for letters, stem in words.items() if not counts[stem]]


def _initials(letters: str, title: str) -> bool:
    """Whether each letter begins a word of the title, in whatever order: the OST is a treaty on outer space."""
    initials = CAPITAL.findall(title)
    return all(letters.count(letter) <= initials.count(letter) for letter in letters)
