"""Whether a text speaks of whom and what a question names: its names and numbers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.lexical import stems
from rag.other_names import OtherName
from rag.question import STOP_STEMS
from rag.sentence_scores import Candidate

WORD = re.compile(r"\w[\w/’'-]*")
NO_NAME = frozenset({"ok"})
POSSESSIVE = re.compile(r"['’]s?$")
MANY = 6  # names, of which one may be missing
FEWEST_LETTERS = 5  # of a name from which one letter may differ


@dataclass(frozen=True, slots=True)
class Named:
    """A name or number of a question."""

    word: str
    stems: frozenset[str]
    others: tuple[OtherName, ...]  # what else it is called

    def in_text(self, text: str, words: frozenset[str]) -> bool:
        """Whether a text with these stems names it, by whatever name, or with one letter changed."""
        if self.stems & words or any(other.pattern.search(text) for other in self.others):
            return True
        return any(_nearly(own, word) for own in self.stems for word in words)


def named(asked: str, others: Sequence[OtherName]) -> tuple[Named, ...]:
    """What is written with a capital letter or a digit in a question, but for the word that it begins with."""
    found = []
    for place, one in enumerate(WORD.finditer(asked)):
        word = POSSESSIVE.sub("", one[0])
        own = frozenset(stems(word))
        number = any(letter.isdigit() for letter in word)
        if own and (number or (place and word[0].isupper() and not own <= STOP_STEMS | NO_NAME)):
            found.append(Named(word, own, tuple(other for other in others if own & other.stems)))
    return tuple(found)


def spoken_of(found: Sequence[Candidate], names: Sequence[Named]) -> bool:
    """Whether each of the names, plain numbers apart, is in one sentence or another, or in what stands around it."""
    left = [name for name in names if not name.word.isdigit()]
    for one in {one.hit.passage.id: one for one in found}.values():
        left = _missing(one, left) if left else left
    return not left


def _missing(one: Candidate, names: Sequence[Named]) -> list[Named]:
    """Those of the names that neither the sentence nor what stands around it has."""
    card = one.hit.article
    text = f"{card.title} {one.hit.passage.section or ''} {one.hit.passage.text} {card.published or ''}"
    words = frozenset(stems(text)) | one.words
    return [name for name in names if not name.in_text(text, words)]


def speaks_of(one: Candidate, names: Sequence[Named]) -> bool:
    """Whether a sentence with what stands around it has all the names, of many all but one."""
    return not names or len(_missing(one, names)) <= (len(names) >= MANY)


def _nearly(one: str, other: str) -> bool:
    """Whether two words differ in one letter, an ending apart."""
    shorter = min(len(one), len(other))
    if shorter < FEWEST_LETTERS or abs(len(one) - len(other)) > 1 or one.isdigit():
        return False
    return sum(a != b for a, b in zip(one, other, strict=False)) <= 1
