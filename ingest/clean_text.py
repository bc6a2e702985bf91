"""Text and Markdown files to what was found in them; the article's lines put together to a text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ingest import clean_markdown
from ingest.clean_article import ADDRESS, Mask, article, from_annex, is_page, whole, without_notes
from ingest.clean_headline import facts_on_top, headline, standfirst, top
from ingest.clean_lines import BULLET, END, Row
from ingest.clean_wrap import is_wrapped, unwrap


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the page, and whether it is part of the article's text."""

    text: str
    kept: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in a document."""

    title: str | None
    text: str
    lines: tuple[Line, ...]


def clean_text(content: str) -> Found:
    """The article in a text file: a page copied from a browser, or a clean text, which stays as it is."""
    rows = rows_of(content)
    page = bool(rows) and is_page(rows)
    return assemble(rows, article(rows) if page else whole(rows), page=page)


def clean_markdown_text(content: str) -> Found:
    """The article in a Markdown file: all of it but front matter and marks. Its first heading is the title."""
    rows = list(clean_markdown.rows(clean_markdown.front_matter(content).rest))
    title = next((at for at, row in enumerate(rows) if row.heading), None)
    kept = np.arange(len(rows)) != (-1 if title is None else title)
    return _found(rows, kept, None if title is None else rows[title].text, spread=False)


def rows_of(content: str) -> list[Row]:
    """The lines of a text that are not blank, each a whole paragraph."""
    if clean_markdown.is_marked_up(content):
        return list(clean_markdown.rows(content))
    return list(_rows(unwrap(content) if is_wrapped(content) else content))


def _rows(content: str) -> Iterator[Row]:
    blank = True
    for line in content.split("\n"):
        row = Row(line.strip(), blank, links=float(bool(ADDRESS.match(line[:2000]))))
        blank = not row.text
        # A bullet with nothing behind it was a picture.
        if row.text and not (BULLET.match(row.text) and not row.bare):
            yield row


def assemble(rows: Sequence[Row], kept: Mask, *, page: bool, known: str | None = None) -> Found:
    """Headline and text from a document's lines and which of them are the article.

    `page` says that furniture stands around it; `known` is a headline known from elsewhere.
    """
    kept = from_annex(rows, without_notes(rows, kept))
    if not kept.any():
        return _found(rows, kept, known, spread=page)
    title, places = headline(rows, kept, known) if page else top(rows, kept)
    kept = kept.copy()
    if title and page:
        kept[standfirst(rows, title, kept)] = True
    kept[places] = False
    kept[facts_on_top(rows, kept)] = False
    return _found(rows, kept, title and " ".join(title.split()), spread=page)


def _found(rows: Sequence[Row], kept: Mask, title: str | None, *, spread: bool) -> Found:
    lines = tuple(Line(row.text, bool(keep)) for row, keep in zip(rows, kept, strict=True))
    return Found(title, _joined(rows, kept, spread=spread), lines)


def _joined(rows: Sequence[Row], kept: Mask, *, spread: bool) -> str:
    """The kept lines with a blank line where one was or lines were left out; with `spread`, between paragraphs too."""
    parts: list[str] = []
    gap, above = False, False
    for row, keep in zip(rows, kept, strict=True):
        gap = gap or row.blank_before or not keep
        if keep:
            paragraph = len(row.text) > 80 and END.search(row.text[-10:]) is not None
            parts += ["\n\n" if gap or (spread and paragraph and above) else "\n", row.text]
            gap, above = False, paragraph
    return "".join(parts[1:])
