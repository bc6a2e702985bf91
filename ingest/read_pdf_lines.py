"""The letters of a PDF's page to lines in reading order. Pure: knows no PDF library."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

# Around letters that stand above the line; from the private use area, which is cut out of what a page says.
RAISED, LOWERED = "\ue000", "\ue001"

CELL_GAP = 0.7  # em; more space than between words of justified text mostly is
WORD_GAP = 0.18  # em; less of it between two words that were not set as one does not happen
GUTTER = 0.6  # em; the least space between columns
COLUMN_ROWS = 5  # fewer are no columns
COLUMN_FILL = 0.55  # of a column's width, by its middling line; cells of a table are shorter
COLUMN_WIDTH = 0.2  # of the page's text, at least
COLUMN_LETTERS = 18  # on its middling line
APART = 1.7  # em from line to line; more is a gap
SMALL = 0.9  # of the type beside it; marks above and below the line are smaller
GUTTERS_TRIED = 48
MOST_CELLS = 100  # on a row of text; bounds the work on pages that are drawings
DEPTH = 3  # of columns inside columns


class Glyph(NamedTuple):
    """One letter, upright; y grows upwards, in points."""

    text: str
    left: float
    right: float
    y: float  # of the line it stands on
    size: float
    bold: bool
    raised: bool  # drawn above the line though it stands on it
    spaced: bool  # a space goes before it


@dataclass(frozen=True, slots=True)
class Line:
    """One line of one column. Letters above the line stand in its text between RAISED and LOWERED."""

    text: str
    left: float
    right: float
    y: float
    size: float
    bold: float  # share of its letters
    column: int  # 0, 1, ...; lines of one column follow each other
    page: int  # 1, 2, ...


@dataclass(frozen=True, slots=True)
class _Cell:
    """Letters with no more than word spaces between."""

    text: str
    left: float
    right: float
    y: float
    size: float
    bold: float
    letters: int


Row = list[_Cell]  # what stands on one line, from left to right


def read_lines(glyphs: Iterable[Glyph], page: int) -> tuple[Line, ...]:
    """The lines of a page, column after column."""
    rows = _rows(_cells(glyphs))
    return tuple(
        replace(_line(row), column=column, page=page)
        for column, block in enumerate(_columns(rows, DEPTH))
        for row in block
    )


# Letters into cells


def _cells(glyphs: Iterable[Glyph]) -> list[_Cell]:
    cells, run = list[_Cell](), list[Glyph]()
    for glyph in glyphs:
        if run and not _goes_on(run[-1], glyph):
            cells.append(_cell(run))
            run = []
        run.append(glyph)
    return [*cells, _cell(run)] if run else cells


def _goes_on(last: Glyph, glyph: Glyph) -> bool:
    return (
        abs(glyph.y - last.y) < 0.1 * last.size
        and 0.8 * last.size < glyph.size < 1.25 * last.size
        and -0.5 * last.size < glyph.left - last.right < CELL_GAP * last.size
    )


def _cell(run: Sequence[Glyph]) -> _Cell:
    parts, above = list[str](), False
    for at, glyph in enumerate(run):
        if above and not glyph.raised:
            parts.append(LOWERED)
        if at and glyph.spaced:
            parts.append(" ")
        if glyph.raised and not above:
            parts.append(RAISED)
        parts.append(glyph.text)
        above = glyph.raised
    size = Counter(glyph.size for glyph in run).most_common(1)[0][0]
    bold = sum(glyph.bold for glyph in run) / len(run)
    left, right = min(glyph.left for glyph in run), max(glyph.right for glyph in run)
    return _Cell("".join(parts) + LOWERED * above, left, right, run[0].y, size, bold, len(run))


# Cells into rows


def _rows(cells: Sequence[_Cell]) -> list[Row]:
    """Rows from the top of the page to its bottom; small cells a little off a line are put onto it."""
    rows = list[Row]()
    for cell in sorted(cells, key=lambda cell: (-cell.y, cell.left)):
        if rows and rows[-1][0].y - cell.y < 0.2 * min(cell.size, rows[-1][0].size):
            rows[-1].append(cell)
        else:
            rows.append([cell])
    return [_joined(row) for row in _attached(rows)]


def _attached(rows: Sequence[Row]) -> list[Row]:
    """Rows with the marks above and below their lines taken in."""
    kept = [list(row) for row in rows]
    for at, row in enumerate(rows):
        for cell in row:
            # Its line comes after a mark above it, before one below it; other marks may stand between.
            near = (kept[index] for index in range(max(0, at - 2), min(len(rows), at + 4)) if index != at)
            home = next((other for other in near if len(other) <= MOST_CELLS and _belongs(cell, other)), None)
            if home is not None:
                above = cell.y > home[0].y
                home.append(replace(cell, text=f"{RAISED}{_bare(cell.text)}{LOWERED}") if above else cell)
                kept[at] = [other for other in kept[at] if other is not cell]
    return [row for row in kept if row]


def _belongs(cell: _Cell, row: Row) -> bool:
    """Whether a cell is a mark above the line of `row` (to 0.75 em), or below it (to 0.35 em)."""
    if len(cell.text) > 12:
        return False
    for other in row:
        near = other.left - other.size < cell.left < other.right + 0.6 * other.size
        if near and cell.size < SMALL * other.size and -0.35 * other.size < cell.y - other.y < 0.75 * other.size:
            return True
    return False


def _joined(row: Row) -> Row:
    """A row with cells that touch made into one."""
    joined = list[_Cell]()
    for cell in sorted(row, key=lambda cell: cell.left):
        last = joined[-1] if joined else None
        if last is not None and cell.left - last.right < CELL_GAP * max(last.size, cell.size):
            joined[-1] = _merged(last, cell)
        else:
            joined.append(cell)
    return joined


def _merged(last: _Cell, cell: _Cell) -> _Cell:
    main = last if last.letters * last.size >= cell.letters * cell.size else cell
    letters = last.letters + cell.letters
    return replace(
        main,
        text=last.text + _space(last, cell) + cell.text,
        left=last.left,
        right=max(last.right, cell.right),
        bold=(last.bold * last.letters + cell.bold * cell.letters) / letters,
        letters=letters,
    )


def _space(last: _Cell, cell: _Cell) -> str:
    """A space where the distance is one, but none before a mark above the line."""
    marked = cell.text.startswith(RAISED) and cell.left - last.right < CELL_GAP * last.size
    touching = cell.left - last.right < WORD_GAP * min(last.size, cell.size)
    return "" if marked or touching else " "


def _bare(text: str) -> str:
    return text.replace(RAISED, "").replace(LOWERED, "")


# Rows into columns


def _columns(rows: list[Row], depth: int) -> list[list[Row]]:
    """Blocks of rows in reading order (after the recursive cuts of Nagy and Seth, 1984)."""
    found = _gutter(rows) if depth else None
    if found is None:
        return [rows] if rows else []
    first, end, x = found
    band = rows[first:end]
    sides = ([cell for row in band for cell in row if (cell.left < x) is is_left] for is_left in (True, False))
    blocks = [block for side in sides for block in _columns(_rows(side), depth - 1)]
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
    merged = row[0]
    for cell in row[1:]:
        merged = _merged(merged, cell)
    text = " ".join(merged.text.split())
    return Line(text, merged.left, merged.right, merged.y, merged.size, merged.bold, 0, 0)
