"""A PDF to its text. The only file that knows PDFium."""

import ctypes
import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from threading import Lock

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from ingest.read_pdf_furniture import without_furniture
from ingest.read_pdf_lines import Line, read_lines
from ingest.read_pdf_paragraphs import to_paragraphs
from ingest.read_pdf_rows import Glyph
from ingest.read_properties import sensible_name
from rag.errors import UnreadableDocument

MOST_GLYPHS = 60_000  # on one page; a full page of a newspaper has 30,000
MOST_UNREADABLE = 0.3  # of the letters
LEAST_COMMON = 0.03  # of the words; a fifth or more in running text of these languages
COMMON = frozenset(("and", "de", "der", "die", "et", "in", "la", "le", "of", "que", "the", "to", "und"))
MOST_PICTURES = 0.8  # of the pages; a scan often has a cover with text
TAIL = 4096  # bytes in which the end of a PDF has to show itself; mail gateways and servers add lines
BOLD = re.compile(r"Bold|Black|Heavy|Demi|Semibold", re.IGNORECASE)
BULLETS = "\uf0b7\uf0a7\uf0d8"  # what the fonts Symbol and Wingdings have for them
HEAVY = 600  # weight of type
ASKEW = 0.05  # of a quarter turn
RAISED_FROM = 0.25  # em above the line
MARKS = frozenset("0123456789*†‡§¶")
HYPHENS = ("\x02", "\ufffe")  # PDFium's signs for one at a line's end
DATE = re.compile(r"(?:D:)?(\d{4})(\d{2})(\d{2})")

OCR = "Run OCR on it first, e.g. with"
AGAIN = "Download it again, or open it in a viewer and print it into a new PDF"
# PDFium must not be entered twice.
LOCK = Lock()


@dataclass(frozen=True, slots=True)
class PdfText:
    """What a PDF says: paragraphs with a blank line between them, without running heads, page numbers and footnotes."""

    text: str
    pages: tuple[int, ...]  # the offset at which page 1, 2, ... begins; one without text begins where the next does
    title: str | None  # as the document's information has it, this and the next two
    author: str | None
    created: date | None


def read_pdf(data: bytes, max_pages: int = 2000) -> PdfText:
    """The text of a PDF.

    Raises UnreadableDocument: no PDF, cut off, damaged, encrypted, too many pages, letters that mean nothing, no text.
    PDFium cannot be interrupted: what may be hostile is read in a process that can be killed.
    """
    if b"%PDF-" not in data[:1024]:
        raise UnreadableDocument("It is no PDF, whatever its name says", "Check where the file comes from")
    with LOCK, closing(_opened(data)) as document:
        pages = _pages(document, max_pages)
        title, author, created = (_information(document, key) for key in ("Title", "Author", "CreationDate"))
    found = to_paragraphs(without_furniture(pages))
    if not found.text:
        raise UnreadableDocument("The PDF holds no text", "Leave it out, or put the text in")
    return PdfText(found.text, found.pages, sensible_name(title), sensible_name(author), _date(created))


def _opened(data: bytes) -> pdfium.PdfDocument:
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if error.err_code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            reason = "The PDF is encrypted and opens with a password only"
            raise UnreadableDocument(reason, "Open it with the password and print it into a new PDF") from error
        raise UnreadableDocument(_damage(data), AGAIN) from error
    # PDFium opens what is left of a file that was cut off, without a word.
    if b"%%EOF" not in data[-TAIL:] or not len(document):
        document.close()
        raise UnreadableDocument(_damage(data), AGAIN)
    return document


def _information(document: pdfium.PdfDocument, key: str) -> str:
    try:
        return str(document.get_metadata_value(key))
    except UnicodeDecodeError:  # half of a character
        return ""


def _damage(data: bytes) -> str:
    return "The PDF is damaged" if b"%%EOF" in data[-TAIL:] else "The PDF is cut off before its end"


def _pages(document: pdfium.PdfDocument, max_pages: int) -> list[tuple[Line, ...]]:
    count = len(document)
    if count > max_pages:
        raise UnreadableDocument(f"The PDF has {count:,} pages, more than {max_pages:,}", "Split it into parts")
    pages, pictures, doubts = list[tuple[Line, ...]](), 0, Counter[bool]()
    for number in range(1, count + 1):
        try:
            with closing(document[number - 1]) as page, closing(page.get_textpage()) as textpage:
                glyphs = _glyphs(page, textpage, number, doubts)
                pictures += not glyphs and _has_picture(page)
        except pdfium.PdfiumError as error:
            raise UnreadableDocument(f"Page {number} of the PDF is damaged", AGAIN) from error
        pages.append(read_lines(glyphs, number))
    if pictures and pictures >= MOST_PICTURES * count:
        raise UnreadableDocument("The PDF holds pictures of text, no text", f"{OCR} ocrmypdf")
    if doubts[True] > MOST_UNREADABLE * doubts.total() and not _reads_well(pages):
        raise UnreadableDocument("The PDF's fonts do not say which letters they draw", f"{OCR} ocrmypdf --force-ocr")
    return pages


