"""How a PDF becomes text. The PDFs are made here, by hand."""

from collections.abc import Iterable, Sequence
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.read_pdf import MOST_GLYPHS, PdfText, read_pdf
from ingest.read_pdf_furniture import without_furniture
from ingest.read_pdf_lines import read_lines
from ingest.read_pdf_paragraphs import to_paragraphs
from ingest.read_pdf_rows import Glyph
from rag.errors import UnreadableDocument

Drawn = tuple[float, float, float, str]  # x, y, size of type, text; a text that begins with "!" is bold
PICTURE = "/Im1 Do"


def drawing(pieces: Iterable[Drawn]) -> str:
    """The operators that draw text."""
    parts = []
    for x, y, size, text in pieces:
        escaped = text.removeprefix("!").replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        parts.append(f"BT /{'F2' if text.startswith('!') else 'F1'} {size} Tf {x} {y} Td ({escaped}) Tj ET")
    return "\n".join(parts)


def make_pdf(pages: Sequence[str], *, information: str = "", font: str = "", trailer: str = "") -> bytes:
    """A PDF with a page for each content stream."""
    encoding = font or "/Encoding /WinAnsiEncoding"
    kids = " ".join(f"{7 + 2 * at} 0 R" for at in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        f"<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman {encoding} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Times-Bold /Encoding /WinAnsiEncoding >>",
        f"<< {information} >>",
        "<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 /Length 1 >>"
        "\nstream\n0\nendstream",
    ]
    for at, content in enumerate(pages):
        resources = "<< /Font << /F1 3 0 R /F2 4 0 R >> /XObject << /Im1 6 0 R >> >>"
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {8 + 2 * at} 0 R"
            f" /Resources {resources} >>",
            f"<< /Length {len(content.encode('cp1252'))} >>\nstream\n{content}\nendstream",
        ]
    data, places = bytearray(b"%PDF-1.7\n"), list[int]()
    for number, text in enumerate(objects, start=1):
        places.append(len(data))
        data += f"{number} 0 obj\n{text}\nendobj\n".encode("cp1252")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"trailer\n<< /Size {len(places) + 1} /Root 1 0 R /Info 5 0 R {trailer} >>\nstartxref\n{len(data)}\n%%EOF\n"
    return bytes(data) + f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n{table}{end}".encode()


def column(text: str, x: float = 72, y: float = 700, size: float = 10) -> list[Drawn]:
    """One piece for each line; an empty line leaves a space of one."""
    return [(x, y - 12 * at, size, line) for at, line in enumerate(text.split("\n")) if line]


def read(*pages: Iterable[Drawn]) -> PdfText:
    return read_pdf(make_pdf([drawing(page) for page in pages]))


def paragraphs(*pages: Iterable[Drawn]) -> list[str]:
    return read(*pages).text.split("\n\n")


PROSE = """The Committee adopted the guidelines for the safe conduct of
operations in orbit and asked all States to report on the steps
that they take at home."""
OTHER = """The working group met in the spring and looked at the data
that the members had sent since the last session of the body
without a word on the costs."""


def test_lines_of_a_paragraph_are_joined() -> None:
    assert paragraphs(column(PROSE)) == [PROSE.replace("\n", " ")]


def test_a_wider_space_parts_paragraphs() -> None:
    assert paragraphs(column(PROSE + "\n\n" + OTHER)) == [PROSE.replace("\n", " "), OTHER.replace("\n", " ")]


def test_an_indent_parts_paragraphs() -> None:
    second = column(OTHER, y=700 - 36)
    indented = [(second[0][0] + 15, *second[0][1:]), *second[1:]]
    assert paragraphs(column(PROSE) + indented) == [PROSE.replace("\n", " "), OTHER.replace("\n", " ")]


def test_a_short_line_ends_its_paragraph() -> None:
    assert paragraphs(column(PROSE + "\n" + OTHER)) == [PROSE.replace("\n", " "), OTHER.replace("\n", " ")]


