"""Documents of any kind, damaged and hostile ones too: an article comes out, or UnreadableDocument says why not."""

import contextlib
import json
import re
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

import lxml.html
import pytest
from fuzzing import JSON, MARKUP, ODD, WORDS, damaged, fuzz, made_of, pieces, texts
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.clean import LINE_ENDS, clean
from ingest.clean_lines import UNSEEN
from ingest.clean_markdown import front_matter
from ingest.metadata import metadata
from ingest.read import SUFFIXES, Limits, RawDocument, read_bytes
from ingest.worker import Job, understand
from rag.domain import to_json
from rag.errors import UnreadableDocument

LIMITS = Limits(bytes=1_000_000, pages=50, expanded=2_000_000)
PROSE = (
    "The committee met in Vienna on Monday and agreed on a plan for the orbits that are most crowded, officials said."
)
LETTERS = re.compile(r"[^\W_]")

YAML = pieces(
    """
    title: | outlet: | date: | published: | author: | url: | lang: | --- | ... | - | [ | ] | { | } | &a | *a | << :
    ? | ! | !!int | !!float | !!bool | !!timestamp | !!binary | !!set | !!omap | !!python/object:os.system
    2025-02-30 | 23-04-2025 | 12:30:45 | 0001-01-01 00:00:00 +23:59 | "\\ud800" | "\\x00" | ' | " | > | \\| | % | @
    # | = | ~ | .inf | 0x | 0b | 1_000 | null | yes | javascript:alert(1) | http://[ | http://x
""",
    " | ",
)
HTML = pieces("""
    <html lang=en> <html> <head> <title> </title> </head> <body> </body> <h1> </h1> <p> </p> <div> </div> <table>
    <tr> <td> </table> <ul> <li> </ul> <br> <article> </article> <nav> </nav> <footer> <script> </script> <style>
    <svg> <math> <template> <noscript> <textarea> <iframe> <time/datetime=2025-04-23>
    <link/rel=canonical/href=http://[> <meta/name=author/content=x> <meta/property=og:title/content=&#xD800;>
    <meta/property=article:published_time/content=2025-99-99> <?xml/version='1.0'/encoding='utf-16'?>
    <!DOCTYPE/html> <base/href=//evil.example> <p/hidden> <p/style=display:none> <plaintext> <frameset> <a/href=x>
    </a> <x:y> </x:y> <\x00p> </> <p/p/p> <!--[if/IE]>
""")
SPACES = (" ", "\n", "/", "-->")
WORD_XML = pieces("""
    <w:p> </w:p> <w:r> </w:r> <w:t> </w:t> <w:tbl> </w:tbl> <w:tr> </w:tr> <w:tc> </w:tc> <w:hyperlink>
    </w:hyperlink> <w:del> </w:del> <w:pPr><w:numPr><w:ilvl/></w:numPr></w:pPr> <w:fldChar/>
    <w:instrText>HYPERLINK</w:instrText> <w:footnoteReference/> <w:drawing/> <w:sym/> <w:tcPr><w:vMerge/></w:tcPr>
    <w:tcPr><w:gridSpan/></w:tcPr> <w:sdt> </w:sdt> <w:noBreakHyphen/> <w:br/> <mc:AlternateContent/> text &#0;
    &lt;script&gt; &a; <w:pStyle/> <w:rPr><w:vertAlign/></w:rPr>
""")
NAMESPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"


def word(body: str) -> bytes:
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{RELATIONS}">'
            f'<Relationship Id="a" Type="{MAIN}" Target="word/document.xml"/></Relationships>',
        )
        archive.writestr("word/document.xml", f"<w:document {NAMESPACE}><w:body>{body}</w:body></w:document>")
    return file.getvalue()


PDF = b"""%PDF-1.4
1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj
2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj
3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R
/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >> >> >> >> endobj
4 0 obj << /Length 69 >> stream
BT /F1 10 Tf 72 700 Td (The treaty of the Moon was signed in 1979.) Tj ET
endstream endobj
5 0 obj << /Title (A treaty) /Author (\\376\\377\\330\\000) /CreationDate (D:19790000) >> endobj
trailer << /Root 1 0 R /Info 5 0 R /Size 6 >>
%%EOF
"""
DOCX = word(f"<w:p><w:r><w:t>{PROSE}</w:t></w:r></w:p>")


