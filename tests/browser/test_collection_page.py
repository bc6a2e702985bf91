"""Looking through the collection and adding to it, as people do it, at a desk and on a phone."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from conftest import Serve, Served, Visit, Visiting

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}; on Debian: apt-get install chromium"),
]
PAYLOAD = "<img src=x onerror=window.pwned=1> ${window.pwned=2} {{value}} ![x](http://evil.example/x.png)"
COPIED = f"""Menu
Subscribe to our newsletter
Ruritania launches second weather satellite
By Jane Doe
March 3, 2025
The agency of Ruritania launched its second weather satellite on Monday from its new pad near the northern coast.
It will watch the storms of the northern sea for five years, the agency said, and its data will be free for all.
“Nobody has to pay for a warning,” said the head of the agency, Rudolf Elphberg, after the launch on Monday evening.
The minister wrote {PAYLOAD} in the book of guests of the agency, and nobody at the agency could say what it means.
Share on Facebook
Related stories
© 2025 The Ruritania Post. All rights reserved.
"""
ARTICLES = {
    "base.md": "---\ntitle: A base\noutlet: Lunar Times\npublished: 2025-04-23\n---\nIt is planned for 2035.\n",
    "rule.md": "---\ntitle: Five years\noutlet: Wire\npublished: 2024-09-29\n---\nSatellites must leave orbit.\n",
    "memo.md": "---\ntitle: A memo\n---\nOperators should tell each other where their satellites are.\n",
    "empty.txt": "",
}
desk_and_phone = pytest.mark.parametrize("width", [pytest.param(1280, id="desk"), pytest.param(360, id="phone")])


@pytest.fixture(scope="module")
def unchanged(serve: "Serve") -> "Served":
    """A page for those who only look."""
    return serve(ARTICLES)


@pytest.fixture(scope="module")
def collected(serve: "Serve") -> "Served":
    """A page for those who change the library; each leaves the articles above as they were, but for one field."""
    return serve(ARTICLES)


def count(page: Page) -> int:
    """How many articles the page says there are."""
    return int(page.locator("#heading p").first.inner_text().split()[0])


def open_view(visitor: "Visit", name: str) -> Page:
    visitor.page.get_by_role("tab", name=name).click()
    return visitor.page


def check(visitor: "Visit") -> None:
    """Usable by everyone, as wide as the window, nothing ran, nothing was fetched from elsewhere."""
    found = Axe().run(visitor.page).response["violations"]
    serious = [(one["id"], one["nodes"][0]["target"]) for one in found if one["impact"] in ("serious", "critical")]
    assert serious == []
    assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert visitor.page.evaluate("window.pwned") is None
    assert (visitor.elsewhere, visitor.errors) == ([], [])


@desk_and_phone
def test_a_column_of_the_timeline_is_chosen_with_the_keyboard_and_let_go(
    unchanged: "Served", visit: "Visiting", width: int
) -> None:
    page = open_view(visit(width, of=unchanged), "Collection")
    status = page.locator("#collection-articles [role=status]")
    expect(status).to_have_text("3 articles")
    column = page.get_by_role("button", name="April 2025: 1 article (Lunar Times 1)")
    column.focus()
    page.keyboard.press("Enter")
    expect(status).to_have_text("1 of 3 articles, 1 without a date left out")
    expect(page.locator("#collection-fields").get_by_label("Since")).to_have_value("2025-04-01")
    expect(page.get_by_role("button", name="Ask about these 1")).to_be_visible()
    expect(column).to_be_focused()
    page.get_by_role("button", name="All dates").click()
    expect(status).to_have_text("3 articles")
    page.get_by_label("Search titles").fill("five")
    expect(status).to_have_text("1 of 3 articles")
    page.locator("#collection-fields").get_by_role("button", name="Reset").click()
    expect(status).to_have_text("3 articles")


@desk_and_phone
def test_an_article_is_opened_corrected_compared_removed_and_restored(
    collected: "Served", visit: "Visiting", width: int
) -> None:
    visitor = visit(width, of=collected)
    page = open_view(visitor, "Collection")
    held, outlet = count(page), f"{PAYLOAD} {width}"
    page.locator("#collection-articles").get_by_role("button", name="A memo").click()
    expect(page.get_by_role("heading", name="A memo")).to_be_focused()
    page.get_by_role("button", name="Correct it").click()
    expect(page.locator("#collection-article").get_by_label("Title")).to_have_value("A memo")  # the form is there
    page.locator("#collection-article").get_by_label("Outlet").fill(outlet)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#collection-article-notice")).to_have_text("Corrected: outlet.")
    page.get_by_role("button", name="Versions").click()
    page.get_by_role("button", name="What changed from version").first.click()
    expect(page.locator("#collection-versions ins")).to_have_text(outlet)
    check(visitor)
    page.get_by_role("button", name="Remove this article").click()
    expect(page.get_by_text("Remove “A memo”?")).to_be_focused()
    check(visitor)
    page.get_by_role("button", name="Yes, remove it").click()
    expect(page.locator("#collection-articles [role=status]")).to_have_text(f"{held - 1} articles")
    page.get_by_role("button", name="Removed articles (1)").click()
    page.get_by_role("button", name="Restore A memo").click()
    expect(page.locator("#collection-articles [role=status]")).to_have_text(f"{held} articles")
    check(visitor)


def test_what_could_not_be_taken_in_is_listed_with_its_reason(collected: "Served", visit: "Visiting") -> None:
    page = open_view(visit(of=collected), "Collection")
    page.get_by_role("button", name="Could not be taken in (1)").click()
    expect(page.locator("#collection-failed")).to_contain_text("It holds no text.")
    page.get_by_role("button", name="Forget these").click()
    expect(page.get_by_role("button", name="Could not be taken in (0)")).to_be_visible()


@desk_and_phone
def test_a_copied_page_is_looked_at_corrected_taken_in_and_found(
    collected: "Served", visit: "Visiting", width: int
) -> None:
    visitor = visit(width, of=collected)
    page = open_view(visitor, "Add")
    held = count(page)
    which = {1280: "second", 360: "third"}[width]  # or it would be the same page again
    page.get_by_label("Text, or a whole page").fill(COPIED.replace("second", which))
    page.get_by_role("button", name="Look at it first").click()
    expect(page.get_by_role("heading", name="What was understood of Pasted text")).to_be_focused()
    shown = page.locator("#adding-preview")
    expect(shown.get_by_label("Title")).to_have_value(f"Ruritania launches {which} weather satellite")
    expect(shown.get_by_label("Published")).to_have_value("2025-03-03")
    expect(shown.locator(".add-out").first).to_contain_text("Subscribe to our newsletter")
    check(visitor)
    visitor.picture(f"adding-{width}")
    shown.get_by_label("Published").fill("soon")
    page.get_by_role("button", name="Take it in").click()
    expect(page.locator("#adding-said")).to_contain_text("“soon” is no certain date.")
    shown.get_by_label("Published").fill("2025-03-04")
    shown.get_by_label("Outlet").fill("The Ruritania Post")
    shown.get_by_role("button", name="Put back: Related stories").click()
    expect(shown.locator(".add-out")).not_to_contain_text(["Related stories"])
    shown.get_by_role("button", name="Correct the text").click()
    text = shown.get_by_label("The text as it is taken in")
    expect(text).to_have_value(re.compile("Related stories$"))
    text.fill(f"{text.input_value()}\n\nA line of my own about zeppelins.")
    check(visitor)
    visitor.picture(f"adding-corrected-{width}")
    page.get_by_role("button", name="Take it in").click()
    expect(page.locator("#adding-said")).to_contain_text("1 added.")
    expect(page.locator("#heading")).to_contain_text(f"{held + 1} articles")
    check(visitor)
    open_view(visitor, "Collection")
    page.get_by_label("Search titles").fill("zeppelin")  # which stands in the text alone
    expect(page.locator("#collection-articles [role=status]")).to_have_text(f"1 of {held + 1} articles")
    row = page.locator("#collection-articles tr", has_text="Ruritania")
    expect(row).to_contain_text("4 March 2025")
    expect(row).to_contain_text("The Ruritania Post")
    row.get_by_role("button").click()
    expect(page.locator("#collection-article")).to_contain_text("A line of my own about zeppelins.")
    page.get_by_role("button", name="Remove this article").click()
    page.get_by_role("button", name="Yes, remove it").click()
    expect(page.locator("#heading")).to_contain_text(f"{held} articles")


def test_files_are_dropped_and_the_bad_one_is_named(unchanged: "Served", visit: "Visiting", tmp_path: Path) -> None:
    (tmp_path / "copied.txt").write_text(COPIED)
    (tmp_path / "tool.exe").write_text("MZ")
    visitor = visit(of=unchanged)
    page = open_view(visitor, "Add")
    page.locator("#adding-files input[type=file]").set_input_files([tmp_path / "copied.txt", tmp_path / "tool.exe"])
    expect(page.locator("#adding-files")).to_contain_text("tool")
    page.get_by_role("button", name="Look at it first").click()
    expect(page.locator("#adding-said")).to_contain_text("Documents of the kind '.exe' cannot be read.")
    expect(page.get_by_role("heading", name="What was understood of copied.txt")).to_be_visible()
    page.get_by_role("button", name="Start over").click()
    expect(page.get_by_label("Text, or a whole page")).to_be_visible()
