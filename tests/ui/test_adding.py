"""The view that adds, over a real library: what is understood is shown, corrected, taken in; what fails is said."""

import gc
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import gradio as gr
import lxml.html
import pytest

from ingest.corrected import as_document
from ingest.metadata import Metadata
from ingest.pipeline import ingest
from ingest.read import Limits
from ingest.sources import INBOX
from ingest.worker import Job, understand
from rag.domain import ArticleCard
from rag.library import Library
from rag.settings import Settings
from ui import preview
from ui.access import Visitor
from ui.adding import Adding
from ui.pending import MOST, MOST_CORRECTED, Batch, Given, looked_at
from ui.sign_in import Role

PAGE = """Menu
Home
Subscribe to our newsletter
Ruritania launches second weather satellite
By Jane Doe
March 3, 2025
The agency of Ruritania launched its second weather satellite on Monday from its new pad near the northern coast.
It will watch the storms of the northern sea for five years, the agency said, and its data will be free for all.
“Nobody has to pay for a warning,” said the head of the agency, Rudolf Elphberg, after the launch on Monday evening.
Share on Facebook
Related stories
Five things to know about satellites
© 2025 The Ruritania Post. All rights reserved.
"""
NOTE = (
    "---\ntitle: A note\noutlet: Wire\npublished: 2024-05-06\n---\nSatellites must leave their orbit in five years.\n"
)
PAYLOADS = (
    '<img src=x onerror="window.pwned=1">',
    "<script>window.pwned=1</script>",
    '" onmouseover="window.pwned=1',
    "'><svg/onload=window.pwned=1>",
    "</p></div><iframe src=//evil.example>",
    "${window.pwned=1}",
    "{{value}} {{#if x}}",
    "[x](javascript:window.pwned=1)",
    "![x](http://evil.example/x.png)",
    "`${alert(1)}` \\${alert(1)}",
)
NAMES: tuple[str, ...] = ("said", "batch", "at", "give", "look", "which", "take", "body", "text")
NAMES += ("title", "outlet", "author", "published", "url", "leave", "changed")
Shown = dict[str, Any]


def request(role: Role = Role.CURATOR) -> Any:  # noqa: ANN401 - stands for gr.Request
    return SimpleNamespace(state=SimpleNamespace(visitor=Visitor("127.0.0.1", "reader", role)))


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    settings = Settings.from_env(
        {
            "SPACE_POLICY_HOME": str(tmp_path / "home"),
            "SPACE_POLICY_MAX_BYTES": "40000",
            "SPACE_POLICY_FETCH_LOOPBACK": "1",
        }
    )
    with Library.open(settings) as library:
        yield library


def named(values: tuple[Any, ...]) -> Shown:
    return dict(zip(NAMES, values, strict=False))


def look(library: Library, *files: Path, text: str = "", addresses: str = "") -> Shown:
    *_, last = Adding(library).look([str(file) for file in files], text, addresses, request())
    return named(last)


def form_of(shown: Shown, **typed: str) -> tuple[str, ...]:
    return tuple(
        typed[name] if name in typed else str(shown[name]) for name in ("title", "outlet", "author", "published", "url")
    )


def text_box(shown: Shown) -> str:
    """What stands in the field of the text."""
    return str(shown["text"].value)


def take(library: Library, shown: Shown, text: str | None = None, **typed: str) -> Shown:
    text = text_box(shown) if text is None else text
    *_, last = Adding(library).take(shown["batch"], shown["at"], 4, text, request(), *form_of(shown, **typed))
    return named(last)


