"""The page as people use it. Pictures of it go to artefacts/."""

import json
import signal
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from rag.prompts import REFUSAL

if TYPE_CHECKING:
    from conftest import Serve, Served, Visiting
    from playwright.sync_api import Browser

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}; on Debian: apt-get install chromium"),
]
ILRS = "How many countries have joined the ILRS?"
IRON = "What is the boiling point of iron?"
QUASAR = "Where did Brazil sign the Quasar agreement?"


# Answers -------------------------------------------------------------------------------------------------------------


def test_an_answer_appears_with_its_quote_marked_in_its_source(visit: "Visiting") -> None:
    visitor = visit()
    assert "Seventeen countries have joined the ILRS." in visitor.ask(ILRS)
    card = visitor.page.locator(".card").first
    expect(card).to_contain_text("Lunar Times · 20 November 2024")
    expect(card.locator("h3")).to_have_text("A station on the Moon by 2035")
    expect(card.locator("blockquote mark")).to_contain_text("Seventeen countries have joined the ILRS.")
    link = card.get_by_role("link", name="Original at example.org")
    assert (link.get_attribute("href"), link.get_attribute("rel")) == (
        "https://example.org/station",
        "noopener noreferrer",
    )


def test_a_click_on_a_mark_highlights_its_card_and_brings_it_into_view(visit: "Visiting") -> None:
    visitor = visit(height=500)
    visitor.ask(ILRS)
    visitor.ask(IRON)
    visitor.page.locator("#chat").get_by_role("link", name="[1]").first.click()
    card = visitor.page.locator("#source-1-1")  # of an earlier answer, which was folded
    expect(card).to_have_class("card shown")
    expect(card.locator("blockquote mark")).to_be_in_viewport()
    assert visitor.page.url.rstrip("/") == visitor.address


def test_a_mark_can_be_reached_and_opened_with_the_keyboard(visit: "Visiting") -> None:
    visitor = visit()
    visitor.ask(ILRS)
    mark = visitor.page.locator("#chat").get_by_role("link", name="[1]")
    mark.focus()
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator("#source-1-1")).to_be_focused()


def test_the_whole_article_opens_at_the_quote(visit: "Visiting") -> None:
    visitor = visit()
    visitor.ask("Where are the first modules of the station to land?")
    whole = visitor.page.locator(".card details.whole").first
    whole.locator("summary").click()
    expect(whole).to_contain_text("Seventeen countries have joined the ILRS.")
    expect(whole.locator("mark")).to_contain_text("south pole")
    scrolled = whole.locator(".text").evaluate("text => [text.scrollTop, text.scrollHeight - text.clientHeight]")
    assert 0 < scrolled[0] <= scrolled[1]


def test_a_refusal_shows_the_nearest_passages(visit: "Visiting") -> None:
    visitor = visit()
    assert REFUSAL in visitor.ask(IRON)
    expect(visitor.page.locator(".sources .nearest")).to_have_text("Nearest passages (they do not answer the question)")
    assert 1 <= visitor.page.locator(".card").count() <= 3
    assert visitor.page.locator(".card mark").count() == 0


def test_an_answer_can_be_copied_with_its_sources(visit: "Visiting") -> None:
    visitor = visit()
    visitor.ask(ILRS)
    visitor.page.get_by_label("Copy message").last.click()
    copied = "navigator.clipboard.readText()"
    visitor.page.wait_for_function(f"{copied}.then(text => text.includes('example.org'))")
    text = visitor.page.evaluate(copied)
    assert "Seventeen countries have joined the ILRS. [1]" in text
    assert "[1] Lunar Times, 20 November 2024 A station on the Moon by 2035 https://example.org/station" in text


def test_a_question_can_be_asked_once_more(visit: "Visiting") -> None:
    visitor = visit()
    visitor.ask(ILRS)
    with visitor.page.expect_request("**/queue/join*"):
        visitor.page.get_by_label("Retry").click()
    visitor.page.get_by_role("button", name="Ask", exact=True).wait_for()
    expect(visitor.page.get_by_label("Answer", exact=True)).to_have_count(1)
    expect(visitor.page.get_by_label("Answer", exact=True)).to_contain_text("Seventeen countries have joined the ILRS.")


def test_an_answer_can_be_stopped(visit: "Visiting") -> None:
    visitor = visit()
    visitor.page.get_by_label("Question", exact=True).fill("Slowly now: how many countries have joined the ILRS?")
    visitor.page.keyboard.press("Enter")
    visitor.page.get_by_role("button", name="Stop", exact=True).click()
    expect(visitor.page.get_by_label("Answer", exact=True)).to_contain_text("stopped")
    assert "Seventeen" in visitor.ask(ILRS)


def test_an_example_of_the_empty_page_is_answered(visit: "Visiting") -> None:
    visitor = visit()
    visitor.page.get_by_role("button", name="Wolf Amendment").click()
    expect(visitor.page.get_by_label("Answer", exact=True)).to_contain_text("prohibited NASA")


def test_two_people_have_two_conversations(visit: "Visiting") -> None:
    one, other = visit(), visit()
    one.ask(ILRS)
    other.ask(IRON)
    assert "ILRS" not in other.page.locator("#chat").inner_text()
    assert "iron" not in one.page.locator("#chat").inner_text()


# The scope -----------------------------------------------------------------------------------------------------------


def test_the_scope_limits_what_may_answer_and_is_said(visit: "Visiting") -> None:
    visitor = visit()
    visitor.open_scope()
    visitor.page.get_by_label("Since").fill("2025-01-01")
    visitor.page.get_by_label("Since").blur()
    visitor.page.get_by_role("button", name="Scope: since 2025-01-01").wait_for()
    answer = visitor.ask(ILRS)
    assert "Seventeen" not in answer
    assert "since 2025-01-01 · 1 article without a date was left out" in answer
    visitor.page.get_by_role("button", name="Reset").click()
    visitor.page.get_by_role("button", name="Scope: all articles").wait_for()
    assert "Seventeen" in visitor.ask(ILRS)


