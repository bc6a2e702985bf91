"""Title, outlet, author, dates, address and language of a document, and where each was found."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from ingest import metadata_text
from ingest.clean import Body
from ingest.clean_lines import UNSEEN
from ingest.clean_markdown import front_matter
from ingest.metadata_html import Head
from ingest.read import RawDocument
from rag.dates import MONTHS, parse_date

# A language is told from this many characters on; under them it is a guess.
ENOUGH_TEXT = 100
LONGEST_TITLE = 200
DEFAULT_LANGUAGE = "en"
URL_DATE = re.compile(r"/(?P<year>(?:19|20)\d\d)[/-](?P<month>\d{1,2}|[a-z]{3,9})[/-](?P<day>\d{1,2})(?:[/-]|$)", re.I)
URL_NUMBER = re.compile(r"(?:/|-)(?P<year>20\d\d)(?P<month>[01]\d)(?P<day>[0-3]\d)(?:[/.-]|$)")
FRONT_MATTER = {
    "title": ("title", "headline"),
    "outlet": ("outlet", "publisher", "publication", "source", "site", "site_name"),
    "author": ("author", "authors", "byline", "by"),
    "published": ("published", "date", "published_at", "date_published", "datepublished"),
    "updated": ("updated", "modified", "updated_at", "date_modified", "lastmod"),
    "url": ("url", "link", "canonical", "canonical_url", "source_url"),
    "language": ("language", "lang", "locale"),
}

ADDRESS = re.compile(r"(?:https?:)?//|www\.", re.I)
# ", AP Auto Writer": what somebody does, after the name.
OFFICE = re.compile(r",\s+[^,]*\b(?:writer|reporter|correspondent|editor|columnist|staff)$", re.I)

PLAIN = (str, int, float, date)
Value: TypeAlias = Any  # as YAML, JSON or a line of text gives it
Finding = tuple[str, Value, str]  # field, value, where


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known of a document; the fields of `rag.domain.Article` of the same names."""

    title: str
    outlet: str | None
    author: str | None
    published: date | None
    updated: date | None
    url: str | None
    language: str  # ISO 639-1
    found: Mapping[str, str]  # field -> where it was found


def metadata(raw: RawDocument, body: Body) -> Metadata:
    """What `raw` says about itself; of two places the more trusted, in the order of `FINDERS`.

    A value that cannot be read (a date that is ambiguous, a language that is no code) gives way to the next place.
    """
    values: dict[str, Any] = {}
    found: dict[str, str] = {}
    for finder in FINDERS:
        for field, value, where in finder(raw, body):
            if field not in values and (value := VALUES.get(field, _text)(value)) is not None:
                values[field], found[field] = value, where
    return Metadata(**{field: values.get(field) for field in FIELDS}, found=found)  # type: ignore[arg-type]  # read above


def _text(value: Value) -> str | None:
    # Nothing nested: a few lines of YAML can stand for more than any memory holds.
    parts = [str(part) for part in (value if isinstance(value, list) else [value]) if isinstance(part, PLAIN)]
    text = " ".join(UNSEEN.sub("", ", ".join(parts)).split())
    return text[:500] or None


def _name(value: Value) -> str | None:
    """A name without "By" before it, or an office after it; an address is none."""
    name = OFFICE.sub("", re.sub(r"^by:?\s+", "", _text(value) or "", flags=re.I))
    return None if ADDRESS.match(name) else name or None


def _date(value: Value) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else parse_date(_text(value) or "")


def _url(value: Value) -> str | None:
    text = UNSEEN.sub("", value).strip() if isinstance(value, str) else ""
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if parts.scheme in ("http", "https") and parts.netloc else None


def _language(value: Value) -> str | None:
    text = (_text(value) or "").lower()
    match = re.match(r"([a-z]{2})(?:[-_]|$)", text)
    return match[1] if match else LANGUAGES.get(text)