@pytest.fixture(scope="module")
def pasted(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """What is shown of the page above, pasted."""
    home = tmp_path_factory.mktemp("pasted")
    with Library.open(Settings.from_env({"SPACE_POLICY_HOME": str(home)})) as library:
        return look(library, text=PAGE)


def text_of(shown: str) -> str:
    return " ".join(lxml.html.fromstring(f"<div>{shown}</div>").text_content().split())


def cards(library: Library) -> list[ArticleCard]:
    return list(library.cards().values())


# Looking at it --------------------------------------------------------------------------------------------------------


def test_a_pasted_page_is_shown_with_its_furniture_left_out_and_nothing_is_taken_in_yet(library: Library) -> None:
    shown = look(library, text=PAGE)
    assert shown["title"] == "Ruritania launches second weather satellite"
    assert (shown["author"], shown["published"]) == ("Jane Doe", "2025-03-03")
    tree = lxml.html.fromstring(f"<div>{shown['body']}</div>")
    left_out = " ".join(part.text_content() for part in tree.find_class("add-out"))
    assert all(words in left_out for words in ("Left out", "Menu", "Subscribe to our newsletter", "Share on Facebook"))
    assert "five years" not in left_out
    assert "It will watch the storms of the northern sea for five years" in text_of(shown["body"])
    (title,) = tree.find_class("add-title")
    assert title.text_content() == "TitleRuritania launches second weather satellite"
    assert library.count()[0] == 0
    assert not (library.settings.home / INBOX).exists()


def test_what_cannot_be_read_is_said_in_a_line_each_and_the_rest_is_shown(library: Library, tmp_path: Path) -> None:
    for name, content in {"note.md": NOTE, "tool.exe": "MZ", "empty.txt": "", "long.txt": "x" * 50_000}.items():
        (tmp_path / name).write_text(content)
    files = [tmp_path / name for name in ("note.md", "tool.exe", "empty.txt", "long.txt", "gone.txt")]
    shown = look(library, *files, addresses="ftp://example.org/x http://127.0.0.1:1/x")
    said = text_of(shown["said"])
    assert "6 documents could not be taken in." in said
    assert "tool.exe Documents of the kind '.exe' cannot be read" in re.sub(r"(?<=exe)(?=Doc)", " ", said)
    assert "It holds no text. Leave it out, or put the text in." in said
    assert "It has more than 40,000 bytes. Split it, or raise SPACE_POLICY_MAX_BYTES." in said
    assert "There is no such file. Check the name." in said
    assert "It is no address of a page. Begin it with http:// or https://." in said
    assert str(tmp_path) not in said
    assert (shown["title"], shown["outlet"], shown["published"]) == ("A note", "Wire", "2024-05-06")


def test_where_nothing_can_be_read_the_fields_stay(library: Library, tmp_path: Path) -> None:
    shown = look(library, tmp_path / "gone.txt")
    assert "One document could not be taken in." in shown["said"]
    assert (shown["batch"], shown["give"].visible, shown["look"].visible) == (None, True, False)


@pytest.mark.parametrize("text", ["", "  \n "])
def test_giving_nothing_is_one_line(library: Library, text: str) -> None:
    assert "Give a file, a text or an address first." in look(library, text=text)["said"]


def test_more_documents_than_are_taken_at_once_are_named(library: Library) -> None:
    given = Given(addresses=" ".join(f"ftp://example.org/{number}" for number in range(MOST + 2)))
    *_, batch = looked_at(given, library)
    assert isinstance(batch, Batch)
    late = [one.source for one in batch.failures if one.reason.startswith("More than")]
    assert late == [f"ftp://example.org/{MOST}", f"ftp://example.org/{MOST + 1}"]


def test_reading_says_how_far_it_is(library: Library, tmp_path: Path) -> None:
    (tmp_path / "note.md").write_text(NOTE)
    first, *_ = Adding(library).look([str(tmp_path / "note.md")], "", "", request())
    assert "Reading 1 of 1: note.md" in first[0]
    assert "<progress" in first[0]


def test_what_the_library_holds_already_is_said(library: Library, tmp_path: Path) -> None:
    (tmp_path / "note.md").write_text(NOTE)
    take(library, look(library, tmp_path / "note.md"))
    assert "The library holds this already: “A note”." in look(library, tmp_path / "note.md")["body"]


def test_of_a_long_page_the_beginning_is_shown_and_the_rest_counted(library: Library) -> None:
    shown = look(library, text="".join(f"Line number {number} stands on its own.\n\n" for number in range(700)))
    assert "Line number 590 stands" in shown["body"]
    assert "Line number 650 stands" not in shown["body"]
    assert "And 100 more lines." in shown["body"]
    assert len(shown["batch"].pending[0].understood.lines) == 600


def test_a_folder_of_what_was_looked_at_goes_with_the_batch(library: Library) -> None:
    *_, batch = looked_at(Given(text=PAGE), library)
    assert isinstance(batch, Batch)
    folder = batch.scratch.folder
    assert folder.exists()
    del batch
    gc.collect()
    assert not folder.exists()


# Taking it in -------------------------------------------------------------------------------------------------------


def test_what_was_corrected_before_is_what_the_library_holds_and_the_document_stays(
    library: Library, pasted: Shown
) -> None:
    shown = take(library, pasted, outlet="The Ruritania Post", published="4 March 2025")
    (card,) = cards(library)
    assert (card.outlet, card.published) == ("The Ruritania Post", date(2025, 3, 4))
    assert library.article(card.id, 1).published == date(2025, 3, 3)
    assert library.article(card.id).text.startswith("The agency of Ruritania launched")
    said = text_of(shown["said"])
    assert "1 added." in said
    assert "added, corrected, The Ruritania Post, 4 March 2025" in said
    assert (shown["changed"], shown["batch"], shown["give"].visible) == (5, None, True)
    kept = Path(library.article(card.id).source)
    assert kept.parent == (library.settings.home / INBOX).resolve()
    assert kept.read_text() == PAGE


def test_without_a_correction_there_is_one_version(library: Library, pasted: Shown) -> None:
    take(library, pasted)
    assert [card.version for card in cards(library)] == [1]


def test_two_files_of_one_name_become_two_articles(library: Library, tmp_path: Path) -> None:
    for folder, text in (("a", NOTE), ("b", NOTE.replace("A note", "Another").replace("five", "twenty-five"))):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "note.md").write_text(text)
    take(library, look(library, tmp_path / "a" / "note.md", tmp_path / "b" / "note.md"))
    assert sorted(card.title for card in cards(library)) == ["A note", "Another"]


