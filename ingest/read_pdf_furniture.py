"""What is on a PDF's pages but not in its text: running heads, page numbers, tables of contents, footnotes. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from ingest.read_pdf_lines import LOWERED, RAISED, Line

HEAD_ROWS = 4  # at the top and at the bottom of a page
HEAD_SHIFT = 6.0  # points a running head moves from page to page, at most
SAME_SLOT = 2.0  # points
REPEATS = 3  # pages that show the same head; fewer in a short document
NOTE_SIZE = 0.93  # of the body's; footnotes are smaller

NUMERAL = re.compile(r"\b(?:\d+|[ivxlc]+)\b")
PAGE_NUMBER = re.compile(r"\W*(?:page|p\.)?\W*(\d{1,4}|[ivxlc]{1,7})(?:\W*(?:of|/)\W*\d{1,4})?\W*", re.IGNORECASE)
LEADER = re.compile(r"(?:\s?[.·…_]\s?){4,}\s*(?:\d{1,4}|[ivxlc]{1,7})?$|…\s*\d{1,4}$", re.IGNORECASE)
CONTENTS = re.compile(r"(?:table of )?contents", re.IGNORECASE)
LEADERS = 3  # on a page that is a table of contents
MARK = re.compile(f"{RAISED}([^{LOWERED}]*){LOWERED}")
LABEL = r"(?:\d{1,3}|[a-z]|[*†‡§¶]{1,4})"
NOTE = re.compile(f"{RAISED}\\W*({LABEL})\\W*{LOWERED}|([*†‡]{{1,4}})|(\\d{{1,3}})(?:/|\\s)\\s*(?=\\S)")
MARKS = re.compile(rf"\W*(?:{LABEL}(?:\s*[,–-]\s*|\s+|$)?)+\W*")
AFTER_MARK = re.compile(r"""(?:[^\W\d_]{4,}|[.,;:!?)\]”’"'])\s*$""")
AFTER_NUMBER = re.compile(r"\d\s*$")
ENDED = re.compile(r"[.!?;][)\]”’\"']*$")


def without_furniture(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """The lines of a document's pages that are its text, marks of footnotes cut out."""
    headless = _without_heads(pages)
    body = _body_size(headless)
    texts, open_note = list[list[Line]](), False
    for lines in map(_without_contents, headless):
        text, notes = _parted(lines, body, open_note)
        open_note = bool(notes) and not ENDED.search(notes[-1].text)
        labels = {label for line in notes if (label := _label(line))}
        texts.append([bare for line in text if (bare := replace(line, text=_unmarked(line.text, labels))).text])
    return texts


def _body_size(pages: Iterable[Iterable[Line]]) -> float:
    """The size of type that most letters of the document have."""
    sizes = Counter[float]()
    for lines in pages:
        for line in lines:
            sizes[round(line.size, 1)] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


# Running heads and page numbers


def _without_heads(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    edges = [(*_edge(lines, top=True), *_edge(lines, top=False)) for lines in pages]
    repeated = _repeated(edges)
    numbered = _numbered(edges)
    heads = {line for line in (line for edge in edges for line in edge) if line in repeated or line in numbered}
    return [_peeled(lines, heads) for lines in pages]


def _edge(lines: Sequence[Line], *, top: bool) -> list[Line]:
    """The outermost lines of a page, from outside in."""
    return sorted(lines, key=lambda line: line.y, reverse=top)[:HEAD_ROWS]


def _repeated(edges: Sequence[Sequence[Line]]) -> set[Line]:
    """Lines that stand at about one height on several pages, but for their numbers."""
    alike = defaultdict[str, list[Line]](list)
    for edge in edges:
        for line in dict.fromkeys(edge):
            alike[NUMERAL.sub("#", line.text.lower())].append(line)
    least = min(REPEATS, max(2, len(edges) // 2))
    found = set[Line]()
    for lines in alike.values():
        for line in lines:
            there = {other.page for other in lines if abs(other.y - line.y) < HEAD_SHIFT}
            if len(there) >= least:
                found.add(line)
    return found


def _numbered(edges: Sequence[Sequence[Line]]) -> set[Line]:
    """Lines that are the number of their page: as far from its place in the file as those of other pages."""
    shifts = Counter[int]()
    lines = list[tuple[Line, int]]()
    for edge in edges:
        for line in dict.fromkeys(edge):
            number = PAGE_NUMBER.fullmatch(line.text)
            if number:
                shift = _value(number[1]) - line.page
                shifts[shift] += 1
                lines.append((line, shift))
    least = min(REPEATS, max(2, len(edges) // 2))
    return {line for line, shift in lines if shifts[shift] >= least}


def _value(numeral: str) -> int:
    """15 for "15" and for "xv"."""
    if numeral.isdecimal():
        return int(numeral)
    values = [{"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}[letter] for letter in numeral.lower()]
    return sum(-one if one < after else one for one, after in zip(values, [*values[1:], 0], strict=True))


def _peeled(lines: Sequence[Line], heads: set[Line]) -> list[Line]:
    """A page without its heads, as far as only heads stand outside of them."""
    gone = set[Line]()
    for top in (True, False):
        for line in _edge(lines, top=top):
            if line not in heads:
                break
            gone.add(line)
    return [line for line in lines if line not in gone]


# Tables of contents


def _without_contents(lines: list[Line]) -> list[Line]:
    entries = [at for at, line in enumerate(lines) if LEADER.search(line.text)]
    if len(entries) < LEADERS:
        return lines
    heading = (at for at, line in enumerate(lines[: entries[0]]) if CONTENTS.fullmatch(line.text.strip()))
    first = next(heading, entries[0])
    return lines[:first] + lines[entries[-1] + 1 :]


# Footnotes


def _parted(lines: Sequence[Line], body: float, goes_on: bool) -> tuple[list[Line], list[Line]]:
    """The text of a page, and its footnotes; `goes_on`: the last footnote of the page before is not at its end."""
    text, notes = list[Line](), list[Line]()
    for _, group in groupby(lines, key=lambda line: line.column):
        column = list(group)
        first = _first_note(column, body, goes_on)
        text += column[:first]
        notes += column[first:]
    return text, notes


def _first_note(column: Sequence[Line], body: float, goes_on: bool) -> int:
    """Where the footnotes of a column begin: in the small type at its end, with a mark."""
    start = len(column)
    while start and column[start - 1].size < NOTE_SIZE * body:
        start -= 1
    if goes_on and 0 < start < len(column):
        return start
    above = "".join(mark for line in column[:start] for mark in MARK.findall(line.text))
    for at in range(start, len(column)):
        label = _label(column[at])
        if label and (column[at].text.startswith(RAISED) or not label.isdigit() or label in above):
            return at
    return len(column)


def _label(line: Line) -> str | None:
    """The mark that a footnote begins with."""
    found = NOTE.match(line.text)
    return next(filter(None, found.groups())) if found else None


def _unmarked(text: str, labels: set[str]) -> str:
    """A line without its marks of footnotes; other raised letters stay, as in 10 m2 and 21st."""
    def kept(mark: re.Match[str]) -> str:
        before, label = text[: mark.start()], mark[1].strip()
        known = bool(labels & set(re.findall(LABEL, label)))
        if not MARKS.fullmatch(label):
            return mark[1]
        if known and not before.endswith(("10", " m", "km")):
            return ""
        is_mark = AFTER_MARK.search(before) and not label.isalpha()
        return "" if is_mark else mark[1]

    return MARK.sub(kept, text).strip()
