"""A sentence with what it needs to be read alone: the one before that it leans on, the list that it announces."""

import re

from rag.sentences import is_heading, sentence_spans

MOST_WORDS = 90  # of a list
LEANING = re.compile(
    r"(?:\(?\w{1,3}[.)] )?(?:It|Its|This|That|These|Those|They|Their|He|His|She|Her|Such|The latter|The former)\b"
)
LISTED = re.compile(r"[;,]$|[;,] (?:and|or)$")  # more items follow


def with_list(text: str, start: int, end: int) -> int:
    """Where the sentence ends, its list included."""
    return end + _list_length(text[end:]) if text[start:end].endswith(":") else end


def with_before(text: str, start: int, end: int) -> int:
    """Where the sentence begins; the one before included, where it leans on that."""
    if LEANING.match(text, start, end):
        before = sentence_spans(text[:start])
        if before and "\n" not in text[before[-1][1] : start]:
            return before[-1][0]
    return start


def _list_length(text: str) -> int:
    """Up to where the items go on that a text begins with: each but the last ends with a comma or semicolon."""
    length = 0
    for first, last in sentence_spans(text):
        if is_heading(text[first:last]) or len(text[:last].split()) > MOST_WORDS:
            break
        length = last
        if not LISTED.search(text[first:last]):
            break
    return length
