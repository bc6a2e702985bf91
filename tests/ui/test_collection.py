"""The view of the collection, over a real library: what is listed, when, one article, what failed, what is safe."""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import lxml.html
import pytest

from ingest.failed import failed, forget
from ingest.pipeline import ingest
from rag.changes import changes
from rag.domain import ArticleCard, Filters
from rag.library import Library
from rag.settings import Settings
from ui import reader, timeline
from ui.access import Visitor
from ui.article_view import Reading
from ui.browsing import Browsing
from ui.collected import PAGE, Collection, Wanted
from ui.sign_in import Role

PAYLOADS = (
    '<img src=x onerror="window.pwned=1">',
    "<script>window.pwned=1</script>",
    '" onmouseover="window.pwned=1',
    "'><svg/onload=window.pwned=1>",
    "</button></td><iframe src=//evil.example>",
    "${window.pwned=1}",
    "{{value}} {{#if x}}",
    "[x](javascript:window.pwned=1)",
    "![x](http://evil.example/x.png)",
    "<a href='javascript:window.pwned=1' style='background:url(//evil.example)'>x</a>",
    "`${alert(1)}` \\${alert(1)}",
)
SAFE = {"a", "article", "aside", "b", "blockquote", "br", "button", "dd", "del", "details", "div", "dl", "dt", "h2"}
SAFE |= {"h3", "h4", "input", "ins", "li", "line", "nav", "ol", "p", "progress", "rect", "section", "span", "strong"}
SAFE |= {"summary", "svg", "table", "tbody", "td", "text", "th", "thead", "time", "title", "tr", "ul", "html", "body"}


def assert_harmless(shown: str) -> None:
    """Only elements of ours, no handlers, no addresses that run, nothing fetched, nothing that a template acts on."""
    tree = lxml.html.document_fromstring(f"<div>{shown}</div>")
    for element in tree.iter():
        assert element.tag in SAFE, element.tag
        for name, value in element.attrib.items():
            assert not name.startswith("on"), name
            assert name not in ("src", "srcset", "style", "action", "formaction"), name
            assert name != "href" or re.match(r"https?://|#", value), value
    assert not re.search(r"[{}$`\\]", shown)


def request(role: Role = Role.CURATOR) -> Any:  # noqa: ANN401 - stands for gr.Request
    return SimpleNamespace(state=SimpleNamespace(visitor=Visitor("127.0.0.1", "reader", role)))


def event(**data: object) -> gr.EventData:
    return gr.EventData(None, data)


def article(title: str, outlet: str | None = None, published: str | None = None, text: str = "", **more: str) -> str:
    fields = {"title": title, "outlet": outlet, "published": published, **more}
    head = "\n".join(f"{name}: {json.dumps(value)}" for name, value in fields.items() if value)
    return f"---\n{head}\n---\n{text or 'Ruritania launched a satellite that watches the weather over the sea.'}\n"


THREE = {
    "base": article("A base on the Moon", "Lunar Times", "2025-04-23", author="Zoë Müller"),
    "rule": article("Five years", "Example Wire", "2024-09-29", "Satellites must leave orbit within five years."),
    "none": article("Notes", text="No date stands in these notes about rockets and their engines."),
}


