"""How a Word document becomes HTML. The documents are made here, by hand."""

import struct
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.read_word import word_to_html
from rag.errors import UnreadableDocument

LIMIT = 5_000_000
WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
LINKS = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
TEXT = "<w:p><w:r><w:t>Space is free for all.</w:t></w:r></w:p>"


def relations(**targets: str) -> str:
    """A part that names others: kind -> target."""
    listed = "".join(
        f'<Relationship Id="{kind}" Type="{OFFICE}/{kind}" Target="{target}" TargetMode="External"/>'
        if "://" in target
        else f'<Relationship Id="{kind}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for kind, target in targets.items()
    )
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{listed}</Relationships>'
    )


def make_docx(body: str, links: str = "", **parts: str) -> bytes:
    """A .docx with this body; `parts` by their path, with "__" for "/" and without ".xml"."""
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("_rels/.rels", relations(officeDocument="word/document.xml"))
        archive.writestr("word/_rels/document.xml.rels", links or relations(footnotes="footnotes.xml"))
        archive.writestr("word/document.xml", f"<w:document {WORD} {LINKS}><w:body>{body}</w:body></w:document>")
        for name, part in parts.items():
            archive.writestr(f"{name.replace('__', '/')}.xml", part)
    return file.getvalue()


def body_of(data: bytes) -> str:
    return word_to_html(data, LIMIT).split("<body>")[1].removesuffix("</body></html>")


def paragraph(text: str, style: str) -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>'


STYLES = (
    f"<w:styles {WORD}>"
    + "".join(
        f'<w:style w:type="paragraph" w:styleId="{name.replace(" ", "")}"><w:name w:val="{name}"/></w:style>'
        for name in ("Title", "heading 2")
    )
    + "</w:styles>"
)


def test_headings_and_paragraphs_keep_their_kind() -> None:
    body = paragraph("On Debris", "Title") + paragraph("Background", "heading2") + TEXT
    data = make_docx(body, relations(styles="styles.xml"), word__styles=STYLES)
    assert body_of(data) == "<h1>On Debris</h1><h2>Background</h2><p>Space is free for all.</p>"


def test_the_text_of_tables_is_kept() -> None:
    row = (
        "<w:tr>"
        + "".join(f"<w:tc><w:p><w:r><w:t>{cell}</w:t></w:r></w:p></w:tc>" for cell in ("1957", "2"))
        + "</w:tr>"
    )
    assert "<td><p>1957</p></td><td><p>2</p></td>" in body_of(make_docx(f"<w:tbl>{row}</w:tbl>"))


def test_links_are_left_out_and_their_text_kept() -> None:
    link = '<w:p><w:hyperlink r:id="hyperlink"><w:r><w:t>The treaty</w:t></w:r></w:hyperlink></w:p>'
    assert body_of(make_docx(link, relations(hyperlink="https://example.org/a?b=1&amp;c=%3E"))) == "<p>The treaty</p>"


def test_pictures_are_not_fetched() -> None:
    picture = (
        '<w:p><w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing">'
        '<a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:graphicData>'
        '<pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:blipFill>'
        '<a:blip r:link="image"/></pic:blipFill></pic:pic></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing></w:r></w:p>"
    )
    for target in ("https://example.org/a.png", "file:///etc/passwd", "media/missing.png"):
        assert body_of(make_docx(picture + TEXT, relations(image=target))) == "<p>Space is free for all.</p>"


def test_footnotes_and_their_marks_are_left_out() -> None:
    body = '<w:p><w:r><w:t>Space is free.</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>'
    notes = (
        f'<w:footnotes {WORD}><w:footnote w:id="2"><w:p><w:r><w:t>A note</w:t></w:r></w:p></w:footnote></w:footnotes>'
    )
    assert body_of(make_docx(body, word__footnotes=notes)) == "<p>Space is free.</p>"


def test_deleted_text_is_left_out() -> None:
    body = "<w:p><w:del><w:r><w:delText>Once</w:delText></w:r></w:del><w:ins><w:r><w:t>Now</w:t></w:r></w:ins></w:p>"
    assert body_of(make_docx(body)) == "<p>Now</p>"


def test_the_information_of_the_document_is_in_the_head() -> None:
    names = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:t="http://purl.org/dc/terms/"'
    values = "<dc:title>A &amp; B</dc:title><dc:creator>User</dc:creator><t:created>2019-06-12T09:30:00Z</t:created>"
    core = f"<c {names}>{values}</c>"
    head = word_to_html(make_docx(TEXT, docProps__core=core), LIMIT).split("</head>")[0].split("<head>")[1]
    assert head == '<title>A &amp; B</title><meta name="dcterms.created" content="2019-06-12">'


def lying(data: bytes, size: int) -> bytes:
    """An archive whose directory says that the document has `size` bytes."""
    at = data.rindex(b"word/document.xml") - 46  # the last directory entry's fixed part
    return data[: at + 24] + struct.pack("<I", size) + data[at + 28 :]


NESTED = "<w:p>" * 20_000 + "</w:p>" * 20_000
WHOLE = make_docx(TEXT)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", "It is no Word document", id="nothing"),
        pytest.param(b"plain text", "It is no Word document", id="another kind of file"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "It is an older Word document", id="a .doc"),
        pytest.param(WHOLE[:-30], "The Word document is damaged", id="cut off"),
        pytest.param(WHOLE.replace(b"word/", b"wort/"), "It is no Word document", id="another archive"),
        pytest.param(make_docx("<w:p>"), "The Word document is damaged", id="broken XML"),
        pytest.param(make_docx(NESTED), "The Word document is damaged", id="nested too deeply"),
        pytest.param(make_docx("<w:p/>"), "The Word document holds no text", id="empty"),
        pytest.param(make_docx(" " * 4_000_000), "The Word document is packed too tightly", id="a bomb"),
        pytest.param(
            make_docx("".join(map(chr, range(33, 38))) * 1_200_000), "The Word document is packed", id="a large bomb"
        ),
        pytest.param(
            lying(make_docx(" " * 9_000_000), 2000),
            "The Word document is damaged",
            id="a bomb that lies about its size",
        ),
        pytest.param(
            make_docx(TEXT, docProps__core='<!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b;</a>'),
            "The Word document is made to do harm",
            id="entities",
        ),
    ],
)
def test_what_cannot_be_read_has_a_reason_and_a_cure(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableDocument) as caught:
        word_to_html(data, LIMIT)
    assert caught.value.reason.startswith(reason)
    assert caught.value.cure


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=40))
def test_damage_gives_text_or_a_reason(at: int, noise: bytes) -> None:
    try:
        found = word_to_html(WHOLE[:at] + noise + WHOLE[at + len(noise) :], LIMIT)
    except UnreadableDocument as error:
        found = error.reason
    assert found


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["<w:p/>", "w:tbl", "<w:fldChar/>", "</w:r>", "", '"', "&", "r:id"]))
def test_broken_markup_gives_text_or_a_reason(at: int, noise: str) -> None:
    body = TEXT + '<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr>' + TEXT + "</w:tc></w:tr></w:tbl>"
    at %= len(body)
    try:
        found = word_to_html(make_docx(body[:at] + noise + body[at + 5 :]), LIMIT)
    except UnreadableDocument as error:
        found = error.reason
    assert found
