"""The tables of the catalog, the conditions that its queries share, and its engine."""

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sql

from rag.domain import Filters
from rag.errors import LibraryDamaged, LibraryError, LibraryReadOnly

SCHEMA = 2  # grows with each change of the tables; `migrations` says how an older catalog becomes one of today
CHUNK = 500  # values in one IN (...): SQLite's limit is 32766, its planner likes fewer

# What SQLite says -> what that means here.
REFUSALS = (
    ("full", LibraryError, "The disk is full. Nothing of what was in the library is lost; make room and run it again."),
    ("readonly", LibraryReadOnly, "The library's folder cannot be written to. Check its permissions."),
    ("unable to open", LibraryError, "The library's folder cannot be opened or written to. Check its permissions."),
    ("locked", LibraryError, "Another process has kept the catalog busy for over 5 seconds. Try again."),
)
metadata = sql.MetaData()
# schema, revision, identity; recipe: of the vectors; switched: the revision at which they became another model's;
# switching: the recipe of a model whose vectors are being made
facts = sql.Table(
    "facts",
    metadata,
    sql.Column("name", sql.String, primary_key=True),
    sql.Column("value", sql.String, nullable=False),
)
articles = sql.Table(
    "articles",
    metadata,
    sql.Column("id", sql.String, primary_key=True),
    sql.Column("source", sql.String, nullable=False, index=True),
    sql.Column("current", sql.Integer),  # null: staged only, or removed
    sql.Column("bytes", sql.Integer),  # of the file when it was last looked at
    sql.Column("modified", sql.BigInteger),  # its time stamp then, nanoseconds
    sql.Column("removed", sql.String),  # when, ISO 8601
    sql.Column("group", sql.String, index=True),  # articles with near-identical text share one
)
versions = sql.Table(
    "versions",
    metadata,
    sql.Column("article_id", sql.ForeignKey("articles.id"), primary_key=True),
    sql.Column("version", sql.Integer, primary_key=True),
    sql.Column("state", sql.String, nullable=False),
    sql.Column("title", sql.String, nullable=False),
    sql.Column("outlet", sql.String),
    sql.Column("author", sql.String),
    sql.Column("published", sql.String, index=True),
    sql.Column("updated", sql.String),
    sql.Column("url", sql.String),
    sql.Column("language", sql.String, nullable=False),
    sql.Column("text", sql.Text, nullable=False),
    sql.Column("sha256", sql.String, nullable=False, index=True),
    sql.Column("found", sql.Text, nullable=False),
    sql.Column("signature", sql.LargeBinary, nullable=False),  # MinHash of its text, to find near-identical ones
    sql.Column("cleaner", sql.String, nullable=False),  # what cleaned and split it
    sql.Column("taken", sql.String, nullable=False),  # when, ISO 8601
)
corrections = sql.Table(  # what a user says of an article, whatever its document says
    "corrections",
    metadata,
    sql.Column("article_id", sql.ForeignKey("articles.id"), primary_key=True),
    sql.Column("field", sql.String, primary_key=True),
    sql.Column("value", sql.String),
)
passages = sql.Table(
    "passages",
    metadata,
    sql.Column("id", sql.String, primary_key=True),
    sql.Column("article_id", sql.String, nullable=False),
    sql.Column("version", sql.Integer, nullable=False),
    sql.Column("start", sql.Integer, nullable=False),
    sql.Column("end", sql.Integer, nullable=False),
    sql.Column("text", sql.Text, nullable=False),
    sql.Column("section", sql.String),
    sql.Column("page", sql.Integer),
    sql.Column("vector", sql.ForeignKey("vectors.key"), nullable=False, index=True),
    sql.Column("added", sql.Integer, index=True),  # null: staged
    sql.Column("removed", sql.Integer, index=True),  # null: not removed
    sql.ForeignKeyConstraint(["article_id", "version"], ["versions.article_id", "versions.version"]),
    sql.Index("passages_of_version", "article_id", "version"),
)
vectors = sql.Table(  # keyed by what was embedded and how, so that nothing is embedded twice
    "vectors",
    metadata,
    sql.Column("key", sql.String, primary_key=True),
    sql.Column("vector", sql.LargeBinary, nullable=False),  # float32, unit length
)
sentences = sql.Table(  # apart from the vectors: a search by meaning never reads them
    "sentences",
    metadata,
    sql.Column("key", sql.ForeignKey("vectors.key"), primary_key=True),
    sql.Column("spans", sql.LargeBinary, nullable=False),  # int32 pairs, relative to the passage
    sql.Column("scale", sql.Float, nullable=False),
    sql.Column("vectors", sql.LargeBinary, nullable=False),  # int8 rows; times scale, unit length
)
CARD = (
    versions.c.article_id,
    versions.c.version,
    versions.c.title,
    versions.c.outlet,
    versions.c.author,
    versions.c.published,
    versions.c.url,
)


