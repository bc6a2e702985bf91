"""What the page keeps: conversations, and what readers say of answers."""

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from conftest import Serve, Served, Visit, Visiting

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}; on Debian: apt-get install chromium"),
]
ILRS = "How many countries have joined the ILRS?"
PASSWORD = "correct horse"  # noqa: S105 - of this test
WOLF = "What does the Wolf Amendment prohibit?"
desk_and_phone = pytest.mark.parametrize("width", [pytest.param(1280, id="desk"), pytest.param(360, id="phone")])


def open_aside(visitor: "Visit") -> None:
    """On a phone the conversations are in a drawer."""
    if not visitor.page.locator("#aside").is_visible():
        visitor.page.get_by_role("button", name="Change scope").click()


def open_menu(visitor: "Visit", name: str) -> None:
    open_aside(visitor)
    visitor.page.locator("#shelf li", has_text=name).locator("summary").click()


@desk_and_phone
def test_a_conversation_is_there_again_after_a_reload_and_goes_on(visit: "Visiting", width: int) -> None:
    visitor = visit(width)
    visitor.ask(ILRS)
    visitor.page.reload()
    visitor.ready()
    expect(visitor.answers).to_contain_text("Seventeen countries have joined the ILRS.")
    assert "by 2035" in visitor.ask("When is it planned?")
    visitor.page.reload()
    expect(visitor.answers).to_have_count(2)


@desk_and_phone
def test_conversations_can_be_opened_named_and_deleted(visit: "Visiting", width: int) -> None:
    visitor = visit(width)
    page = visitor.page
    visitor.ask(ILRS)
    open_aside(visitor)
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator("#chat .welcome")).to_be_visible()
    visitor.ask(WOLF)
    open_aside(visitor)
    expect(page.locator("#shelf li")).to_have_count(2)
    page.locator("#shelf .open", has_text="ILRS").click()
    expect(visitor.answers).to_contain_text("Seventeen")
    open_aside(visitor)
    expect(page.locator("#shelf [aria-current]")).to_contain_text("ILRS")
    open_menu(visitor, "ILRS")
    page.locator("#shelf details[open]").get_by_label("Name").fill("Who is in <b>")
    page.keyboard.press("Enter")
    expect(page.locator("#shelf .open").last).to_contain_text("Who is in <b>")
    open_menu(visitor, "Who is in")
    page.locator("#shelf details[open]").get_by_role("button", name="Delete").click()
    expect(page.locator("#shelf li")).to_have_count(2)  # it asks first
    page.get_by_role("button", name="Delete for good?").click()
    expect(page.locator("#shelf li")).to_have_count(1)
    expect(page.locator("#chat .welcome")).to_be_attached()


@pytest.mark.parametrize("form", ["Markdown", "JSON"])
def test_a_conversation_can_be_taken_away_with_quotes_and_addresses(visit: "Visiting", form: str) -> None:
    visitor = visit()
    visitor.ask(ILRS)
    open_menu(visitor, "ILRS")
    with visitor.page.expect_download() as waiting:
        visitor.page.get_by_role("link", name=f"Export as {form}").click()
    text = Path(waiting.value.path()).read_text(encoding="utf-8")
    assert (
        waiting.value.suggested_filename
        == f"how-many-countries-have-joined-the-ilrs.{'md' if form[0] == 'M' else 'json'}"
    )
    assert "Seventeen countries have joined the ILRS." in text
    assert "https://example.org/station" in text


def test_conversations_outlive_the_server_and_a_page_that_stayed_open_goes_on(
    serve: "Serve", visit: "Visiting"
) -> None:
    first = serve()
    visitor = visit(of=first)
    visitor.ask(ILRS)
    assert first.stop() == (0, "closed\n")
    second = serve(home=first.home, port=int(first.address.rsplit(":", 1)[1]))
    assert "by 2035" in visitor.ask("When is it planned?")
    visitor.page.reload()
    expect(visitor.answers).to_have_count(2)
    expect(visitor.page.locator("#shelf li")).to_have_count(1)
    second.stop()


