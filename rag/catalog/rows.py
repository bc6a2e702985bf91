"""The nouns of the catalog, and rows to and from them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.domain import Article, ArticleCard, Passage, VersionCard

CORRECTION = "correction"  # where the value of a corrected field was found


@dataclass(frozen=True, slots=True)
class SentenceVectors:
    """The sentences of one passage."""

    spans: NDArray[np.int32]  # (n, 2), relative to the passage
    vectors: NDArray[np.float32]  # (n, dimensions), unit length up to rounding


@dataclass(frozen=True, slots=True)
class Pooled:
    """A passage with all that a search compares it by."""

    passage: Passage
    article: ArticleCard
    vector: NDArray[np.float32]  # (dimensions,), unit length
    sentences: NDArray[np.int8]  # (n, dimensions); times scale, unit length up to rounding
    scale: float


@dataclass(frozen=True, slots=True)
class Embedded:
    """What an embedding model gave for one passage."""

    key: str
    vector: NDArray[np.float32]
    sentences: SentenceVectors


@dataclass(frozen=True, slots=True)
class Correction:
    """What a user says a field of an article should be, whatever its document says."""

    field: str
    value: str | None  # ISO 8601 for a date


@dataclass(frozen=True, slots=True)
class Draft:
    """An article version in full, as it is to be written: passages and their sentences (offsets in the article)."""

    article: Article
    passages: tuple[Passage, ...]
    sentences: tuple[tuple[tuple[int, int], ...], ...]  # one tuple for each passage
    cleaner: str  # what cleaned and split it
    signature: bytes = b""  # MinHash of its text
    group: str | None = None  # of near-identical articles; None: it stands alone
    size: int | None = None  # of the file
    modified: int | None = None  # its time stamp, nanoseconds
    taken: str | None = None  # when it came in, ISO 8601; None: now
    removed: str | None = None  # when its article was removed, ISO 8601; None: it is to be seen
    corrections: tuple[Correction, ...] | None = None  # of its article; None: those it has

    def under(self, article: Article) -> "Draft":
        """The same text and passages as another version, or under another id."""
        passages = tuple(
            replace(
                passage,
                id=f"{article.id}.{article.version}.{number}",
                article_id=article.id,
                version=article.version,
            )
            for number, passage in enumerate(self.passages, 1)
        )
        return replace(self, article=article, passages=passages)


def numbered(drafts: Sequence[Draft], latest: Mapping[str, int]) -> list[Draft]:
    """The drafts with versions above those in `latest` (article id -> version)."""
    highest = dict(latest)
    found = []
    for draft in drafts:
        article = draft.article
        least = highest.get(article.id, 0) + 1
        found.append(draft if article.version >= least else draft.under(replace(article, version=least)))
        highest[article.id] = found[-1].article.version
    return found


@dataclass(frozen=True, slots=True)
class Known:
    """What the catalog knows of one source: enough to tell whether its document has changed."""

    article_id: str
    source: str
    version: int | None  # the current one; None: removed, or staged only
    latest: int  # the highest one there is, 0 if none
    sha256: str | None
    cleaner: str | None
    size: int | None  # bytes
    modified: int | None


def version_row(draft: Draft) -> dict[str, Any]:
    """A staged version."""
    article = draft.article
    return {
        "article_id": article.id,
        "version": article.version,
        "state": "staged",
        "title": article.title,
        "outlet": article.outlet,
        "author": article.author,
        "published": _iso(article.published),
        "updated": _iso(article.updated),
        "url": article.url,
        "language": article.language,
        "text": article.text,
        "sha256": article.sha256,
        "found": json.dumps(dict(article.found), ensure_ascii=False),
        "signature": draft.signature,
        "cleaner": draft.cleaner,
        "taken": draft.taken or datetime.now(UTC).isoformat(),
    }


def passage_row(passage: Passage, key: str) -> dict[str, Any]:
    """A passage; `key` is its vector's."""
    return {
        "id": passage.id,
        "article_id": passage.article_id,
        "version": passage.version,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        "section": passage.section,
        "page": passage.page,
        "vector": key,
    }


def vector_row(one: Embedded) -> dict[str, Any]:
    """A vector, as bytes."""
    return {"key": one.key, "vector": one.vector.astype(np.float32).tobytes()}


def sentences_row(one: Embedded) -> dict[str, Any]:
    """Sentence vectors, rounded to int8 with one scale."""
    largest = float(np.abs(one.sentences.vectors).max(initial=0.0))
    scale = largest / 127 or 1.0
    small = np.rint(one.sentences.vectors / scale).astype(np.int8)
    spans = one.sentences.spans.astype(np.int32)
    return {"key": one.key, "spans": spans.tobytes(), "scale": scale, "vectors": small.tobytes()}


def _iso(day: date | None) -> str | None:
    """ISO 8601, or null."""
    return day.isoformat() if day else None


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def to_card(row: Any) -> ArticleCard:  # noqa: ANN401 - a row has no static shape
    """From the columns in `tables.CARD`."""
    return ArticleCard(row.article_id, row.version, row.title, row.outlet, row.author, _day(row.published), row.url)


def to_article(row: Any) -> Article:  # noqa: ANN401 - a row has no static shape
    """From a version and its source."""
    return Article(
        id=row.article_id,
        version=row.version,
        source=row.source,
        title=row.title,
        outlet=row.outlet,
        author=row.author,
        published=_day(row.published),
        updated=_day(row.updated),
        url=row.url,
        language=row.language,
        text=row.text,
        sha256=row.sha256,
        found=json.loads(row.found),
    )


def to_version_card(row: Any) -> VersionCard:  # noqa: ANN401 - a row has no static shape
    """From the columns in `tables.CARD`, and `taken`, `state`, `found`."""
    corrected = tuple(field for field, where in json.loads(row.found).items() if where == CORRECTION)
    return VersionCard(to_card(row), datetime.fromisoformat(row.taken), row.state == "current", corrected)


def to_passage(row: Any) -> Passage:  # noqa: ANN401 - a row has no static shape
    """From a passage's columns."""
    return Passage(row.id, row.article_id, row.version, row.start, row.end, row.text, row.section, row.page)


def to_sentences(row: Any) -> SentenceVectors:  # noqa: ANN401 - a row has no static shape
    """From a row of sentences."""
    spans = np.frombuffer(row.spans, dtype=np.int32).reshape(-1, 2)
    small = np.frombuffer(row.vectors, dtype=np.int8)
    rows = small.reshape(len(spans), -1) if len(spans) else small.reshape(0, 0)
    return SentenceVectors(spans, rows.astype(np.float32) * np.float32(row.scale))


def to_pooled(row: Sequence[Any]) -> Pooled:
    """From the columns in `reading.POOL`; by their places, since there are a hundred rows a question."""
    name, article, version, start, end, text, section, page, title, outlet, author, day, url, vector, scale, small = row
    meaning = np.frombuffer(vector, dtype=np.float32)
    return Pooled(
        Passage(name, article, version, start, end, text, section, page),
        ArticleCard(article, version, title, outlet, author, _day(day), url),
        meaning,
        np.frombuffer(small, dtype=np.int8).reshape(-1, len(meaning)),
        scale,
    )
