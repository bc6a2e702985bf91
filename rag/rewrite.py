"""A follow-up -> a question that stands by itself, without a model."""

import re
from collections.abc import Sequence

from rag.domain import Turn
from rag.question import POINTING, telling

OPENING = re.compile(
    r"\s*(?:and|but|so|also|or|what about|how about|what else|why(?: not)?\s*\?|since when|by when)\b", re.I
)
FEW = 2  # telling words with which a question hardly stands by itself
NAME = re.compile(r"\b[A-Z][\w’'-]+(?:(?: of(?: the)?)? [A-Z][\w’'-]+)*")
MOST_NAMES = 3


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The question with the subject of the turn before, where it leans on it; else as it is.

    `About “what was asked before” (names in its answer): what is asked now`, which `rag.question.read` understands.
    """
    if not history or not _leans(question):
        return question
    last = history[-1]
    before = last.question
    if len(history) > 1 and _leans(before):
        before = f"{history[-2].question} {before}"
    names = _names(last.answer, before)
    told = f" ({', '.join(names)})" if names else ""
    return f"About “{before}”{told}: {question}"


def _names(answer: str, before: str) -> list[str]:
    """What the answer names that was not named before."""
    known = set(telling(before))
    found = dict.fromkeys(match[0] for match in NAME.finditer(answer) if " " in match[0] or match[0].isupper())
    return [name for name in found if not known.issuperset(telling(name))][:MOST_NAMES]


def _leans(question: str) -> bool:
    return bool(POINTING.search(question) or OPENING.match(question)) or len(telling(question)) <= FEW
