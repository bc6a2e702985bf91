"""Which lines of a page are the article."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ingest.clean_lines import AUTHOR, BYLINE, CAPTION, CLOCK, CREDIT, END, FURNITURE, MARK, Column, Row, columns, key
from ingest.clean_weights import WEIGHTS
from ingest.clean_wrap import ITEM

Mask = NDArray[np.bool_]

RIGHTS = re.compile(r"©|\(c\)\s*(?:19|20)\d\d|\ball rights reserved\b", re.I)
ANNEX = re.compile(r"^annex(?:\s+[\dIVXA-Z]{1,4})?\W*$", re.I)
NOTES = re.compile(r"^(?:foot|end)?notes?(?: and references)?\W*$", re.I)
ADDRESS = re.compile(r"^\W*(?:https?://|www\.)\S+$", re.I)
BRACKETED = re.compile(r"^\[[^\[\]]*\]$")
# A header that people write over a text they keep: "Title: ...", "Date: ...".
HEADER = re.compile(
    r"^(?P<name>title|headline|source|outlet|publisher|publication|author|by|date|published|updated|url|link|language)"
    r"\s*:\s*(?P<value>\S.*)$",
    re.I,
)
HEADER_LINES = 12  # at the top of a file that may be such a header
PIECES = 2  # of evidence that make a text a copied page; clean texts show none or one
LINKED = 0.7  # share of links that makes a line furniture
EDGE = 5.0  # how much the first and last line count against the lines between (by cross-validation)
RUNS_ON = 8  # lines of furniture that an article may run on after (by cross-validation)
DOUBT = -2.0  # log-odds under which a line that looks like furniture leaves the article (by cross-validation)


def is_page(rows: Sequence[Row]) -> bool:
    """Whether the lines show that they were copied from a page, furniture and all."""
    seen = Counter(row.text.lower() for row in rows)
    repeated = sum(count > 1 and len(text.split()) >= 4 and not END.search(text) for text, count in seen.items())
    pieces = sum(map(is_furniture, rows)) + repeated + _menus(rows)
    return pieces >= max(PIECES, len(rows) / 100)


def is_linked(row: Row) -> bool:
    """Whether the line is links and no more. A clause that names other texts by links is none."""
    is_clause = row.links < 0.95 and len(row.text.split()) >= 12 and row.text[-1] in ".,;:"
    return row.links >= LINKED and not is_clause


def is_furniture(row: Row) -> bool:
    """Whether the line alone shows beyond doubt that it is furniture."""
    text = row.bare
    if is_linked(row):
        return True
    short = len(text.split()) <= 6 and not ITEM.match(text) and not text.endswith((".", ";", ":", ","))
    return (short and bool(MARK.match(text))) or (len(text) < 200 and bool(RIGHTS.search(text)))


def _menus(rows: Sequence[Row], least: int = 6) -> int:
    """How many runs there are of `least` lines or more, of a few words each, that end in no punctuation."""
    runs = length = 0
    for row in rows:
        text = row.bare
        is_entry = len(text.split()) <= 4 and text[-1:].isalnum() and not ITEM.match(row.text)
        length = length + 1 if is_entry else 0
        runs += length == least
    return runs


def article(rows: Sequence[Row]) -> Mask:
    """The article of a copied page: the best run of lines, without the furniture inside it."""
    links = np.array([is_linked(row) for row in rows])
    seen = columns(rows)
    odds = _log_odds(seen)
    odds[links] = -8.0
    words = np.array([len(row.text.split()) for row in rows], dtype=np.float64)
    starts, ends = (EDGE * np.maximum(-8.0, odds[:, at]) for at in (1, 2))
    first, last = _best_run(odds[:, 0] * np.sqrt(words), starts, ends)
    last = _run_on(rows, last, odds[:, 0], seen["prose"] > 0)
    inside = np.zeros(len(rows), dtype=np.bool_)
    inside[first : last + 1] = True
    return np.asarray(inside & ~links & ~doubtful(rows, odds, DOUBT))


def log_odds(rows: Sequence[Row]) -> Column:
    """(lines, 3): how likely each line is part of the article, its first line, its last."""
    return _log_odds(columns(rows))


def _log_odds(seen: Mapping[str, Column]) -> Column:
    weights, constant = _weights()
    return np.asarray(np.column_stack(list(seen.values())) @ weights + constant)


def doubtful(rows: Sequence[Row], odds: Column, bar: float) -> Mask:
    """Lines that look like furniture and are unlikely to be part of the article, and captions with a credit."""
    unlikely = (odds[:, 0] < bar) & np.array([_looks_like_furniture(row) for row in rows])
    credits = [len(row.text) < 500 and CREDIT.search(row.text) is not None for row in rows]
    return np.asarray(unlikely | np.array(credits))


@cache
def _weights() -> tuple[Column, Column]:
    """Weights as (features, 3), and the three constants."""
    table = np.array(list(WEIGHTS.values()), dtype=np.float64)
    return table[:-1], table[-1]


def _best_run(part: Column, starts: Column, ends: Column) -> tuple[int, int]:
    """First and last place of the run with the highest sum, its start and its end counted in."""
    sums = np.cumsum(part)
    opening = starts - (sums - part)
    last = int(np.argmax(np.maximum.accumulate(opening) + sums + ends))
    return int(np.argmax(opening[: last + 1])), last


def _run_on(rows: Sequence[Row], last: int, odds: Column, prose: Mask) -> int:
    """The last line, moved on to prose that follows.

    It follows right away, or under a subheading, where it is not unlikely; and after a box where it is likely.
    """
    likely, plain = prose & (odds > 0), prose & (odds > DOUBT)
    while True:
        after = range(last + 1, min(len(rows), last + 1 + RUNS_ON))
        near = [at for at in after[:2] if plain[at] and not _shows_facts(rows[at])]
        if near and any(is_furniture(row) or CLOCK.search(row.bare) for row in rows[last + 1 : near[0]]):
            near = []
        found = max([at for at in after if likely[at]] + near, default=last)
        if found == last:
            return last
        last = found


def _shows_facts(row: Row) -> bool:
    return any(pattern.search(row.bare) for pattern in (FURNITURE, MARK, CLOCK, AUTHOR, BYLINE))


def _looks_like_furniture(row: Row) -> bool:
    text = row.bare
    if ITEM.match(text):
        return False
    return any(pattern.search(text) for pattern in (FURNITURE, MARK, CAPTION, CLOCK, BYLINE))


def whole(rows: Sequence[Row]) -> Mask:
    """A clean text: all but a header over it, and lines that are furniture beyond doubt."""
    kept = np.array([bool(row.links) or not is_furniture(row) for row in rows])
    for at, row in enumerate(rows[:HEADER_LINES]):
        if not any(pattern.match(row.text[:2000]) for pattern in (HEADER, ADDRESS, BRACKETED)):
            break
        kept[at] = False
    return kept


def without_notes(rows: Sequence[Row], kept: Mask) -> Mask:
    """Leaves out the notes at the end of a document: a line "Notes" and the numbered lines after it."""
    for at in range(len(rows) - 1, len(rows) // 2, -1):
        if kept[at] and NOTES.match(rows[at].text):
            numbered = all(
                ITEM.match(row.text) for row, keep in zip(rows[at + 1 :], kept[at + 1 :], strict=True) if keep
            )
            return kept & (np.arange(len(rows)) < at) if numbered else kept
    return kept


def from_annex(rows: Sequence[Row], kept: Mask) -> Mask:
    """Begins at the annex where the page is a resolution that adopts the instrument annexed to it.

    Such a page is named after the instrument: the heading under "Annex" repeats the end of an earlier one.
    """
    for at, row in enumerate(rows[:-1]):
        if ANNEX.match(row.text) and _is_named(rows[:at], rows[at + 1].text):
            return np.asarray(kept & (np.arange(len(rows)) > at))
    return kept


def _is_named(rows: Sequence[Row], instrument: str) -> bool:
    name = key(instrument)
    return len(name) > 15 and any(row.heading and key(row.text).endswith(name) for row in rows)
