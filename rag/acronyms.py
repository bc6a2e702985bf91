"""Names and their initials: "ILRS" and "International Lunar Research Station" are one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.lexical import stems

ACRONYM = re.compile(r"\b[A-Z]{3,8}\b")
_SMALL = r"(?:of|the|and|for|on|in|to)"
RUN = re.compile(rf"\b[A-Z][a-z]+(?:(?:[\s-]+{_SMALL})*[\s-]+[A-Z][a-z]+){{2,}}")
INITIAL = re.compile(r"\b[A-Z]")


@dataclass(frozen=True, slots=True)
class OtherName:
    """What else something is called that a question names."""

    pattern: re.Pattern[str]  # finds it in a text
    stems: frozenset[str]  # as the question calls it
    words: str  # as a text may call it; "" where only the pattern tells


def other_names(question: str) -> tuple[OtherName, ...]:
    """The full names of its acronyms, and the acronyms of its full names."""
    return (*_full(question), *_short(question))


def _full(question: str) -> Iterator[OtherName]:
    between = rf"[\s-]+(?:{_SMALL}[\s-]+)*"
    for short in dict.fromkeys(ACRONYM.findall(question)):
        pattern = between.join(rf"[{letter}{letter.lower()}]\w+" for letter in short)
        yield OtherName(re.compile(rf"\b{pattern}"), frozenset(stems(short)), "")


def _short(question: str) -> Iterator[OtherName]:
    for name in dict.fromkeys(RUN.findall(question)):
        short = "".join(INITIAL.findall(name))
        yield OtherName(re.compile(rf"\b{short}\b"), frozenset(stems(name)), short)
