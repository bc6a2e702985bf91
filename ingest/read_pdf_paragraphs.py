"""Lines of a PDF into paragraphs, over columns and pages, hyphenation undone. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.read_pdf_lines import Line

LEADING = 1.25  # of the usual distance between lines; more is a new paragraph
INDENT = 0.7  # em
SAME_SIZE = 0.08  # of the size of type
HYPHENS = "-\u2010\u00ad"

MARKER = re.compile(
    r"[•●▪■◦‣–—*-]\s|\(?(?:\d{1,3}|[a-z]|[ivxl]{1,6})[.)]\s|\d{1,2}(?:\.\d{1,2})+\.?\s"
    r"|(?:Article|Section|Rule|Principle|Guideline|Annex|Chapter|Part|§)\s?(?:[IVXLC]+|[A-Z]?\.?\d+|[A-Z])\b"
)
BULLET = re.compile(r"[•●▪■◦‣]\s")
CLAUSE_END = re.compile(r"(?:[.!?:;,—][)\]”’\"']*|\b(?:and|or))$")
SENTENCE_END = re.compile(r"[.!?:;][)\]”’\"']*$")
WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
FIRST_PART = re.compile(r"([^\W\d_]+(?:-[^\W\d_]+)*)$")
SECOND_PART = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
SUFFIX = re.compile(
    r"(?:s?|able|al|ally|ance|ate|ated|ation|ed|ence|er|ers|est|ful|ible|ic|ing|ings|ion|ions|ise|ity|ive|ize|less"
    r"|ly|ment|ments|ness|ous|ship|sion|sions|sive|tion|tional|tions|tive|ture|ty)"
)
NUMBERS = re.compile(r"(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Paragraphs:
    """A text with a blank line between paragraphs."""

    text: str
    pages: tuple[int, ...]  # where page 1, 2, ... begins


def paragraphs(pages: Sequence[Sequence[Line]]) -> Paragraphs:
    """The paragraphs of a document's lines; `pages` holds an offset for each page, an empty one's is the next one's."""
    lines = [line for page in pages for line in page]
    layout = _Layout(lines)
    words = _words(lines)
    parts, size, starts = list[str](), 0, dict[int, int]()
    for at, line in enumerate(lines):
        parted = _is_parted(lines, at, layout) if at else True
        if at and parted:
            parts.append("\n\n")
        elif at:
            last = parts.pop()
            size -= len(last)
            parts += _joint(last, line.text, words)
        ...