def test_provisions_stand_on_their_own_lines() -> None:
    text = (
        "1. Space is free for all States;\n2. No State may own the Moon;\n(a) nor a part of it; and\n(b) nor a crater."
    )
    assert paragraphs(column(text)) == text.split("\n")


def test_the_text_of_a_list_may_stand_right_of_its_mark() -> None:
    pieces: list[Drawn] = [
        (72, 700, 10, "1."),
        (90, 700, 10, "Each State that launches an object into"),
        (90, 688, 10, "outer space keeps a register."),
    ]
    assert paragraphs(pieces) == ["1. Each State that launches an object into outer space keeps a register."]


def test_a_heading_stands_on_its_own_line() -> None:
    assert paragraphs([(72, 712, 10, "!Article II"), *column(PROSE)]) == ["Article II", PROSE.replace("\n", " ")]


def test_lines_of_a_heading_are_joined() -> None:
    title: list[Drawn] = [(72, 760, 16, "Guidelines for"), (72, 741, 16, "Space Debris")]
    assert paragraphs([*title, *column(PROSE)])[0] == "Guidelines for Space Debris"


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        pytest.param("It is a com-\nmon view.", "It is a common view.", id="a broken word is made whole"),
        pytest.param(
            "High-quality data are high-\nquality data.",
            "High-quality data are high-quality data.",
            id="a compound that stands elsewhere keeps its hyphen",
        ),
        pytest.param("The thirty-\nsecond session.", "The thirty-second session.", id="a number keeps its hyphen"),
        pytest.param("The non-\nEuropean States.", "The non-European States.", id="a name keeps its hyphen"),
        pytest.param("States and/\nor persons.", "States and/or persons.", id="nothing comes between and/or"),
        pytest.param(
            "See www.iadc-\nonline.org for it.", "See www.iadc-online.org for it.", id="an address keeps its hyphen"
        ),
    ],
)
def test_hyphenation_is_undone(text: str, joined: str) -> None:
    assert paragraphs(column(text)) == [joined]


def test_columns_are_read_one_after_the_other() -> None:
    longer = [f"line number {word} of a column of prose" for word in ("one", "two", "three", "four", "five", "six")]
    left, right = ("\n".join(f"{side} {line}" for line in longer) for side in ("Left", "Right"))
    title: list[Drawn] = [(72, 760, 16, "A title that spans the two columns of the page, all of it")]
    found = paragraphs(
        [*title, *(piece for pair in zip(column(left), column(right, x=320), strict=True) for piece in pair)]
    )
    words = " ".join(found).split()
    assert found[0] == title[0][3]
    assert words.index("Right") > len(words) - words[::-1].index("Left") - 1


def test_rows_of_a_table_stay_rows() -> None:
    rows = [("Year", "Launches"), ("1957", "2"), ("1958", "8"), ("1959", "14"), ("1960", "20"), ("1961", "38")]
    pieces: list[Drawn] = [
        (72 + 120 * at, 700 - 12 * number, 10, cell) for number, row in enumerate(rows) for at, cell in enumerate(row)
    ]
    assert paragraphs(pieces) == [" ".join(row) for row in rows]


def body(number: int) -> list[Drawn]:
    """Text that no two pages share."""
    words = ("one", "two", "three", "four", "five")
    return column(f"Page {words[number]} says something of its own.\nIt says it on line {words[number]} again.")


def test_running_heads_and_page_numbers_are_left_out() -> None:
    pages = [[(72, 770, 8, "Report of the Committee"), *body(at), (300, 30, 8, str(at + 7))] for at in range(4)]
    assert "Report of" not in read(*pages).text
    assert not any(figure in read(*pages).text for figure in "789")


