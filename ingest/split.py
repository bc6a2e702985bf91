"""An article into passages: runs of whole sentences, short enough to embed, each under its heading or provision."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise, zip_longest
from textwrap import shorten

from rag.sentences import LABEL, LOWER, is_heading, sentence_spans

Count = Callable[[Sequence[str]], list[int]]

SPLITTER = 1  # grows with every change in what passages come out, so that articles are read anew
SECTION_MOST = 100  # characters
RUN_MOST = 4  # more lines in a row that read as headings are a list
WINDOW = 60  # sentences; bounds the search where they are tiny
GOAL = 0.75  # of the limit; smaller passages than that are avoided
SHORT = 0.1  # of the limit; a shorter sentence is not left alone, a longer numbered paragraph may stand alone

MARKDOWN = re.compile(r"^#{1,6}\s+|^\*\*(?=.+\*\*$)|\*\*$")
NUMBERED = re.compile(r"(\d{1,3})\.\s")
ENUMERATED = re.compile(r"(?:\d{1,3}|[A-Z]|[IVXL]+)\.\s")
CONTAINER = re.compile(r"(?:annex|appendix|chapter|part|preamble|schedule|title)\b", re.IGNORECASE)  # of provisions
ENDED = re.compile(r"[.!?;:,—][)\]”’\"'\d]*$")
CLAUSE = re.compile(r"[;:,][)\]”’\"']*$")
# A title on the line of its provision: "Principle 2. Settlement of disputes Any dispute ...", "Rule 2. Licences."
TITLE = re.compile(r"[.:—–]\s*[A-Z][\w’-]*(?:(?:\s[a-z][\w’-]*){2,11}(?=\s[A-Z])|(?:\s[\w’-]+){0,7}(?=\.$))")
NO_TITLE = re.compile(
    r"\b(?:shall|is|are|was|were|may|must|should|will|be|has|have)\b|\b(?:the|an?|of|and|or|to|in|for|by|any|no)$"
)


@dataclass(frozen=True, slots=True)
class Span:
    """A passage by its offsets: `text[start:end]`, trimmed of white space."""

    start: int
    end: int
    section: str | None  # the provision or heading it stands under
    page: int | None  # 1, 2, ...
    sentences: tuple[tuple[int, int], ...]  # offsets in the whole text; one longer than a passage comes in parts


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    text: str  # without the marks of a Markdown heading
    provision: bool  # one begins here
    heading: bool  # it is nothing but a heading, a provision's included
    adjacent: bool  # no empty line before it


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines that share no passage with others. The first of them, up to `heading_end`, are its headings."""

    start: int
    section: str | None
    provision: bool
    heading_end: int


@dataclass(frozen=True, slots=True)
class _Sentence:
    start: int
    end: int
    size: int  # word pieces
    line: int
    cost: float = 0.0  # of ending a passage here, in units of one hopelessly small passage


def split(text: str, count: Count, most: int = 200, pages: Sequence[int] = ()) -> tuple[Span, ...]:
    """The passages of an article: in order, none overlapping, each character but white space in exactly one.

    `count` gives the word pieces of many texts in one call; no passage has more than `most` (but for a single character
    that has). `pages` are the offsets at which pages 1, 2, ... begin; without them, no passage has a page.
    """
    lines = _lines(text)
    blocks = _blocks(lines)
    groups: list[tuple[str | None, list[_Sentence]]] = []
    for block, sentences in _sentences(text, lines, blocks, count, most):
        for run in _runs(text, block, sentences, most):
            groups += [(block.section, passage) for passage in _packed(run, most)]
    return tuple(
        Span(
            passage[0].start,
            passage[-1].end,
            section,
            max(1, bisect_right(pages, passage[0].start)) if pages else None,
            tuple((sentence.start, sentence.end) for sentence in passage),
        )
        for section, passage in _fitting(text, groups, count, most)
    )


# Lines and headings


def _lines(text: str) -> list[_Line]:
    lines: list[_Line] = []
    start, empty = 0, True
    for whole in text.splitlines(keepends=True):
        if line := whole.strip():
            first = start + whole.index(line)
            words = MARKDOWN.sub("", line)
            heading = is_heading(words) or (words != line and line.startswith("#"))
            provision = bool(LABEL.match(words)) and not (heading and CONTAINER.match(words))
            lines.append(_Line(first, first + len(line), words, provision, heading, not empty))
        empty = not line
        start += len(whole)
    return _without_lists(_without_wrapped(lines))


