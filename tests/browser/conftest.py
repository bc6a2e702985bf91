"""A real page: the real assistant over a small library, served by a process of its own, driven in a real Chromium."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
PATIENCE = 20_000  # milliseconds: other tests may be running
ARTEFACTS = Path(__file__).parents[2] / "artefacts"

ARTICLES = {
    "station.md": f"""---
title: A station on the Moon by 2035
outlet: Lunar Times
published: 2024-11-20
url: https://example.org/station
---
China and Russia plan to finish the International Lunar Research Station (ILRS) by 2035.

Seventeen countries have joined the ILRS.

{"The station is described at length in many papers. " * 40}

The first modules are to land near the south pole of the Moon.
""",
    "wolf.md": """---
title: What the Wolf Amendment forbids
outlet: Example Wire
published: 2025-04-23
---
The Wolf Amendment has prohibited NASA from bilateral cooperation with China since 2011. Congress renews it each year.
""",
    "debris.md": """---
title: Rules for spent rocket stages
---
Operators should remove spent rocket stages from orbit within five years. The rule replaces one of twenty-five years.
""",
    "copy.md": """---
title: A station on the Moon by 2035
outlet: Second Wire
published: 2024-11-21
---
China and Russia plan to finish the International Lunar Research Station (ILRS) by 2035.

Seventeen countries have joined the ILRS.

"""
    + f"{'The station is described at length in many papers. ' * 40}\n\n"
    + "The first modules are to land near the south pole of the Moon.\n",
}
# A question that begins with "Slowly" is answered slowly, so that there is time to stop it on a busy machine.
SERVER = """
import os, sys, threading, time
from ingest.pipeline import ingest
from rag.assistant import Assistant
from ui.app import serve

class Slow(Assistant):
    def stream(self, question, history=(), filters=None):
        for answer in super().stream(question, history, filters):
            if question.startswith("Slowly"):
                time.sleep(15)
            yield answer

def end_with(parent):
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)  # whoever started it was killed

if __name__ == "__main__":
    threading.Thread(target=end_with, args=[os.getppid()], daemon=True).start()
    with Slow.open() as assistant:
        ingest([sys.argv[1]], assistant.library)
        serve(assistant, "127.0.0.1", int(sys.argv[2]), lambda address: print(address, flush=True))
    print("closed", flush=True)
"""


@dataclass
class Served:
    """A page that is served, until it is stopped."""

    process: "subprocess.Popen[str]"
    address: str
    home: Path

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """The exit code, and what the process still had to say."""
        self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=20)
        return self.process.returncode, rest


@dataclass
class Visit:
    """One person's page, and what it asked the network for."""

    page: Page
    address: str
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def elsewhere(self) -> list[str]:
        """Requests to any other host."""
        return [url for url in self.requests if not url.startswith((self.address, "data:", "blob:"))]

    def ready(self) -> None:
        """Waits until the page takes questions."""
        self.page.get_by_role("button", name="Ask", exact=True).wait_for()
        # The conversation that was open comes with the first event of the page.
        self.page.locator("#chat :is(.welcome, .exchange)").first.wait_for()

    @property
    def answers(self) -> Locator:
        """What was answered, in order."""
        return self.page.get_by_label("Answer", exact=True)

    def ask(self, question: str) -> str:
        """Asks as a person would; the answer when it is complete."""
        before = self.answers.count()
        self.page.get_by_label("Question", exact=True).fill(question)
        self.page.keyboard.press("Enter")
        self.answers.nth(before).wait_for()
        self.answered(before + 1)
        return self.answers.nth(before).inner_text()

    def answered(self, count: int) -> None:
        """Waits until there are so many answers, all whole."""
        expect(self.page.locator("#chat .actions")).to_have_count(count)
        self.page.get_by_role("button", name="Ask", exact=True).wait_for()

    def chip(self, number: int = 1) -> Locator:
        """A chip of the last answer."""
        return self.answers.last.get_by_role("link", name=f"[{number}]")

    def menu(self, name: str) -> None:
        """Opens a menu under the last answer."""
        self.answers.last.locator("summary", has_text=name).click()

    def picture(self, name: str) -> None:
        """Saves what is seen."""
        ARTEFACTS.mkdir(exist_ok=True)
        self.page.screenshot(path=ARTEFACTS / f"{name}.png")


Serve = Callable[..., Served]
Visiting = Callable[..., Visit]


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Starts pages, each over a new library of the articles above."""
    started: list[Served] = []

    def start(
        articles: Mapping[str, str] = ARTICLES, home: Path | None = None, port: int = 0, **settings: str
    ) -> Served:
        folder = tmp_path_factory.mktemp("articles")
        for name, text in articles.items():
            (folder / name).write_text(text, encoding="utf-8")
        ours = {name: value for name, value in os.environ.items() if not name.startswith("SPACE_POLICY_")}
        home = home or tmp_path_factory.mktemp("home")
        told = {"SPACE_POLICY_HOME": str(home), "SPACE_POLICY_QUESTIONS_PER_MINUTE": "1000", **settings}
        process = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(folder), str(port)],
            env={**ours, **told},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout
        served = Served(process, process.stdout.readline().strip(), home)
        started.append(served)
        assert served.address, "the page did not start; its errors are above"
        return served

    yield start
    for served in started:
        if served.process.poll() is None:
            served.stop()
        if served.process.stdout:
            served.process.stdout.close()


@pytest.fixture(scope="session")
def served(serve: Serve) -> Served:
    """The page most tests look at."""
    return serve()


expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")  # while Playwright is open, a loop runs in this thread, and no other test could run one
def chromium() -> Iterator[Browser]:
    """The browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def visit(served: Served, chromium: Browser) -> Iterator[Visiting]:
    """Opens pages as people who know nothing of each other."""
    contexts = []

    def open_page(
        width: int = 1280, height: int = 900, *, dark: bool = False, of: Served = served, ready: bool = True
    ) -> Visit:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            permissions=["clipboard-read", "clipboard-write"],
            accept_downloads=True,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        visit = Visit(page, of.address)
        page.on("request", lambda request: visit.requests.append(request.url))
        page.on("pageerror", lambda error: visit.errors.append(str(error)))
        page.goto(of.address)
        if ready:
            visit.ready()
        return visit

    yield open_page
    for context in contexts:
        context.close()
