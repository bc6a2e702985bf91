"""Questions that ask for the state of things now: of passages about as good, those published last are kept in view."""

import re
from collections.abc import Sequence
from datetime import date
from statistics import pstdev

NOW = re.compile(
    r"\b(?:latest|newest|most recent|recent(?:ly)?|current(?:ly)?|now(?! that)|nowadays|presently|at present|as of now|"
    r"as of today|today|to date|so far|these days|at the moment|still|up[\s-]to[\s-]date)\b",
    re.IGNORECASE,
)
NEAR = 0.75  # deviations of all scores, under the best, down to which a passage is about as good
NEWER = 0.5  # of them, that the last published gains on the first published; an undated one gains half of it
IN_VIEW = 4  # places, in one of which the last published stands


def asks_for_now(question: str) -> bool:
    """Whether the question asks for what is, not for what was at some time."""
    return bool(NOW.search(question))


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