def test_who_reloads_during_the_first_answer_of_a_conversation_finds_the_question_again(visit: "Visiting") -> None:
    visitor = visit()
    visitor.page.get_by_label("Question", exact=True).fill(f"Slowly now: {ILRS}")
    visitor.page.keyboard.press("Enter")
    visitor.page.get_by_role("button", name="Stop", exact=True).wait_for()
    expect(visitor.page.locator("#shelf .open")).to_contain_text("Slowly")
    visitor.page.reload()
    visitor.ready()
    expect(visitor.page.get_by_label("You asked")).to_contain_text("Slowly")
    expect(visitor.answers).to_contain_text("stopped")
    expect(visitor.answers.get_by_role("button", name="Retry")).to_be_visible()
    assert "NASA" in visitor.ask(WOLF)
    expect(visitor.page.locator("#shelf li")).to_have_count(1)


def test_who_leaves_while_an_answer_grows_finds_the_question_again(visit: "Visiting") -> None:
    visitor = visit()
    visitor.page.get_by_label("Question", exact=True).fill(f"Slowly now: {ILRS}")
    visitor.page.keyboard.press("Enter")
    visitor.page.get_by_role("button", name="Stop", exact=True).wait_for()
    expect(visitor.page.get_by_label("You asked")).to_contain_text("Slowly")
    visitor.page.get_by_role("button", name="New conversation").click()
    expect(visitor.page.locator("#chat .welcome")).to_be_attached()
    expect(visitor.page.locator("#shelf .open")).to_contain_text("Slowly")
    assert "NASA" in visitor.ask(WOLF)
    visitor.page.locator("#shelf .open", has_text="Slowly").click()
    expect(visitor.answers).to_contain_text("stopped")
    expect(visitor.page.locator("#shelf li")).to_have_count(2)


def test_who_gave_a_password_is_offered_what_it_allows_and_can_sign_out(serve: "Serve", visit: "Visiting") -> None:
    locked = serve(SPACE_POLICY_AUTH=PASSWORD, SPACE_POLICY_READER_AUTH=f"reading {PASSWORD}")
    visitor = visit(of=locked, ready=False)
    for password, adds in ((f"reading {PASSWORD}", 0), (PASSWORD, 1)):
        visitor.page.get_by_label("Password").fill(password)
        visitor.page.keyboard.press("Enter")
        visitor.ready()
        expect(visitor.page.get_by_role("button", name="Sign out")).to_be_visible()
        expect(visitor.page.get_by_role("tab", name="Add")).to_have_count(adds)
        expect(visitor.page.get_by_text("signed in to read")).to_have_count(1 - adds)
        visitor.page.get_by_role("button", name="Sign out").click()
        expect(visitor.page.get_by_label("Password")).to_be_visible()
    locked.stop()


def test_two_people_have_two_conversations_and_two_lists(visit: "Visiting") -> None:
    one, other = visit(), visit()
    one.ask(ILRS)
    other.ask(WOLF)
    other.page.reload()
    other.ready()
    expect(other.page.locator("#shelf li")).to_have_count(1)
    assert "ILRS" not in other.page.locator("#columns").inner_text()


@desk_and_phone
def test_feedback_tells_wrong_answers_wrong_citations_and_missing_sources_apart(
    served: "Served", visit: "Visiting", width: int
) -> None:
    visitor = visit(width)
    visitor.ask(f"{ILRS} At {width}?")
    for verdict in ("The answer is wrong", "A citation is wrong", "A source is missing"):
        visitor.menu("Feedback")
        visitor.page.get_by_label(verdict).check()
        visitor.page.get_by_label("Comment, if you like").fill(f"Said: {verdict}")
        visitor.page.get_by_role("button", name="Send").click()
        toast = visitor.page.get_by_test_id("toast-body").last
        expect(toast).to_contain_text("Thank you")
        visitor.page.get_by_test_id("toast-close").last.click()
    command = [Path(sys.executable).with_name("space-policy"), "feedback", "--json", "--home", served.home]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    found = [one for one in json.loads(told.stdout) if f"At {width}?" in one["question"]]
    assert [one["verdict"] for one in found] == ["missing_source", "wrong_citation", "wrong_answer"]
    assert found[0]["comment"] == "Said: A source is missing"
    assert found[0]["answer"]["citations"]
