"""What the catalog keeps beside what is current: earlier versions, removed articles, corrections."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

import numpy as np
import sqlalchemy as sql

from rag.catalog.reading import CatalogReader
from rag.catalog.rows import Correction, Draft, to_article, to_card, to_passage, to_version_card
from rag.catalog.tables import CARD, articles, chunks, corrections, passages, passing, sentences, translated, versions
from rag.domain import Filters, RemovedArticle, VersionCard

COMPLETE = versions.c.state.in_(("current", "past"))


class HistoryReader(CatalogReader):
    """What can be asked of a catalog, the past included."""

    def history(self, article_id: str) -> tuple[VersionCard, ...]:
        """All versions of an article, a removed one too, latest first; none for an unknown id."""
        statement = sql.select(*CARD, versions.c.taken, versions.c.state, versions.c.found)
        mine = statement.where(versions.c.article_id == article_id, COMPLETE)
        return tuple(map(to_version_card, self._read(mine.order_by(versions.c.version.desc()))))

    def latest(self, article_ids: Sequence[str]) -> dict[str, int]:
        """Article id -> its highest version, of those that have one."""
        statement = sql.select(versions.c.article_id, sql.func.max(versions.c.version)).group_by(versions.c.article_id)
        rows = (
            row for part in chunks(article_ids) for row in self._read(statement.where(versions.c.article_id.in_(part)))
        )
        return {row[0]: row[1] for row in rows}

    def removed(self, filters: Filters) -> tuple[RemovedArticle, ...]:
        """The removed articles that pass, in their last version; the one removed last first."""
        other = versions.alias()
        latest = sql.select(sql.func.max(other.c.version)).where(other.c.article_id == versions.c.article_id)
        statement = (
            sql.select(*CARD, articles.c.removed)
            .join(articles, articles.c.id == versions.c.article_id)
            .where(articles.c.removed.is_not(None), COMPLETE, versions.c.version == latest.scalar_subquery())
            .where(*passing(filters))
            .order_by(articles.c.removed.desc(), versions.c.article_id)
        )
        return tuple(RemovedArticle(to_card(row), datetime.fromisoformat(row.removed)) for row in self._read(statement))

    def corrections(self, article_id: str) -> tuple[Correction, ...]:
        """What a user has corrected of an article."""
        mine = sql.select(corrections).where(corrections.c.article_id == article_id)
        return tuple(Correction(row.field, row.value) for row in self._read(mine.order_by(corrections.c.field)))

    def drafts(self, article_id: str) -> tuple[Draft, ...]:
        """All versions of an article in full, in their order."""
        with translated(), self._engine.connect() as connection:
            return _drafts(connection, article_id)

    def everything(self) -> Iterator[tuple[Draft, ...]]:
        """All versions of each article in full, as of one moment, whatever is written meanwhile."""
        with translated(), self._engine.connect() as connection:
            for article_id in connection.execute(sql.select(articles.c.id).order_by(articles.c.id)).scalars().all():
                if found := _drafts(connection, article_id):
                    yield found


def _drafts(connection: sql.Connection, article_id: str) -> tuple[Draft, ...]:
    stored = sql.select(versions, articles).join(articles, articles.c.id == versions.c.article_id)
    rows = connection.execute(
        stored.where(versions.c.article_id == article_id, COMPLETE).order_by(versions.c.version)
    ).fetchall()
    parts = connection.execute(
        sql.select(passages, sentences.c.spans)
        .join(sentences, sentences.c.key == passages.c.vector)
        .where(passages.c.article_id == article_id)
        .order_by(passages.c.version, passages.c.start)
    ).fetchall()
    of_version = {version: list(group) for version, group in groupby(parts, key=lambda part: part.version)}
    made = connection.execute(sql.select(corrections).where(corrections.c.article_id == article_id)).fetchall()
    corrected = tuple(Correction(one.field, one.value) for one in made)
    return tuple(_draft(row, of_version.get(row.version, []), corrected) for row in rows)


def _draft(row: Any, parts: Sequence[Any], corrected: tuple[Correction, ...]) -> Draft:  # noqa: ANN401 - rows have no static shape
    return Draft(
        article=to_article(row),
        passages=tuple(map(to_passage, parts)),
        sentences=tuple(map(_spans, parts)),
        cleaner=row.cleaner,
        signature=row.signature,
        group=row.group,
        size=row.bytes,
        modified=row.modified,
        taken=row.taken,
        removed=row.removed,
        corrections=corrected,
    )


def _spans(part: Any) -> tuple[tuple[int, int], ...]:  # noqa: ANN401 - a row has no static shape
    """The sentences of a passage, as offsets in the article."""
    found = np.frombuffer(part.spans, dtype=np.int32).reshape(-1, 2) + part.start
    return tuple((int(start), int(end)) for start, end in found)
