"""A file, or bytes from elsewhere, to a raw document: decoded text of a known kind."""

import codecs
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import charset_normalizer

from rag.errors import UnreadableDocument


@dataclass(frozen=True, slots=True)
class RawDocument:
    """A document as it came, decoded."""

    source: str  # absolute path, URL, or "pasted text"
    kind: str  # "text", "markdown", "html", "pdf" or "word"
    content: str  # no byte order mark; lines end with \n; of a PDF its text, of a Word file HTML
    sha256: str  # of the bytes
    pages: tuple[int, ...] = ()  # of a PDF: the offset at which page 1, 2, ... begins
    title: str | None = None  # as the document's own information has it, this and the next
    author: str | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What is read of one document."""

    bytes: int
    pages: int = 2000  # of a PDF
    expanded: int = 200_000_000  # bytes of a Word file, unpacked


# UTF-32 first: its little-endian mark begins with that of UTF-16.
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
DECLARED = re.compile(rb"""<(?:meta[^>]{0,200}?charset|\?xml[^>]{0,200}?encoding)\s*=\s*["']?\s*([\w-]{2,40})""", re.I)
# Not tab, line ends, form feed (a page break) and escape (colours in a captured terminal).
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
SAMPLE = 200_000  # bytes or characters that are enough to judge by
MOST_CONTROL = 0.01  # of a text's characters
NO_TEXT = "It is not text, whatever its name says"
SAVE_AS = "Save it as plain text in UTF-8"


def read(path: Path, limits: Limits, charset: str | None = None) -> RawDocument:
    """The document in the file at `path`; its kind is told by the suffix, its `charset` perhaps by a server.

    Raises UnreadableDocument: missing, no file, no permission, empty, over the limits, unknown suffix, not text.
    """
    kind = SUFFIXES.get(path.suffix.lower())
    try:
        size = _size(path)
        if kind is None:
            raise UnreadableDocument(_unknown(path), f"Known are {', '.join(SUFFIXES)}")
        _check_size(size, limits.bytes)
        # One byte more than allowed, in case it grew after its size was asked.
        with path.open("rb") as file:
            data = file.read(limits.bytes + 1)
    except OSError as error:
        raise UnreadableDocument(f"The file cannot be read ({error.strerror})", "Check its permissions") from error
    return read_bytes(data, str(path.resolve()), kind, limits, charset)


def read_bytes(data: bytes, source: str, kind: str, limits: Limits, charset: str | None = None) -> RawDocument:
    """The document that `data` holds. Raises UnreadableDocument as `read` does."""
    _check_size(len(data), limits.bytes)
    sha256 = hashlib.sha256(data).hexdigest()
    if kind == "pdf":
        from ingest.read_pdf import read_pdf  # 0.1 s, and only PDFs need it

        pdf = read_pdf(data, limits.pages)
        return RawDocument(source, kind, pdf.text, sha256, pdf.pages, pdf.title, pdf.author)
    if kind == "word":
        from ingest.read_word import word_to_html  # likewise

        content = word_to_html(data, limits.expanded)
    else:
        content = _in_charset(data, charset) or READERS[kind](data)
    content = content.replace("\r\n", "\n").replace("\r", "\n")
    if not content.strip():
        raise UnreadableDocument("It holds no text", "Leave it out, or put the text in")
    return RawDocument(source, kind, content, sha256)


def _in_charset(data: bytes, charset: str | None) -> str | None:
    """Text that is not UTF-8, by what the server said of it; None where that does not fit."""
    if charset is None or _is_utf8(data) or data.startswith(tuple(mark for mark, _ in MARKS)):
        return None
    try:
        return data.decode("cp1252" if codecs.lookup(charset).name == "iso8859-1" else charset)
    except (LookupError, ValueError):
        return None


def decode(data: bytes) -> str:
    """The text in `data`: by its byte order mark, else UTF-8, else the likeliest code page.

    A few broken bytes in what is otherwise UTF-8 become U+FFFD. Guessing a code page for the whole would garble
    every accent and quotation mark that is right.
    """
    encoding = next((name for mark, name in MARKS if data.startswith(mark)), "utf-8")
    if encoding.startswith("utf-8") and b"\x00" in data:
        raise UnreadableDocument(NO_TEXT, SAVE_AS)
    text = data.decode(encoding, errors="replace")
    if encoding == "utf-8" and not _is_utf8(data) and not _mostly_utf8(data, text):
        text = data.decode(_code_page(data), errors="replace")
    # U+FEFF also stands at the seams of files that were put together.
    text = text.replace("\ufeff", "")
    head = text[:SAMPLE]
    if len(CONTROL.findall(head)) > MOST_CONTROL * len(head):
        raise UnreadableDocument(NO_TEXT, SAVE_AS)
    return text


def decode_html(data: bytes) -> str:
    """The page in `data`: where it is not UTF-8, by the character set it declares, if any."""
    declared = DECLARED.search(data[:4096])
    if declared and not _is_utf8(data) and not data.startswith(tuple(mark for mark, _ in MARKS)):
        try:
            # The encoding standard reads "iso-8859-1" as windows-1252, as browsers do.
            name = codecs.lookup(declared[1].decode("ascii")).name
            return data.decode("cp1252" if name == "iso8859-1" else name, errors="replace")
        except (LookupError, UnicodeError):
            pass  # an unknown name, or none of a text encoding
    return decode(data)


READERS: Mapping[str, Callable[[bytes], str]] = {"text": decode, "markdown": decode, "html": decode_html}
SUFFIXES: Mapping[str, str] = {
    ".txt": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".pdf": "pdf",
    ".docx": "word",
}


def _size(path: Path) -> int:
    if not path.exists():
        raise UnreadableDocument("There is no such file", "Check the name")
    if not path.is_file():
        raise UnreadableDocument("It is no file", "Give a file, or a folder of files")
    return path.stat().st_size


def _check_size(size: int, max_bytes: int) -> None:
    if size > max_bytes:
        reason = f"It has more than {max_bytes:,} bytes"
        raise UnreadableDocument(reason, "Split it, or raise SPACE_POLICY_MAX_BYTES")


def _unknown(path: Path) -> str:
    return f"Documents of the kind {path.suffix!r} cannot be read" if path.suffix else "The file's name has no suffix"


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _mostly_utf8(data: bytes, replaced: str) -> bool:
    """Whether right UTF-8 characters beyond ASCII outnumber the broken places, two to one."""
    broken = replaced.count("\ufffd")
    right = sum(ord(character) > 127 for character in replaced) - broken
    return right >= 2 * broken


def _code_page(data: bytes) -> str:
    first = next(at for at, byte in enumerate(data) if byte > 127)
    best = charset_normalizer.from_bytes(data[max(0, first - SAMPLE // 2) : first + SAMPLE // 2]).best()
    if best is None:
        raise UnreadableDocument("Its characters cannot be made out", SAVE_AS)
    # Neighbouring code pages often fit alike; the one of Western Windows is by far the commonest.
    return "cp1252" if "cp1252" in best.could_be_from_charset else best.encoding