def opened_in(home: Path) -> Library:
    return Library.open(Settings.from_env({"SPACE_POLICY_HOME": str(home)}))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with articles, and beside it the home of a library that holds them."""
    place = tmp_path_factory.mktemp("filled")
    (place / "articles").mkdir()
    for name, content in THREE.items():
        (place / "articles" / f"{name}.md").write_text(content, encoding="utf-8")
    with opened_in(place / "home") as library:
        ingest([place / "articles"], library)
    return place


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with opened_in(tmp_path / "home") as library:
        yield library


@pytest.fixture
def three(filled: Path, tmp_path: Path) -> Iterator[Library]:
    """A library of its own with three articles."""
    shutil.copytree(filled / "home", tmp_path / "three")
    with opened_in(tmp_path / "three") as library:
        yield library


def id_of(library: Library, title: str) -> str:
    return next(card.id for card in library.cards().values() if card.title == title)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    return folder


def fill(library: Library, folder: Path, **articles: str) -> None:
    """Takes articles in, by file name."""
    for name, content in articles.items():
        (folder / f"{name}.md").write_text(content, encoding="utf-8")
    ingest([folder], library)


def titles(library: Library, **wanted: Any) -> list[str]:  # noqa: ANN401 - fields of Wanted
    return [card.title for card in Collection(library).look(Wanted(**wanted)).cards]


# The list -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "first_to_last"),
    [
        ("Newest first", ["A base on the Moon", "Five years", "Notes"]),
        ("Oldest first", ["Five years", "A base on the Moon", "Notes"]),
        ("Title", ["A base on the Moon", "Five years", "Notes"]),
        ("Outlet", ["Five years", "A base on the Moon", "Notes"]),
        ("no such order", ["A base on the Moon", "Five years", "Notes"]),
    ],
)
def test_articles_are_sorted_and_those_without_a_date_or_outlet_come_last(
    three: Library, order: str, first_to_last: list[str]
) -> None:
    assert titles(three, order=order) == first_to_last


@pytest.mark.parametrize(
    ("words", "found"),
    [
        pytest.param("moon", ["A base on the Moon"], id="a word of the title, whatever its case"),
        pytest.param("wire", ["Five years"], id="a word of the outlet"),
        pytest.param("zoe muller", ["A base on the Moon"], id="an author, without accents"),
        pytest.param("moon five", [], id="all words must be there"),
        pytest.param("engine", ["Notes"], id="a word of the text, in another form"),
        pytest.param("wire ORBIT", ["Five years"], id="one word of the outlet, one of the text"),
        pytest.param("moon engines", [], id="words of two articles"),
    ],
)
def test_words_are_searched_in_title_outlet_author_and_text(three: Library, words: str, found: list[str]) -> None:
    assert titles(three, words=words) == found


def test_outlets_and_dates_filter_and_undated_articles_are_counted(three: Library) -> None:
    assert titles(three, filters=Filters(outlets=("lunar times",))) == ["A base on the Moon"]
    found = Collection(three).look(Wanted(filters=Filters(since=date(2025, 1, 1), until=date(2025, 12, 31))))
    assert [card.title for card in found.cards] == ["A base on the Moon"]
    assert (found.undated, found.held, len(found.timed)) == (1, 3, 3)


def test_pages_hold_fifty_articles_and_one_beyond_the_last_is_the_last(library: Library, folder: Path) -> None:
    fill(
        library,
        folder,
        **{f"n{number}": article(f"Title {number:03}", text=f"Text number {number}.") for number in range(PAGE + 3)},
    )
    collection = Collection(library)
    first, last = collection.look(Wanted(order="Title")), collection.look(Wanted(order="Title", page=9))
    assert [len(first.cards), first.pages, len(last.cards), last.page] == [PAGE, 2, 3, 2]
    assert last.cards[-1].title == f"Title {PAGE + 2:03}"
    assert len(first.ids) == PAGE + 3


def test_what_is_added_or_removed_is_seen_at_once(three: Library, folder: Path) -> None:
    collection = Collection(three)
    assert collection.look(Wanted()).held == 3
    fill(three, folder, more=article("One more", text="A new text about the law of the Moon and of other bodies."))
    assert collection.look(Wanted()).held == 4
    three.remove([id_of(three, "Notes")])
    assert collection.look(Wanted()).held == 3


def test_the_list_names_date_outlet_and_title_and_can_be_chosen_from(three: Library) -> None:
    notice, _, shown, page, *_ = Browsing(three).look("", [], "", "", "Newest first", [id_of(three, "Five years")])
    tree = lxml.html.fromstring(f"<div>{shown}</div>")
    rows = [[cell.text_content() for cell in row.findall("td")[1:]] for row in tree.iter("tr")]
    assert rows[1:] == [
        ["23 April 2025", "Lunar Times", "A base on the Moon"],
        ["29 September 2024", "Example Wire", "Five years"],
        ["no date", "", "Notes"],
    ]
    boxes = [(box.get("aria-label"), box.get("checked") is not None) for box in tree.iter("input")]
    assert boxes == [("Choose A base on the Moon", False), ("Choose Five years", True), ("Choose Notes", False)]
    assert (notice, page) == ("", 1)


def test_a_wrong_date_is_one_line_and_the_rest_stays(three: Library) -> None:
    notice, *rest = Browsing(three).look("", [], "2025-13-01", "", "Newest first", [])
    assert "“2025-13-01” is not a date. Write it as YYYY-MM-DD, like 2025-04-23." in notice
    assert rest == [gr.skip()] * 7


def test_a_question_is_narrowed_to_what_is_chosen_else_to_what_was_searched(three: Library) -> None:
    look = Browsing(three).look
    *_, button, chosen, since, until = look("", [], "2025-01-01", "", "Title", [])
    assert (button.value, chosen, since, until) == ("Ask about these 1", (), "2025-01-01", "")
    *_, chosen, since, until = look("years", [], "", "2024-12-31", "Title", [])
    assert (chosen, since, until) == ((id_of(three, "Five years"),), "", "2024-12-31")
    *_, button, chosen, since, until = look("years", [], "2024-01-01", "", "Title", [id_of(three, "Notes"), "gone"])
    assert (button.value, chosen, since, until) == ("Ask about the chosen article", (id_of(three, "Notes"),), "", "")


def test_choosing_an_article_again_lets_it_go(library: Library) -> None:
    pick = Browsing(library).pick
    assert pick(("a",), event(article="b", checked=True)) == ("a", "b")
    assert pick(("a", "b"), event(article="a", checked=False)) == ("b",)


def test_an_empty_library_says_how_to_fill_it(library: Library) -> None:
    _, plot, shown, *_ = Browsing(library).look("", [], "", "", "Newest first", [])
    assert "space-policy ingest FOLDER" in shown
    assert "No article" in plot


# The timeline -------------------------------------------------------------------------------------------------------


def card(number: int, day: date | None, outlet: str | None = "Wire") -> ArticleCard:
    return ArticleCard(f"a{number}", 1, f"Title {number}", outlet, None, day, None)


def test_months_stand_in_a_row_without_gaps_and_each_outlet_is_counted() -> None:
    cards = [card(1, date(2025, 1, 31)), card(2, date(2025, 3, 1), "Times"), card(3, date(2025, 3, 31)), card(4, None)]
    found = timeline.timeline(cards, Filters())
    assert [(column.name, column.counts) for column in found.columns][:4] == [
        ("January 2025", (1, 0)),
        ("February 2025", (0, 0)),
        ("March 2025", (1, 1)),
    ]
    assert (found.series, found.undated, found.columns[0].last) == (("Wire", "Times"), 1, date(2025, 1, 31))


def test_a_long_time_is_shown_in_years_and_a_chosen_year_in_months() -> None:
    cards = [card(1, date(1967, 1, 27)), card(2, date(2024, 5, 1)), card(3, date(2025, 4, 23))]
    whole = timeline.timeline(cards, Filters())
    assert (whole.columns[0].name, whole.columns[-1].name, len(whole.columns)) == ("1967", "2025", 59)
    near = timeline.timeline(cards, Filters(since=date(2024, 1, 1), until=date(2024, 12, 31)))
    assert near.narrowed
    assert [column.name for column in near.columns if column.total] == ["May 2024"]


def test_outlets_beyond_the_first_few_share_a_colour() -> None:
    cards = [card(number, date(2025, 1, 1), f"Outlet {number}") for number in range(20)]
    found = timeline.timeline(cards, Filters())
    assert (len(found.series), found.series[-1], found.columns[0].counts[-1]) == (7, "others", 14)


def test_each_column_can_be_reached_by_keyboard_and_says_what_it_holds() -> None:
    cards = [card(1, date(2025, 1, 31)), card(2, date(2025, 3, 1), "Times"), card(3, date(2025, 3, 31))]
    chosen = Filters(since=date(2025, 3, 1), until=date(2025, 3, 31))
    tree = lxml.html.fromstring(f"<div>{timeline.as_html(timeline.timeline(cards, chosen), chosen)}</div>")
    links = [(link.get("aria-label"), link.get("data-since"), link.get("aria-current")) for link in tree.iter("a")]
    assert links == [
        ("January 2025: 1 article (Wire 1)", "2025-01-01", None),
        ("March 2025: 2 articles (Wire 1, Times 1)", "2025-03-01", "true"),
    ]
    assert all(link.get("href") for link in tree.iter("a"))
    table = [[cell.text for cell in row] for row in tree.iter("tr")]
    assert table[1:] == [["January 2025", "1", "1", "0"], ["March 2025", "2", "1", "1"]]


# One article --------------------------------------------------------------------------------------------------------

NAMES = ("article", "notice", "heading", "text", "versions", "difference", "question", "tools", "sure")


def opened(reading: Reading, article_id: str, role: Role = Role.CURATOR) -> dict[str, Any]:
    return dict(zip(NAMES, reading.open(article_id, request(role)), strict=False))


def test_an_article_shows_its_facts_where_they_were_found_and_its_text(three: Library) -> None:
    shown = opened(Reading(three), id_of(three, "A base on the Moon"))
    text = lxml.html.fromstring(f"<div>{shown['heading']}</div>").text_content()
    assert "A base on the Moon" in text
    assert "PublishedApril" not in text
    assert "23 April 2025 (from front matter)" in text
    assert "Ruritania launched a satellite" in shown["text"]
    assert shown["tools"].visible


def test_versions_can_be_read_and_compared(library: Library, folder: Path) -> None:
    old = article("Five years", "Example Wire", "2024-09-29", "Satellites must leave orbit within five years.")
    fill(library, folder, rule=old)
    fill(library, folder, rule=old.replace("five years.", "ten years.").replace("Example Wire", "Other Wire"))
    reading, article_id = Reading(library), id_of(library, "Five years")
    shown = opened(reading, article_id)
    assert re.findall(r"Version \d", shown["versions"]) == ["Version 2", "Version 1"]
    before = reading.read(article_id, event(number="1"))
    assert "within five years" in before
    assert "This is version 1, not the current one." in before
    difference = reading.compare(article_id, event(before="1", after="2"))
    assert "<del>Example Wire</del> → <ins>Other Wire</ins>" in difference
    assert (
        '<ins><span class="col-spoken">Added: </span>Satellites must leave orbit within ten years.</ins>' in difference
    )
    assert "No version" not in difference
    assert "holds no article" in reading.compare(article_id, event(before="7", after="x"))


def test_a_correction_is_saved_shown_and_taken_back(three: Library) -> None:
    reading, article_id = Reading(three), id_of(three, "Notes")
    typed = ("Notes on rockets", "Rocket Post", "", "April 23, 2025", "")
    shown = dict(zip(NAMES, reading.save(article_id, *typed, request()), strict=False))
    assert "Corrected: title, outlet, published." in shown["notice"]
    assert "corrected by hand" in shown["heading"]
    assert three.article(article_id).card.published == date(2025, 4, 23)
    assert three.article(article_id).author is None
    shown = dict(zip(NAMES, reading.take_back(article_id, request()), strict=False))
    assert three.article(article_id).title == "Notes"
    assert "as its document says" in shown["notice"]
    assert "Nothing of this article has been corrected." in reading.take_back(article_id, request())[1]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        pytest.param((" ", "", "", "", ""), "Title: an article needs one.", id="no title"),
        pytest.param(
            ("T", "", "", "03-04-2025", ""), "“03-04-2025” is no certain date.", id="a date that is ambiguous"
        ),
        pytest.param(("T", "", "", "", "javascript:alert(1)"), "Begin it with http://", id="no address of the web"),
        pytest.param(("T" * 501, "", "", "", ""), "Title: give at most 500 characters.", id="too long"),
        pytest.param(("Notes", "", "", "", ""), "Nothing was changed.", id="nothing new"),
    ],
)
def test_a_wrong_correction_is_one_line_and_changes_nothing(
    three: Library, typed: tuple[str, str, str, str, str], said: str
) -> None:
    shown = Reading(three).save(id_of(three, "Notes"), *typed, request())
    assert said in shown[1]
    assert three.article(id_of(three, "Notes")).version == 1


def test_a_removed_article_can_be_restored(three: Library) -> None:
    notes = id_of(three, "Notes")
    done, said = Reading(three).remove(notes, request())
    assert (done, "can be restored below for 30 days" in said) == (True, True)
    browsing = Browsing(three)
    *_, removed, head = browsing.fresh(request())
    assert ("Restore Notes" in removed, head.label) == (True, "Removed articles (1)")
    assert "“Notes” is back." in browsing.restore(event(article=notes), request())
    assert three.article(notes).title == "Notes"
    assert "among the removed ones" in browsing.restore(event(article=notes), request())


def test_near_identical_articles_are_named(library: Library, folder: Path) -> None:
    text = "The agency of Ruritania launched its second satellite on Monday. " * 8
    fill(
        library,
        folder,
        one=article("Launch", "Wire", "2025-01-01", text),
        two=article("A launch", "Times", "2025-01-02", text),
    )
    shown = opened(Reading(library), id_of(library, "Launch"))["heading"]
    assert "Also carried by" in shown
    assert f'data-article="{id_of(library, "A launch")}"' in shown


def test_who_may_only_read_changes_nothing_and_is_told_why(three: Library) -> None:
    reading, article_id = Reading(three), id_of(three, "Notes")
    assert not opened(reading, article_id, Role.READER)["tools"].visible
    for said in (
        reading.save(article_id, "New", "", "", "", "", request(Role.READER))[1],
        reading.take_back(article_id, request(Role.READER))[1],
        reading.remove(article_id, request(Role.READER))[1],
        Browsing(three).restore(event(article=article_id), request(Role.READER)),
        Browsing(three).forget(request(Role.READER)),
    ):
        assert "signed in to read" in said
    assert three.article(article_id).version == 1


def test_a_library_that_another_process_owns_is_read_and_its_owner_named(three: Library) -> None:
    with Library.open(three.settings, writable=False) as reader_of_it:
        rights, *_ = Browsing(reader_of_it).fresh(request())
        assert re.search(r"only read on this page: process \d+ writes to it", rights)
        done, said = Reading(reader_of_it).remove(id_of(three, "Notes"), request())
        assert (done, "only read" in said) == (False, True)
        assert not opened(Reading(reader_of_it), id_of(three, "Notes"))["tools"].visible


def test_an_article_that_is_not_there_is_one_line(library: Library) -> None:
    shown = opened(Reading(library), "nothing")
    assert "The library holds no article nothing." in shown["notice"]
    assert shown["article"] == ""


# What failed --------------------------------------------------------------------------------------------------------


def test_what_fails_is_kept_until_it_is_taken_in(library: Library, folder: Path) -> None:
    (folder / "empty.txt").write_text("")
    (folder / "good.txt").write_text("A text about satellites and the rules for them.\n")
    ingest([folder], library)
    ingest([folder / "good.txt"], library)
    (one,) = failed(library.settings.home)
    assert (Path(one.failure.source).name, one.failure.reason) == ("empty.txt", "It holds no text")
    *_, shown, head, button, _, _ = Browsing(library).fresh(request())
    assert "It holds no text. Leave it out, or put the text in." in shown
    assert (head.label, button.visible) == ("Could not be taken in (1)", True)
    (folder / "empty.txt").write_text("Now it holds a text about the law of space.\n")
    ingest([folder], library)
    assert failed(library.settings.home) == ()


def test_what_failed_can_be_forgotten_and_a_broken_list_is_empty(library: Library, folder: Path) -> None:
    ingest([folder / "missing.txt"], library)
    assert len(failed(library.settings.home)) == 1
    assert "forgotten" in Browsing(library).forget(request())
    assert failed(library.settings.home) == ()
    (library.settings.home / "failures.json").write_text("{")
    assert failed(library.settings.home) == ()
    forget(library.settings.home)


# Nothing that a document says does anything ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """An article for each payload, which stands in each of its fields, and a file that cannot be read."""
    place = tmp_path_factory.mktemp("hostile")
    for number, payload in enumerate(PAYLOADS):
        name = f"{number} {payload.replace('/', '∕')}"
        text = f"Text number {number} on satellites: {payload} stands in it, and {'x' * number} too."
        content = article(f"Title {payload}", f"Outlet {payload}", "2025-01-01", text, author=payload)
        (place / f"{name}.md").write_text(content, encoding="utf-8")
        (place / f"{name}.txt").write_text("")
    with opened_in(place / "home") as library:
        ingest([place], library)
        yield library


def text_of(part: str) -> str:
    return " ".join(lxml.html.fromstring(f"<div>{part}</div>").text_content().split())


def test_payloads_are_text_in_list_timeline_and_what_failed(hostile: Library) -> None:
    browsing = Browsing(hostile)
    notice, plot, shown, *_ = browsing.look("", [], "", "", "Newest first", [])
    _, _, failures, *_ = browsing.fresh(request())
    for part in (notice, plot, shown, failures):
        assert_harmless(part)
    for payload in PAYLOADS:
        assert f"Title {payload}" in text_of(shown)
        assert payload.replace("/", "∕") in text_of(failures)


def test_payloads_are_text_in_an_article_its_versions_and_once_removed(hostile: Library) -> None:
    browsing, reading = Browsing(hostile), Reading(hostile)
    for article_id, card in hostile.cards().items():
        payload = card.author or ""
        _, said, heading, text, versions, _, question, *_ = reading.open(article_id, request())
        saved = reading.save(article_id, f"New {payload}", payload, payload, "", "", request())
        difference = reading.compare(article_id, event(before="1", after="2"))
        _, gone = reading.remove(article_id, request())
        *_, removed, _ = browsing.fresh(request())
        restored = browsing.restore(event(article=article_id), request())
        parts = (said, heading, text, versions, question, saved[1], difference, gone, removed, restored)
        for part in parts:
            assert_harmless(part)
        for part in (heading, difference, gone, removed, restored):
            assert payload in text_of(part)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_payloads_are_text_in_the_text_and_in_what_changed(hostile: Library, payload: str) -> None:
    first = next(iter(hostile.articles()))
    before = replace(first, text=f"It says {payload} here.")
    after = replace(before, version=2, text=f"It says {payload} there.")
    for part in (reader.text(before, current=False), reader.changes(changes(before, after), "f")):
        assert_harmless(part)
        assert payload in text_of(part)


def test_an_address_that_is_none_of_the_web_is_no_link(library: Library, folder: Path) -> None:
    fill(
        library,
        folder,
        one=article("Here", url="https://example.org/a"),
        two=article("There", text="Another text, on law."),
    )
    here = reader.heading(library.article(id_of(library, "Here")), "f")
    assert '<a href="https://example.org/a" target="_blank" rel="noopener noreferrer">' in here
    assert "<a " not in reader.heading(library.article(id_of(library, "There")), "f")
