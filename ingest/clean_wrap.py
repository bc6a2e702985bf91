"""Lines broken at a page's width become paragraphs again; page numbers and foot notes between them go."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

NARROW, WIDE = 50, 110  # columns that text is wrapped at
FULL = 0.75  # of the width: a line this long was broken because the next word did not fit
MOSTLY = 0.6  # of the lines in long paragraphs are full, where a text is wrapped
PAGE_NUMBER = re.compile(r"^\s*(?:[-–—]\s*)?(?:page\s+)?\d{1,4}(?:\s*(?:/|of)\s*\d{1,4})?(?:\s*[-–—])?\s*$", re.I)
FOOT_NOTE = re.compile(r"^\s*(?P<number>\d{1,2})\s?[A-Z“\"(]")
GLUED_NOTE = re.compile(r"^\s*(?P<number>\d{1,2})[A-Z]")
MARKED = r"\(?[a-z\d]{1,4}[.)]\s|\([ivxlA-Z]{1,5}\)\s|[-*•–—]\s|§|#"
NAMED = (
    r"(?:article|section|principle|guideline|chapter|annex|part|rule|regulation|appendix|sec\.)\s+[\dIVXLA-Z]{1,6}\b"
)
ITEM = re.compile(rf"^\s*(?:{MARKED}|{NAMED})", re.I)
NAMED_ITEM = re.compile(rf"^\s*{NAMED}", re.I)
ENDS = re.compile(r"[.!?:;][\"'”’)\]]*$")
NOTE_IN_TEXT = r"(?<=[a-z,.;])(?:{numbers})(?=\s|$)"
HYPHEN = re.compile(r"(?P<head>\w+)-\n(?P<tail>[a-z]\w*)")


def is_wrapped(content: str) -> bool:
    """Whether the paragraphs of `content` are broken into lines of one width."""
    groups = [group for group in _groups(content[:2_000_000].split("\n")) if len(group) >= 3]
    lengths = [len(line.rstrip()) for group in groups for line in group[:-1]]
    if len(lengths) < 4:
        return False
    width = sorted(lengths)[int(len(lengths) * 0.95)]
    full = sum(FULL * width <= length for length in lengths)
    return NARROW <= width <= WIDE and max(lengths) <= WIDE + 20 and full >= MOSTLY * len(lengths)


def unwrap(content: str) -> str:
    """`content` with a line for each paragraph, and a blank line between them."""
    lines = content.split("\n")
    width = max(NARROW, sorted(len(line.rstrip()) for line in lines if line.strip())[-max(1, len(lines) // 50)])
    notes: set[int] = set()
    groups = [group for group in _groups(lines) if not _is_page_furniture(group, notes)]
    text = "\n\n".join("\n".join(part) for group in _over_pages(groups) for part in _parts(group, width))
    return _without_marks(_joined(text), notes)


def _groups(lines: Sequence[str]) -> Iterator[list[str]]:
    group: list[str] = []
    for line in lines:
        if line.strip():
            group.append(line)
        elif group:
            yield group
            group = []
    if group:
        yield group


def _is_page_furniture(group: Sequence[str], notes: set[int]) -> bool:
    """Whether the lines are a page number or a foot note; a note's number goes into `notes`."""
    if len(group) == 1 and PAGE_NUMBER.match(group[0]):
        return True
    note = GLUED_NOTE.match(group[0])
    if note is None or len(group) > 6:
        return False
    notes.add(int(note["number"]))
    return True


def _over_pages(groups: Sequence[list[str]]) -> Iterator[list[str]]:
    """Groups, put together where a sentence runs on over what stood between two pages."""
    held: list[str] = []
    for group in groups:
        if held and not ENDS.search(held[-1].rstrip()) and group[0].lstrip()[:1].islower() and not ITEM.match(group[0]):
            held = [*held, *group]
            continue
        if held:
            yield held
        held = group
    if held:
        yield held


def _parts(group: Sequence[str], width: int) -> Iterator[list[str]]:
    """The paragraphs of a group: a new one after a line that could have been longer, and at each numbered item."""
    part: list[str] = []
    for line in group:
        if part and (_begins_item(line, part[-1]) or _was_last(part[-1], line, width)):
            yield part
            part = []
        part.append(line.strip())
    if part:
        yield part


def _begins_item(line: str, above: str) -> bool:
    """Whether the line is a numbered item, and no sentence that names an article at a line's start."""
    return bool(ITEM.match(line)) and not (NAMED_ITEM.match(line) and not ENDS.search(above) and _runs_on(above))


def _was_last(line: str, below: str, width: int) -> bool:
    """Whether the next line's first word would still have fitted, so that the break was meant."""
    room = width - len(line)
    if len(below.split(maxsplit=1)[0]) + 1 >= room or _runs_on(line):
        return False
    is_heading = len(line) < 0.5 * width and not below.lstrip()[:1].islower()
    return is_heading or (ENDS.search(line) is not None and room > 0.25 * width)


RUNS_ON = re.compile(r"(?:,|\b(?:of|the|and|or|in|into|to|for|on|by|with|from|a|an|at|as|between|including))$", re.I)


def _runs_on(line: str) -> bool:
    return bool(RUNS_ON.search(line.rstrip()))


def _joined(text: str) -> str:
    """Each paragraph on one line. A hyphen at a line's end stays where the text writes the word with it elsewhere."""
    words = Counter(re.findall(r"\w+(?:-\w+)*", text))

    def join(match: re.Match[str]) -> str:
        with_hyphen = f"{match['head']}-{match['tail']}"
        return (
            with_hyphen if words[with_hyphen] > words[match["head"] + match["tail"]] else match["head"] + match["tail"]
        )

    return re.sub(r"[ \t]*(?<!\n)\n(?!\n)[ \t]*", " ", HYPHEN.sub(join, text))


def _without_marks(text: str, notes: set[int]) -> str:
    """`text` without the raised numbers of the notes taken out: `Bodies,1 which` -> `Bodies, which`."""
    if not notes:
        return text
    numbers = "|".join(str(number) for number in range(max(notes), 0, -1))
    return re.sub(NOTE_IN_TEXT.format(numbers=numbers), "", text)
