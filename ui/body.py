"""The text of a document that is looked at: which lines of its page stand in it, and putting back one that does not."""

from collections.abc import Sequence
from dataclasses import replace

from ingest.clean_text import Line


def kept(lines: Sequence[Line], text: str) -> tuple[Line, ...]:
    """The lines, each kept where it stands in the text as a line of its own."""
    there = {one.strip() for one in text.split("\n")}
    return tuple(replace(line, kept=line.text.strip() in there) for line in lines)


def with_line(lines: Sequence[Line], at: int, text: str) -> str:
    """The text with one line of the page put back: a paragraph behind the nearest line above it that is there."""
    if not 0 <= at < len(lines):
        return text
    there = text.split("\n")
    places = {line.strip(): place for place, line in enumerate(there) if line.strip()}
    above = (places[line.text.strip()] for line in reversed(lines[:at]) if line.text.strip() in places)
    place = next(above, -1) + 1
    before, after = "\n".join(there[:place]).rstrip("\n"), "\n".join(there[place:]).lstrip("\n")
    return "\n\n".join(part for part in (before, lines[at].text, after) if part)