def _without_wrapped(lines: list[_Line]) -> list[_Line]:
    """A line is no heading where it goes on from the one before, or goes on in the next, or is the last."""
    kept: list[_Line] = []
    for line, after in zip_longest(lines, lines[1:]):
        before = kept[-1] if kept and line.adjacent else None
        begins = before is None or before.heading or bool(ENDED.search(before.text))
        goes_on = after is not None and bool(LOWER.match(after.text))
        wrapped = line.heading and goes_on and after is not None and after.adjacent and LABEL.fullmatch(line.text)
        provision = line.provision and begins and not wrapped
        heading = line.heading and begins and (provision or (after is not None and not goes_on))
        kept.append(replace(line, provision=provision, heading=heading))
    return kept


def _without_lists(lines: list[_Line]) -> list[_Line]:
    """Of many headings in a row only the first (of a list) and the last provision (after a table of contents) count."""
    kept: list[_Line] = []
    for heading, group in groupby(lines, key=lambda line: line.heading):
        run = list(group)
        if heading and len(run) > RUN_MOST:
            last = max((number for number, line in enumerate(run) if line.provision), default=0)
            run = [
                line if number in (0, last) else replace(line, provision=False, heading=False)
                for number, line in enumerate(run)
            ]
        kept += run
    return kept


class _Outline:
    """Where in the document a line stands."""

    def __init__(self) -> None:
        self.section: str | None = None
        self.provision = False
        self.number = 0  # of the last numbered heading outside of provisions

    def enter_provision(self, title: str) -> None:
        self.section, self.provision = title, True

    def enter_heading(self, title: str, in_run: bool) -> None:
        if in_run and self.section and LABEL.fullmatch(self.section) and not ENUMERATED.match(title):
            self.section = _shortened(f"{self.section} {title}")  # "Article I", and below it "Use of terms"
            return
        if in_run and self.provision:
            return
        number = int(numbered[1]) if (numbered := NUMBERED.match(title)) else 0
        # "2. Reactors" divides a provision; "5. Updates" ends it, if the last such heading before it was "4. Rules".
        if number and self.provision and not (self.number and number == self.number + 1):
            return
        self.section, self.provision = _shortened(title), False
        self.number = number or self.number


def _blocks(lines: Sequence[_Line]) -> list[_Block]:
    blocks, outline, in_run = [_Block(0, None, False, 0)], _Outline(), False
    for line in lines:
        if line.provision or line.heading:
            title, heading_end = (line.text, line.end) if line.heading else _first_sentence(line)
            if line.provision:
                outline.enter_provision(_provision(title))
            else:
                outline.enter_heading(title, in_run)
            start = blocks.pop().start if in_run else line.start
            blocks.append(_Block(start, outline.section, outline.provision, heading_end))
        in_run = line.heading
    return blocks


def _first_sentence(line: _Line) -> tuple[str, int]:
    """The first sentence of a line, and where the heading ends that it holds."""
    first, last = sentence_spans(line.text)[0]
    sentence = line.text[first:last]
    return sentence, line.start + last if is_heading(sentence) else line.start


def _provision(sentence: str) -> str:
    """How the provision that begins with this sentence is named."""
    label = LABEL.match(sentence)
    if label is None or is_heading(sentence):
        return _shortened(sentence.rstrip(".:"))
    title = TITLE.match(sentence, label.end())
    if title and not NO_TITLE.search(title[0]):
        return _shortened(label[0] + title[0])
    return _shortened(label[0])


def _shortened(title: str) -> str:
    return shorten(re.sub(r"[\x00-\x1f]", " ", title), SECTION_MOST, placeholder="…")


# Sentences and what it costs to end a passage after them


