"""Whether a text speaks of whom and what a question names: its names and numbers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.lexical import stems
from rag.other_names import OtherName
from rag.question import STOP_STEMS
from rag.sentence_scores import Candidate

WORD = re.compile(r"\w[\w/’'-]*")
POSSESSIVE = re.compile(r"['’]s?$")
MANY = 5  # names, of which one may be missing
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
        if own and (number or (place and word[0].isupper() and not own <= STOP_STEMS)):
            found.append(Named(word, own, tuple(other for other in others if own & other.stems)))
    return tuple(found)


def missing(one: Candidate, names: Sequence[Named]) -> int:
    """How many of the names neither the sentence nor what stands around it (title, section, passage) has."""
    if not names:
        return 0
    text = f"{one.hit.article.title} {one.hit.passage.section or ''} {one.hit.passage.text}"
    words = frozenset(stems(text)) | one.words
    return sum(not name.in_text(text, words) for name in names)


def speaks_of(one: Candidate, names: Sequence[Named]) -> bool:
    """Whether a sentence with what stands around it has all the names, of many all but one."""
    return missing(one, names) <= (len(names) >= MANY)


def _nearly(one: str, other: str) -> bool:
    """Whether two words differ in one letter."""
    if len(one) < FEWEST_LETTERS or len(one) != len(other) or one.isdigit():
        return False
    return sum(a != b for a, b in zip(one, other, strict=True)) == 1
