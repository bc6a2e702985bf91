"""The nouns. Frozen values of the standard library alone, complete enough to be sent over a wire."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class Support(StrEnum):
    """How well the sources support a sentence."""

    VERIFIED = "verified"  # a span of at most two adjoining sentences says it
    PASSAGE_ONLY = "passage_only"  # a passage supports it, but no such span does
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Article:
    """One version of one document, cleaned."""

    id: str  # stable for one source, over its versions
    version: int  # 1, 2, ...
    source: str  # absolute path or URL
    title: str
    outlet: str | None
    author: str | None
    published: date | None
    updated: date | None
    url: str | None
    language: str  # ISO 639-1
    text: str
    sha256: str  # of the document's bytes, as they came
    found: Mapping[str, str] = field(hash=False)  # field -> where it was found

    @property
    def card(self) -> "ArticleCard":
        """What a citation shows of the article."""
        return ArticleCard(self.id, self.version, self.title, self.outlet, self.author, self.published, self.url)


@dataclass(frozen=True, slots=True)
class ArticleCard:
    """What a citation shows of an article."""

    id: str
    version: int
    title: str
    outlet: str | None
    author: str | None
    published: date | None
    url: str | None


@dataclass(frozen=True, slots=True)
class VersionCard:
    """One version of an article, as its history lists it."""

    article: ArticleCard
    taken: datetime  # when it came into the library, UTC
    current: bool
    corrected: tuple[str, ...]  # fields that a correction set


@dataclass(frozen=True, slots=True)
class RemovedArticle:
    """An article that was removed and can still be restored."""

    article: ArticleCard  # its last version
    removed: datetime  # UTC


@dataclass(frozen=True, slots=True)
class FieldChange:
    """What one field said in two versions of an article."""

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between two versions of an article."""

    before: ArticleCard
    after: ArticleCard
    fields: tuple[FieldChange, ...]
    text: tuple[str, ...]  # a unified diff, one sentence a line; empty where the text is the same


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences: `library.article(article_id, version).text[start:end] == text`."""

    id: str  # "<article_id>.<version>.<number>"
    article_id: str
    version: int
    start: int
    end: int
    text: str
    section: str | None  # "Article IX", or the heading it stands under
    page: int | None  # 1, 2, ...; where the document has pages


@dataclass(frozen=True, slots=True)
class Filters:
    """Which articles may answer. Empty means all; dates are inclusive, and an undated article passes no date filter."""

    outlets: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    articles: tuple[str, ...] = ()  # ids

    def __bool__(self) -> bool:
        """Whether anything is filtered at all."""
        return bool(self.outlets or self.articles or self.since or self.until)


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its answer, earlier in the conversation."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question."""

    passage: Passage
    article: ArticleCard
    score: float  # higher is better; comparable within one search only
    dense_rank: int | None  # 1 is best; None: not among the nearest by meaning
    lexical_rank: int | None  # 1 is best; None: not among the best by words
    also_in: tuple[ArticleCard, ...] = ()  # copies of the article that pass the filters


@dataclass(frozen=True, slots=True)
class Citation:
    """The exact words of a source: `library.article(article.id, version=article.version).text[start:end] == quote`."""

    number: int  # as in the mark [1]
    quote: str
    start: int
    end: int
    passage: Passage
    article: ArticleCard
    also_in: tuple[ArticleCard, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of an answer."""

    text: str  # without marks
    citations: tuple[int, ...]  # numbers
    support: Support
    score: float  # 0..1


@dataclass(frozen=True, slots=True)
class Check:
    """Whether a text supports a sentence; `passages[passage][start:end] == quote` where `passage` is not None."""

    support: Support
    score: float  # 0..1
    passage: int | None
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that a chat model counted."""

    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one question. While it streams, each Answer replaces the one before."""

    question: str
    standalone_question: str  # what was searched for
    text: str  # with marks like [1]
    statements: tuple[Statement, ...]
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    abstained: bool
    mode: str  # "quotes" or "model"
    model: str | None
    filters: Filters  # as applied
    notices: tuple[str, ...]
    usage: Usage | None
    timings: Mapping[str, float] = field(hash=False)  # step -> seconds
    complete: bool


@dataclass(frozen=True, slots=True)
class Failure:
    """A document that could not be taken in."""

    source: str
    reason: str
    cure: str


@dataclass(frozen=True, slots=True)
class Report:
    """What came of an ingest. Each document given is in exactly one tuple; `removed` and `notices` come on top."""

    added: tuple[ArticleCard, ...] = ()
    updated: tuple[ArticleCard, ...] = ()
    unchanged: tuple[ArticleCard, ...] = ()
    moved: tuple[ArticleCard, ...] = ()
    removed: tuple[ArticleCard, ...] = ()
    copies: tuple[ArticleCard, ...] = ()
    failures: tuple[Failure, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def taken(self) -> int:
        """How many of the documents given are in the library now."""
        return sum(map(len, (self.added, self.updated, self.unchanged, self.moved, self.copies)))


CARDS_IN_REPORT = ("added", "updated", "unchanged", "moved", "removed", "copies")


def marked(statements: Sequence[Statement]) -> str:
    """Statements as one text, each followed by its marks: "It is planned by 2035. [1][2]"."""
    return " ".join(
        " ".join(filter(None, (one.text, "".join(f"[{number}]" for number in one.citations)))) for one in statements
    )


def to_json(value: object) -> Any:  # noqa: ANN401 - JSON's types, nested
    """A noun as JSON values: field names as they are, dates as ISO 8601, missing as null."""
    if is_dataclass(value) and not isinstance(value, type):
        return {part.name: to_json(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): to_json(part) for key, part in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [to_json(part) for part in value]
    return str(value) if isinstance(value, StrEnum) else value


def card_from_json(value: Mapping[str, Any]) -> ArticleCard:
    """The inverse of `to_json`. Raises KeyError, TypeError or ValueError for what is no card."""
    published = value["published"]
    return ArticleCard(**{**value, "published": date.fromisoformat(published) if published else None})


def report_from_json(value: Mapping[str, Any]) -> Report:
    """The inverse of `to_json`. Raises KeyError, TypeError or ValueError for what is no Report."""
    cards = {name: tuple(map(card_from_json, found)) for name, found in value.items() if name in CARDS_IN_REPORT}
    failures = tuple(Failure(**failure) for failure in value["failures"])
    return Report(**{**value, **cards, "failures": failures, "notices": tuple(value["notices"])})
