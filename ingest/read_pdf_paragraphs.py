"""Lines of a PDF into paragraphs, over columns and pages, hyphenation undone. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.read_pdf_lines import Line

LEADING = 1.25  # of the usual distance between lines; more parts paragraphs
INDENT = 0.7  # em
CENTRED = 0.3  # em
CELL_GAP = 2.0  # em; lines with such a space are rows of a table
OTHER_SIZE = 0.08  # of the size of type
FULL = 0.9  # the quantile of line ends in a column that counts as its edge; tables may stand out of it

BULLET = re.compile(r"[•●▪■◦‣]\s?")
MARKER = re.compile(
    r"[•●▪■◦‣]|[–—*-]\s|\(?(?:\d{1,3}|[a-zA-Z]|[ivxl]{1,6})[.)]\s|[A-Z]?\d{0,2}(?:\.\d{1,2})+\.?\s"
    r"|(?:Annex|Article|Chapter|Guideline|Part|Principle|Rule|Section|§)\s?(?:[IVXLC]+|[A-Z]?\.?\d+|[A-Z])\b"
)
CLAUSE_END = re.compile(r"(?:[.!?:;,—][)\]”’\"']*|\b(?:and|or))$")
SENTENCE_END = re.compile(r"[.!?:;][)\]”’\"']*$")
# A word with a hyphen at a line's end: not part of an address, and of bounded length.
BROKEN = re.compile(r"(?:^|[\s(\[“‘\"'—–/])([^\W\d_][^\W\d_-]{0,60}(?:-[^\W\d_]{1,60}){0,3})([-\u2010\u00ad])$")
WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
NUMBER = re.compile(r"(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)", re.IGNORECASE)
ENDING = re.compile(
    r"(?:able|al|ally|ance|ate|ated|ation|ed|ence|er|ers|ful|ible|ic|ing|ings|ion|ions|ise|ised|ity|ive|ize|ized|less"
    r"|ly|ment|ments|ness|ous|ship|ships|sion|sions|sive|tion|tional|tions|tive|ture|ty)"
)


@dataclass(frozen=True, slots=True)
class Paragraphs:
    """A text with a blank line between paragraphs."""

    text: str
    pages: tuple[int, ...]  # where page 1, 2, ... begins


@dataclass(frozen=True, slots=True)
class _Measures:
    """What the lines of a document are like."""

    size: float  # of the type that most letters have
    leading: Mapping[int, float]  # size of type -> the usual distance between lines
    left: Mapping[tuple[int, int], float]  # page and column -> where most lines begin
    right: Mapping[tuple[int, int], float]  # page and column -> where full lines end


def to_paragraphs(pages: Sequence[Sequence[Line]]) -> Paragraphs:
    """The paragraphs of a document's lines; a page without lines begins where the next one does."""
    lines = [line for page in pages for line in page]
    measures, words = _measured(lines), _words(lines)
    parts, size, starts = list[str](), 0, dict[int, int]()
    for line, begins in zip(lines, _beginnings(lines, measures), strict=True):
        if parts:
            last = parts.pop()
            kept, joint = (last, "\n\n") if begins else _joint(last, line.text, words)
            parts += (kept, joint)
            size += len(kept) - len(last) + len(joint)
        starts.setdefault(line.page, size)
        parts.append(line.text)
        size += len(line.text)
    offsets = [size]
    for number in range(len(pages), 0, -1):
        offsets.append(starts.get(number, offsets[-1]))
    return Paragraphs("".join(parts), tuple(offsets[:0:-1]))


# Where paragraphs begin


def _measured(lines: Sequence[Line]) -> _Measures:
    sizes, pitches = Counter[float](), defaultdict[int, Counter[float]](Counter)
    starts = defaultdict[tuple[int, int], list[float]](list)
    ends = defaultdict[tuple[int, int], list[float]](list)
    for line in lines:
        sizes[round(line.size, 1)] += len(line.text)
        starts[line.page, line.column].append(line.left)
        ends[line.page, line.column].append(line.right)
    for last, line in pairwise(lines):
        if _adjoins(last, line) and not _other_style(last, line):
            pitches[round(line.size)][round(last.y - line.y, 1)] += 1
    return _Measures(
        sizes.most_common(1)[0][0] if sizes else 0.0,
        {size: found.most_common(1)[0][0] for size, found in pitches.items()},
        {place: sorted(found)[int((1 - FULL) * len(found))] for place, found in starts.items()},
        {place: sorted(found)[int(FULL * (len(found) - 1) + 0.5)] for place, found in ends.items()},
    )


