"""The page in a real browser: until it can be used, until an answer begins; ten at once, there and from elsewhere."""

import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Barrier
from urllib.request import Request, urlopen

from measure import Failed, spread
from playwright.sync_api import Browser, Page, sync_playwright

PROGRAM = str(Path(sys.executable).with_name("space-policy"))
CHROMIUM = "/usr/bin/chromium"
PEOPLE = 10
PATIENCE = 60_000  # milliseconds
SOON = 3000  # milliseconds until all of them press Enter
QUESTIONS = (
    "What does the Wolf Amendment prohibit?",
    "How much did the Soviet Union pay Canada for Cosmos 954?",
    "Where is the African Space Agency based?",
    "What fuel may nuclear reactors in space use under the UN principles?",
    "How many countries have joined the ILRS?",
    "Which country has left the Moon Agreement?",
    "What is ATLAC supposed to do?",
    "How much is IRIS2 going to cost?",
    "Where was the first spaceport licence in Britain granted?",
    "By when does NASA have to hand in its strategy for lunar time?",
)
# Milliseconds from the key until `selector` has new text, noted by the page itself: to ask from outside takes longer.
WATCH = """selector => new Promise(done => {
  const texts = () => [...document.querySelectorAll(selector)].filter(one => one.innerText.trim()).length;
  const before = texts();
  document.querySelector("#composer textarea").addEventListener("keydown", () => {
    const begun = performance.now();
    new MutationObserver((_, observer) => {
      if (texts() <= before) return;
      observer.disconnect();
      done(performance.now() - begun);
    }).observe(document.getElementById("chat"), { subtree: true, childList: true, characterData: true });
  }, { once: true, capture: true });
})"""
# The same as the key, at a moment that several pages keep: a script can press no key that counts.
ENTER_AT = """at => setTimeout(() => {
  document.querySelector("#composer textarea").dispatchEvent(new KeyboardEvent("keydown"));
  document.querySelector("#composer .submit-button").click();
}, at - Date.now())"""
BEGUN = "#chat .reply .answer"  # the first words of an answer
WHOLE = "#chat .reply .actions"  # nothing more will come


def measure(times: int) -> dict[str, object]:
    """Milliseconds over the starter collection, in quotes mode."""
    with _served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        loads = [_load(browser, address) for _ in range(1 + times)][1:]
        page = _opened(browser, address)
        first = [_asked(page, QUESTIONS[at % len(QUESTIONS)], BEGUN) for at in range(1 + times)][1:]
        together = _together(browser, address)
        browser.close()
        ask = partial(_of_page, address, _ask_of(address))
        paged = [one for _ in range(1 + times) for one in _at_once(ask)][PEOPLE:]
        called = [one for _ in range(1 + times) for one in _at_once(partial(_called, address))][PEOPLE:]
    return {
        "usable": spread(loads),
        "first_text": spread(first),
        "together": spread(together),
        "elsewhere": spread(paged),
        "programs": spread(called),
        "people": PEOPLE,
        "load": round(os.getloadavg()[0], 2),
    }


