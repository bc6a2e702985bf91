"""What is on a PDF's pages but not in its text: running heads, page numbers, tables of contents, footnotes. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from ingest.read_pdf_lines import Line
from ingest.read_pdf_rows import LOWERED, RAISED

HEAD_ROWS = 4  # at the top and at the bottom of a page
HEAD_SHIFT = 6.0  # points that a running head moves from page to page, about
HEAD_MOST = 200  # characters
REPEATS = 3  # pages that show the same head; two of a short document
SHORT = 3  # pages
LEADERS = 3  # rows of dots on a page that is a table of contents
NOTE_SIZE = 0.93  # of the body's; footnotes are smaller
MARK_MOST = 12  # characters

# Each expression works in linear time, or on text of bounded length: a PDF's line can be anything.
ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
NUMERAL = re.compile(r"\b(?:\d{1,4}|[ivxlc]{1,7})\b(?![.)])")
PAGE_NUMBER = re.compile(r"\W*(?:page |p\. ?)?(\d{1,4}|[ivxlc]{1,7})(?: ?(?:of|/) ?\d{1,4})?\W*")
LABELLED = re.compile(r"(?:annex|article|chapter|figure|guideline|part|principle|rule|section|slide|table|§)\W*")
LEADER = re.compile(r"(?<![.·…_])(?<![.·…_] )(?:(?:[.·_] ?){4,}+|…) ?(?:\d{1,4}|[ivxlcIVXLC]{1,7})?$")
CONTENTS = re.compile(r"(?:table of )?contents(?: page)?|page")
LABEL = r"(?:\d{1,3}|[a-z]|[*†‡§¶]{1,4})"
MARK = re.compile(f"{RAISED}([^{LOWERED}]*){LOWERED}")
MARKS = re.compile(rf"\W*{LABEL}(?:[ ,–-]{{1,3}}{LABEL})*\W*")
NOTE = re.compile(f"{RAISED}\\W?({LABEL})\\W?{LOWERED}|([*†‡]{{1,4}})|(\\d{{1,3}})(?:/|\\s)\\s*(?=\\S)")
AFTER_WORD = re.compile(r"""(?:[^\W\d_]{4}|[.,;:!?)\]”’"'])\s?$""")
AFTER_UNIT = re.compile(r"(?:\b10|\b[kcm]?m)\s?$")
EXPONENT = re.compile(r"[-−+]?\d{1,4}")
SUPERSCRIPTS = str.maketrans("0123456789-−+", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻⁺")
ENDED = re.compile(r"[.!?;][)\]”’\"']*$")


def without_furniture(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """The lines of a document's pages that are its text, marks of footnotes cut out."""
    headless = _without_heads(pages)
    body = _body_size(headless)
    texts, open_note = list[list[Line]](), False
    for lines in _without_contents(headless):
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
    edges = [line for lines in pages for line in {*_edge(lines, top=True), *_edge(lines, top=False)}]
    heads = _repeated([line for line in edges if len(line.text) < HEAD_MOST], 2 if len(pages) <= SHORT else REPEATS)
    return [_peeled(lines, heads) for lines in pages]


def _edge(lines: Sequence[Line], *, top: bool) -> list[Line]:
    """The outermost lines of a page, from outside in."""
    return sorted(lines, key=lambda line: line.y, reverse=top)[:HEAD_ROWS]


def _repeated(lines: Sequence[Line], least: int) -> set[Line]:
    """Lines that stand at about one height on several pages; page numbers alone on their line at any height."""
    pages = defaultdict[tuple[str, int], set[int]](set)
    for line in lines:
        for guise, height in _guises(line):
            pages[guise, height].add(line.page)
    return {
        line
        for line in lines
        for guise, height in _guises(line)
        if len(pages[guise, height] | pages.get((guise, height + 1), set()) | pages.get((guise, height - 1), set()))
        >= (least if height else 2)
    }


def _guises(line: Line) -> Iterator[tuple[str, int]]:
    """What a line says and its height, and the same with a number in it counted from its page's place in the file.

    "Article IV" and "Article IX" at the heads of two pages are different; "12 Report" and "14 Report" are not. At a
    line's end or start, such a number is enough: "Utilities 6" and "Functions 9" are heads of two chapters.
    """
    text, height = line.text.lower(), 10 + round(line.y / HEAD_SHIFT)
    lone = PAGE_NUMBER.fullmatch(text)
    if lone:
        yield f"{_value(lone[1]) - line.page}", 0
        return
    yield text, height
    for number in NUMERAL.finditer(text):
        before, shift, after = text[: number.start()], _value(number[0]) - line.page, text[number.end() :]
        if not LABELLED.fullmatch(before):
            yield f"{before}\t{shift}\t{after}", height
            if not before or not after:
                yield f"{bool(before)}\t{shift}", height


def _value(numeral: str) -> int:
    """15 for "15" and for "xv"."""
    if numeral.isdecimal():
        return int(numeral)
    values = [ROMAN[letter] for letter in numeral]
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


def _without_contents(pages: Sequence[list[Line]]) -> Iterator[list[Line]]:
    goes_on = False
    for lines in pages:
        entries = [at for at, line in enumerate(lines) if LEADER.search(line.text)]
        heading = next((at for at, line in enumerate(lines) if CONTENTS.fullmatch(line.text.lower())), None)
        is_table = len(entries) >= LEADERS
        if not is_table:
            yield lines
        elif heading is not None and heading < entries[0]:
            yield lines[:heading] + lines[entries[-1] + 1 :]
        else:
            yield lines[: 0 if goes_on else entries[0]] + lines[entries[-1] + 1 :]
        goes_on = is_table


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
    """A line without its marks of footnotes; other raised letters stay, as in "10 m²" and "21st"."""

    def kept(mark: re.Match[str]) -> str:
        label, before = mark[1].strip(), text[max(0, mark.start() - 6) : mark.start()]
        is_mark = len(label) <= MARK_MOST and MARKS.fullmatch(label) and not AFTER_UNIT.search(before)
        is_known = bool(labels & set(re.findall(LABEL, label)))
        if is_mark and (is_known or (AFTER_WORD.search(before) and not label.isalpha())):
            return ""
        # "10" and a raised "12" must not become 1012.
        return label.translate(SUPERSCRIPTS) if EXPONENT.fullmatch(label) else label

    return MARK.sub(kept, text).strip()
