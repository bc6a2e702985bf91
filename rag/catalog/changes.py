"""What changes within one transaction of the catalog."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sql

from rag.catalog.rows import Correction, Embedded, sentences_row, vector_row
from rag.catalog.tables import articles, chunks, corrections, facts, passages, sentences, vectors, versions, visible


def next_revision(connection: sql.Connection) -> int:
    """Grows the revision, and returns it."""
    now = connection.execute(sql.select(facts.c.value).where(facts.c.name == "revision")).scalar_one()
    revision = int(now) + 1
    connection.execute(sql.update(facts).where(facts.c.name == "revision").values(value=str(revision)))
    return revision


def retire(connection: sql.Connection, article_id: str, revision: int) -> None:
    """Makes the current version of an article a past one."""
    current = sql.and_(versions.c.article_id == article_id, versions.c.state == "current")
    connection.execute(sql.update(versions).where(current).values(state="past"))
    seen = sql.and_(passages.c.article_id == article_id, *visible())
    connection.execute(sql.update(passages).where(seen).values(removed=revision))


def show(connection: sql.Connection, article_id: str, version: int, revision: int) -> None:
    """Makes a version the one that searches see."""
    new = sql.and_(versions.c.article_id == article_id, versions.c.version == version)
    connection.execute(sql.update(versions).where(new).values(state="current"))
    new = sql.and_(passages.c.article_id == article_id, passages.c.version == version)
    connection.execute(sql.update(passages).where(new).values(added=revision, removed=None))
    shown = {"current": version, "removed": None}
    connection.execute(sql.update(articles).where(articles.c.id == article_id).values(shown))


def hide(connection: sql.Connection, article_id: str, revision: int, when: str) -> None:
    """Takes an article out of all searches."""
    retire(connection, article_id, revision)
    hidden = {"current": None, "removed": when}
    connection.execute(sql.update(articles).where(articles.c.id == article_id).values(hidden))


def note_corrections(connection: sql.Connection, article_id: str, made: Sequence[Correction]) -> None:
    """Writes down what is corrected of an article from now on."""
    connection.execute(sql.delete(corrections).where(corrections.c.article_id == article_id))
    if made:
        rows = [{"article_id": article_id, "field": one.field, "value": one.value} for one in made]
        connection.execute(sql.insert(corrections), rows)


def insert_vectors(connection: sql.Connection, embedded: Sequence[Embedded]) -> None:
    """Writes the vectors that are not there yet."""
    insert_new(connection, vectors, [vector_row(one) for one in embedded])
    insert_new(connection, sentences, [sentences_row(one) for one in embedded])


def drop_unused(connection: sql.Connection) -> None:
    """Vectors that no passage has."""
    for table in (sentences, vectors):
        unused = table.c.key.not_in(sql.select(passages.c.vector))
        connection.execute(sql.delete(table).where(unused))


def insert_new(connection: sql.Connection, table: sql.Table, rows: list[dict[str, Any]]) -> None:
    """Inserts the rows whose primary key is not there yet."""
    (key,) = table.primary_key.columns
    wanted = {row[key.name]: row for row in rows}
    have: set[str] = set()
    for part in chunks(list(wanted)):
        have.update(connection.execute(sql.select(key).where(key.in_(part))).scalars())
    new = [row for value, row in wanted.items() if value not in have]
    if new:
        connection.execute(sql.insert(table), new)
