"""HOME/conversations.db: what people keep, their conversations and what they say of answers. Knows SQLite."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from rag.errors import SpacePolicyError

Connection = sqlite3.Connection
Row = sqlite3.Row
FILE = "conversations.db"
VERSION = 1  # of the tables
WAIT = 5.0  # seconds for another thread or process to finish writing
TABLES = """
CREATE TABLE conversation (
    id TEXT PRIMARY KEY,
    reader TEXT NOT NULL,
    name TEXT NOT NULL,
    started TEXT NOT NULL,
    changed TEXT NOT NULL
);
CREATE INDEX conversation_of_reader ON conversation (reader, changed);
CREATE TABLE exchange (
    conversation TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    question TEXT NOT NULL,
    answer TEXT,
    error TEXT,
    PRIMARY KEY (conversation, number)
);
CREATE TABLE feedback (
    id INTEGER PRIMARY KEY,
    given TEXT NOT NULL,
    reader TEXT,
    verdict TEXT NOT NULL,
    question TEXT NOT NULL,
    answer TEXT NOT NULL,
    comment TEXT
);
"""
MOVE_AWAY = "Move the file away, and a new one is begun."
# SQLite's primary result code -> what is wrong, what to do
REASONS = {
    sqlite3.SQLITE_READONLY: ("it cannot be written", "Let this program write to it."),
    sqlite3.SQLITE_PERM: ("it may not be opened", "Let this program read and write it."),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", "See that it is a file that this program may read and write."),
    sqlite3.SQLITE_CORRUPT: ("it is damaged", MOVE_AWAY),
    sqlite3.SQLITE_NOTADB: ("it is damaged", MOVE_AWAY),
    sqlite3.SQLITE_FULL: ("the disk is full", "Make room on it."),
    sqlite3.SQLITE_BUSY: ("another program holds it", "Close what has it open."),
}


class NotKept(SpacePolicyError):
    """The file cannot be read or written; all else works on."""


class Kept:
    """The file, opened anew for each use: safe from threads and processes, and whole again as soon as it is mended."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @classmethod
    def of(cls, home: Path) -> "Kept":
        """The one of a library."""
        return cls(home / FILE)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """To read from. Where nothing has been kept yet there is no file, and none is made. Raises NotKept."""
        with self._told(), closing(self._to_read()) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One change, kept whole or not at all. Raises NotKept."""
        with self._told(), closing(self._to_write()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                self._prepare(connection)
                yield connection
            except BaseException:
                if connection.in_transaction:  # some errors have rolled it back already
                    connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def _to_read(self) -> Connection:
        if not self._file.exists() or not self._file.stat().st_size:
            connection = _connected(":memory:")
        else:
            connection = _connected(f"{self._file.resolve().as_uri()}?mode=ro")
        self._prepare(connection)
        return connection

    def _to_write(self) -> Connection:
        # What people ask is theirs alone; SQLite gives its own files the rights of this one.
        os.close(os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600))
        connection = _connected(self._file.resolve().as_uri())
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def _prepare(self, connection: Connection) -> None:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            raise NotKept(f"{self._file} was made by a newer version of this program: use that, or {_lower(MOVE_AWAY)}")
        if not version:
            for statement in TABLES.split(";\n"):  # executescript would commit first
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {VERSION}")

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            reason, cure = REASONS.get(code, (str(error), MOVE_AWAY))
            raise NotKept(_line(self._file, reason, cure)) from error
        except OSError as error:
            cure = "See that it is a file that this program may read and write."
            raise NotKept(_line(self._file, error.strerror or str(error), cure)) from error


def storable(text: str) -> str:
    """Text that SQLite takes: half a character, which JSON can carry, becomes a question mark."""
    return text.encode(errors="replace").decode()


def _connected(file: str) -> Connection:
    connection = sqlite3.connect(file, timeout=WAIT, isolation_level=None, uri=True)
    connection.row_factory = Row
    return connection


def _line(file: Path, reason: str, cure: str) -> str:
    return f"Conversations and feedback are not kept now: {file}: {_lower(reason)}. {cure}"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
