"""What can be asked of the catalog."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import sqlalchemy as sql
from numpy.typing import NDArray

from rag.catalog.rows import (
    Known,
    Pooled,
    SentenceVectors,
    to_article,
    to_card,
    to_passage,
    to_pooled,
    to_sentences,
)
from rag.catalog.statements import COPIES, FACT, HELD, POOL, SAME_BYTES
from rag.catalog.tables import (
    CARD,
    CHUNK,
    articles,
    chunks,
    is_current,
    passages,
    passing,
    sentences,
    sqlite_integrity,
    translated,
    vectors,
    version_of_passage,
    versions,
    visible,
)
from rag.domain import Article, ArticleCard, Filters, Passage
from rag.errors import UnknownArticle


class CatalogReader:
    """What can be asked of a catalog. Safe to use from threads."""

    def __init__(self, engine: sql.Engine) -> None:
        self._engine = engine

    def close(self) -> None:
        """Closes every connection."""
        self._engine.dispose()

    def _read(self, statement: sql.Executable, values: Mapping[str, Any] | None = None) -> Sequence[Any]:
        with translated(), self._engine.connect() as connection:
            return connection.execute(statement, values).fetchall()

    def fact(self, name: str) -> str | None:
        """One of those that `tables.facts` names."""
        rows = self._read(FACT, {"name": name})
        return str(rows[0][0]) if rows else None

    @property
    def revision(self) -> int:
        """Grows with each change that a search can see."""
        return int(self.fact("revision") or 0)

    @property
    def switched(self) -> int:
        """The revision at which the vectors became another model's; 0: they never did."""
        return int(self.fact("switched") or 0)

    def known(self, sources: Sequence[str] | None = None) -> tuple[Known, ...]:
        """What the catalog knows of these sources (None: of all), removed ones included."""
        latest = (
            sql.select(versions.c.article_id, sql.func.max(versions.c.version).label("latest"))
            .group_by(versions.c.article_id)
            .subquery()
        )
        statement = (
            sql.select(
                articles.c.id,
                articles.c.source,
                articles.c.current,
                sql.func.coalesce(latest.c.latest, 0),
                versions.c.sha256,
                versions.c.cleaner,
                articles.c.bytes,
                articles.c.modified,
            )
            .outerjoin(latest, latest.c.article_id == articles.c.id)
            .outerjoin(versions, is_current())
        )
        statement = statement.order_by(articles.c.current.nulls_first())  # of two with one source, the current one last
        if sources is None:
            return tuple(Known(*row) for row in self._read(statement))
        return tuple(
            Known(*row) for part in chunks(sources) for row in self._read(statement.where(articles.c.source.in_(part)))
        )

    def known_bytes(self, sha256: str) -> tuple[Known, ...]:
        """The current articles whose document has exactly these bytes, oldest first."""
        rows = self._read(SAME_BYTES, {"sha256": sha256})
        return self.known([source for (source,) in rows]) if rows else ()

    def has_id(self, article_id: str) -> bool:
        """Whether an article, current or removed, has this id."""
        return bool(self._read(HELD, {"id": article_id}))

    def article(self, article_id: str, version: int | None = None) -> Article:
        """One version (None: the current one). Raises UnknownArticle."""
        statement = sql.select(versions, articles.c.source).join(articles, articles.c.id == versions.c.article_id)
        wanted = articles.c.current if version is None else version
        rows = self._read(
            statement.where(
                articles.c.id == article_id, versions.c.version == wanted, versions.c.state.in_(("current", "past"))
            )
        )
        if not rows:
            which = article_id if version is None else f"{article_id}, version {version}"
            raise UnknownArticle(f"The library holds no article {which}. List them with: space-policy articles")
        return to_article(rows[0])

    def articles(self, filters: Filters) -> tuple[Article, ...]:
        """The current articles that pass, newest first, undated last."""
        rows = self._read(
            sql.select(versions, articles.c.source)
            .join(articles, is_current())
            .where(*passing(filters))
            .order_by(versions.c.published.desc().nulls_last(), versions.c.title, versions.c.article_id)
        )
        return tuple(map(to_article, rows))

    def cards(self, filters: Filters) -> dict[str, ArticleCard]:
        """Article id -> card, of the current articles that pass, in the order they were taken in."""
        rows = self._read(
            sql.select(*CARD)
            .join(articles, is_current())
            .where(*passing(filters))
            .order_by(versions.c.taken, articles.c.id)
        )
        return {row.article_id: to_card(row) for row in rows}

    def copies(self, article_ids: Sequence[str], filters: Filters) -> dict[str, tuple[ArticleCard, ...]]:
        """Article id -> the near-identical articles that pass, itself included: earliest first, undated last."""
        statement = COPIES.where(*passing(filters)) if filters else COPIES
        found: dict[str, tuple[ArticleCard, ...]] = {}
        for part in chunks(article_ids):
            for row in self._read(statement, {"ids": part}):
                found[row.of] = (*found.get(row.of, ()), to_card(row))
        return found

    def signatures(self) -> list[tuple[str, str, bytes]]:
        """Of each current article: its id, its group, and the signature of its text."""
        rows = self._read(
            sql.select(articles.c.id, articles.c.group, versions.c.signature).join(versions, is_current())
        )
        return [(row.id, row.group, row.signature) for row in rows if row.signature]

    def undated(self, filters: Filters) -> int:
        """How many current articles a date filter leaves out for having no date."""
        if not (filters.since or filters.until):
            return 0
        rest = passing(Filters(outlets=filters.outlets, articles=filters.articles))
        rows = self._read(
            sql.select(sql.func.count())
            .select_from(versions)
            .join(articles, is_current())
            .where(versions.c.published.is_(None), *rest)
        )
        return int(rows[0][0])

    def passing(self, filters: Filters) -> frozenset[str]:
        """The ids of the current articles that pass."""
        rows = self._read(sql.select(articles.c.id).join(versions, is_current()).where(*passing(filters)))
        return frozenset(row[0] for row in rows)

    def is_empty(self) -> bool:
        """Whether there is no current article."""
        return not self._read(sql.select(articles.c.id).where(articles.c.current.is_not(None)).limit(1))

    def count(self) -> tuple[int, int]:
        """How many current articles, how many passages of them."""
        current = sql.select(sql.func.count()).select_from(articles).where(articles.c.current.is_not(None))
        # Two counts from indexes alone: for both conditions at once every passage would be looked at.
        kept = sql.select(sql.func.count()).select_from(passages).where(passages.c.removed.is_(None))
        staged = kept.where(passages.c.added.is_(None))
        seen = sql.select(kept.scalar_subquery() - staged.scalar_subquery())
        return int(self._read(current)[0][0]), int(self._read(seen)[0][0])

    def passages(self, ids: Sequence[str]) -> dict[str, tuple[Passage, ArticleCard]]:
        """Passage id -> passage and article, of those ids that are current."""
        statement = sql.select(passages, *CARD[2:]).join(versions, version_of_passage())
        rows = (row for part in chunks(ids) for row in self._read(statement.where(passages.c.id.in_(part))))
        # Whether they are visible is not asked in the query: SQLite would rather go through all that are not removed.
        seen = (row for row in rows if row.added is not None and row.removed is None)
        return {row.id: (to_passage(row), to_card(row)) for row in seen}

    def pool(self, ids: Sequence[str]) -> dict[str, Pooled]:
        """Passage id -> all that a search wants of it, of those ids that are current."""
        rows = (row for part in chunks(ids) for row in self._read(POOL, {"ids": part}))
        seen = ((pooled, added, removed) for *pooled, added, removed in rows)  # as in `passages`
        return {
            pooled[0]: to_pooled(pooled) for pooled, added, removed in seen if added is not None and removed is None
        }

    def passages_of(self, article_id: str, version: int) -> tuple[Passage, ...]:
        """The passages of one version, in the order of the text."""
        mine = sql.and_(passages.c.article_id == article_id, passages.c.version == version)
        return tuple(map(to_passage, self._read(sql.select(passages).where(mine).order_by(passages.c.start))))

    def sentences(self, passage_ids: Sequence[str]) -> dict[str, SentenceVectors]:
        """Passage id -> its sentences."""
        statement = sql.select(passages.c.id, sentences).join(sentences, sentences.c.key == passages.c.vector)
        rows = (row for part in chunks(passage_ids) for row in self._read(statement.where(passages.c.id.in_(part))))
        return {row.id: to_sentences(row) for row in rows}

    def known_keys(self, keys: Sequence[str]) -> set[str]:
        """Those of these vectors that need no embedding."""
        statement = sql.select(vectors.c.key)
        return {key for part in chunks(keys) for (key,) in self._read(statement.where(vectors.c.key.in_(part)))}

    def vectors(self) -> tuple[list[str], list[str], NDArray[np.float32]]:
        """Of all current passages: ids, article ids, vectors ((n, dimensions) float32, unit length)."""
        order = sql.select(passages.c.id, passages.c.article_id).where(*visible())
        held = sql.select(passages.c.id, vectors.c.vector).join(vectors, vectors.c.key == passages.c.vector)
        found = np.empty((0, 0), dtype=np.float32)
        with translated(), self._engine.connect() as connection:  # both as of one moment
            names = connection.execute(order.order_by(passages.c.added, passages.c.id)).fetchall()
            places = {row.id: place for place, row in enumerate(names)}
            # One by one into their places: sorted by the database, or joined here, they would be held twice.
            for row in connection.execute(held.where(*visible()).execution_options(yield_per=CHUNK)):
                vector = np.frombuffer(row.vector, dtype=np.float32)
                if not len(found):
                    # Zeros: a passage without a vector, as a damaged catalog may have one, is near to nothing.
                    found = np.zeros((len(names), len(vector)), dtype=np.float32)
                found[places[row.id]] = vector
        return [row.id for row in names], [row.article_id for row in names], found

    def added_since(
        self, revision: int
    ) -> Iterator[tuple[Sequence[Passage], Sequence[ArticleCard], NDArray[np.float32]]]:
        """The current passages that an index at `revision` lacks, with their vectors, in batches."""
        ids = [row[0] for row in self._read(sql.select(passages.c.id).where(*visible(), passages.c.added > revision))]
        statement = (
            sql.select(passages, *CARD[2:], vectors.c.vector.label("blob"))
            .join(versions, version_of_passage())
            .join(vectors, vectors.c.key == passages.c.vector)
        )
        for part in chunks(ids):
            rows = self._read(statement.where(passages.c.id.in_(part)))
            stacked = np.stack([np.frombuffer(row.blob, dtype=np.float32) for row in rows])
            yield list(map(to_passage, rows)), list(map(to_card, rows)), stacked

    def vectors_of(self, passage_ids: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of these passages, staged ones too, in the order given: (n, dimensions) float32, unit length."""
        statement = sql.select(passages.c.id, vectors.c.vector).join(vectors, vectors.c.key == passages.c.vector)
        rows = (row for part in chunks(passage_ids) for row in self._read(statement.where(passages.c.id.in_(part))))
        found = {row.id: np.frombuffer(row.vector, dtype=np.float32) for row in rows}
        return (
            np.stack([found[passage_id] for passage_id in passage_ids]) if found else np.empty((0, 0), dtype=np.float32)
        )

    def integrity(self) -> tuple[str, ...]:
        """What the database finds wrong with its file; nothing in a good one."""
        with translated(), self._engine.connect() as connection:
            return sqlite_integrity(connection)

    def orphans(self) -> dict[str, int]:
        """What belongs to nothing -> how often; nothing in a good catalog."""
        count = sql.select(sql.func.count())
        no_version = count.select_from(passages).outerjoin(versions, version_of_passage())
        no_vector = count.select_from(passages).outerjoin(vectors, vectors.c.key == passages.c.vector)
        no_sentences = count.select_from(passages).outerjoin(sentences, sentences.c.key == passages.c.vector)
        no_article = count.select_from(versions).outerjoin(articles, articles.c.id == versions.c.article_id)
        no_current = count.select_from(articles).outerjoin(versions, is_current())
        used = sql.select(vectors.c.vector).where(vectors.c.key.in_(sql.select(passages.c.vector))).subquery()
        sizes = sql.select(sql.func.length(used.c.vector).label("size")).distinct().subquery()
        wrong = {
            "passages without a version": no_version.where(versions.c.version.is_(None)),
            "passages without a vector": no_vector.where(vectors.c.key.is_(None)),
            "passages without sentences": no_sentences.where(sentences.c.key.is_(None)),
            "versions without an article": no_article.where(articles.c.id.is_(None)),
            "articles without their current version": no_current.where(
                articles.c.current.is_not(None), versions.c.version.is_(None)
            ),
            "lengths of vectors where there should be one": count.select_from(sizes).having(sql.func.count() > 1),
        }
        found = {what: self._read(statement) for what, statement in wrong.items()}
        return {what: int(rows[0][0]) for what, rows in found.items() if rows and rows[0][0]}

    def staged(self) -> int:
        """How many versions no search sees yet: being written, or left by a killed process."""
        staged = sql.select(sql.func.count()).select_from(versions).where(versions.c.state == "staged")
        return int(self._read(staged)[0][0])

    def removed_since(self, revision: int) -> list[str]:
        """The ids of passages that an index at `revision` may still hold."""
        return [row[0] for row in self._read(sql.select(passages.c.id).where(passages.c.removed > revision))]
