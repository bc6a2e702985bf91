"""Asking on the page, as people do it: at a desk and on a phone, with the mouse and with the keyboard alone."""

import json
import re
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
LAND = "Where are the first modules of the station to land?"
SLOWLY = "Slowly now: how many countries have joined the ILRS?"
desk_and_phone = pytest.mark.parametrize("width", [pytest.param(1280, id="desk"), pytest.param(360, id="phone")])


# Sources -------------------------------------------------------------------------------------------------------------


@desk_and_phone
def test_a_chip_tells_outlet_date_and_quote_before_it_is_clicked(visit: "Visiting", width: int) -> None:
    visitor = visit(width)
    assert "Seventeen countries have joined the ILRS." in visitor.ask(ILRS)
    visitor.chip().hover()
    peek = visitor.page.get_by_role("tooltip")
    expect(peek).to_contain_text("Lunar Times · 20 November 2024")
    expect(peek).to_contain_text("Seventeen countries have joined the ILRS.")
    visitor.page.keyboard.press("Escape")
    expect(peek).to_be_hidden()
    visitor.page.mouse.move(0, 0)
    visitor.chip().focus()
    expect(peek).to_be_visible()
    expect(visitor.chip()).to_have_attribute("aria-describedby", "peek")


@desk_and_phone
def test_a_click_on_a_chip_opens_the_sources_at_the_quote(visit: "Visiting", width: int) -> None:
    visitor = visit(width, 600)
    visitor.ask(ILRS)
    visitor.ask(IRON)
    visitor.page.locator("#chat .chip").first.click()
    card = visitor.page.locator("#source-1-1")  # of an earlier answer, which was folded
    expect(card).to_have_class("card shown")
    expect(card).to_be_focused()
    expect(card.locator("blockquote mark")).to_be_in_viewport()
    expect(card.locator("blockquote mark")).to_contain_text("Seventeen countries have joined the ILRS.")
    assert visitor.page.url.rstrip("/") == visitor.address


def test_a_card_names_outlet_and_date_first_then_copies_and_the_original(visit: "Visiting") -> None:
    visitor = visit()
    visitor.ask(ILRS)
    card = visitor.page.locator(".card").first
    expect(card.locator("p").first).to_contain_text("Lunar Times · 20 November 2024")
    expect(card.locator("h3")).to_have_text("A station on the Moon by 2035")
    expect(card).to_contain_text("also carried by Second Wire (21 November 2024)")
    link = card.get_by_role("link", name="Original at example.org")
    assert (link.get_attribute("href"), link.get_attribute("rel")) == (
        "https://example.org/station",
        "noopener noreferrer",
    )


def test_the_keyboard_goes_from_source_to_source_and_back_to_the_answer_on_a_phone(visit: "Visiting") -> None:
    visitor = visit(360, 740)
    visitor.ask("When is the ILRS planned, and what does the Wolf Amendment forbid NASA?")
    cards = visitor.page.locator("#panel .of-answer").first.locator(".card")
    count = cards.count()
    assert count > 1
    visitor.chip(1).focus()
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator(".step")).to_have_text(f"1 of {count}")
    expect(visitor.page.get_by_role("button", name="Previous source")).to_be_disabled()
    visitor.page.get_by_role("button", name="Next source").focus()
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator(".step")).to_have_text(f"2 of {count}")
    expect(cards.nth(1)).to_be_focused()
    visitor.page.get_by_role("button", name="Previous source").click()
    expect(cards.nth(0)).to_be_focused()
    visitor.page.keyboard.press("Escape")
    expect(visitor.page.locator("#panel")).to_be_hidden()
    expect(visitor.chip(1)).to_be_focused()


@desk_and_phone
def test_the_whole_article_opens_at_the_quote(visit: "Visiting", width: int) -> None:
    visitor = visit(width)
    visitor.ask(LAND)
    visitor.chip().click()
    visitor.page.get_by_role("button", name="Whole article").first.click()
    reader = visitor.page.get_by_role("dialog")
    expect(reader).to_contain_text("Seventeen countries have joined the ILRS.")
    expect(reader.locator("mark")).to_contain_text("south pole")
    expect(reader.locator("mark")).to_be_in_viewport()
    visitor.page.keyboard.press("Escape")
    expect(reader).to_be_hidden()


@desk_and_phone
def test_a_refusal_links_what_came_nearest(visit: "Visiting", width: int) -> None:
    visitor = visit(width)
    assert REFUSAL in visitor.ask(IRON)
    links = visitor.answers.last.locator(".nearest").get_by_role("link")
    assert 1 <= links.count() <= 3
    links.first.click()
    expect(visitor.page.locator("#source-1-1")).to_be_in_viewport()
    expect(visitor.page.locator(".card mark")).to_have_count(0)


# Answers -------------------------------------------------------------------------------------------------------------


