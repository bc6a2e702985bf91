"""Conversations that survive a reload and a restart, in HOME/conversations.db; each belongs to one browser.

Keeping never stands in the way of asking: where the file cannot be used, `save` and `list` do nothing, and `trouble`
says why, once to each reader.
"""

import json
import logging
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from rag.domain import Answer, to_json
from rag.errors import SpacePolicyError
from ui.chat import Exchange
from ui.kept import Connection, Kept, NotKept, Row, storable

NAME_LENGTH = 80  # characters
OUTDATED = "This answer was kept by another version of this program, and cannot be shown. Ask again."
ANSWER = TypeAdapter(Answer)
T = TypeVar("T")
logger = logging.getLogger(__name__)


class UnknownConversation(SpacePolicyError):
    """This reader has no conversation with this id."""


@dataclass(frozen=True, slots=True)
class ConversationCard:
    """What a list shows of a conversation."""

    id: str
    name: str
    started: datetime  # UTC
    changed: datetime  # UTC
    questions: int


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation, whole."""

    id: str
    name: str
    started: datetime  # UTC
    changed: datetime  # UTC
    exchanges: tuple[Exchange, ...]  # all of them ended


class Conversations:
    """Keeps conversations. `reader` is a browser's id (`ui.access.visitor_of(request).reader`).

    Nobody gets at what another reader keeps. Safe to use from threads. Each call reads or writes the disk, and may wait
    some seconds for another writer: from a coroutine, call it in a thread.
    """

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._trouble: str | None = None
        self._told: set[str | None] = set()

    def save(self, reader: str | None, exchanges: Sequence[Exchange], conversation: str | None = None) -> str | None:
        """Keeps a conversation as it is now, its last exchange ended or not; its id, a new one if none is given.

        Without a reader, without exchanges, and where the file cannot be written, nothing is kept and the id given
        comes back.
        """
        if not reader or not exchanges:
            return conversation
        return self._tried(lambda: self._save(reader, exchanges, conversation), conversation)

    def list(self, reader: str | None) -> tuple[ConversationCard, ...]:
        """A reader's conversations, the one changed last first; none where the file cannot be read."""
        return self._tried(lambda: self._list(reader), ()) if reader else ()

    def trouble(self, reader: str | None) -> str | None:
        """Why conversations are not kept now, in one line; None: they are, or this reader has been told."""
        if self._trouble is None or reader in self._told:
            return None
        self._told.add(reader)
        return self._trouble

    def open(self, reader: str | None, conversation: str) -> Conversation:
        """One conversation. Raises UnknownConversation, NotKept."""
        with self._kept.reading() as connection:
            head = _head(connection, reader, conversation)
            rows = connection.execute(
                "SELECT * FROM exchange WHERE conversation = ? ORDER BY number", (conversation,)
            ).fetchall()
        return Conversation(
            id=conversation,
            name=head["name"],
            started=datetime.fromisoformat(head["started"]),
            changed=datetime.fromisoformat(head["changed"]),
            exchanges=tuple(map(_exchange, rows)),
        )

    def rename(self, reader: str | None, conversation: str, name: str) -> None:
        """Gives it another name, cut to NAME_LENGTH. Raises UnknownConversation, NotKept, SpacePolicyError."""
        name = _cut(name)
        if not name:
            raise SpacePolicyError("A conversation needs a name. Write one.")
        with self._kept.writing() as connection:
            _head(connection, reader, conversation)
            connection.execute("UPDATE conversation SET name = ? WHERE id = ?", (name, conversation))

    def delete(self, reader: str | None, conversation: str) -> None:
        """Deletes it for good. Raises UnknownConversation, NotKept."""
        with self._kept.writing() as connection:
            _head(connection, reader, conversation)
            connection.execute("PRAGMA secure_delete = ON")  # what was asked is not left on the disk
            connection.execute("DELETE FROM conversation WHERE id = ?", (conversation,))

    def _tried(self, work: Callable[[], T], otherwise: T) -> T:
        try:
            done = work()
        except NotKept as error:
            if self._trouble is None:
                logger.warning("%s", error)
            self._trouble = str(error)
            return otherwise
        self._trouble = None
        self._told.clear()
        return done

    def _save(self, reader: str, exchanges: Sequence[Exchange], conversation: str | None) -> str:
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        with self._kept.writing() as connection:
            if conversation is None or not _is_there(connection, reader, conversation):
                conversation = secrets.token_hex(8)
                connection.execute(
                    "INSERT INTO conversation VALUES (?, ?, ?, ?, ?)",
                    (conversation, reader, _cut(exchanges[0].question), now, now),
                )
            connection.execute("UPDATE conversation SET changed = ? WHERE id = ?", (now, conversation))
            connection.executemany(
                "INSERT OR REPLACE INTO exchange VALUES (?, ?, ?, ?, ?)",
                _new_rows(connection, conversation, exchanges),
            )
        return conversation

    def _list(self, reader: str) -> tuple[ConversationCard, ...]:
        with self._kept.reading() as connection:
            rows = connection.execute(
                "SELECT c.*, (SELECT count(*) FROM exchange e WHERE e.conversation = c.id) AS questions "
                "FROM conversation c WHERE reader = ? ORDER BY changed DESC",
                (reader,),
            ).fetchall()
        return tuple(
            ConversationCard(
                id=row["id"],
                name=row["name"],
                started=datetime.fromisoformat(row["started"]),
                changed=datetime.fromisoformat(row["changed"]),
                questions=row["questions"],
            )
            for row in rows
        )


def _new_rows(
    connection: Connection, conversation: str, exchanges: Sequence[Exchange]
) -> Iterable[tuple[str, int, str, str | None, str | None]]:
    """What is not kept yet. Only a last exchange is ever new: a question asked once more drops those after it."""
    connection.execute("DELETE FROM exchange WHERE conversation = ? AND number >= ?", (conversation, len(exchanges)))
    kept = {
        row["number"]
        for row in connection.execute("SELECT number FROM exchange WHERE conversation = ?", (conversation,))
    }
    for number, one in enumerate(exchanges, 1):
        if number not in kept:
            answer = storable(json.dumps(to_json(one.answer), ensure_ascii=False)) if one.answer else None
            yield conversation, number, storable(one.question), answer, one.error


def _is_there(connection: Connection, reader: str | None, conversation: str) -> bool:
    found = connection.execute("SELECT 1 FROM conversation WHERE id = ? AND reader = ?", (conversation, reader))
    return found.fetchone() is not None


def _head(connection: Connection, reader: str | None, conversation: str) -> Row:
    found = connection.execute("SELECT * FROM conversation WHERE id = ? AND reader = ?", (conversation, reader))
    row: Row | None = found.fetchone()
    if row is None:
        raise UnknownConversation("There is no such conversation, or not in this browser. It may have been deleted.")
    return row


def _exchange(row: Row) -> Exchange:
    try:
        answer = ANSWER.validate_json(row["answer"]) if row["answer"] else None
    except ValidationError:
        logger.warning("An answer of conversation %s is of another version.", row["conversation"])
        return Exchange(row["question"], error=OUTDATED, ended=True)
    return Exchange(row["question"], answer, row["error"], ended=True)


def _cut(text: str) -> str:
    text = storable(" ".join(text.split()))
    return text if len(text) <= NAME_LENGTH else f"{text[: NAME_LENGTH - 1]}…"