def _beginnings(lines: Sequence[Line], measures: _Measures) -> Iterator[bool]:
    """For each line, whether a paragraph begins with it."""
    begins = True
    yield from [begins] * bool(lines)
    for last, line in pairwise(lines):
        if not _adjoins(last, line):
            begins = not _carried_over(last, line, measures)
        elif _other_style(last, line):
            begins = True
        else:
            begins = _begins_block(last, line, measures, begins)
        yield begins


def _adjoins(last: Line, line: Line) -> bool:
    return last.page == line.page and last.column == line.column and last.y > line.y


def _other_style(last: Line, line: Line) -> bool:
    # A heading at the head of its paragraph's first line leaves that line half bold.
    return abs(last.bold - line.bold) > 0.8 or abs(last.size - line.size) > OTHER_SIZE * max(last.size, line.size)


def _carried_over(last: Line, line: Line, measures: _Measures) -> bool:
    """Whether a sentence goes on in the next column, or on the next page."""
    if _other_style(last, line) or SENTENCE_END.search(last.text) or MARKER.match(line.text):
        return False
    indents = [one.left - measures.left[one.page, one.column] for one in (last, line)]
    return indents[1] - indents[0] < INDENT * line.size


def _begins_block(last: Line, line: Line, measures: _Measures, is_first: bool) -> bool:
    """Whether space, a list's mark, an indent or a short line parts two lines; `is_first`: `last` began a paragraph."""
    usual = max(measures.leading.get(round(line.size), 1.2 * line.size), line.size)
    if last.y - line.y > LEADING * usual:
        return True
    if MARKER.match(line.text) and (BULLET.match(line.text) or CLAUSE_END.search(last.text)):
        return True
    if min(last.gap, line.gap) > CELL_GAP:
        return True
    # The lines of a heading end where they read well.
    is_heading = last.bold > 0.9 or last.size > (1 + OTHER_SIZE) * measures.size
    centred = abs(last.left + last.right - line.left - line.right) < CENTRED * line.size
    if is_heading or (centred and abs(last.left - line.left) > 1):
        return False
    return _indented(last, line, is_first) or _ended_early(last, line, measures)


def _indented(last: Line, line: Line, is_first: bool) -> bool:
    shift = line.left - last.left
    if shift > INDENT * line.size:
        return not (is_first and MARKER.match(last.text))  # the text of a list stands right of its mark
    return shift < -INDENT * line.size and not is_first


def _ended_early(last: Line, line: Line, measures: _Measures) -> bool:
    """Whether the first word of a line had room on the line before."""
    if line.text[:1].islower() and not CLAUSE_END.search(last.text):
        return False
    letter = (line.right - line.left) / max(1, len(line.text))
    needed = letter * (len(line.text.split(" ", 1)[0]) + 1) + 0.5 * line.size
    return last.right + needed < measures.right[last.page, last.column]


# How lines are joined


def _words(lines: Sequence[Line]) -> Counter[str]:
    """The words of a document that no line's end breaks; "high-" stands for each compound that begins so."""
    words = Counter(word.lower() for line in lines for word in WORD.findall(BROKEN.sub("", line.text)))
    words.update([f"{word.split('-', 1)[0]}-" for word in words if "-" in word])
    return words


def _joint(last: str, text: str, words: Counter[str]) -> tuple[str, str]:
    """What of `last` stays before `text` in one paragraph, and what goes between."""
    broken, after = BROKEN.search(last), WORD.match(text)
    if broken and after and (text[0].islower() or (broken[1].isupper() and after[0].isupper())):
        return (last if _is_compound(broken, after[0], words) else last[:-1]), ""
    # Nothing stands between the words of "and/or", "2001-2005" and "a word—and another".
    tight = re.search(r"\S[/—]$|\w[-\u2010\u2013]$", last) and text[:1].isalnum()
    return last, "" if tight else " "


def _is_compound(broken: re.Match[str], after: str, words: Counter[str]) -> bool:
    """Whether a hyphen at a line's end belongs to its word: as the document has it elsewhere, else by its parts."""
    before = broken[1].lower()
    if broken[2] == "\u00ad":
        return False
    whole, apart = words[before + after.lower()], words[f"{before}-{after.lower()}"]
    if whole or apart:
        return apart > whole
    last = before.rsplit("-", 1)[-1]
    if NUMBER.fullmatch(last):
        return True
    first = after.split("-", 1)[0].lower()
    known = words[last] or words[f"{last}-"]
    return len(last) > 2 and bool(known and words[first]) and not ENDING.fullmatch(first)
