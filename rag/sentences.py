"""Text into sentences, by exact offsets. The only file that knows sentencex."""

import re
from collections.abc import Iterator

import sentencex

# What a provision begins with: "Article IX", "Guideline B.4", "§ 51303". Not "Article IX of ...", "Article 5(1) ...".
LABEL = re.compile(
    r"""
    (?:(?:Article|Guideline|Principle|Section|Chapter|Annex|Appendix|Rule|Regulation|Recommendation|Part|Title|Schedule
         |ARTICLE|GUIDELINE|PRINCIPLE|SECTION|CHAPTER|ANNEX|APPENDIX|RULE|REGULATION|RECOMMENDATION|PART|TITLE|SCHEDULE
         |Art\.|ART\.|Sec\.|SEC\.)\s+
       (?:\d+(?:\.\d+)*[A-Za-z]?|[IVXLC]+|[A-Z](?:[.-]?\d+(?:\.\d+)*)?)(?:\s(?:bis|ter|quater))?
      |§+\s*\d+(?:[.–-]?\w+)*
      |(?:Annex|ANNEX|Appendix|APPENDIX|Preamble|PREAMBLE)(?=\s*(?:[.:]|$)))
    (?=\s*$|\s*[.:—–]|\s-\s|\s+[A-Z0-9(“"])
    """,
    re.VERBOSE,
)

HEADING_MOST = 120  # characters; a provision's title may be twice as long
QUOTATION_MOST = 300  # sentencex keeps a quotation whole; a longer one is cut at its sentences
SLICE = (
    20_000  # characters; sentencex takes quadratic time on many quotes without a partner: 29 s on 1 M, 0.6 s in slices
)

ALWAYS_JOINED = re.compile(
    r"(?:\b(?:Adm|Gen|Maj|Col|Lt|Capt|Cmdr|Sgt|Brig|Mr|Mrs|Ms|Dr|Prof|Sen|Gov|Rep|Rev|Hon|St|Pub|Rs|v|vs|cf|[Ff]ig|Figs"
    r"|Sec|Secs|Doc|Res|approx|viz)|\be\.g|\bi\.e|\bPub\. ?L)\.$"
)
BEFORE_NUMBER = re.compile(
    r"\b(?:[Aa]rts?|[Pp]aras?|[Ss]ubparas?|[Ss]ubsecs?|[Ss]ecs?|[Nn]os?|[Vv]ols?|[Cc]h|[Cc]l|[Rr]egs?|[Pp]p?|[Rr]es|[Dd]ocs?"
    r"|[Ff]igs?|[Aa]nn|[Ss]tat|[Ee]d|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|ca|est)\.\d{0,3}$"
)
NUMBER = re.compile(r"[(\[]?(?:\d|[IVXLC]+\b|[A-Z]{1,3}[./\d]|§)")
# After these a capital goes on with the name ("J. Smith", "the U.S. Senate") or begins a sentence ("the U.S. The ...").
INITIAL = re.compile(r"(?:\b[A-Z]|\bet al)\.$")
NUMERAL = re.compile(r"(?i:\b(?:article|annex|part|chapter|section|principle|guideline|title|appendix))\s[A-Z]\.$")
OPENER = re.compile(
    r"[“\"‘(\[]?(?:The|A|An|In|It|Its|He|She|His|Her|They|Their|We|Our|You|I|This|That|These|Those|There|Here|But|And|Or|So|Yet"
    r"|However|For|On|At|As|By|To|From|With|Under|After|Before|Since|When|While|If|Although|Though|Because|Such|Some|Many|Most"
    r"|Each|Every|Any|All|No|Not|Both|Another|Other|What|Who|Why|How|Where|Which|Also|Then|Now|Meanwhile|Last|Until|Nor)\b(?!\.)"
)
LOWER = re.compile(r"[a-z](?![a-z]{0,2}[A-Z])")  # but "eVTOL" and "iSpace" do begin sentences
SPEAKER = re.compile(r"(?:[A-Z][\w’'-]+\s){1,3}(?:said|says|asked|added|wrote|told|replied|argued|noted|warned)\b")
ITEM = re.compile(r"(?:[•▪◦●*–—-]|\(?(?:\d{1,3}(?:\.\d{1,3})*|\d{5}|[a-z]|[A-Z]|[ivx]+|[IVX]+)[.)])$")
ITEM_AHEAD = re.compile(r"\s*\(\w{1,4}\)")  # sentencex finds no sentence end after such an item
AFTER_FOOTNOTE = re.compile(r"(?<=[a-z]{2})[.!?][”\"’]?\[?\d{1,3}\]?\s+(?=[“\"‘(]?[A-Z])")
AFTER_NUMERAL = re.compile(r"(?<=[a-z]\s)[IVX]\.\s+(?=[A-Z])")
WITHIN = re.compile(r"[.!?][”\"’)\]]*\s+(?=[“\"‘(\[]?[A-Z0-9])")
CLOSERS = re.compile(r"(?:[)\]”’\"']+(?=\s))?\s*")  # they, and white space, belong to the sentence before
BEFORE_FIRST = re.compile(r"[^.;]{0,100}?(?<=\s)(?=1\.\s+[A-Z])")
QUESTION_ENDS = tuple(mark + quote for mark in "?!" for quote in "”’\"'")
STOP = re.compile(r"[.!?]\s")
FINAL = re.compile(r"[.;:,!…—][)\]”’\"'\d]*$|\?[)\]”’\"']+$")
DANGLING = re.compile(
    r"\b(?:the|an?|of|and|or|to|in|into|for|with|by|from|on|at|as|under|than|that|which|is|are|was|were|be|its|shall)$"
)
BULLET = re.compile(r"[•▪◦●*(\[–—-]")


