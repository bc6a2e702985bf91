"""A text that a reader has corrected, as a document: what is in it is all there, word for word, when it is read."""

import re
from collections.abc import Iterator

import yaml

from ingest.metadata import FIELDS, Metadata

TILDES = re.compile(r"^\s{0,3}(~{3,})", re.MULTILINE)


def as_document(text: str, known: Metadata) -> str:
    """Markdown with front matter. The text stands in a fence, so that no mark in it is taken for Markdown's."""
    fields = {name: value for name in FIELDS if (value := getattr(known, name)) is not None}
    front = yaml.safe_dump(fields, allow_unicode=True, sort_keys=False)
    fence = "~" * (1 + max(_lengths(text), default=2))
    return f"---\n{front}---\n{fence}\n{text}\n{fence}\n"


def _lengths(text: str) -> Iterator[int]:
    return (len(match[1]) for match in TILDES.finditer(text))