def test_heads_of_chapters_with_a_page_number_are_left_out() -> None:
    heads = ["1 Launch", "2 Launch", "3 Debris", "4 Debris"]
    text = read(*([(72, 770, 8, head), *body(at)] for at, head in enumerate(heads))).text
    assert "Launch" not in text
    assert "Debris" not in text


def test_headings_at_the_heads_of_pages_stay() -> None:
    pages = [[(72, 750, 10, f"!Article {numeral}"), *body(at)] for at, numeral in enumerate(("I", "II", "III", "IV"))]
    assert [f"Article {numeral}" in read(*pages).text.split("\n\n") for numeral in ("I", "II", "III", "IV")] == [
        True
    ] * 4


def test_footnotes_and_their_marks_are_left_out() -> None:
    marked: list[Drawn] = [
        (72, 700, 10, "The session"),
        (121.3, 704, 6, "12"),
        (130, 700, 10, "adopted the text on the use of power in orbit."),
    ]
    note: list[Drawn] = [
        (72, 60, 5, "12"),
        (78, 57, 7, "Official Records, Supplement No. 20."),
        (72, 48, 7, "Further volumes."),
    ]
    assert paragraphs([*marked, *column(PROSE, y=670), *note]) == [
        "The session adopted the text on the use of power in orbit.",
        PROSE.replace("\n", " "),
    ]


def test_a_power_of_ten_stays_one() -> None:
    pieces: list[Drawn] = [
        (72, 700, 10, "The reactor gave 10"),
        (152.5, 704, 6, "12"),
        (162, 700, 10, "watts of power for a day."),
    ]
    assert paragraphs(pieces) == ["The reactor gave 10¹² watts of power for a day."]


def test_a_table_of_contents_is_left_out() -> None:
    rows = [f"{name}{' .' * 20} {page}" for name, page in (("Foreword", "iii"), ("Part one", 1), ("Part two", 41))]
    entries = "\n".join(("Contents", *rows))
    assert paragraphs(column(entries + "\n\n" + PROSE)) == [PROSE.replace("\n", " ")]


def test_letters_that_are_guessed_rightly_are_taken() -> None:
    assert read_pdf(make_pdf([drawing(column(PROSE))], font=NO_LETTERS)).text == PROSE.replace("\n", " ")


def test_text_that_stands_askew_is_left_out() -> None:
    watermark = "BT /F1 60 Tf 0.7 0.7 -0.7 0.7 200 300 Tm (DRAFT) Tj ET"
    assert "DRAFT" not in read_pdf(make_pdf([drawing(column(PROSE)) + watermark])).text


def test_a_page_on_its_side_is_read() -> None:
    lines = "".join(
        f"BT /F1 10 Tf 0 1 -1 0 {100 + 12 * at} 100 Tm ({line}) Tj ET\n" for at, line in enumerate(PROSE.split("\n"))
    )
    assert read_pdf(make_pdf([lines])).text == PROSE.replace("\n", " ")


def test_text_outside_the_page_is_left_out() -> None:
    assert paragraphs([(72, 900, 10, "V.12-345.indd"), *column(PROSE)]) == [PROSE.replace("\n", " ")]


def test_a_sentence_goes_on_over_the_page_and_the_page_begins_inside_it() -> None:
    lines = PROSE.split("\n")
    found = read(column("\n".join(lines[:2])), column(lines[2]), [], column(OTHER))
    assert found.text.split("\n\n") == [PROSE.replace("\n", " "), OTHER.replace("\n", " ")]
    assert [found.text[at:][:8] for at in found.pages] == ["The Comm", "that the", "The work", "The work"]


def test_the_information_of_the_document_is_read() -> None:
    information = "/Title (On Debris) /Author (A. Writer) /CreationDate (D:20190612093000Z)"
    found = read_pdf(make_pdf([drawing(column(PROSE))], information=information))
    assert (found.title, found.author, found.created) == ("On Debris", "A. Writer", date(2019, 6, 12))