def _sentences(
    text: str, lines: Sequence[_Line], blocks: Sequence[_Block], count: Count, most: int
) -> Iterator[tuple[_Block, list[_Sentence]]]:
    spans = sentence_spans(text)
    sizes = count([text[start:end] for start, end in spans])
    line_starts = [line.start for line in lines]
    block_starts = [block.start for block in blocks]
    sized = [
        _Sentence(start, end, size, bisect_right(line_starts, start))
        for (start, end), size in zip(spans, sizes, strict=True)
    ]
    for number, group in groupby(sized, key=lambda sentence: bisect_right(block_starts, sentence.start) - 1):
        block, cut, room = blocks[number], list[_Sentence](), most
        for sentence in group:
            cut += [sentence] if sentence.size <= room else _parts(text, sentence, room, count)
            # What follows a heading has to fit beside it.
            room = max(most // 2, room - sentence.size) if sentence.end <= block.heading_end else most
        yield block, [*_costed(text, block, cut, most)]


def _costed(text: str, block: _Block, sentences: Sequence[_Sentence], most: int) -> Iterator[_Sentence]:
    lengths = {line: len(list(group)) for line, group in groupby(sentences, key=lambda sentence: sentence.line)}
    place = 0  # in the line
    for sentence, after in pairwise(sentences):
        place += 1
        words = text[max(sentence.start, sentence.end - 10) : sentence.end]
        if sentence.end <= block.heading_end:
            cost = 50.0
        elif sentence.line != after.line:
            cost = _line_cost(words, goes_on=bool(LOWER.match(text, after.start)))
        elif not ENDED.search(words) or CLAUSE.search(words):
            cost = 1.0  # inside a sentence too long for one passage
        else:
            lone_first = place == 1 and sentence.size < SHORT * most
            lone_last = place + 1 == lengths[sentence.line] and after.size < SHORT * most
            cost = 0.3 + 0.2 * (lone_first + lone_last)
        place = 0 if sentence.line != after.line else place
        yield replace(sentence, cost=cost)
    yield sentences[-1]


def _line_cost(words: str, goes_on: bool) -> float:
    if words.endswith((":", "—")):
        return 0.6
    if goes_on or not ENDED.search(words):
        return 0.4
    return 0.15 if words.endswith((";", ",")) else 0.0


def _parts(text: str, sentence: _Sentence, most: int, count: Count) -> list[_Sentence]:
    """A sentence too long for a passage, cut after a clause mark, else at a space, else anywhere."""
    words = [(match.start(), match.end()) for match in re.compile(r"\S+").finditer(text, sentence.start, sentence.end)]
    sized = _halved(text, words, most, count)
    parts, first = [], 0
    while first < len(sized):
        last, size = first + 1, sized[first].size
        while last < len(sized) and size + sized[last].size <= most and sized[last - 1].end < sized[last].start:
            size += sized[last].size
            last += 1
        if last < len(sized):
            least = first + (last - first) // 4  # a mark nearer to the start would make crumbs
            words_before = ((end, sized[end - 1]) for end in range(last, least, -1))
            last = next((end for end, word in words_before if CLAUSE.search(text[word.start : word.end])), last)
        size = sum(word.size for word in sized[first:last])
        parts.append(_Sentence(sized[first].start, sized[last - 1].end, size, sentence.line))
        first = last
    return parts


def _halved(text: str, words: Sequence[tuple[int, int]], most: int, count: Count) -> list[_Sentence]:
    """Words with their sizes, those too long for a passage cut in halves, and again."""
    fitting: list[_Sentence] = []
    while words:
        halves: list[tuple[int, int]] = []
        for (start, end), size in zip(words, count([text[start:end] for start, end in words]), strict=True):
            if size <= most or end - start == 1:
                fitting.append(_Sentence(start, end, size, 0))
            else:
                middle = (start + end) // 2
                halves += [(start, middle), (middle, end)]
        words = halves
    return sorted(fitting, key=lambda word: word.start)


# Sentences into passages


def _runs(text: str, block: _Block, sentences: Sequence[_Sentence], most: int) -> Iterator[list[_Sentence]]:
    """Outside of provisions, a numbered paragraph of some length begins a passage."""
    run: list[_Sentence] = []
    for _, group in groupby(sentences, key=lambda sentence: sentence.line):
        paragraph = list(group)
        stands_alone = sum(sentence.size for sentence in paragraph) >= SHORT * most
        numbered = not block.provision and stands_alone and NUMBERED.match(text, paragraph[0].start)
        if run and numbered and run[-1].end > block.heading_end:
            yield run
            run = []
        run += paragraph
    yield run


def _packed(sentences: Sequence[_Sentence], most: int) -> list[list[_Sentence]]:
    """The cheapest way to cut a run of sentences, by dynamic programming (after Knuth and Plass, 1981)."""
    goal = GOAL * most
    best: list[tuple[float, int]] = [(0.0, 0)]  # for the first n sentences: cost, and where the last passage begins
    for last, sentence in enumerate(sentences, start=1):
        size, choices = 0, list[tuple[float, int]]()
        for first in range(last - 1, max(-1, last - 1 - WINDOW), -1):
            size += sentences[first].size
            if size > most and choices:
                break
            small = max(0.0, 1 - size / goal) ** 2
            choices.append((best[first][0] + small + sentence.cost, first))
        best.append(min(choices))
    passages, last = [], len(sentences)
    while last:
        first = best[last][1]
        passages.append(list(sentences[first:last]))
        last = first
    return passages[::-1]


def _fitting(
    text: str, groups: list[tuple[str | None, list[_Sentence]]], count: Count, most: int
) -> list[tuple[str | None, list[_Sentence]]]:
    """Passages counted as they are. Sentences with no white space between may have more pieces together than apart."""
    sizes = count([text[passage[0].start : passage[-1].end] for _, passage in groups])
    fitting = []
    for (section, passage), size in zip(groups, sizes, strict=True):
        if size <= most or len(passage) == 1:
            fitting.append((section, passage))
        else:
            middle = len(passage) // 2
            fitting += _fitting(text, [(section, passage[:middle]), (section, passage[middle:])], count, most)
    return fitting
