"""The page at several sizes and in both colours: it fits, everyone can use it, and pictures go to artefacts/."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

if TYPE_CHECKING:
    from conftest import Serve, Visit, Visiting

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}; on Debian: apt-get install chromium"),
]
ILRS = "How many countries have joined the ILRS?"
CORPUS = Path(__file__).parents[2] / "corpus" / "articles"
IRON = "What is the boiling point of iron?"
# In Gradio's own markup, which neither style nor script of ours can mend: (rule, start of the selector).
OF_GRADIO: tuple[tuple[str, str], ...] = ()
sizes = pytest.mark.parametrize("width", [pytest.param(1280, id="desk"), pytest.param(360, id="phone")])
colours = pytest.mark.parametrize("dark", [pytest.param(False, id="light"), pytest.param(True, id="dark")])


def check(visitor: "Visit") -> None:
    """No serious or critical violation, and nothing wider than the window."""
    found = Axe().run(visitor.page).response["violations"]
    assert [
        (one["id"], node["target"], node["failureSummary"])
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
        if not any(one["id"] == rule and str(node["target"][0]).startswith(start) for rule, start in OF_GRADIO)
    ] == []
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= visitor.page.viewport_size["width"]


@sizes
@colours
def test_the_chat_can_be_used_by_everyone_and_fits(visit: "Visiting", width: int, dark: bool) -> None:
    name = f"{width}-{'dark' if dark else 'light'}"
    visitor = visit(width, 740 if width == 360 else 900, dark=dark)
    visitor.picture(f"page-empty-{name}")
    check(visitor)
    visitor.ask(ILRS)
    visitor.picture(f"page-answered-{name}")
    visitor.chip().focus()
    visitor.picture(f"page-chip-{name}")
    visitor.chip().click()
    expect(visitor.page.locator(".card.shown")).to_be_focused()
    visitor.page.wait_for_timeout(600)  # it scrolls smoothly
    visitor.picture(f"page-source-{name}")
    check(visitor)
    visitor.page.get_by_role("button", name="Whole article").first.click()
    expect(visitor.page.get_by_role("dialog").locator("mark")).to_be_visible()
    visitor.picture(f"page-article-{name}")
    check(visitor)
    visitor.page.keyboard.press("Escape")
    if width == 360:
        visitor.page.get_by_role("button", name="Back to the answer").click()
    visitor.ask(IRON)
    visitor.menu("Feedback")
    expect(visitor.page.get_by_role("button", name="Send")).to_be_in_viewport()
    visitor.picture(f"page-refused-{name}")
    check(visitor)
    visitor.page.keyboard.press("Escape")
    visitor.page.get_by_role("button", name="Change scope").click()
    visitor.page.get_by_label("Since").fill("2024-01-01")
    visitor.page.locator("#shelf summary").first.click()
    visitor.picture(f"page-scope-{name}")
    check(visitor)


@sizes
@colours
@pytest.mark.parametrize("view", ["Collection", "Add"])
def test_the_other_views_can_be_used_by_everyone_and_fit(visit: "Visiting", width: int, dark: bool, view: str) -> None:
    visitor = visit(width, 740 if width == 360 else 900, dark=dark)
    visitor.page.get_by_role("tab", name=view).click()
    visitor.page.wait_for_timeout(1000)
    visitor.picture(f"page-{view.lower()}-{width}-{'dark' if dark else 'light'}")
    check(visitor)


@pytest.mark.skipif(not CORPUS.is_dir(), reason=f"there is no starter collection at {CORPUS}")
def test_a_picture_of_the_page_for_its_readers(serve: "Serve", visit: "Visiting") -> None:
    """Of the real thing over the starter collection: copy it to ui/page.png when the page has changed."""
    shown = serve({file.name: file.read_text(encoding="utf-8") for file in CORPUS.glob("*.md")})
    visitor = visit(1280, 800, of=shown)
    visitor.ask("What does the Wolf Amendment prohibit?")
    visitor.chip().click()
    expect(visitor.page.locator(".card.shown mark")).to_be_in_viewport()
    visitor.page.wait_for_timeout(600)
    visitor.picture("page")
    shown.stop()
