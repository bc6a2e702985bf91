"""The catalog: one SQLite file, one process that writes, any number that read."""

import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sql

from rag.catalog.history import HistoryReader
from rag.catalog.migrations import MIGRATIONS, migrate
from rag.catalog.rows import Correction, Draft, Embedded, passage_row, sentences_row, vector_row, version_row
from rag.catalog.tables import (
    SCHEMA,
    articles,
    chunks,
    corrections,
    facts,
    metadata,
    passages,
    sentences,
    sqlite_copy,
    sqlite_engine,
    translated,
    vectors,
    versions,
    visible,
)
from rag.errors import LibraryDamaged, LibraryOutdated, LibraryReadOnly


class Catalog(HistoryReader):
    """One SQLite file. Safe to use from threads; one process writes, others read."""

    def __init__(self, engine: sql.Engine, *, writable: bool) -> None:
        super().__init__(engine)
        self._writable = writable
        self._write_lock = threading.RLock()

    @classmethod
    def open(cls, path: Path, *, writable: bool = True) -> "Catalog":
        """The catalog at `path`, made where there is none. Raises LibraryDamaged."""
        path.parent.mkdir(parents=True, exist_ok=True)
        engine = sqlite_engine(path)
        catalog = cls(engine, writable=writable)
        try:
            catalog._prepare(path)
        except BaseException:
            engine.dispose()
            raise
        return catalog

    def _prepare(self, path: Path) -> None:
        with translated(), self._engine.connect() as connection:
            known = sql.inspect(connection).has_table("facts")
        if not known:
            with self._begin() as connection:  # of two openers the second finds what the first made
                metadata.create_all(connection)
                if not connection.execute(sql.select(facts)).first():
                    new = {"schema": str(SCHEMA), "revision": "0", "identity": uuid.uuid4().hex}
                    connection.execute(sql.insert(facts), [{"name": name, "value": new[name]} for name in new])
        schema = int(self.fact("schema") or 0)
        if schema in MIGRATIONS:
            self._upgrade(path, schema)
        elif schema != SCHEMA:
            raise LibraryDamaged(
                f"The catalog has schema {schema}, this program knows {SCHEMA}. "
                "Update the program, or use another --home."
            )

    def _upgrade(self, path: Path, schema: int) -> None:
        """Brings an older catalog up to date, all or nothing, after a copy of it was made."""
        if not self._writable:
            raise LibraryOutdated(
                f"The library {path.parent} was made by an older version of this program (schema {schema}, now "
                f"{SCHEMA}). It is brought up to date when it is next opened for writing: space-policy serve, "
                "or space-policy ingest FOLDER"
            )
        sqlite_copy(self._engine, path.with_name(f"catalog-schema-{schema}.bak"))
        with self._begin() as connection:
            for step in range(schema, SCHEMA):
                migrate(connection, step)

    @contextmanager
    def _begin(self) -> Iterator[sql.Connection]:
        """One write transaction."""
        with (
            self._write_lock,
            translated(),
            self._engine.connect() as connection,
            connection.execution_options(immediate=True).begin(),
        ):
            yield connection

    @contextmanager
    def _write(self) -> Iterator[sql.Connection]:
        if not self._writable:
            raise LibraryReadOnly("The catalog was opened for reading. Open it again to write.")
        with self._begin() as connection:
            yield connection

    def set_fact(self, name: str, value: str) -> None:
        """Writes one."""
        with self._write() as connection:
            connection.execute(sql.delete(facts).where(facts.c.name == name))
            connection.execute(sql.insert(facts).values(name=name, value=value))

    def stage(self, drafts: Sequence[Draft], keys: Mapping[str, str], embedded: Sequence[Embedded]) -> None:
        """Writes new versions that no search sees yet. `keys`: passage id -> key of its vector."""
        with self._write() as connection:
            if embedded:
                _insert_new(connection, vectors, [vector_row(one) for one in embedded])
                _insert_new(connection, sentences, [sentences_row(one) for one in embedded])
            for draft in drafts:
                _insert_new(connection, articles, [{"id": draft.article.id, "source": draft.article.source}])
                connection.execute(sql.insert(versions), [version_row(draft)])
                connection.execute(
                    sql.insert(passages), [passage_row(passage, keys[passage.id]) for passage in draft.passages]
                )

    def make_current(self, drafts: Sequence[Draft]) -> int:
        """Lets searches see the staged versions, and no longer the versions before them. Returns the new revision."""
        with self._write() as connection:
            revision = _next_revision(connection)
            for draft in drafts:
                article = draft.article
                _retire(connection, article.id, revision)
                _show(connection, article.id, article.version, revision)
                connection.execute(
                    sql.update(articles)
                    .where(articles.c.id == article.id)
                    .values(
                        source=article.source,
                        bytes=draft.size,
                        modified=draft.modified,
                        group=draft.group or article.id,
                    )
                )
                if draft.corrections is not None:
                    _note_corrections(connection, article.id, draft.corrections)
                if draft.removed:
                    _hide(connection, article.id, revision, draft.removed)
            return revision

    def discard_staged(self) -> tuple[str, ...]:
        """Takes back what a killed write left. Returns the ids of its passages."""
        staged = sql.select(versions.c.article_id, versions.c.version).where(versions.c.state == "staged")
        if not self._read(staged.limit(1)):
            return ()
        with self._write() as connection:
            lost = sql.tuple_(passages.c.article_id, passages.c.version).in_(staged)
            ids = tuple(connection.execute(sql.select(passages.c.id).where(lost)).scalars())
            connection.execute(sql.delete(passages).where(lost))
            connection.execute(sql.delete(versions).where(versions.c.state == "staged"))
            empty = articles.c.id.not_in(sql.select(versions.c.article_id))
            connection.execute(sql.delete(articles).where(empty))
            return ids

    def remove(self, ids: Sequence[str]) -> int:
        """No search sees these articles any more; their versions stay. Returns the new revision."""
        with self._write() as connection:
            revision = _next_revision(connection)
            for article_id in ids:
                _hide(connection, article_id, revision, datetime.now(UTC).isoformat())
            return revision

    def restore(self, ids: Sequence[str]) -> int:
        """Searches see the last version of these removed articles again. Returns the new revision."""
        with self._write() as connection:
            revision = _next_revision(connection)
            for article_id in ids:
                mine = sql.and_(versions.c.article_id == article_id, versions.c.state == "past")
                latest = connection.execute(sql.select(sql.func.max(versions.c.version)).where(mine)).scalar_one()
                _show(connection, article_id, latest, revision)
            return revision

    def purge(self, before: datetime) -> int:
        """Deletes for good what was removed `before`, and vectors that nothing uses. Returns how many articles."""
        gone = sql.select(articles.c.id).where(articles.c.removed < before.isoformat())
        if not self._read(gone.limit(1)):
            return 0
        with self._write() as connection:
            ids = connection.execute(gone).scalars().all()
            for part in chunks(ids):
                for column in (passages.c.article_id, corrections.c.article_id, versions.c.article_id, articles.c.id):
                    connection.execute(sql.delete(column.table).where(column.in_(part)))
            for table in (sentences, vectors):
                unused = table.c.key.not_in(sql.select(passages.c.vector))
                connection.execute(sql.delete(table).where(unused))
            return len(ids)

    def note_file(
        self, article_id: str, source: str, size: int | None, modified: int | None, sha256: str | None = None
    ) -> None:
        """Remembers where the document of an article lies now, how its file looked, and its bytes where they differ."""
        with self._write() as connection:
            if sha256:
                current = sql.and_(versions.c.article_id == article_id, versions.c.state == "current")
                connection.execute(sql.update(versions).where(current).values(sha256=sha256))
            connection.execute(
                sql.update(articles)
                .where(articles.c.id == article_id)
                .values(source=source, bytes=size, modified=modified)
            )