def understood(data: bytes, kind: str) -> None:
    """Reads a document all the way, and holds what came of it against what must be true of any."""
    try:
        raw = read_bytes(data, "/folder/a-file.txt", kind, LIMITS)
        body = clean(raw)
        known = metadata(raw, body)
    except UnreadableDocument as error:
        assert error.reason
        assert error.cure
        return
    assert body.text
    assert known.title
    assert re.fullmatch("[a-z]{2}", known.language)
    # What cannot be written as UTF-8 could be neither kept nor shown.
    json.dumps([to_json(body), to_json(known)], ensure_ascii=False).encode()
    if known.url:
        assert known.url.startswith(("http://", "https://"))


def is_left_of(text: str, whole: str) -> bool:
    """Whether the letters and digits of a text are some of the whole's, in their order."""
    rest = iter(LETTERS.findall(whole))
    return all(letter in rest for letter in LETTERS.findall(text))


PAGES = made_of(HTML, MARKUP, WORDS, ODD, (PROSE,))
MARKDOWN = made_of(MARKUP, WORDS, ODD, (PROSE, "\n\n"))
FRONT_MATTER = st.builds("---\n{}\n---\n{}".format, made_of(YAML, WORDS, ("\n", "\n  ", ": ")), MARKDOWN)
PRINTED = made_of(
    WORDS, ODD, (PROSE, f"{PROSE}\n", "By Jo Bloggs", "Updated: 23-04-2025 17:27 IST", "© 2025 Wire", "3\n")
)


@fuzz()
@given(st.one_of(st.binary(max_size=300), texts().map(str.encode), st.builds(str.encode, texts(), st.just("utf-16"))))
@example(b'<meta charset="punycode">\xff\xfe-')
@example(b'<meta charset="idna">\xff.')
@example(b'<meta charset="zlib">\xff')
@example(b'<?xml encoding="undefined">\xff')
def test_any_bytes_under_any_name(data: bytes) -> None:
    for kind in sorted(set(SUFFIXES.values())):
        understood(data, kind)


@fuzz()
@given(PRINTED)
def test_a_text_file(content: str) -> None:
    understood(content.encode(), "text")


@fuzz()
@given(st.one_of(MARKDOWN, FRONT_MATTER))
@example('---\ntitle: "\\ud800 Moon"\n---\nThe Moon is far.')
@example("---\ndate: !!timestamp x\n---\nThe Moon is far.")
@example("---\ndate: 0001-01-01 00:00:00 +23:59\n---\nThe Moon is far.")
@example("---\nn: !!int ''\n---\nThe Moon is far.")
@example("---\nn: !!bool x\n---\nThe Moon is far.")
@example("---\nn: !!float ''\n---\nThe Moon is far.")
@example(f"---\nn: {'[' * 5000}\n---\nThe Moon is far.")
@example("---\na: &a [x, x]\nb: &b [*a, *a]\nb: &b\n - *b\ntitle: *b\n---\nThe Moon is far.")
@example("---\ntitle: &a [*a]\n---\nThe Moon is far.")
def test_a_markdown_file(content: str) -> None:
    understood(content.encode(), "markdown")


@fuzz()
@given(PAGES)
@example('<html lang=""><meta property="og:title" content="&#xD800;"><h1>&#55296;</h1><p>x &#xDFFF; y</p>')
@example(f"<p>{PROSE}</p>{'<div>' * 3000}deep")
@example("<p>\x0c&#31;&shy;\uffff</p><p>The Moon &#x0c; is far.</p>")
def test_a_web_page(content: str) -> None:
    understood(content.encode(), "html")


@fuzz()
@given(JSON)
@example({"@type": "NewsArticle", "headline": "\ud800 Moon", "author": {"@id": {}}, "url": ["http://["]})
@example({"@type": "NewsArticle", "headline": {"name": ["x"]}, "author": [[["x"]]], "publisher": {"@id": ["x"]}})
def test_linked_data_of_any_shape(value: object) -> None:
    node = {"@type": "NewsArticle", **value} if isinstance(value, dict) else value
    for data in (value, node, {"@graph": [node]}, {"@type": "Article", "headline": value, "datePublished": value}):
        script = json.dumps(data).replace("</", "<\\/")
        page = f'<script type="application/ld+json">{script}</script><article><p>{PROSE}</p></article>'
        understood(page.encode(), "html")