def _switch_to_wal(connection: Any) -> None:  # noqa: ANN401 - a DBAPI connection has no public type
    """Of processes that switch a new file at the same time, SQLite calls some "locked" without waiting at all."""
    end = time.monotonic() + 5.0
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.01)


def sqlite_engine(path: Path, *, frozen: bool = False) -> sql.Engine:
    """An engine for SQLite. With the three below the only function with statements of one database.

    `frozen`: nobody writes to the file, nor beside it.
    """
    # Else SQLite wants to make files beside one in WAL mode, to read it too.
    url = f"sqlite:///{path.absolute().as_uri()}?immutable=1&uri=true" if frozen else f"sqlite:///{path}"
    engine = sql.create_engine(url, connect_args={"timeout": 5.0})

    @sql.event.listens_for(engine, "connect")
    def connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - a DBAPI connection has no public type
        connection.isolation_level = None  # the driver begins nothing by itself: `begin` below does
        if not frozen:
            _switch_to_wal(connection)
        for pragma in ("synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
            connection.execute(f"PRAGMA {pragma}")

    @sql.event.listens_for(engine, "begin")
    def begin(connection: sql.Connection) -> None:
        # A write that begins as a read and finds another writer before it can only fail; IMMEDIATE waits instead.
        immediate = connection.get_execution_options().get("immediate")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def sqlite_can_read(path: Path) -> bool:
    """Whether a database can be read as it lies there: its folder can be written to, or a writer has left its log."""
    return not path.exists() or os.access(path.parent, os.W_OK) or path.with_name(f"{path.name}-shm").exists()


def sqlite_copy(engine: sql.Engine, target: Path) -> None:
    """A copy of the whole database, consistent even while others write. The third function that knows SQLite."""
    new = target.with_name(f"{target.name}.new")
    new.unlink(missing_ok=True)
    source = engine.raw_connection()
    try:
        copy = sqlite3.connect(new)
        try:
            source.driver_connection.backup(copy)  # type: ignore[union-attr]  # the driver is sqlite3
        finally:
            copy.close()
    except sqlite3.Error as error:
        new.unlink(missing_ok=True)
        raise LibraryError(f"The catalog could not be copied to {target} ({error}). Make room there.") from error
    finally:
        source.close()
    new.replace(target)


def sqlite_integrity(connection: sql.Connection) -> tuple[str, ...]:
    """What SQLite finds wrong with the file, ten things at most. The fourth function that knows SQLite."""
    said = connection.exec_driver_sql("PRAGMA integrity_check(10)").scalars().all()
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall() if said == ["ok"] else ()
    wrong = [line for message in said if message != "ok" for line in str(message).splitlines()]
    return (*wrong, *(f"a row of {row[0]} names one of {row[2]} that is not there" for row in broken[:10]))


@contextmanager
def translated() -> Iterator[None]:
    """Within it, what the database says becomes an error of ours."""
    try:
        yield
    except sql.exc.OperationalError as error:
        said = str(error.orig)
        raise next((kind(message) for sign, kind, message in REFUSALS if sign in said), _damaged(said)) from error
    except sql.exc.DatabaseError as error:
        raise _damaged(str(error.orig)) from error


def _damaged(said: str) -> LibraryDamaged:
    return LibraryDamaged(
        f"The library's catalog.db cannot be read or written ({said}). "
        "Restore it from a copy, or save what can be read of it with: space-policy doctor --repair"
    )


def chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """Parts that fit into one IN (...)."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))


def is_current() -> sql.ColumnElement[bool]:
    """The version that searches see, of each article."""
    return sql.and_(versions.c.article_id == articles.c.id, versions.c.version == articles.c.current)


def version_of_passage() -> sql.ColumnElement[bool]:
    """Joins a passage to the version it is part of."""
    return sql.and_(versions.c.article_id == passages.c.article_id, versions.c.version == passages.c.version)


def visible() -> tuple[sql.ColumnElement[bool], ...]:
    """Passages that searches see."""
    return passages.c.added.is_not(None), passages.c.removed.is_(None)


def passing(filters: Filters) -> tuple[sql.ColumnElement[bool], ...]:
    """Current versions that pass the filters."""
    conditions: list[sql.ColumnElement[bool]] = []
    if filters.outlets:
        conditions.append(sql.func.lower(versions.c.outlet).in_([outlet.lower() for outlet in filters.outlets]))
    if filters.articles:
        conditions.append(versions.c.article_id.in_(filters.articles))
    if filters.since:
        conditions.append(versions.c.published >= filters.since.isoformat())
    if filters.until:
        conditions.append(versions.c.published <= filters.until.isoformat())
    return tuple(conditions)
