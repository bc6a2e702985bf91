"""What acronyms stand for, from the texts themselves: "International Lunar Research Station (ILRS)", and the other way.

The passages that say most of a question's words are read for such pairs, and what is found in a passage is remembered:
a passage never changes. The letters are matched as by Schwartz and Hearst (A simple algorithm for identifying
abbreviation definitions in biomedical text, 2003).
"""

import functools
import re
from collections.abc import Iterator, Mapping, Sequence

from rag.domain import Filters
from rag.lexical import stems
from rag.library import Library
from rag.other_names import OtherName, other_names
from rag.places import place_names
from rag.question import STOP_STEMS
from rag.recent import Recent

PASSAGES = 20  # that are read for a question, and for each of its acronyms
SHORTEST = 3  # letters of an acronym that is written small
QUESTIONS = 100  # whose pairs are remembered
MOST = 50_000  # passages whose pairs are remembered; most have none
SHORT = r"[A-Z](?:[A-Za-z0-9&.-]{0,8}[A-Z0-9])"
IN_BRACKETS = re.compile(rf"\(\s*[“\"‘']?(?P<short>{SHORT})s?[”\"’']?\s*[,;)]")
BEFORE_BRACKETS = re.compile(rf"\b(?P<short>{SHORT})\s+\((?P<full>[^()]{{5,100}})\)")
WORD = re.compile(r"\w[\w’'-]*")
ACRONYM = re.compile(r"\w[\w&.-]*\w")
CAPITALS = re.compile(rf"\b{SHORT}\b")
LETTERS = re.compile(r"[^A-Za-z0-9]")
NO_NAME = re.compile(r"[.;:!?()\[\]\n]")  # no name goes over these

Pair = tuple[str, str]  # "ILRS", "International Lunar Research Station"


def pairs(text: str) -> tuple[Pair, ...]:
    """The acronyms that a text explains, with what each stands for."""
    found = [
        (one["short"], _long(one["short"], NO_NAME.split(text[max(0, one.start() - 150) : one.start()])[-1]))
        for one in IN_BRACKETS.finditer(text)
    ]
    found += [(one["short"], _long(one["short"], one["full"])) for one in BEFORE_BRACKETS.finditer(text)]
    return tuple(dict.fromkeys((short, full) for short, full in found if full))


def names(question: str, library: Library, found: Mapping[str, str] | None = None) -> tuple[OtherName, ...]:
    """What else is called what a question names: as its acronyms are explained in the library, or as letters tell.

    `found`: the passages that say most of the question's words, best first, where they have been looked up: id -> text.
    """
    explained = _explained(question, _of(library).near(question, library, found))
    return (*explained, *other_names(question), *place_names(question))


def _explained(question: str, known: Sequence[Pair]) -> Iterator[OtherName]:
    asked, written = stems(question), _written(question)
    for short, full in known:
        own = stems(full)
        if short in written:
            pattern = re.compile(r"[\s-]+".join(map(re.escape, re.split(r"[\s-]+", full))), re.IGNORECASE)
            yield OtherName(pattern, frozenset(stems(short)), full)
        elif any(asked[start : start + len(own)] == own for start in range(len(asked))):
            yield OtherName(re.compile(rf"\b{re.escape(short)}s?\b"), frozenset(own), short)


def _written(question: str) -> set[str]:
    """What may be an acronym: in a question without capitals every word that is neither short nor a common one."""
    words = set(ACRONYM.findall(question))
    if question != question.lower():
        return words
    return {word.upper() for word in words if len(word) >= SHORTEST and not STOP_STEMS.issuperset(stems(word))}


def _long(short: str, before: str) -> str:
    """The shortest run of words that ends `before` and spells the acronym; "" where none does."""
    letters = LETTERS.sub("", short).lower()
    if len(letters) < 2 or sum(letter.isupper() for letter in short) < 2:
        return ""
    words = list(WORD.finditer(before))[-min(len(letters) + 5, 2 * len(letters)) :]
    if not words or before[words[-1].end() :].strip(" \"'“”‘’,"):
        return ""
    at, first = words[-1].end(), words[0].start()
    for place, letter in reversed(list(enumerate(letters))):
        at -= 1
        while at >= first and (before[at].lower() != letter or (place == 0 and at > 0 and before[at - 1].isalnum())):
            at -= 1
        if at < first:
            return ""
    full = " ".join(before[at : words[-1].end()].split())
    return full if re.search(r"[\s-]", full) and short not in full.split() and _spelled(letters, full) else ""


def _spelled(letters: str, full: str) -> bool:
    """Whether most of the letters begin a word: "are (A" is found by the letters alone."""
    initials = [word[0].lower() for word in re.split(r"[\s-]+", full) if word]
    return 2 * sum(letter in initials for letter in letters) > len(letters)


class _Known:
    """The pairs of passages, each read once. Safe to use from threads."""

    def __init__(self) -> None:
        self._pairs: Recent[str, tuple[Pair, ...]] = Recent(MOST)
        self._last: Recent[tuple[str, int], tuple[Pair, ...]] = Recent(QUESTIONS)

    def near(self, question: str, library: Library, hits: Mapping[str, str] | None) -> tuple[Pair, ...]:
        """The pairs in the passages that say most of the question's words, or one of its acronyms."""
        key = question, library.revision  # the retriever and the quotes ask for the same
        last = self._last.found([key])
        if not last:
            last = {key: self._found(question, library, hits)}
            self._last.keep(last)
        return last[key]

    def _found(self, question: str, library: Library, hits: Mapping[str, str] | None) -> tuple[Pair, ...]:
        ids = dict.fromkeys(_best(question, library) if hits is None else list(hits)[:PASSAGES])
        for words in CAPITALS.findall(question):
            ids.update(dict.fromkeys(_best(words, library)))
        found = self._pairs.found(ids)
        if new := [name for name in ids if name not in found]:
            texts = {name: hits[name] for name in new if hits and name in hits}
            others = library.passages([name for name in new if name not in texts])
            texts |= {name: passage.text for name, (passage, _) in others.items()}
            read = {name: pairs(text) for name, text in texts.items()}
            self._pairs.keep(read)
            found.update(read)
        return tuple(dict.fromkeys(pair for name in ids for pair in found.get(name, ())))


def _best(words: str, library: Library) -> list[str]:
    return [name for name, _ in library.best_words(words, PASSAGES, Filters())]


@functools.lru_cache(maxsize=2)
def _of(library: Library) -> _Known:
    return _Known()
