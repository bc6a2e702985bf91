"""The catalog: one SQLite file, one process that writes, any number that read."""

import os
import shutil
import tempfile
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sql

from rag.catalog.changes import (
    drop_unused,
    hide,
    insert_new,
    insert_vectors,
    next_revision,
    note_corrections,
    retire,
    show,
)
from rag.catalog.history import HistoryReader
from rag.catalog.migrations import MIGRATIONS, migrate
from rag.catalog.rows import Draft, Embedded, passage_row, version_row
from rag.catalog.tables import (
    SCHEMA,
    articles,
    chunks,
    corrections,
    facts,
    metadata,
    passages,
    sqlite_can_read,
    sqlite_copy,
    sqlite_engine,
    translated,
    versions,
)
from rag.errors import LibraryDamaged, LibraryError, LibraryOutdated, LibraryReadOnly


class Catalog(HistoryReader):
    """One SQLite file. Safe to use from threads; one process writes, others read."""

    def __init__(self, engine: sql.Engine, *, writable: bool) -> None:
        super().__init__(engine)
        self._writable = writable
        self._write_lock = threading.RLock()
        self._at_close = ExitStack()

    @classmethod
    def open(cls, path: Path, *, writable: bool = True) -> "Catalog":
        """The catalog at `path`, made where there is none. Raises LibraryDamaged, LibraryError."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(
                f"The library's folder {path.parent} cannot be made ({error.strerror}). Use another --home."
            ) from error
        with ExitStack() as undone:
            if writable or sqlite_can_read(path):
                engine = sqlite_engine(path)
            elif _is_read_only_disk(path.parent):
                engine = sqlite_engine(path, frozen=True)
            else:  # others may write to it, this process may not: it is read as it is now
                copy = Path(undone.enter_context(tempfile.TemporaryDirectory(prefix="space-policy-"))) / path.name
                shutil.copyfile(path, copy)
                engine = sqlite_engine(copy)
            undone.callback(engine.dispose)
            catalog = cls(engine, writable=writable)
            catalog._prepare(path)
            catalog._at_close = undone.pop_all()
        return catalog

    def close(self) -> None:
        """Closes every connection."""
        self._at_close.close()

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

    def keep_vectors(self, embedded: Sequence[Embedded]) -> None:
        """Writes vectors that no passage has yet."""
        if not embedded:
            return
        with self._write() as connection:
            insert_vectors(connection, embedded)

    def switch(self, recipe: str, keys: Mapping[str, str]) -> int:
        """Gives every passage the vector that another model has made of it. Returns the new revision.

        `keys`: passage id -> key of that vector, of all passages there are.
        """
        with self._write() as connection:
            held = connection.execute(sql.select(sql.func.count()).select_from(passages)).scalar_one()
            if held != len(keys):
                raise LibraryError("The library was written to while its vectors were made anew. Run it again.")
            revision = next_revision(connection)
            given = sql.update(passages).where(passages.c.id == sql.bindparam("passage"))
            rows = [{"passage": passage, "vector": key} for passage, key in keys.items()]
            if rows:
                connection.execute(given.values(vector=sql.bindparam("vector")), rows)
            connection.execute(sql.delete(facts).where(facts.c.name.in_(("recipe", "switched", "switching"))))
            new = {"recipe": recipe, "switched": str(revision)}
            connection.execute(sql.insert(facts), [{"name": name, "value": new[name]} for name in new])
            drop_unused(connection)
            return revision

    def stay(self) -> None:
        """Drops the vectors of a model that the library was to be switched to and was not."""
        with self._write() as connection:
            drop_unused(connection)
            connection.execute(sql.delete(facts).where(facts.c.name == "switching"))

    def stage(self, drafts: Sequence[Draft], keys: Mapping[str, str], embedded: Sequence[Embedded]) -> None:
        """Writes new versions that no search sees yet. `keys`: passage id -> key of its vector."""
        with self._write() as connection:
            if embedded:
                insert_vectors(connection, embedded)
            for draft in drafts:
                insert_new(connection, articles, [{"id": draft.article.id, "source": draft.article.source}])
                connection.execute(sql.insert(versions), [version_row(draft)])
                connection.execute(
                    sql.insert(passages), [passage_row(passage, keys[passage.id]) for passage in draft.passages]
                )

    def make_current(self, drafts: Sequence[Draft]) -> int:
        """Lets searches see the staged versions, and no longer the versions before them. Returns the new revision."""
        with self._write() as connection:
            revision = next_revision(connection)
            for draft in drafts:
                article = draft.article
                retire(connection, article.id, revision)
                show(connection, article.id, article.version, revision)
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
                    note_corrections(connection, article.id, draft.corrections)
                if draft.removed:
                    hide(connection, article.id, revision, draft.removed)
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
            revision = next_revision(connection)
            for article_id in ids:
                hide(connection, article_id, revision, datetime.now(UTC).isoformat())
            return revision

    def restore(self, ids: Sequence[str]) -> int:
        """Searches see the last version of these removed articles again. Returns the new revision."""
        with self._write() as connection:
            revision = next_revision(connection)
            for article_id in ids:
                mine = sql.and_(versions.c.article_id == article_id, versions.c.state == "past")
                latest = connection.execute(sql.select(sql.func.max(versions.c.version)).where(mine)).scalar_one()
                show(connection, article_id, latest, revision)
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
            drop_unused(connection)
            return len(ids)

    def note_cleaner(self, article_id: str, cleaner: str) -> None:
        """Remembers that the current version of an article is what this would make of it too."""
        with self._write() as connection:
            current = sql.and_(versions.c.article_id == article_id, versions.c.state == "current")
            connection.execute(sql.update(versions).where(current).values(cleaner=cleaner))

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


def _is_read_only_disk(folder: Path) -> bool:
    return hasattr(os, "statvfs") and bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