def test_what_is_typed_for_one_document_is_kept_while_another_is_looked_at(library: Library, tmp_path: Path) -> None:
    (tmp_path / "note.md").write_text(NOTE)
    adding, shown = Adding(library), look(library, tmp_path / "note.md", text=PAGE)
    assert [label for label, _ in shown["which"].choices] == ["1. note.md", "2. Pasted text"]
    assert shown["take"].value == "Take these 2 in"
    second = named(adding.turn(shown["batch"], 0, 1, text_box(shown), *form_of(shown, title="My note")))
    assert (second["at"], second["title"]) == (1, "Ruritania launches second weather satellite")
    take(library, second, outlet="Post")
    assert {(card.title, card.outlet) for card in cards(library)} == {
        ("My note", "Wire"),
        ("Ruritania launches second weather satellite", "Post"),
    }


def test_a_document_that_is_left_out_is_not_taken_in(library: Library, tmp_path: Path) -> None:
    (tmp_path / "note.md").write_text(NOTE)
    adding, shown = Adding(library), look(library, tmp_path / "note.md", text=PAGE)
    rest = named(adding.leave_out(shown["batch"], 1))
    assert (rest["title"], rest["take"].value) == ("A note", "Take it in")
    take(library, rest)
    assert [card.title for card in cards(library)] == ["A note"]
    nothing = named(adding.leave_out(rest["batch"], 0))
    assert (nothing["batch"], nothing["give"].visible) == (None, True)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        pytest.param({"published": "soon"}, "“soon” is no certain date", id="no date"),
        pytest.param({"title": ""}, "Title: an article needs one.", id="no title"),
        pytest.param({"url": "javascript:alert(1)"}, "Begin it with http://", id="no address"),
    ],
)
def test_a_wrong_field_is_said_and_nothing_is_taken_in(
    library: Library, pasted: Shown, typed: dict[str, str], said: str
) -> None:
    shown = take(library, pasted, **typed)
    assert said in shown["said"]
    (name,) = typed
    assert (shown[name], shown["changed"], library.count()[0]) == (typed[name], 4, 0)


