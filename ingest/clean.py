"""A raw document to its body: the article's text and headline, without the page around it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ingest.clean_html import clean_html, clean_word
from ingest.clean_lines import UNSEEN
from ingest.clean_text import Found, Line, clean_markdown_text, clean_text
from ingest.read import RawDocument
from rag.errors import UnreadableDocument

CLEANER = 3  # grows with each change of what cleaning gives

LINE_ENDS = re.compile("[\x0b\x0c\x85\u2028\u2029]")
CLEANERS: Mapping[str, Callable[[str], Found]] = {
    "text": clean_text,
    "markdown": clean_markdown_text,
    "html": clean_html,
    "word": clean_word,
}


@dataclass(frozen=True, slots=True)
class Body:
    """What a document says."""

    text: str  # paragraphs with a blank line between them; the standfirst first, the headline not in it
    title: str | None  # the headline that the document itself shows
    lines: tuple[Line, ...]  # the whole page, for a preview, each line kept or not


def clean(raw: RawDocument) -> Body:
    """The body of `raw`. Raises UnreadableDocument where it holds no article."""
    if raw.kind == "pdf":  # cleaned when it was read, from where its letters stand; its pages count on the offsets
        return Body(raw.content, None, ())
    found = CLEANERS[raw.kind](UNSEEN.sub("", LINE_ENDS.sub("\n", raw.content)))
    if not found.text.strip():
        raise UnreadableDocument("No article was found in it", "Copy the article's text into a .txt file and give that")
    return Body(found.text.strip(), found.title, found.lines)