def sentence_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Where the sentences are: offsets trimmed of white space, in order, together holding every other character.

    No sentence goes over the end of a line (as `str.splitlines` sees lines). A short quotation of several sentences, a
    list number ("1.", "(a)") and a provision's label ("Article II.") stay in the sentence that they are part of.
    """
    spans, start = [], 0
    for line in text.splitlines(keepends=True):
        spans += [(start + first, start + last) for first, last in _line_spans(line)]
        start += len(line)
    return tuple(spans)


def is_heading(line: str) -> bool:
    """Whether a line reads as a heading: short, one piece, begun with a capital or number, ended unlike a sentence."""
    line = line.strip()
    label = LABEL.match(line)
    most = 2 * HEADING_MOST if label else HEADING_MOST
    if not 2 <= len(line) <= most or not any(map(str.isalpha, line)) or (len(line.split()) > 16 and not label):
        return False
    if label and label.end() == len(line.rstrip(".:")):
        return True
    if LOWER.match(line) or BULLET.match(line) or FINAL.search(line) or DANGLING.search(line):
        return False
    return len(sentence_spans(line)) == 1


def _line_spans(line: str) -> Iterator[tuple[int, int]]:
    start = 0
    for boundary in _candidates(line):
        if boundary > start and not _joined(line, start, boundary):
            yield from _trimmed(line, start, boundary)
            start = boundary
    yield from _trimmed(line, start, len(line))


def _trimmed(line: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = line[start:end]
    if words := piece.strip():
        first = start + len(piece) - len(piece.lstrip())
        yield first, first + len(words)


def _candidates(line: str) -> list[int]:
    """Where a sentence may begin: what sentencex finds, and what it overlooks."""
    found = {match.end() for pattern in (AFTER_FOOTNOTE, AFTER_NUMERAL) for match in pattern.finditer(line)}
    # "Article 5 1. Each Party ...": the label, then a numbered paragraph.
    if (label := LABEL.match(line)) and (first := BEFORE_FIRST.match(line, label.end() + 1)):
        found.add(first.end())
    for start, end in _slices(line):
        sure = not start or STOP.match(line, start - 2)  # else the slice begins inside a sentence
        for boundary in sentencex.get_sentence_boundaries("en", line[start:end]):
            first, last = start + boundary["start_index"], start + boundary["end_index"]
            if first > start or sure:
                found.add(CLOSERS.match(line, first).end())  # type: ignore[union-attr]  # it matches nothing, too
            if last - first > QUOTATION_MOST or ITEM_AHEAD.match(line, first):
                found.update(match.end() for match in WITHIN.finditer(line, first, last))
    return sorted(found)


def _slices(line: str) -> Iterator[tuple[int, int]]:
    start = 0
    while len(line) - start > SLICE:
        window = line[start : start + SLICE]
        ends = [match.end() for match in STOP.finditer(window)]
        end = start + (ends[-1] if ends else window.rfind(" ") + 1 or SLICE)
        yield start, end
        start = end
    yield start, len(line)


def _joined(line: str, start: int, boundary: int) -> bool:
    """Whether what follows the boundary still belongs to the sentence that began at `start`."""
    before = line[max(start, boundary - 40) : boundary].rstrip()
    if boundary - start < 40 and _is_marker(before, at_line_start=start == 0):
        return True
    after = line[boundary : boundary + 60].lstrip()
    if before.endswith((":", ";", ",")) or LOWER.match(after) or ALWAYS_JOINED.search(before):
        return True
    if BEFORE_NUMBER.search(before):
        return bool(NUMBER.match(after))
    if INITIAL.search(before):
        return not OPENER.match(after) and not NUMERAL.search(before)
    return before.endswith(QUESTION_ENDS) and bool(SPEAKER.match(after))


def _is_marker(piece: str, at_line_start: bool) -> bool:
    if ITEM.match(piece.strip()):
        return True
    label = LABEL.match(piece) if at_line_start else None
    return bool(label and piece[label.end() :] in (".", ":"))