def test_information_that_says_nothing_is_none() -> None:
    information = "/Title (Microsoft Word - report_v3.doc) /Author (user) /CreationDate (D:20191399)"
    found = read_pdf(make_pdf([drawing(column(PROSE))], information=information))
    assert (found.title, found.author, found.created) == (None, None, None)


WHOLE = make_pdf([drawing(column(PROSE))])
NO_LETTERS = "/Encoding << /Differences [32 " + "/g1 " * 95 + "] >>"
SHIFTED = "".join(chr(33 + (ord(letter) + 7) % 90) if letter.isalpha() else letter for letter in PROSE)
LOCKED = f"/Encrypt << /Filter /Standard /V 1 /R 2 /O <{'41' * 32}> /U <{'42' * 32}> /P -4 >> /ID [<01><01>]"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", "It is no PDF", id="nothing"),
        pytest.param(b"PK\x03\x04 a Word file", "It is no PDF", id="another kind of file"),
        pytest.param(WHOLE[:-400], "The PDF is cut off", id="cut off"),
        pytest.param(b"%PDF-1.7\n%%EOF\n", "The PDF is damaged", id="nothing in it"),
        pytest.param(
            WHOLE.replace(b"/Catalog", b"/Katalog").replace(b"/Pages 2", b"/Pagan 2"),
            "The PDF is damaged",
            id="no pages",
        ),
        pytest.param(make_pdf([drawing(column(PROSE))], trailer=LOCKED), "The PDF is encrypted", id="encrypted"),
        pytest.param(make_pdf([PICTURE] * 5), "The PDF holds pictures of text, no text", id="scanned"),
        pytest.param(
            make_pdf([drawing(column(PROSE)), *[PICTURE] * 9]),
            "The PDF holds pictures of text",
            id="scanned, with a cover of text",
        ),
        pytest.param(make_pdf([""]), "The PDF holds no text", id="empty"),
        pytest.param(make_pdf([""] * 21), "The PDF has 21 pages, more than 20", id="too many pages"),
        pytest.param(
            make_pdf([drawing((10, 10 + at, 0.01, "a" * 10_000) for at in range(MOST_GLYPHS // 10_000 + 1))]),
            "Page 1 of the PDF holds more than",
            id="too many letters",
        ),
        pytest.param(
            make_pdf([drawing(column(SHIFTED))], font=NO_LETTERS),
            "The PDF's fonts do not say",
            id="letters without a meaning",
        ),
    ],
)
def test_what_cannot_be_read_has_a_reason_and_a_cure(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableDocument) as caught:
        read_pdf(data, max_pages=20)
    assert caught.value.reason.startswith(reason)
    assert caught.value.cure


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=40))
def test_damage_gives_text_or_a_reason(at: int, noise: bytes) -> None:
    try:
        found = read_pdf(WHOLE[:at] + noise + WHOLE[at + len(noise) :]).text
    except UnreadableDocument as error:
        found = error.reason
    assert found


GLYPHS = st.builds(
    Glyph,
    text=st.sampled_from("aB1.-*,•(ﬁ…"),
    left=st.floats(0, 600),
    right=st.floats(0, 600),
    y=st.integers(0, 10).map(lambda row: row * 11.0),
    size=st.sampled_from((6.0, 10.0, 14.0)),
    bold=st.booleans(),
    raised=st.booleans(),
    spaced=st.booleans(),
)


@settings(deadline=None)
@given(st.lists(st.lists(GLYPHS, max_size=60), max_size=4))
def test_pages_begin_in_order_and_inside_the_text(pages: list[list[Glyph]]) -> None:
    found = to_paragraphs(without_furniture([read_lines(glyphs, at) for at, glyphs in enumerate(pages, start=1)]))
    assert len(found.pages) == len(pages)
    assert list(found.pages) == sorted(found.pages)
    assert all(0 <= at <= len(found.text) for at in found.pages)
    assert not any(sign in found.text for sign in "\ue000\ue001")