@fuzz(0.5)
@given(damaged(DOCX))
def test_a_damaged_word_document(data: bytes) -> None:
    understood(data, "word")


@fuzz(0.5)
@given(made_of(WORD_XML, ("<w:p><w:r><w:t>x</w:t></w:r></w:p>",)))
def test_a_word_document_of_odd_parts(body: str) -> None:
    understood(word(UNSEEN.sub("", body)), "word")


@fuzz(0.5)
@given(damaged(PDF))
@example(PDF)
def test_a_damaged_pdf(data: bytes) -> None:
    understood(data, "pdf")


@fuzz()
@given(st.sampled_from(sorted(SUFFIXES)), st.binary(max_size=200), st.text(max_size=20) | st.none())
@example(".html", b"\x80", "\x00")
@example(".txt", b"\xff+2AA-", "utf-7")
@example(".txt", b"\xff\\ud800", "unicode_escape")
def test_a_file_with_any_character_set_as_its_server_told(suffix: str, data: bytes, charset: str | None) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, f"file{suffix}")
        path.write_bytes(data)
        try:
            understand(Job(str(path), LIMITS, charset=charset))
        except UnreadableDocument as error:
            assert error.cure


@fuzz()
@given(texts())
@example("http://[/2025/01/01")
@example("https://x.example/2025/99/99/story")
def test_a_page_from_any_address(address: str) -> None:
    raw = RawDocument(f"https://{address}", "text", PROSE, "0" * 64)
    known = metadata(raw, clean(raw))
    assert known.title


def test_references_to_what_is_not_seen_break_no_word() -> None:
    page = f"<article><p>{PROSE.replace('committee', 'com&shy;mit&#8203;t&#31;ee')}</p></article>"
    assert clean(read_bytes(page.encode(), "/a.html", "html", LIMITS)).text == PROSE


# What was read is left out, and never written anew -----------------------------------------------------------------


@fuzz()
@given(PRINTED)
def test_of_a_text_file_words_are_only_left_out(content: str) -> None:
    content = LINE_ENDS.sub("\n", UNSEEN.sub("", content)).replace("\r", "\n")
    with contextlib.suppress(UnreadableDocument):
        assert is_left_of(clean(RawDocument("/a.txt", "text", content, "0" * 64)).text, content)


@fuzz()
@given(MARKDOWN)
def test_of_a_markdown_file_words_are_only_left_out(content: str) -> None:
    content = LINE_ENDS.sub("\n", UNSEEN.sub("", content)).replace("\r", "\n")
    with contextlib.suppress(UnreadableDocument):
        assert is_left_of(clean(RawDocument("/a.md", "markdown", content, "0" * 64)).text, content)


@fuzz()
@given(PAGES)
def test_of_a_web_page_words_are_only_left_out(content: str) -> None:
    content = LINE_ENDS.sub("\n", UNSEEN.sub("", content)).replace("\r", "\n")
    try:
        body = clean(RawDocument("/a.html", "html", content, "0" * 64))
    except UnreadableDocument:
        return
    tree = lxml.html.document_fromstring(
        re.sub(r"^\s*<\?xml[^>]*\?>", "", content), parser=lxml.html.HTMLParser(huge_tree=True)
    )
    assert is_left_of(body.text, "".join(tree.itertext()))


@fuzz()
@given(
    st.dictionaries(st.from_regex(r"[a-z]{1,8}_", fullmatch=True), st.text("abc 1:-#'\"[]{}", max_size=12)), MARKDOWN
)
def test_front_matter_that_was_written_is_read_again(fields: dict[str, str], rest: str) -> None:
    """JSON is YAML."""
    written = "\n".join(f"{name}: {json.dumps(value)}" for name, value in fields.items())
    found = front_matter(f"---\n{written}\n---\n{rest}")
    assert (found.fields, found.rest) == (fields, rest)


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
def test_an_empty_file_says_so(suffix: str) -> None:
    with pytest.raises(UnreadableDocument):
        read_bytes(b"", "/a", SUFFIXES[suffix], LIMITS)
