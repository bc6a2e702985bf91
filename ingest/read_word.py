"""A Word document to HTML. The only file that knows mammoth."""

import re
import zlib
from collections.abc import Mapping
from html import escape
from io import BytesIO
from xml.etree.ElementTree import ParseError, fromstring
from xml.parsers.expat import ExpatError
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import mammoth
from mammoth import documents

from ingest.read_properties import sensible_name
from rag.errors import UnreadableDocument

MOST_PARTS = 5_000
MOST_RATIO = 200  # expanded to packed, of a part; text in XML reaches 30
RATIO_FROM = 1_000_000  # bytes; smaller parts do no harm
BINARY = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of .doc, and of a .docx with a password
LINK = re.compile(r"</?a(?:\s[^>]*)?>")
STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => p:fresh
"""
# Elements of docProps/core.xml (ISO/IEC 29500-2).
CREATED = "{http://purl.org/dc/terms/}created"
TITLE, AUTHOR = "{http://purl.org/dc/elements/1.1/}title", "{http://purl.org/dc/elements/1.1/}creator"

AGAIN = "Open it in Word or LibreOffice and save it again"
# What mammoth raises on parts that do not hang together; it has no error of its own.
BROKEN = (AttributeError, ExpatError, IndexError, KeyError, OSError, RecursionError, TypeError, ValueError)


def word_to_html(data: bytes, max_expanded: int) -> str:
    """The text of a .docx as a page of HTML, with title, author and `dcterms.created` in its head.

    Without pictures, links, comments, deleted text, footnotes and their marks. Raises UnreadableDocument: no .docx, an
    older kind or one with a password, damaged, more than `max_expanded` bytes when unpacked, no text.
    """
    parts = _parts(data, max_expanded)
    try:
        found = mammoth.convert_to_html(
            _packed(parts),
            style_map=STYLES,
            include_embedded_style_map=False,
            convert_image=lambda image: [],
            transform_document=mammoth.transforms.element_of_type(
                documents.NoteReference, lambda note: documents.run([])
            ),
        )
    except BROKEN as error:
        raise UnreadableDocument("The Word document is damaged", AGAIN) from error
    body = LINK.sub("", found.value)
    if not re.sub(r"<[^>]*>", "", body).strip():
        raise UnreadableDocument("The Word document holds no text", "Leave it out, or put the text in")
    return f"<!DOCTYPE html>\n<html><head>{_head(parts.get('docProps/core.xml', b''))}</head><body>{body}</body></html>"


# Unpacking


def _parts(data: bytes, max_expanded: int) -> dict[str, bytes]:
    """The parts in XML, by name; pictures and all else are left packed."""
    try:
        with ZipFile(BytesIO(data)) as archive:
            _check(archive.infolist(), max_expanded)
            return _unpacked(archive, max_expanded)
    except (BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, zlib.error) as error:
        if data.startswith(BINARY):
            reason = "It is an older Word document (.doc), or one with a password"
            raise UnreadableDocument(reason, "Save it as .docx without a password") from error
        reason = (
            "The Word document is damaged or cut off" if data.startswith(b"PK") else "It is no Word document (.docx)"
        )
        raise UnreadableDocument(reason, AGAIN) from error


def _check(entries: list[ZipInfo], max_expanded: int) -> None:
    large = [entry for entry in entries if entry.file_size > RATIO_FROM]
    is_bomb = any(entry.file_size > MOST_RATIO * max(1, entry.compress_size) for entry in large)
    if is_bomb or len(entries) > MOST_PARTS or sum(entry.file_size for entry in entries) > max_expanded:
        raise _too_large(max_expanded)
    if not any(entry.filename.startswith("word/") for entry in entries):
        raise UnreadableDocument("It is no Word document (.docx)", AGAIN)


def _unpacked(archive: ZipFile, max_expanded: int) -> dict[str, bytes]:
    parts, left = dict[str, bytes](), max_expanded
    for entry in archive.infolist():
        if not entry.filename.endswith((".xml", ".rels")):
            continue
        with archive.open(entry) as file:
            # The size in the directory may be a lie, and only a read with a limit unpacks no more than that.
            part = file.read(min(left, entry.file_size) + 1)
        left -= len(part)
        if left < 0:
            raise _too_large(max_expanded)
        # Word writes none, and entities can be a bomb of their own.
        if b"<!DOCTYPE" in part.replace(b"\x00", b""):
            raise UnreadableDocument("The Word document is made to do harm", "Leave it out")
        parts[entry.filename] = part
    return parts


def _packed(parts: Mapping[str, bytes]) -> BytesIO:
    file = BytesIO()
    with ZipFile(file, "w", ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return file


def _too_large(max_expanded: int) -> UnreadableDocument:
    reason = f"The Word document is packed too tightly, or has more than {max_expanded:,} bytes when unpacked"
    return UnreadableDocument(reason, "Split it, or save it without pictures")


# The document's information


def _head(properties: bytes) -> str:
    try:
        found = fromstring(properties)  # noqa: S314 - parts with entities were refused
    except ParseError:
        return ""
    title, author = (sensible_name(found.findtext(name) or "") for name in (TITLE, AUTHOR))
    day = re.match(r"\d{4}-\d{2}-\d{2}", found.findtext(CREATED) or "")
    return "".join(
        (
            f"<title>{escape(title)}</title>" if title else "",
            f'<meta name="author" content="{escape(author)}">' if author else "",
            f'<meta name="dcterms.created" content="{day[0]}">' if day else "",
        )
    )