def _next_revision(connection: sql.Connection) -> int:
    now = connection.execute(sql.select(facts.c.value).where(facts.c.name == "revision")).scalar_one()
    revision = int(now) + 1
    connection.execute(sql.update(facts).where(facts.c.name == "revision").values(value=str(revision)))
    return revision


def _retire(connection: sql.Connection, article_id: str, revision: int) -> None:
    current = sql.and_(versions.c.article_id == article_id, versions.c.state == "current")
    connection.execute(sql.update(versions).where(current).values(state="past"))
    seen = sql.and_(passages.c.article_id == article_id, *visible())
    connection.execute(sql.update(passages).where(seen).values(removed=revision))


def _show(connection: sql.Connection, article_id: str, version: int, revision: int) -> None:
    """Makes a version the one that searches see."""
    new = sql.and_(versions.c.article_id == article_id, versions.c.version == version)
    connection.execute(sql.update(versions).where(new).values(state="current"))
    new = sql.and_(passages.c.article_id == article_id, passages.c.version == version)
    connection.execute(sql.update(passages).where(new).values(added=revision, removed=None))
    shown = {"current": version, "removed": None}
    connection.execute(sql.update(articles).where(articles.c.id == article_id).values(shown))


def _hide(connection: sql.Connection, article_id: str, revision: int, when: str) -> None:
    _retire(connection, article_id, revision)
    hidden = {"current": None, "removed": when}
    connection.execute(sql.update(articles).where(articles.c.id == article_id).values(hidden))


def _note_corrections(connection: sql.Connection, article_id: str, made: Sequence[Correction]) -> None:
    connection.execute(sql.delete(corrections).where(corrections.c.article_id == article_id))
    if made:
        rows = [{"article_id": article_id, "field": one.field, "value": one.value} for one in made]
        connection.execute(sql.insert(corrections), rows)


def _insert_new(connection: sql.Connection, table: sql.Table, rows: list[dict[str, Any]]) -> None:
    """Inserts the rows whose primary key is not there yet."""
    (key,) = table.primary_key.columns
    wanted = {row[key.name]: row for row in rows}
    have: set[str] = set()
    for part in chunks(list(wanted)):
        have.update(connection.execute(sql.select(key).where(key.in_(part))).scalars())
    new = [row for value, row in wanted.items() if value not in have]
    if new:
        connection.execute(sql.insert(table), new)
