"""What a question singles out by a name that hardly any article has, or by the number of a document.

To a model of meanings a name that it never saw is hardly a word, and articles of one kind are much alike.
"""

import re
from collections.abc import Sequence

from rag.domain import Filters
from rag.embedding import Embedding
from rag.library import Library

# The number of a resolution, decision or law, which stands for it: no other is asked about.
DOCUMENT = re.compile(r"(?<![\d/.-])(?!24/7\b)\d{2,4}/\d{1,4}(?![\d/])")
NAME = re.compile(r"(?<=[\w,;:(“\"'’] )[\"“(]?(?P<name>[A-Z][\w-]+)")
FEW = 2  # articles, of those found, that a name may be in and still singles out
SEVERAL = 8  # articles found, from which that says anything
LOOKED_UP = 50  # passages with the number of a document


def by_rare_names(
    question: str, found: Sequence[tuple[str, str, str]], embedding: Embedding
) -> tuple[frozenset[int], ...]:
    """For each name in a question that the model has no word for, and few articles: the places of the passages with it.

    Twice, where some have it in their title alone: of all, and of those whose own text has it. `found`: of each passage
    its article's id, its title and the text.
    """
    names = list(dict.fromkeys(one["name"] for one in NAME.finditer(question)))
    if not names or len({article for article, *_ in found}) < SEVERAL:
        return ()
    groups = []
    for name, pieces in zip(names, embedding.count_pieces(names), strict=True):
        if pieces == 1:
            continue
        written = re.compile(rf"\b{re.escape(name)}\b", re.IGNORECASE)
        own = frozenset(place for place, (_, _, text) in enumerate(found) if written.search(text))
        places = own | {place for place, (_, title, _) in enumerate(found) if written.search(title)}
        if places and len({found[place][0] for place in places}) <= FEW:
            groups += [places, own] if own else [places]
    return tuple(dict.fromkeys(groups))


def with_the_number(text: str, library: Library, filters: Filters) -> tuple[str, ...]:
    """The ids of the articles in which a number of a document stands that a text gives; none, where it gives none."""
    holding: set[str] = set()
    for number in DOCUMENT.findall(text):
        known = library.passages([name for name, _ in library.best_words(number, LOOKED_UP, filters)])
        written = re.compile(rf"(?<![\d/.-]){re.escape(number)}(?![\d/])")
        holding |= {card.id for passage, card in known.values() if written.search(f"{card.title}\n{passage.text}")}
    return tuple(sorted(holding))
