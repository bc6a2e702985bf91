"""What the lines around an article say of it: date lines, bylines, the copyright line, a header over the text."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from ingest.clean_article import ADDRESS, HEADER, HEADER_LINES
from ingest.clean_text import Line
from rag.dates import dates_in, day_first_habit, parse_date

ABOVE, BELOW = 25, 8  # lines before and after the article's first and last in which its own facts stand
MOST_WORDS = 25  # of a line of facts; longer ones are text
UPDATED = re.compile(r"\b(?:updated|modified|edited|revised|last (?:update|change))\b", re.I)
PUBLISHED = re.compile(r"\b(?:published|created|posted|issued|released|uploaded|first published)\b", re.I)
LABEL = re.compile(rf"{UPDATED.pattern}|{PUBLISHED.pattern}", re.I)
RIGHTS = re.compile(
    r"(?:©|\(c\)|\bcopyright\b)[\s©]*(?:copyright\b|\(c\))?\s*(?:(?:19|20)\d\d(?:\s*[-–]\s*(?:(?:19|20)\d\d|present))?)?[\s,]*(?:by\s+)?(?P<owner>.*)$",
    re.I,
)
NO_OWNER = re.compile(r"^(?:all rights|reserved|the author|\W*$)", re.I)
OWNER_END = re.compile(
    r"\s*(?:[|•·.]|,?\s+(?:inc|llc|ltd|limited|corp|gmbh|pty|plc|co)\b|,\s|\ball rights\b|\s[-–]\s).*$", re.I
)
BYLINE = re.compile(
    r"^(?:(?:written|reported|story)\s+)?by:?\s+(?P<author>[^\d|•·,]{3,80}?)\s*(?:[|•·,]|\b(?:on|updated|published|posted)\b|$)",
    re.I,
)
# "Somewhere News Desk": the outlet's own people, named after it.
DESK = re.compile(
    r"^(?P<outlet>\S.{1,40}?)\s+(?:(?:news|web|online|digital|world)\s+)?(?:desk|bureau|newsroom|staff|team|correspondents?)$",
    re.I,
)
# "BEIJING, April 23 (Reuters) - ": the agency in a dateline.
AGENCY = re.compile(r"^(?:[A-Z][\w.,' -]{1,60})?\((?P<outlet>[A-Z][\w .&-]{1,30})\)\s*[-–—]{1,2}\s")
HEADER_FIELDS = {
    "title": "title",
    "headline": "title",
    "source": "outlet",
    "outlet": "outlet",
    "publisher": "outlet",
    "publication": "outlet",
    "author": "author",
    "by": "author",
    "date": "published",
    "published": "published",
    "updated": "updated",
    "url": "url",
    "link": "url",
    "language": "language",
}
PIECES = re.compile(r"\s*[|•·]\s*|\s{3,}")


def header(lines: Sequence[Line]) -> dict[str, str]:
    """The fields of a "Title: ..." header over a text."""
    found: dict[str, str] = {}
    for line in lines[:HEADER_LINES]:
        if ADDRESS.match(line.text):
            continue
        if line.kept or (match := HEADER.match(line.text)) is None:
            break
        field, value = HEADER_FIELDS[match["name"].lower()], match["value"].strip()
        # "Source:" may hold a whole reference, or an address.
        if field == "outlet" and ADDRESS.match(value):
            field = "url"
        if field != "outlet" or len(value.split()) <= 6:
            found.setdefault(field, value)
    return found


def address(lines: Sequence[Line]) -> str | None:
    """The address that stands alone on a line over the article."""
    return next(
        (
            line.text.strip()
            for line in lines[:5]
            if not line.kept and line.text.startswith("http") and ADDRESS.match(line.text)
        ),
        None,
    )


def date_lines(lines: Sequence[Line]) -> dict[str, date]:
    """When the article was published and updated, by the lines of facts around it.

    A date without a word for it counts as the day of publication only above the article.
    """
    found: dict[str, date] = {}
    habit = day_first_habit("\n".join(line.text for line in lines if not line.kept)[:100_000])
    for text, above in _facts(lines):
        for label, day in _labelled(text, habit):
            if label or above:
                found.setdefault(label or "published", day)
    return found


def _facts(lines: Sequence[Line]) -> Iterator[tuple[str, bool]]:
    """The short lines around the article, the nearest above it first, and whether they stand above."""
    kept = [at for at, line in enumerate(lines) if line.kept]
    if not kept:
        return
    above = [at for at in range(_prose_start(lines, kept), max(-1, kept[0] - ABOVE), -1) if _may_state(lines[at])]
    below = range(kept[-1] + 1, min(len(lines), kept[-1] + 1 + BELOW))
    for at in [*above, *below]:
        if len(lines[at].text) <= 300 and len(lines[at].text.split()) <= MOST_WORDS:
            yield lines[at].text, at < kept[-1]


def _may_state(line: Line) -> bool:
    """Whether the line is none of the article's, or a date alone, as a clean text has it under its title."""
    return not line.kept or parse_date(line.text) is not None


def _prose_start(lines: Sequence[Line], kept: Sequence[int]) -> int:
    """The place of the article's second kept line: bylines may stand between standfirst and body."""
    return kept[min(1, len(kept) - 1)]


def _labelled(text: str, habit: bool | None) -> Iterator[tuple[str | None, date]]:
    """The dates of a line, each with the word before it: "published", "updated" or none."""
    labels = [*LABEL.finditer(text)]
    starts = [0, *(label.start() for label in labels)]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        part = text[start:end]
        label = "updated" if UPDATED.match(part) else "published" if PUBLISHED.match(part) else None
        for day in dates_in(part, day_first=habit)[:1]:
            yield label, day


def byline(lines: Sequence[Line]) -> str | None:
    """Who wrote it, by a line that begins with "By", or the first piece of a date line."""
    for text, above in _facts(lines):
        if above and (match := BYLINE.match(text)):
            return match["author"].strip()
    return next((piece for piece in _desks(lines)), None)


def outlet(lines: Sequence[Line]) -> str | None:
    """Who published it, by a desk named after it on a date line, or by the copyright line."""
    desks = (match["outlet"] for piece in _desks(lines) if (match := DESK.match(piece)))
    return next(desks, None) or next(_owners(lines), None)


def _desks(lines: Sequence[Line]) -> Iterator[str]:
    """First pieces of date lines that name a desk."""
    for text, above in _facts(lines):
        piece = PIECES.split(text)[0]
        if above and LABEL.search(text) and DESK.match(piece):
            yield piece


def _owners(lines: Sequence[Line]) -> Iterator[str]:
    for line in lines:
        match = None if line.kept or len(line.text) > 300 else RIGHTS.search(line.text)
        owner = OWNER_END.sub("", match["owner"]).strip(" ,.-–|") if match else ""
        if owner and not NO_OWNER.match(owner) and len(owner.split()) <= 6 and owner[:1].isupper():
            yield owner


def agency(text: str) -> str | None:
    """The agency in the dateline that the text begins with."""
    beginnings = (paragraph[:200] for paragraph in text[:2000].split("\n\n")[:2])
    return next((match["outlet"] for beginning in beginnings if (match := AGENCY.match(beginning))), None)