def test_each_sentence_tells_its_state_in_shape_and_words(visit: "Visiting") -> None:
    visitor = visit()
    visitor.ask(ILRS)
    expect(visitor.page.locator("#chat .statement .state").first).to_have_text("✓ verified")


def test_a_quiet_line_tells_what_was_searched_for_how_it_was_made_and_how_long_it_took(visit: "Visiting") -> None:
    visitor = visit()
    visitor.ask(ILRS)
    visitor.ask("When is it planned?")
    line = visitor.answers.last.locator(".told")
    expect(line).to_contain_text("quoted word for word · searched for: “")
    expect(line).to_contain_text("ILRS")
    expect(line).to_contain_text(re.compile("\\d\\.\\d\xa0s"))


def test_a_question_right_behind_stop_is_asked_and_once(visit: "Visiting") -> None:
    visitor = visit()
    for asked in range(1, 9):
        visitor.page.get_by_label("Question", exact=True).fill(SLOWLY)
        visitor.page.keyboard.press("Enter")
        visitor.page.get_by_role("button", name="Stop", exact=True).click()
        expect(visitor.answers.last).to_contain_text("stopped")
        assert "Seventeen countries have joined the ILRS." in visitor.ask(ILRS)
        expect(visitor.answers).to_have_count(2 * asked)


@desk_and_phone
def test_an_answer_can_be_stopped_and_asked_once_more(visit: "Visiting", width: int) -> None:
    visitor = visit(width)
    visitor.page.get_by_label("Question", exact=True).fill(SLOWLY)
    visitor.page.keyboard.press("Enter")
    visitor.page.get_by_role("button", name="Stop", exact=True).click()
    expect(visitor.answers).to_contain_text("stopped")
    visitor.page.get_by_role("button", name="Retry").click()
    visitor.page.get_by_role("button", name="Stop", exact=True).click()
    expect(visitor.answers).to_contain_text("stopped")
    expect(visitor.answers).to_have_count(1)
    visitor.ask(ILRS)
    visitor.page.get_by_role("button", name="Retry").last.click()
    expect(visitor.answers.last).to_contain_text("Seventeen countries have joined the ILRS.")
    visitor.answered(2)


@desk_and_phone
def test_what_is_chosen_before_the_page_has_told_all_its_outlets_stays_chosen(visit: "Visiting", width: int) -> None:
    visitor = visit(width, ready=False)
    visitor.page.get_by_label("Since").evaluate(
        "field => { field.value = '2025-01-01'; field.dispatchEvent(new Event('change')); }"
    )
    visitor.ready()
    expect(visitor.page.locator("#scope-line")).to_contain_text("since 2025-01-01")
    visitor.page.wait_for_timeout(1000)
    expect(visitor.page.locator("#scope-line")).to_contain_text("since 2025-01-01")


@desk_and_phone
def test_a_question_can_be_changed_and_what_came_after_it_goes(visit: "Visiting", width: int) -> None:
    visitor = visit(width)
    visitor.ask(IRON)
    visitor.ask(IRON)
    visitor.page.get_by_role("button", name="Edit this question").first.click()
    visitor.page.get_by_label("Changed question").fill(ILRS)
    visitor.page.keyboard.press("Enter")
    expect(visitor.answers).to_have_count(1)
    expect(visitor.answers).to_contain_text("Seventeen countries have joined the ILRS.")
    expect(visitor.page.get_by_label("You asked")).to_contain_text(ILRS)


@pytest.mark.parametrize(
    ("form", "start", "part"),
    [
        pytest.param("As text", "Seventeen countries", "[1] “A station on the Moon by 2035”, Lunar Times", id="plain"),
        pytest.param("As Markdown footnotes", "Seventeen countries", "<https://example.org/station>", id="footnotes"),
        pytest.param("As RIS", "TY  - ELEC\r\n", "UR  - https://example.org/station\r\n", id="RIS"),
        pytest.param("As BibTeX", "@misc{lunartimes2024-", "url = {https://example.org/station}", id="BibTeX"),
    ],
)
def test_an_answer_can_be_copied_with_its_sources(visit: "Visiting", form: str, start: str, part: str) -> None:
    visitor = visit()
    visitor.ask(ILRS)
    visitor.menu("Copy")
    visitor.page.get_by_role("button", name=form).click()
    expect(visitor.page.get_by_role("button", name="Copied")).to_be_visible()
    copied = visitor.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(start)
    assert part in copied
    assert "Seventeen countries have joined the ILRS." in copied


