"""What is piped or pasted into a command."""

import sys

from rag.errors import UnreadableDocument
from ui.terminal import tell

STDIN = "-"


def standard_input(most: int) -> bytes:
    """All of standard input; of what is longer than `most` bytes, so many and one more."""
    if sys.stdin.isatty():
        tell("Paste the page, then press Ctrl-D on a line of its own.")
    return sys.stdin.buffer.read(most + 1)


def pasted_page(most: int) -> str:
    """The page on standard input, bytes that are not UTF-8 as surrogates.

    Raises UnreadableDocument where it is blank, or longer than `most` bytes.
    """
    data = standard_input(most)
    if not data.strip():
        raise UnreadableDocument("Nothing came on standard input", "Pipe a page in, or name a file")
    if len(data) > most:
        reason = f"More than {most:,} bytes came on standard input"
        raise UnreadableDocument(reason, "Split it, or raise SPACE_POLICY_MAX_BYTES")
    return data.decode("utf-8", "surrogateescape")
