"""The numbers of a sentence: what each counts, how it is bounded and what it labels.

"more than 50" is not 50, "17 countries" are not 17 companies, and "Article 9" is not 9 articles.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.lexical import stems
from rag.question import STOP_WORDS
from rag.tokens import LABELS, MEASURES, Token

NEAR = 3  # telling words on either side of a number that may say what it counts

PLURALS = frozenset({"people", "women", "men", "children"})  # without an s
# Words that are counted alike.
ALIKE = dict(
    zip(
        stems("nations states members signatories firms"),
        stems("countries countries members members companies"),
        strict=True,
    )
)

BOUNDS = (
    (">=", r"at least|(?:no|not) (?:less|fewer) than|minimum of"),
    ("<=", r"at most|up to|(?:no|not) more than|maximum of|not exceed|not exceeding"),
    (">", r"more than|over|above|exceeding|exceeds?|exceeded|in excess of|greater than|upwards of"),
    ("<", r"less than|fewer than|under|below"),
)
BOUND = re.compile(
    "(?:" + "|".join(f"(?P<b{n}>\\b(?:{words}))" for n, (_, words) in enumerate(BOUNDS)) + ")(?: about| the)?$"
)
OR_MORE, OR_LESS = frozenset({"more", "above", "higher"}), frozenset({"less", "fewer", "below"})


@dataclass(frozen=True, slots=True)
class Number:
    """A number, what it counts or labels, and how it is bounded."""

    value: float
    measure: str  # "%", "km", "th" for an ordinal, "s" for "dozens"; "" for a bare count
    counted: frozenset[str]  # stems of what is counted, as far as the words after it tell
    around: frozenset[str]  # stems of the telling words on both sides
    bound: str  # "", ">", ">=", "<", "<="
    label: str  # "article" in "Article 9"

    def holds(self, other: "Number") -> bool:
        """Whether the other number, of a claim, is this one."""
        if (self.measure, self.bound) != (other.measure, other.bound) or not math.isclose(self.value, other.value):
            return False
        # "Apollo" may be left to the names: it is a label only where it does not begin the sentence.
        if self.label != other.label and ((self.label and other.label) or LABELS & {self.label, other.label}):
            return False
        return other.measure == "th" or not (other.counted and self.around) or bool(other.counted & self.around)

    def like(self, other: "Number") -> bool:
        """Whether both count the same kind of thing."""
        return self.measure == other.measure and (bool(self.measure) or bool(self.counted & other.counted))


def numbers(found: Sequence[Token]) -> tuple[Number, ...]:
    """The numbers among the tokens, with what stands around them."""
    return tuple(_read(found, at) for at, token in enumerate(found) if token.number is not None)


def _read(found: Sequence[Token], at: int) -> Number:
    token = found[at]
    label, after = _label(found, at), _following(found, at + 1)
    measure = token.measure or next((MEASURES[word] for word in after[:1] if word in MEASURES), "")
    if not measure and at + 1 < len(found) and found[at + 1].text in ("%", "°"):
        measure = MEASURES.get(found[at + 1].text, "%")
    counted = _counted(after) if not (label or measure) else frozenset()
    around = counted if label or measure else _stemmed(after) | _stemmed(_telling(found[:at][::-1]))
    return Number(token.number or 0.0, measure, counted, around, _bound(found, at), label)


def _label(found: Sequence[Token], at: int) -> str:
    """The word that the number is the number of: "article" in "Article IX", "apollo" in "Apollo 11"."""
    before = found[at - 1] if at else Token("")
    if before.text == "-" and at > 1:
        before = found[at - 2]
    word = before.text.lower()
    if not before.is_word or not (word in LABELS or (before.text[:1].isupper() and at > 1 and word not in STOP_WORDS)):
        return ""
    return word.removesuffix("s") if word in LABELS else word


def _following(found: Sequence[Token], at: int) -> list[str]:
    """The telling words after a number; a range's first number takes those of its second."""
    if at + 1 < len(found) and found[at].text.lower() in ("to", "-", "or", "and") and found[at + 1].number is not None:
        at += 2
    return _telling(found[at:])


def _telling(found: Sequence[Token]) -> list[str]:
    words: list[str] = []
    for token in found[: NEAR + 1]:
        word = token.text.lower()
        if token.text == "-":
            continue
        if not token.is_word or (word in STOP_WORDS and not token.text.isupper()) or len(words) == NEAR:
            break
        words.append(word)
    return words


def _counted(after: Sequence[str]) -> frozenset[str]:
    """What is counted: the first plural."""
    plurals = (word for word in after if word in PLURALS or (word.endswith("s") and not word.endswith("ss")))
    return _stemmed(list(plurals)[:1])


def _stemmed(words: Sequence[str]) -> frozenset[str]:
    return frozenset(ALIKE.get(stem, stem) for stem in stems(" ".join(words)))


def _bound(found: Sequence[Token], at: int) -> str:
    before = " ".join(token.text.lower() for token in found[max(0, at - 5) : at] if not token.is_mark)
    if match := BOUND.search(before):
        return next(bound for n, (bound, _) in enumerate(BOUNDS) if match[f"b{n}"])
    after = [token.text.lower() for token in found[at + 1 : at + 5]]
    if "or" in after[:-1]:
        last = after[after.index("or") + 1]
        return ">=" if last in OR_MORE else "<=" if last in OR_LESS else ""
    return ""