def test_taking_in_says_how_far_it_is(library: Library, pasted: Shown) -> None:
    steps = [
        values[0]
        for values in Adding(library).take(pasted["batch"], 0, 0, text_box(pasted), request(), *form_of(pasted))
    ]
    assert any("Taking in 1 of 1" in str(step) for step in steps[:-1])


def test_an_address_is_fetched_once_and_what_was_seen_is_what_is_taken_in(library: Library) -> None:
    asked: list[str] = []

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            found = self.path == "/launch"
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            paragraphs = "".join(f"<p>{line}</p>" for line in PAGE.splitlines()[6:9])
            self.wfile.write(f"<html><body><article><h1>The launch</h1>{paragraphs}</article></body></html>".encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{site.server_port}/launch"
        shown = look(library, addresses=f"{address}#top")
        assert (shown["title"], shown["url"]) == ("The launch", address)
        take(library, shown)
        site.shutdown()
    assert asked.count("/launch") == 1
    (card,) = cards(library)
    assert (card.title, card.url, library.article(card.id).source) == ("The launch", address, address)


def test_a_document_whose_file_is_gone_meanwhile_is_one_line(library: Library) -> None:
    shown = look(library, text=PAGE)
    for file in (shown["batch"].scratch.folder / INBOX).iterdir():
        file.unlink()
    assert "No such file or directory" in take(library, shown)["said"]


# Its text -----------------------------------------------------------------------------------------------------------

SHARED = "Five things to know about satellites"


def put_back(library: Library, shown: Shown, words: str, text: str) -> tuple[str, str]:
    lines = shown["batch"].pending[0].understood.lines
    at = next(at for at, line in enumerate(lines) if line.text == words)
    return Adding(library).put_back(shown["batch"], 0, text, cast(gr.EventData, SimpleNamespace(line=str(at))))


def test_a_corrected_text_is_what_the_library_holds_and_reading_it_again_changes_nothing(
    library: Library, pasted: Shown
) -> None:
    cut = text_box(pasted).replace("“Nobody has to pay for a warning,”", "“Nobody pays,”")
    _, text = put_back(library, pasted, SHARED, cut)
    take(library, pasted, text=text, outlet="The Ruritania Post")
    (card,) = cards(library)
    article = library.article(card.id)
    assert (article.text, card.version) == (text, 1)
    assert (card.title, card.outlet, card.author, card.published) == (
        "Ruritania launches second weather satellite",
        "The Ruritania Post",
        "Jane Doe",
        date(2025, 3, 3),
    )
    assert len(ingest([article.source], library).unchanged) == 1
    assert library.article(card.id).text == text


def test_a_line_that_was_put_back_is_a_paragraph_behind_what_stood_above_it_and_greyed_no_more(
    library: Library, pasted: Shown
) -> None:
    page, text = put_back(library, pasted, SHARED, text_box(pasted))
    assert text == f"{text_box(pasted)}\n\n{SHARED}"
    tree = lxml.html.fromstring(f"<div>{page}</div>")
    assert SHARED not in " ".join(part.text_content() for part in tree.find_class("add-out"))
    assert SHARED in tree.text_content()
    _, text = put_back(library, pasted, "Menu", text)
    assert text.startswith("Menu\n\nThe agency of Ruritania")


def test_a_text_of_nothing_is_said_and_nothing_is_taken_in(library: Library, pasted: Shown) -> None:
    assert "Text: an article needs one." in take(library, pasted, text=" \n")["said"]
    assert library.count()[0] == 0


@pytest.mark.parametrize("payload", [*PAYLOADS, "# No heading", "* no _bullet_", "~~~~\nno\n~~~", "---", "a\n\n\n  b"])
def test_a_corrected_text_is_read_back_to_the_letter(tmp_path: Path, payload: str) -> None:
    text = f"First.\n\n{payload}\n\nLast."
    file = tmp_path / "corrected.md"
    file.write_text(as_document(text, Metadata("A: title", payload, None, date(2025, 3, 4), None, None, "en", {})))
    read = understand(Job(str(file), Limits(10_000)))
    assert read.text == text
    assert (read.metadata.title, read.metadata.outlet) == ("A: title", " ".join(payload.split()))
    assert (read.metadata.author, read.metadata.published) == (None, date(2025, 3, 4))


def test_a_text_that_is_too_long_to_be_corrected_is_taken_in_as_it_is(library: Library) -> None:
    settings = replace(library.settings, max_bytes=MOST_CORRECTED * 2, home=library.settings.home.with_name("long"))
    with Library.open(settings) as roomy:
        sentence = "Each satellite is to leave its orbit within five years of the end of its mission, the rule says. "
        shown = look(roomy, text=sentence * (MOST_CORRECTED // len(sentence) + 1))
        assert "cannot be corrected here" in shown["body"]
        assert (text_box(shown), shown["text"].interactive) == ("", False)


# Who may ------------------------------------------------------------------------------------------------------------


def test_who_may_only_read_adds_nothing(library: Library, pasted: Shown) -> None:
    adding = Adding(library)
    (refused,) = adding.look(None, PAGE, "", request(Role.READER))
    assert "signed in to read" in refused[0]
    (refused,) = adding.take(pasted["batch"], 0, 0, text_box(pasted), request(Role.READER), *form_of(pasted))
    assert "signed in to read" in refused[0]
    assert library.count()[0] == 0


def test_a_library_that_another_process_owns_says_so_in_one_line(library: Library) -> None:
    with Library.open(library.settings, writable=False) as only_read:
        said = Adding(only_read).fresh(request())
        assert re.fullmatch(
            r"The library is only read on this page: process \d+ writes to it\. Add articles there, or with: "
            "space-policy ingest",
            text_of(said),
        )
        assert look(only_read, text=PAGE)["said"].count("<p") == 1
    assert Adding(library).fresh(request()) == ""


# Nothing that a document says does anything ---------------------------------------------------------------------------


def assert_harmless(part: str) -> None:
    tree = lxml.html.fromstring(f"<div>{part}</div>")
    known = {"div", "p", "h3", "strong", "br", "ul", "li", "span", "progress", "details", "summary", "button"}
    assert {element.tag for element in tree.iter()} <= known
    assert not [name for element in tree.iter() for name in element.attrib if name.startswith(("on", "src", "href"))]
    assert not re.search(r"[{}$`\\]", part)


def test_payloads_are_text_in_preview_and_result(library: Library, tmp_path: Path) -> None:
    names = [f"{number} {payload.replace('/', '∕')}" for number, payload in enumerate(PAYLOADS)]
    for name, payload in zip(names, PAYLOADS, strict=True):
        (tmp_path / f"{name}.txt").write_text(
            f"Title: Of {payload}\nOutlet: {payload}\n\n{PAGE.splitlines()[6]} {name} {payload}\n\n{payload}\n"
        )
    gone = [tmp_path / f"gone {name}.txt" for name in names]
    adding, shown = Adding(library), look(library, *(tmp_path / f"{name}.txt" for name in names), *gone)
    for at, (name, payload) in enumerate(zip(names, PAYLOADS, strict=True)):
        assert_harmless(shown["said"])
        assert_harmless(shown["body"])
        assert name in text_of(shown["body"])
        typed = form_of(shown, title=f"Of {payload}", outlet=payload, author=payload)
        shown = named(adding.turn(shown["batch"], at, at + 1, text_box(shown), *typed))
    done = take(library, shown)
    assert_harmless(done["said"])
    assert {(card.title, card.outlet, card.author) for card in cards(library)} == {
        (f"Of {payload}", payload, payload) for payload in PAYLOADS
    }
    assert all(f"Of {payload}" in text_of(done["said"]) for payload in PAYLOADS)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_payloads_are_text_in_progress(payload: str) -> None:
    assert_harmless(preview.progress(1, 2, payload))