LANGUAGES = {
    "english": "en",
    "french": "fr",
    "german": "de",
    "spanish": "es",
    "russian": "ru",
    "chinese": "zh",
    "arabic": "ar",
    "italian": "it",
    "japanese": "ja",
    "portuguese": "pt",
}
FIELDS = ("title", "outlet", "author", "published", "updated", "url", "language")
VALUES: Mapping[str, Callable[[Value], Value]] = {
    "outlet": _name,
    "author": _name,
    "published": _date,
    "updated": _date,
    "url": _url,
    "language": _language,
}


def _front_matter(raw: RawDocument, _: Body) -> Iterator[Finding]:
    if raw.kind == "markdown":
        fields = front_matter(raw.content).fields
        for field, names in FRONT_MATTER.items():
            yield from ((field, fields[name], "front matter") for name in names if fields.get(name) is not None)


def _head(raw: RawDocument, _: Body) -> Iterator[Finding]:
    if raw.kind == "html":
        head = Head.read(raw.content)
        for where, values in (("JSON-LD", head.linked_data), ("meta", head.meta), ("page", head.elements)):
            yield from ((field, value, where) for field, value in values.items())
    if raw.kind == "word":  # the day on which a file was made is not when it was published
        meta = Head.read(raw.content).meta
        yield from ((field, meta[field], "document information") for field in ("title", "author") if field in meta)


def _address(raw: RawDocument, body: Body) -> Iterator[Finding]:
    yield "url", raw.source, "address"
    if raw.kind == "text" and (url := metadata_text.address(body.lines)):
        yield "url", url, "first line"


def _header(raw: RawDocument, body: Body) -> Iterator[Finding]:
    if raw.kind == "text":
        yield from ((field, value, "header") for field, value in metadata_text.header(body.lines).items())


def _url_path(raw: RawDocument, body: Body) -> Iterator[Finding]:
    addresses = [
        value
        for finder in (_front_matter, _head, _header, _address)
        for field, value, _ in finder(raw, body)
        if field == "url"
    ]
    url = next((url for address in addresses if (url := _url(address))), "")
    if match := URL_DATE.search(urlsplit(url).path) or URL_NUMBER.search(urlsplit(url).path):
        month = MONTHS.get(match["month"].lower(), match["month"])
        yield "published", f"{match['year']}-{month}-{match['day']}", "URL path"


def _lines(_: RawDocument, body: Body) -> Iterator[Finding]:
    yield from ((field, day, "date line") for field, day in metadata_text.date_lines(body.lines).items())
    yield "author", metadata_text.byline(body.lines) or "", "byline"
    yield "outlet", metadata_text.outlet(body.lines) or "", "byline or copyright line"
    yield "outlet", metadata_text.agency(body.text) or "", "dateline"


def _information(raw: RawDocument, _: Body) -> Iterator[Finding]:
    """What a PDF says of itself. Its day of making is not when it was published."""
    yield "title", raw.title or "", "document information"
    yield "author", raw.author or "", "document information"
    if raw.kind == "pdf":
        yield "title", _first_lines(raw.content), "first line"


def _first_lines(text: str) -> str:
    """The paragraph that a document begins with, where it is short enough for a title."""
    first = text.split("\n\n", 1)[0]
    return first if len(first) <= LONGEST_TITLE else ""


def _title(raw: RawDocument, body: Body) -> Iterator[Finding]:
    where = (
        "first line" if body.lines and _key(body.lines[0].text).startswith(_key(body.title or "-")[:20]) else "headline"
    )
    yield "title", body.title or "", where
    if address := _url(raw.source):
        yield "title", Path(urlsplit(address).path).stem, "URL path"
    yield "title", re.sub(r"[\W_]+", " ", Path(raw.source).stem).strip().capitalize(), "file name"
    yield "title", raw.source, "address" if address else "file name"  # a name without a letter


def _key(text: str) -> str:
    return re.sub(r"\W+", "", text).lower()


def _language_of_text(_: RawDocument, body: Body) -> Iterator[Finding]:
    if len(body.text) >= ENOUGH_TEXT:
        from py3langid.langid import classify

        yield "language", classify(body.text[:5000])[0], "text"
    yield "language", DEFAULT_LANGUAGE, "assumed"


FINDERS = (_front_matter, _head, _header, _address, _url_path, _lines, _information, _title, _language_of_text)