def _reads_well(pages: Sequence[Sequence[Line]]) -> bool:
    words = [word for lines in pages for line in lines for word in line.text.lower().split()]
    return sum(word in COMMON for word in words) > LEAST_COMMON * len(words)


def _has_picture(page: pdfium.PdfPage) -> bool:
    return next(page.get_objects(filter=(raw.FPDF_PAGEOBJ_IMAGE,), max_depth=3), None) is not None


# Letters


@dataclass(frozen=True, slots=True)
class _Type:
    """How a run of letters is set."""

    size: float
    bold: bool
    turns: int | None  # quarter turns to the left; None: askew
    is_doubtful: bool  # the font does not say which letters it draws, and PDFium guesses


def _glyphs(page: pdfium.PdfPage, textpage: pdfium.PdfTextPage, number: int, doubts: Counter[bool]) -> list[Glyph]:
    """The letters of a page that stand the way most do, turned upright. `doubts` counts those of doubtful meaning."""
    count = raw.FPDFText_CountChars(textpage)
    if count > MOST_GLYPHS:
        reason = f"Page {number} of the PDF holds more than {MOST_GLYPHS:,} letters"
        raise UnreadableDocument(reason, "Leave that page out: it is a drawing")
    turned = defaultdict[int | None, list[Glyph]](list)
    for kind, glyph in _drawn(textpage, count, page.get_bbox()):
        doubts[kind.is_doubtful or not glyph.text] += 1
        if glyph.text:
            turned[kind.turns].append(glyph)
    turned.pop(None, None)  # a watermark
    return max(turned.values(), key=len, default=[])


def _drawn(
    textpage: pdfium.PdfTextPage, count: int, box: tuple[float, float, float, float]
) -> Iterator[tuple[_Type, Glyph]]:
    """The letters inside the page's edges; those without a meaning have no text."""
    rect, x, y = raw.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    run, kind, spaced, last_rect = 0, _Type(0.0, False, 0, False), False, (0.0, 0.0, 0.0, 0.0)
    for index in range(count):
        text = chr(raw.FPDFText_GetUnicode(textpage, index))
        if text.isspace():
            spaced = spaced or text not in "\r\n"
            continue
        pointer = raw.FPDFText_GetTextObject(textpage, index)
        if pointer and ctypes.addressof(pointer.contents) != run:
            run, kind = ctypes.addressof(pointer.contents), _type(textpage, index, pointer)
        raw.FPDFText_GetCharOrigin(textpage, index, x, y)
        raw.FPDFText_GetLooseCharBox(textpage, index, rect)
        if not (box[0] - 1 < x.value < box[2] + 1 and box[1] - 1 < y.value < box[3] + 1):
            continue  # printers' marks
        edges = (rect.left, rect.bottom, rect.right, rect.top)
        left, right, base = _upright(edges, x.value, y.value, kind.turns or 0)
        # The letters of a ligature share one box.
        left = right if edges == last_rect else left
        raised = text in MARKS and not kind.turns and _is_raised(textpage, index, y.value, kind.size)
        yield kind, Glyph(_readable(text), left, right, base, kind.size, kind.bold, raised, spaced)
        spaced, last_rect = False, edges


def _type(textpage: pdfium.PdfTextPage, index: int, pointer: object) -> _Type:
    matrix, name = raw.FS_MATRIX(), ctypes.create_string_buffer(120)
    raw.FPDFText_GetMatrix(textpage, index, matrix)
    font = raw.FPDFTextObj_GetFont(pointer)
    raw.FPDFFont_GetBaseFontName(font, name, len(name))
    turns = math.atan2(matrix.b, matrix.a) / (math.pi / 2)
    return _Type(
        round(raw.FPDFText_GetFontSize(textpage, index) * math.hypot(matrix.c, matrix.d), 2),
        raw.FPDFFont_GetWeight(font) >= HEAVY or bool(BOLD.search(name.value.decode("latin-1"))),
        round(turns) % 4 if abs(turns - round(turns)) < ASKEW else None,
        raw.FPDFText_HasUnicodeMapError(textpage, index) == 1,
    )


def _upright(edges: tuple[float, float, float, float], x: float, y: float, turns: int) -> tuple[float, float, float]:
    """Left, right and base line of a letter that was turned to the left by quarters."""
    left, bottom, right, top = edges
    return ((left, right, y), (bottom, top, -x), (-right, -left, -y), (-top, -bottom, x))[turns]


def _is_raised(textpage: pdfium.PdfTextPage, index: int, base: float, size: float) -> bool:
    """Whether a figure or sign is drawn above the line though it is set on it, as superior figures of a font are."""
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    raw.FPDFText_GetCharBox(textpage, index, left, right, bottom, top)
    return bool(bottom.value - base > RAISED_FROM * size)


def _readable(text: str) -> str:
    """A letter; nothing where PDFium found no meaning for what is drawn."""
    if text in HYPHENS:
        return "-"
    if text in BULLETS:
        return "•"
    return "" if unicodedata.category(text) in ("Cc", "Cn", "Co", "Cs") or text == "\ufffd" else text


# The document's information


def _date(value: str) -> date | None:
    found = DATE.match(value)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None
