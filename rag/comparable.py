"""The numbers of a sentence that can be held against those of another: what they count, and what they may be."""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from rag.figures import ALIKE, Number
from rag.lexical import stems
from rag.tokens import MEASURES, Token, tokens
from rag.wording import wording

ROUNDED = 0.015  # of a number: no more than rounding
ABOUT = 0.15  # the same of one that is said to be about right
ROUGHLY = frozenset(("about", "around", "nearly", "almost", "some", "roughly", "approximately", "circa", "close"))
PART_BEFORE = frozenset(
    ("another", "other", "additional", "first", "last", "next", "remaining", "further", "extra", "these", "those")
)
PART_AFTER = frozenset(("more", "other", "additional", "new", "further", "extra", "of", "out"))
ANY_MEMBER = frozenset(
    ("member", "partner", "participating", "different", "total", "full", "signatory", "foreign")
)  # of those counted
BOUNDS = {"": "", ">": "more than ", ">=": "at least ", "<": "less than ", "<=": "at most "}


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that counts or measures something."""

    number: Number
    text: str  # "more than 50 countries"
    kinds: frozenset[str]  # the words between it and what it counts
    joined: bool  # "17 countries and organisations"
    roughly: bool

    @property
    def range(self) -> tuple[float, float]:
        """What it may be."""
        value, spread = self.number.value, ABOUT if self.roughly else 0.0
        low = 0.0 if self.number.bound.startswith("<") else value * (1 - spread)
        return low, math.inf if self.number.bound.startswith(">") else value * (1 + spread)


@functools.lru_cache(maxsize=1024)
def figures(text: str) -> tuple[Figure, ...]:
    """The numbers of a sentence that count or measure; none that label, order, or tell a part."""
    found = tokens(text)
    told = wording(text)
    read = (_figure(found, at, number) for at, number in zip(told.number_places, told.numbers, strict=True))
    return tuple(figure for figure in read if figure)


def apart(one: Figure, other: Figure) -> bool:
    """Whether the numbers exclude each other."""
    (low, high), (least, most) = one.range, other.range
    values = one.number.value, other.number.value
    whole = max(values) < 100 and all(value == int(value) for value in values)
    near = not whole and abs(values[0] - values[1]) <= ROUNDED * max(values)
    return not near and (high < least or most < low or ((high == least or most == low) and values[0] != values[1]))


def _figure(found: Sequence[Token], at: int, number: Number) -> Figure | None:
    before, after = _word(found, at - 1), _word(found, at + 1)
    counts = bool(number.counted) or number.measure not in ("", "th", "s")
    if number.label or not counts or before in PART_BEFORE or after in PART_AFTER:
        return None
    end = at + 1
    if number.counted:
        while end < len(found) and not number.counted & _stemmed(found[end]):
            end += 1
        end += 1
    elif after in MEASURES:
        end += 1
    between = frozenset(token.text.lower() for token in found[at + 1 : end - 1] if token.is_word) - ANY_MEMBER
    value = found[at].text if any(map(str.isdigit, found[at].text)) else f"{number.value:,.12g}"
    words = " ".join((value, *(token.text for token in found[at + 1 : end])))
    roughly = any(_word(found, place) in ROUGHLY for place in range(at - 2, at))
    joined = _word(found, end) in ("and", "or", "-", "/")
    return Figure(number, BOUNDS[number.bound] + ("about " if roughly else "") + words, between, joined, roughly)


def _word(found: Sequence[Token], at: int) -> str:
    return found[at].text.lower() if 0 <= at < len(found) else ""


def _stemmed(token: Token) -> frozenset[str]:
    return frozenset(ALIKE.get(stem, stem) for stem in stems(token.text))