@desk_and_phone
def test_an_example_of_the_empty_page_is_answered_and_leads_on(visit: "Visiting", width: int) -> None:
    visitor = visit(width)
    visitor.page.get_by_role("button", name="Wolf Amendment").click()
    expect(visitor.answers).to_contain_text("prohibited NASA")
    visitor.answered(1)
    leads = visitor.page.get_by_role("list", name="Ask on").get_by_role("button")
    said = leads.last.inner_text()
    leads.last.click()
    visitor.answered(2)
    expect(visitor.page.get_by_label("You asked").last).to_contain_text(said)
    assert REFUSAL not in visitor.answers.last.inner_text()


def test_everything_can_be_done_with_the_keyboard_alone(visit: "Visiting") -> None:
    visitor = visit()
    page = visitor.page
    expect(page.get_by_label("Question", exact=True)).to_be_focused()
    page.keyboard.type(ILRS)
    page.keyboard.press("Enter")
    visitor.answered(1)

    def go_to(name: str) -> None:
        for _ in range(60):
            page.keyboard.press("Shift+Tab")
            if name in page.evaluate(
                "document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText"
            ):
                return
        raise AssertionError(f"Shift+Tab never comes to {name}")

    go_to("Feedback")
    go_to("Copy")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    page.keyboard.press("Escape")
    go_to("[1]")
    page.keyboard.press("Enter")
    expect(page.locator("#source-1-1")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Whole article").first).to_be_focused()


# The scope -----------------------------------------------------------------------------------------------------------


@desk_and_phone
def test_the_scope_limits_what_may_answer_stands_above_the_composer_and_is_reset_by_one_click(
    visit: "Visiting", width: int
) -> None:
    visitor = visit(width)
    page = visitor.page
    line = page.locator("#scope-line")
    expect(line).to_contain_text("all articles")
    page.get_by_role("button", name="Change scope").click()
    expect(page.get_by_label("Since")).to_be_focused()
    page.get_by_label("Since").fill("2025-01-01")
    page.get_by_label("Example Wire").check()
    if width == 360:
        page.get_by_role("button", name="Back to the chat").click()
    expect(line).to_contain_text("only Example Wire, since 2025-01-01")
    answer = visitor.ask(ILRS)
    assert "Seventeen" not in answer
    assert "only Example Wire, since 2025-01-01" in answer
    page.get_by_role("button", name="Reset scope").click()
    expect(line).to_contain_text("all articles")
    assert "Seventeen" in visitor.ask(ILRS)


@desk_and_phone
def test_one_article_can_be_asked_alone(visit: "Visiting", width: int) -> None:
    visitor = visit(width)
    visitor.ask("What does the Wolf Amendment prohibit?")
    visitor.chip().click()
    visitor.page.get_by_role("button", name="Ask it alone").first.click()
    expect(visitor.page.locator("#scope-line")).to_contain_text("1 chosen article")
    assert "Seventeen" not in visitor.ask(ILRS)
    visitor.page.get_by_role("button", name="Change scope").click()
    visitor.page.get_by_role("button", name="Leave out What the Wolf Amendment forbids").click()
    expect(visitor.page.locator("#scope-line")).to_contain_text("all articles")


@desk_and_phone
def test_articles_chosen_in_the_collection_are_asked(visit: "Visiting", width: int) -> None:
    visitor = visit(width)
    visitor.page.get_by_role("tab", name="Collection").click()
    visitor.page.get_by_role("checkbox", name="Wolf Amendment").check()
    visitor.page.get_by_role("button", name="Ask about").click()
    expect(visitor.page.locator("#scope-line")).to_contain_text("1 chosen article")
    expect(visitor.page.get_by_role("tab", name="Chat")).to_have_attribute("aria-selected", "true")
    assert "Seventeen" not in visitor.ask(ILRS)


def test_dates_the_wrong_way_round_are_explained_and_the_question_is_kept(visit: "Visiting") -> None:
    visitor = visit()
    visitor.page.get_by_label("Since").fill("2025-02-01")
    visitor.page.get_by_label("Until").fill("2025-01-01")
    expect(visitor.page.locator("#scope-line")).to_contain_text("Swap them")
    visitor.page.get_by_label("Question", exact=True).fill(ILRS)
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.get_by_test_id("toast-body")).to_contain_text("is later than")
    expect(visitor.page.get_by_label("Question", exact=True)).to_have_value(ILRS)


# Programs and signals ------------------------------------------------------------------------------------------------


def test_health_answers_with_the_security_headers(served: "Served") -> None:
    with urllib.request.urlopen(f"{served.address}/health") as response:  # noqa: S310 - our own address
        assert json.load(response)["status"] == "ok"
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


# SIGTERM of an idle page is in test_page_kept.py.
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_good_order_while_someone_waits_for_an_answer(
    serve: "Serve", chromium: "Browser", number: signal.Signals
) -> None:
    served = serve()
    page = chromium.new_page()
    page.goto(served.address)
    page.get_by_label("Question", exact=True).fill(SLOWLY)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Stop", exact=True).wait_for()
    assert served.stop(number) == (0, "closed\n")
    page.close()
