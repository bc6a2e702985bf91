"""The letters of a PDF's page to rows of text. Pure: knows no PDF library."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

# Around letters that stand above the line; from the private use area, which is cut out of what a page says.
RAISED, LOWERED = "\ue000", "\ue001"

CELL_GAP = 0.7  # em; more space than between words of justified text mostly is
WORD_GAP = 0.18  # em; two words that were not set as one are no nearer
SMALL = 0.9  # of the type beside it; marks above and below the line are smaller
MARK_MOST = 12  # letters
MOST_CELLS = 100  # on a row of text; bounds the work on pages that are drawings


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
class Cell:
    """Letters with no more than word spaces between."""

    text: str
    left: float
    right: float
    y: float
    size: float
    bold: float
    letters: int


Row = list[Cell]  # what stands on one line, from left to right


def read_rows(glyphs: Iterable[Glyph]) -> list[Row]:
    """The rows of a page from top to bottom, as if it had one column."""
    return to_rows(_cells(glyphs))


# Letters into cells


def _cells(glyphs: Iterable[Glyph]) -> list[Cell]:
    cells, run = list[Cell](), list[Glyph]()
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


def _cell(run: Sequence[Glyph]) -> Cell:
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
    return Cell("".join(parts) + LOWERED * above, left, right, run[0].y, size, bold, len(run))


# Cells into rows


def to_rows(cells: Sequence[Cell]) -> list[Row]:
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


def _belongs(cell: Cell, row: Row) -> bool:
    """Whether a cell is a mark above the line of `row` (to 0.75 em), or below it (to 0.35 em)."""
    if len(cell.text) > MARK_MOST:
        return False
    for other in row:
        near = other.left - other.size < cell.left < other.right + 0.6 * other.size
        if near and cell.size < SMALL * other.size and -0.35 * other.size < cell.y - other.y < 0.75 * other.size:
            return True
    return False


def _joined(row: Row) -> Row:
    """A row with cells that touch made into one."""
    joined = list[Cell]()
    for cell in sorted(row, key=lambda cell: cell.left):
        last = joined[-1] if joined else None
        if last is not None and cell.left - last.right < CELL_GAP * max(last.size, cell.size):
            joined[-1] = merged(last, cell)
        else:
            joined.append(cell)
    return joined


def merged(last: Cell, cell: Cell) -> Cell:
    """Two cells of a row as one."""
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


def _space(last: Cell, cell: Cell) -> str:
    """A space where the distance is one, but none before a mark above the line."""
    marked = cell.text.startswith(RAISED) and cell.left - last.right < CELL_GAP * last.size
    touching = cell.left - last.right < WORD_GAP * min(last.size, cell.size)
    return "" if marked or touching else " "


def _bare(text: str) -> str:
    return text.replace(RAISED, "").replace(LOWERED, "")