def test_a_date_that_cannot_be_read_is_explained_and_the_question_kept(visit: "Visiting") -> None:
    visitor = visit()
    visitor.open_scope()
    visitor.page.get_by_label("Since").fill("April")
    visitor.page.get_by_label("Question", exact=True).fill(ILRS)
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.get_by_test_id("toast-body")).to_contain_text("“April” is not a date. Write it as YYYY-MM-DD")
    expect(visitor.page.get_by_label("Question", exact=True)).to_have_value(ILRS)


# Safety --------------------------------------------------------------------------------------------------------------


def test_no_request_goes_to_another_host(visit: "Visiting") -> None:
    visitor = visit()
    visitor.ask(ILRS)
    visitor.ask(QUASAR)
    visitor.page.wait_for_timeout(500)
    assert visitor.elsewhere == []
    assert len(visitor.requests) > 10
    assert visitor.errors == []


def test_an_article_full_of_scripts_and_images_executes_and_fetches_nothing(visit: "Visiting") -> None:
    visitor = visit()
    visitor.ask("![q](http://evil.example/q.png) <img src=x onerror=window.pwned=7>")
    assert "in Lima on 4 March 2019" in visitor.ask(QUASAR)
    whole = visitor.page.locator(".card details.whole").first
    whole.locator("summary").click()
    expect(whole).to_contain_text("[y](javascript:window.pwned=3) {{value}} ${window.pwned=4}")
    expect(visitor.page.locator(".card").first).to_contain_text('Quasar Post <img src=x onerror="window.pwned=1">')
    visitor.open_scope()
    visitor.page.get_by_label("Outlets").click()
    visitor.page.wait_for_timeout(500)
    assert visitor.page.evaluate("window.pwned") is None
    assert visitor.elsewhere == []
    assert visitor.page.locator("#chat img, .sources img, .sources script, a[href^='javascript']").count() == 0


def test_markup_that_slipped_in_could_not_run(visit: "Visiting") -> None:
    page = visit().page
    page.evaluate(
        """document.body.insertAdjacentHTML("beforeend", '<img src="data:," onerror="window.slipped = 1">')"""
    )
    page.evaluate("""document.head.append(Object.assign(document.createElement("script"), {text: "slipped = 2"}))""")
    page.wait_for_timeout(300)
    assert page.evaluate("window.slipped") is None


def test_health_answers_with_the_security_headers(served: "Served") -> None:
    with urllib.request.urlopen(f"{served.address}/health") as response:  # noqa: S310 - our own address
        assert json.load(response) == {"status": "ok"}
        assert "default-src 'self'" in response.headers["content-security-policy"]
        assert response.headers["x-content-type-options"] == "nosniff"


def test_programs_get_an_answer_as_json(served: "Served") -> None:
    call = f"{served.address}/gradio_api/call/answer"
    body = json.dumps({"data": [ILRS]}).encode()
    request = urllib.request.Request(call, body, {"Content-Type": "application/json"})  # noqa: S310 - our own address
    with urllib.request.urlopen(request) as response:  # noqa: S310 - our own address
        event = json.load(response)["event_id"]
    with urllib.request.urlopen(f"{call}/{event}") as response:  # noqa: S310 - our own address
        lines = response.read().decode().splitlines()
    answer: dict[str, Any] = json.loads(next(line for line in lines if line.startswith("data: "))[6:])[0]
    assert answer["citations"][0]["article"]["published"] == "2024-11-20"
    assert "Seventeen" in answer["text"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_good_order(serve: "Serve", number: signal.Signals) -> None:
    assert serve().stop(number) == (0, "closed\n")


def test_it_ends_in_good_order_while_someone_waits_for_an_answer(serve: "Serve", chromium: "Browser") -> None:
    served = serve()
    page = chromium.new_page()
    page.goto(served.address)
    page.get_by_label("Question", exact=True).fill("Slowly now: how many countries have joined the ILRS?")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Stop", exact=True).wait_for()
    assert served.stop() == (0, "closed\n")
    page.close()


# Sizes and colours ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dark", [pytest.param(False, id="light"), pytest.param(True, id="dark")])
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wider_than_the_window(visit: "Visiting", width: int, dark: bool) -> None:
    name = f"{width}-{'dark' if dark else 'light'}"
    visitor = visit(width, 740 if width == 360 else 900, dark=dark)
    visitor.picture(f"page-empty-{name}")
    visitor.ask(ILRS)
    visitor.picture(f"page-answered-{name}")
    visitor.page.locator("#chat").get_by_role("link", name="[1]").first.click()
    visitor.page.wait_for_timeout(600)  # it scrolls smoothly
    visitor.picture(f"page-source-{name}")
    visitor.ask(QUASAR)
    visitor.ask(IRON)
    visitor.picture(f"page-refused-{name}")
    assert visitor.page.evaluate("document.documentElement.scrollWidth") == width


def test_who_asks_from_the_sources_on_a_phone_is_brought_back_to_the_answer(visit: "Visiting") -> None:
    visitor = visit(360, 740)
    visitor.ask(ILRS)
    visitor.page.locator("#chat").get_by_role("link", name="[1]").click()
    expect(visitor.page.locator(".card mark")).to_be_in_viewport()
    visitor.ask(IRON)
    expect(visitor.page.get_by_label("Answer", exact=True).last).to_be_in_viewport()
