"""The letters of a PDF's page to lines in reading order. Pure: knows no PDF library."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ingest.read_pdf_rows import Glyph, Row, merged, read_rows, to_rows

GUTTER = 0.6  # em; the least space between columns
COLUMN_ROWS = 5  # fewer are no columns
COLUMN_FILL = 0.55  # of a column's width, by its middling line; cells of a table are shorter
COLUMN_WIDTH = 0.2  # of the page's text, at least
COLUMN_LETTERS = 18  # on its middling line
APART = 1.7  # em from line to line; more is a gap
GUTTERS_TRIED = 48
DEPTH = 3  # of columns inside columns


@dataclass(frozen=True, slots=True)
class Line:
    """One line of one column. Letters above the line stand in its text between RAISED and LOWERED."""

    text: str
    left: float
    right: float
    y: float
    size: float
    bold: float  # share of its letters
    gap: float  # em; the widest space in it
    column: int  # 0, 1, ...; lines of one column follow each other
    page: int  # 1, 2, ...


def read_lines(glyphs: Iterable[Glyph], page: int) -> tuple[Line, ...]:
    """The lines of a page, column after column."""
    rows = read_rows(glyphs)
    return tuple(
        replace(_line(row), column=column, page=page)
        for column, block in enumerate(_columns(rows, DEPTH))
        for row in block
    )


# Rows into columns


def _columns(rows: list[Row], depth: int) -> list[list[Row]]:
    """Blocks of rows in reading order (after the recursive cuts of Nagy and Seth, 1984)."""
    found = _gutter(rows) if depth else None
    if found is None:
        return [rows] if rows else []
    first, end, x = found
    band = rows[first:end]
    sides = ([cell for row in band for cell in row if (cell.left < x) is is_left] for is_left in (True, False))
    blocks = [block for side in sides for block in _columns(to_rows(side), depth - 1)]
    return [*_columns(rows[:first], depth), *blocks, *_columns(rows[end:], depth)]


def _gutter(rows: Sequence[Row]) -> tuple[int, int, float] | None:
    """The tallest band of rows with two columns of prose: its first row, its end, and where they part."""
    if len(rows) < COLUMN_ROWS:
        return None
    left, right = min(row[0].left for row in rows), max(row[-1].right for row in rows)
    tried = Counter(round(cell.left - 1) for row in rows for cell in row if cell.left > left + 1)
    found = list[tuple[int, int, float]]()
    for x, _ in tried.most_common(GUTTERS_TRIED):
        for first, end in _bands(rows, x):
            first, end = _trimmed(rows, first, end, x)
            if _are_columns(rows[first:end], x, right - left):
                found.append((first, end, x))
    return max(found, key=lambda band: (band[1] - band[0], -band[2]), default=None)


def _bands(rows: Sequence[Row], x: float) -> list[tuple[int, int]]:
    """The runs of rows that nothing crosses at `x`."""
    crossed = [-1, *(at for at, row in enumerate(rows) if any(c.left <= x < c.right for c in row)), len(rows)]
    return [(last + 1, after) for last, after in pairwise(crossed) if after - last > COLUMN_ROWS]


def _trimmed(rows: Sequence[Row], first: int, end: int, x: float) -> tuple[int, int]:
    """A band without the rows at its ends that stand off from it and do not fill its columns, such as a table's."""
    apart = (at for at in range(first + 1, end) if rows[at - 1][0].y - rows[at][0].y > APART * rows[at][0].size)
    edges = [first, *apart, end]
    whole = [_extent(side) for side in _sides(rows[first:end], x)]
    filled = [
        any(_fill(side, width) > COLUMN_FILL for side, width in zip(_sides(rows[start:stop], x), whole, strict=True))
        for start, stop in pairwise(edges)
    ]
    kept = [at for at, is_filled in enumerate(filled) if is_filled]
    return (edges[kept[0]], edges[kept[-1] + 1]) if kept else (first, first)


def _are_columns(band: Sequence[Row], x: float, width: float) -> bool:
    """Whether the cells on both sides of `x` are lines of prose."""
    left, right = _sides(band, x)
    if min(len(left), len(right)) < COLUMN_ROWS:
        return False
    gutter = min(side[0].left for side in right) - max(side[-1].right for side in left)
    return gutter > GUTTER * band[0][0].size and all(_is_prose(side, width) for side in (left, right))


def _sides(band: Sequence[Row], x: float) -> tuple[list[Row], list[Row]]:
    left = [side for row in band if (side := [cell for cell in row if cell.left < x])]
    return left, [side for row in band if (side := [cell for cell in row if cell.left >= x])]


def _is_prose(side: Sequence[Row], width: float) -> bool:
    """Whether most lines are long, and nearly as wide as the widest, and that not narrow."""
    whole = _extent(side)
    letters = sorted(sum(cell.letters for cell in row) for row in side)[len(side) // 2]
    return whole > COLUMN_WIDTH * width and letters >= COLUMN_LETTERS and _fill(side, whole) > COLUMN_FILL


def _extent(side: Sequence[Row]) -> float:
    return max((row[-1].right for row in side), default=0.0) - min((row[0].left for row in side), default=0.0)


def _fill(side: Sequence[Row], width: float) -> float:
    """The part of a column's width that its middling line takes."""
    widths = sorted(row[-1].right - row[0].left for row in side)
    return widths[len(widths) // 2] / max(width, 1.0) if widths else 0.0


def _line(row: Row) -> Line:
    whole = row[0]
    for cell in row[1:]:
        whole = merged(whole, cell)
    text = " ".join(whole.text.split())
    gap = max((cell.left - last.right for last, cell in pairwise(row)), default=0.0) / whole.size
    return Line(text, whole.left, whole.right, whole.y, whole.size, whole.bold, gap, 0, 0)
