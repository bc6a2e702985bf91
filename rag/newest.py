"""Questions that ask for the state of things now: of passages about as good, those published last are kept in view."""

import re
from collections.abc import Sequence
from datetime import date
from statistics import pstdev

NOW = re.compile(
    r"\b(?:latest|newest|most recent|recent(?:ly)?|current(?:ly)?|now(?! that)|nowadays|presently|at present|as of now|"
    r"as of today|today|to date|so far|these days|at the moment|still|up[\s-]to[\s-]date)\b|"
    r"\bwhat(?:['’]s| is) (?:new|the news)\b",
    re.IGNORECASE,
)
HAVE = re.compile(
    r"\b(?:how many|what number of)\b(?!.*\b(?:did|had|at first|(?:1[89]|20)\d\d)\b)"
    r"[^?]*\b(?:have|has|are|is|does|do)\b",
    re.IGNORECASE,
)
MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
TOLD = re.compile(rf"(?:(?:(?P<day>\d{{1,2}}) )?\b(?P<month>{MONTHS}) )?\b(?P<year>(?:19|20)\d\d)\b", re.IGNORECASE)
NEAR = 0.75  # deviations of all scores, under the best, down to which a passage is about as good
NEWER = 0.5  # of them, that the last published gains on the first published; an undated one gains half of it
IN_VIEW = 4  # places, in one of which the last published stands


def asks_for_now(question: str) -> bool:
    """Whether the question asks for what is, not for what was at some time."""
    return bool(NOW.search(question))


def counts_now(question: str) -> bool:
    """Whether it asks how many there are or have been by now: `asks_for_now` in other words."""
    return asks_for_now(question) or bool(HAVE.search(question))


def last_told(text: str) -> tuple[int, int, int]:
    """Year, month and day of the last time that a sentence names; 0 for what it does not tell."""
    months = MONTHS.split("|")
    return max(
        (
            (
                int(found["year"]),
                months.index(found["month"].lower()) + 1 if found["month"] else 0,
                int(found["day"] or 0),
            )
            for found in TOLD.finditer(text)
        ),
        default=(0, 0, 0),
    )


def gains(scores: Sequence[float], published: Sequence[date | None]) -> list[float]:
    """What is added to each score (best first, as given) so that the newest of about the best come into view."""
    if len(scores) < 2:
        return [0.0] * len(scores)
    spread = pstdev(scores)
    near = [score >= scores[0] - NEAR * spread for score in scores]
    days = sorted({day for day, good in zip(published, near, strict=True) if day and good})
    if len(days) < 2:
        return [0.0] * len(scores)
    newness = {day: place / (len(days) - 1) for place, day in enumerate(days)}
    added = [
        NEWER * spread * (newness[day] if day else 0.5) if good else 0.0
        for day, good in zip(published, near, strict=True)
    ]
    newest = next(
        place for place, (day, good) in enumerate(zip(published, near, strict=True)) if good and day == days[-1]
    )
    raised = sorted((score + more for score, more in zip(scores, added, strict=True)), reverse=True)
    needed = raised[min(IN_VIEW, len(raised)) - 1] - scores[newest]
    added[newest] = max(added[newest], needed)
    return added
