"""A follow-up -> a question that stands by itself, without a model."""

import re
from collections.abc import Sequence

from rag.domain import Turn
from rag.question import wanted

# Words that point back to what was said before.
POINTING = re.compile(
    r"\b(?:it|its|they|them|their|theirs|he|she|him|his|her|this|that|these|those|there|then|one|ones|same|former|latter|"
    r"such|above|mentioned|other|others|another)\b",
    re.IGNORECASE,
)
OPENING = re.compile(
    r"\s*(?:and|but|so|also|or|what about|how about|what else|why(?: not)?\s*\?|since when|by when)\b", re.I
)
FEW = 2  # telling words with which a question hardly stands by itself


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The question with the subject of the turn before, where it leans on it; else as it is."""
    if not history or not _leans(question):
        return question
    before = history[-1].question
    if len(history) > 1 and _leans(before):
        before = f"{history[-2].question} {before}"
    return f"{before} {question}"


def _leans(question: str) -> bool:
    return bool(POINTING.search(question) or OPENING.match(question)) or len(wanted(question).subject) <= FEW