@contextmanager
def _served() -> Iterator[str]:
    """The address of `serve` over the starter collection, ended afterwards."""
    with tempfile.TemporaryDirectory(prefix="space-policy-") as home:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("SPACE_POLICY_")}
        server = subprocess.Popen(
            [PROGRAM, "serve", "--port", "0", "--home", home],
            env={**ours, "SPACE_POLICY_QUESTIONS_PER_MINUTE": "10000"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            for line in server.stdout or ():
                if address := next((word for word in line.split() if word.startswith("http://")), None):
                    yield address.rstrip(".")
                    return
            raise Failed("serve: it did not start")
        finally:
            server.send_signal(signal.SIGTERM)
            server.communicate(timeout=60)


def _opened(browser: Browser, address: str) -> Page:
    page = browser.new_page()  # in a context of its own: somebody who has never seen the page
    page.set_default_timeout(PATIENCE)
    page.goto(address, wait_until="commit")
    page.get_by_role("button", name="Ask", exact=True).wait_for()
    page.locator("#chat .welcome").wait_for()
    return page


def _load(browser: Browser, address: str) -> float:
    """Seconds until the page takes a question."""
    started = time.perf_counter()
    page = _opened(browser, address)
    taken = time.perf_counter() - started
    page.close()
    return taken


def _asked(page: Page, question: str, until: str) -> float:
    """Seconds from Enter until something new is there; the whole answer is waited for."""
    before = page.locator(WHOLE).count()
    _typed(page, question, until)
    page.keyboard.press("Enter")
    page.locator(WHOLE).nth(before).wait_for()
    return _taken(page)


def _together(browser: Browser, address: str) -> list[float]:
    """Seconds until each of several people, who ask at the same moment, has the whole answer."""
    pages = [_opened(browser, address) for _ in range(PEOPLE)]
    for page, question in zip(pages, QUESTIONS, strict=True):
        _typed(page, question, WHOLE)
    at = 1000 * time.time() + SOON
    for page in pages:
        page.evaluate(ENTER_AT, at)
    if 1000 * time.time() > at:
        raise Failed("the machine is too busy for people to ask at the same moment")
    return [_taken(page) for page in pages]


def _at_once(ask: Callable[[Barrier, str], float]) -> list[float]:
    """The same for people whose browsers take nothing of this machine."""
    with ThreadPoolExecutor(PEOPLE) as people:
        return list(people.map(partial(ask, Barrier(PEOPLE)), QUESTIONS))


def _ask_of(address: str) -> int:
    """The number of the page's event that asks."""
    with urlopen(f"{address}/config") as reply:  # noqa: S310 - loopback
        return next(one["id"] for one in json.load(reply)["dependencies"] if one["api_name"] == "ask")


def _of_page(address: str, ask: int, together: Barrier, question: str) -> float:
    """Seconds until all of the answer has come, as a page asks that is open in a browser elsewhere."""
    session, reader = secrets.token_hex(6), secrets.token_urlsafe(24)
    given = {"Content-Type": "application/json", "Cookie": f"space_policy_reader={reader}"}
    body = json.dumps({"data": [question, None, "", {}], "fn_index": ask, "session_hash": session}).encode()
    together.wait()
    started = time.perf_counter()
    urlopen(Request(f"{address}/gradio_api/queue/join", body, given)).close()  # noqa: S310
    with urlopen(Request(f"{address}/gradio_api/queue/data?session_hash={session}", headers=given)) as reply:  # noqa: S310
        said = [json.loads(line.removeprefix(b"data: ")) for line in reply if line.startswith(b"data: ")]
    taken = time.perf_counter() - started
    if not any(one["msg"] == "process_completed" and one["success"] for one in said):
        raise Failed(f"the page: {said[-1]}")
    return taken


def _called(address: str, together: Barrier, question: str) -> float:
    """Seconds from the question until the whole answer is there."""
    given = {"Content-Type": "application/json"}
    body = json.dumps({"data": [question]}).encode()
    together.wait()
    started = time.perf_counter()
    asked = Request(f"{address}/gradio_api/call/answer", body, given)  # noqa: S310 - loopback
    with urlopen(asked) as reply:  # noqa: S310
        event = json.load(reply)["event_id"]
    with urlopen(f"{address}/gradio_api/call/answer/{event}") as reply:  # noqa: S310
        said = reply.read().decode()
    if "event: complete" not in said:
        raise Failed(f"/answer: {said[:200]}")
    return time.perf_counter() - started


def _typed(page: Page, question: str, until: str) -> None:
    page.get_by_label("Question", exact=True).fill(question)
    page.evaluate(f"() => {{ window.taken = 0; ({WATCH})({until!r}).then(ms => window.taken = ms) }}")


def _taken(page: Page) -> float:
    page.wait_for_function("window.taken > 0")
    return float(page.evaluate("window.taken")) / 1000
