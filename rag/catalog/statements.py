"""What is asked for each question, or for each document that comes in: put together once."""

import sqlalchemy as sql

from rag.catalog.tables import (
    CARD,
    articles,
    is_current,
    passages,
    sentences,
    vectors,
    version_of_passage,
    versions,
)

FACT = sql.text("SELECT value FROM facts WHERE name = :name")
HELD = sql.select(articles.c.id).where(articles.c.id == sql.bindparam("id"))
SAME_BYTES = (
    sql.select(articles.c.source)
    .join(versions, is_current())
    .where(versions.c.sha256 == sql.bindparam("sha256"))
    .order_by(versions.c.taken, articles.c.id)
)
_MINE = sql.alias(articles)
COPIES = (
    sql.select(*CARD, _MINE.c.id.label("of"))
    .join(articles, is_current())
    .join(_MINE, _MINE.c.group == articles.c.group)
    .where(_MINE.c.id.in_(sql.bindparam("ids", expanding=True)))
    .order_by(versions.c.published.asc().nulls_last(), versions.c.taken, versions.c.article_id)
)
_OF_PASSAGE = ("id", "article_id", "version", "start", "end", "text", "section", "page")
# As `rows.to_pooled` reads it; then what tells whether it is current.
POOL = (
    sql.select(
        *(passages.c[name] for name in _OF_PASSAGE),
        *CARD[2:],
        vectors.c.vector,
        sentences.c.scale,
        sentences.c.vectors,
        passages.c.added,
        passages.c.removed,
    )
    .join(versions, version_of_passage())
    .join(vectors, vectors.c.key == passages.c.vector)
    .join(sentences, sentences.c.key == passages.c.vector)
    .where(passages.c.id.in_(sql.bindparam("ids", expanding=True)))
)
