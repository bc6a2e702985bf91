"""What people say of answers, in HOME/conversations.db, and the command that lists it."""

import json
from argparse import Namespace
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from rag.domain import Answer, to_json
from rag.errors import SpacePolicyError
from ui import terminal
from ui.kept import Kept, storable
from ui.options import settings_for, wants_json

LONGEST = 4000  # characters of a comment


class Verdict(StrEnum):
    """What is the matter with an answer."""

    RIGHT = "right"
    WRONG_ANSWER = "wrong_answer"
    WRONG_CITATION = "wrong_citation"  # the source does not say it, or is not the one to cite
    MISSING_SOURCE = "missing_source"  # the library holds a better source, or should


@dataclass(frozen=True, slots=True)
class Feedback:
    """One verdict on one answer."""

    id: int  # 1, 2, ...: in the order given
    given: datetime  # UTC
    verdict: Verdict
    question: str
    comment: str | None
    answer: Mapping[str, Any] = field(hash=False)  # an Answer as JSON: the one judged, whatever an Answer is now


class FeedbackBox:
    """Takes feedback, and tells what was given. Safe to use from threads."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def give(self, verdict: Verdict, answer: Answer, comment: str = "", reader: str | None = None) -> None:
        """Keeps one verdict, with the whole answer. `reader`: the browser that it came from.

        Raises SpacePolicyError for a comment that is too long, NotKept where the file cannot be written.
        """
        comment = comment.strip()
        if len(comment) > LONGEST:
            raise SpacePolicyError(
                f"The comment has {len(comment)} characters; at most {LONGEST} are kept. Shorten it."
            )
        with self._kept.writing() as connection:
            connection.execute(
                "INSERT INTO feedback (given, reader, verdict, question, answer, comment) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    datetime.now(UTC).isoformat(timespec="seconds"),
                    reader,
                    verdict,
                    storable(answer.question),
                    storable(json.dumps(to_json(answer), ensure_ascii=False)),
                    storable(comment) or None,
                ),
            )

    def all(self) -> tuple[Feedback, ...]:
        """All that was given, latest first. Raises NotKept."""
        with self._kept.reading() as connection:
            rows = connection.execute("SELECT * FROM feedback ORDER BY id DESC").fetchall()
        return tuple(
            Feedback(
                id=row["id"],
                given=datetime.fromisoformat(row["given"]),
                verdict=Verdict(row["verdict"]),
                question=row["question"],
                comment=row["comment"],
                answer=json.loads(row["answer"]),
            )
            for row in rows
        )


def feedback(options: Namespace) -> bool:
    """Lists what readers said of answers, latest first."""
    found = FeedbackBox(Kept.of(settings_for(options).home)).all()
    if wants_json(options):
        terminal.say_json(found)
        return True
    for one in found:
        terminal.say_lines(_lines(one))
    if not found:
        terminal.tell("No feedback has been given.")
    return True


def _lines(one: Feedback) -> Iterator[str]:
    verdict = one.verdict.replace("_", " ")
    yield f"{one.given:%Y-%m-%d %H:%M}  {verdict:<14}  {' '.join(one.question.split())}"
    if one.comment:
        yield f"    {' '.join(one.comment.split())}"
