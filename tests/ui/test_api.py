"""The endpoints for programs, called over the loopback as their documentation says: with gradio_client, with curl."""

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pytest

from rag import __version__
from rag.domain import Answer, Citation, Hit
from rag.prompts import REFUSAL
from ui.cli import main

COMMAND = str(Path(sys.executable).parent / "space-policy")
PASSWORD = "correct horse"  # noqa: S105 - of these tests
BASIC = f"Basic {base64.b64encode(f':{PASSWORD}'.encode()).decode()}"
ARTICLES = {
    "station.md": """---
title: A station on the Moon by 2035
outlet: Lunar Times
published: 2024-11-20
url: https://example.org/station
---
China and Russia plan to finish the International Lunar Research Station (ILRS) by 2035.

Seventeen countries have joined the ILRS.
""",
    "wolf.md": """---
title: What the Wolf Amendment forbids
outlet: Example Wire
published: 2025-04-23
---
The Wolf Amendment has prohibited NASA from bilateral cooperation with China since 2011. Congress renews it each year.
""",
}
ILRS = "How many countries have joined the ILRS?"
# As the documentation has them; ADDRESS stands for the page's own.
CURL = """
EVENT=$(curl --silent ADDRESS/gradio_api/call/v2/answer \\
  --json '{"question": "How many countries have joined the ILRS?"}' | sed 's/.*: *"\\(.*\\)".*/\\1/')
curl --silent --no-buffer ADDRESS/gradio_api/call/answer/$EVENT
"""
CLIENT = """
from gradio_client import Client

client = Client("ADDRESS", verbose=False)
answer = client.predict("How many countries have joined the ILRS?", outlets=["Lunar Times"], api_name="/answer")
hits = client.predict("Wolf Amendment", limit=3, since="2025-01-01", api_name="/search")
"""
PRINT = "import json; print(json.dumps([answer, hits]))"


@dataclass(frozen=True)
class Served:
    """A page that is served by the command."""

    process: "subprocess.Popen[str]"
    address: str

    def get(self, path: str, data: object = None, **headers: str) -> Any:  # noqa: ANN401 - JSON's types, nested
        body = None if data is None else json.dumps(data).encode()
        head = {"Content-Type": "application/json", **headers}
        request = urllib.request.Request(f"{self.address}{path}", body, head)  # noqa: S310 - our own address
        with urllib.request.urlopen(request) as response:  # noqa: S310 - our own address
            return response.read().decode()

    def call(self, name: str, *arguments: object, **named: object) -> Any:  # noqa: ANN401 - JSON's types, nested
        """What an endpoint gives, or the text of its error."""
        at, data = ("call/v2", named) if named else ("call", {"data": arguments})
        event = json.loads(self.get(f"/gradio_api/{at}/{name}", data))["event_id"]
        kind, said, *_ = self.get(f"/gradio_api/call/{name}/{event}").splitlines()
        found = json.loads(said.removeprefix("data: "))
        return found[0] if kind == "event: complete" else found["error"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("articles")
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    home = tmp_path_factory.mktemp("home")
    assert main(["ingest", "--home", str(home), str(folder)]) == 0
    return home


def environment(**more: str) -> dict[str, str]:
    kept = ("SPACE_POLICY_CACHE",)
    ours = {name: value for name, value in os.environ.items() if not name.startswith("SPACE_POLICY_") or name in kept}
    return {**ours, "GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1", **more}


def start(home: Path, **settings: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [COMMAND, "serve", "--home", str(home), "--port", "0"],
        env=environment(**settings),
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def both(home: Path) -> Iterator[tuple[Served, Served]]:
    """One page for everyone on this computer, and one with a password and little patience, over one library."""
    strict = {"SPACE_POLICY_QUESTIONS_PER_MINUTE": "1", "SPACE_POLICY_MAX_BYTES": "1000"}
    processes = start(home), start(home, SPACE_POLICY_AUTH=PASSWORD, **strict)
    served = []
    for process in processes:
        assert process.stdout
        line = process.stdout.readline()
        assert " is at http://" in line, line
        served.append(Served(process, line.split(" is at ")[1].split()[0]))
    yield served[0], served[1]
    for process in processes:
        process.send_signal(signal.SIGTERM)
    for process in processes:
        process.communicate(timeout=30)


@pytest.fixture(scope="module")
def page(both: tuple[Served, Served]) -> Served:
    return both[0]


@pytest.fixture(scope="module")
def locked(both: tuple[Served, Served]) -> Served:
    return both[1]


# Examples ------------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
def test_the_example_with_curl_prints_an_answer(page: Served) -> None:
    script = CURL.replace("ADDRESS", page.address)
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    kind, said, *_ = done.stdout.splitlines()
    assert kind == "event: complete"
    assert "Seventeen" in json.loads(said.removeprefix("data: "))[0]["text"]


def test_the_example_with_gradio_client_gets_an_answer_and_hits(page: Served) -> None:
    script = CLIENT.replace("ADDRESS", page.address) + PRINT
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment())
    answer, hits = json.loads(done.stdout)
    assert "Seventeen" in answer["text"]
    assert answer["filters"]["outlets"] == ["Lunar Times"]
    assert [hit["article"]["title"] for hit in hits] == ["What the Wolf Amendment forbids"]


# Answers -------------------------------------------------------------------------------------------------------------


def test_answer_gives_the_nouns_under_their_field_names(page: Served) -> None:
    answer = page.call("answer", ILRS)
    assert set(answer) == {field.name for field in fields(Answer)}
    citation = answer["citations"][0]
    assert set(citation) == {field.name for field in fields(Citation)}
    assert citation["quote"] == "Seventeen countries have joined the ILRS."
    assert citation["article"]["published"] == "2024-11-20"
    assert (answer["model"], answer["usage"], answer["complete"]) == (None, None, True)


def test_a_refusal_is_an_answer(page: Served) -> None:
    answer = page.call("answer", question="What is the boiling point of iron?")
    assert (answer["text"], answer["abstained"], answer["citations"]) == (REFUSAL, True, [])


def test_what_was_said_before_makes_a_follow_up_stand_alone(page: Served) -> None:
    history = [{"question": ILRS, "answer": "Seventeen countries have joined the ILRS."}]
    answer = page.call("answer", question="Who plans to finish it by 2035?", history=history)
    assert "ILRS" in answer["standalone_question"]


def test_search_gives_hits_best_first(page: Served) -> None:
    hits = page.call("search", question="What does the Wolf Amendment forbid?", limit=2)
    assert [set(hit) for hit in hits] == [{field.name for field in fields(Hit)}] * 2
    assert hits[0]["article"]["outlet"] == "Example Wire"
    assert hits[0]["score"] >= hits[1]["score"]


@pytest.mark.parametrize(
    ("filters", "outlets"),
    [
        pytest.param({"outlets": ["Lunar Times"]}, {"Lunar Times"}, id="an outlet"),
        pytest.param({"since": "2025-04-23"}, {"Example Wire"}, id="since a day, inclusive"),
        pytest.param({"until": "2025-04-22"}, {"Lunar Times"}, id="until a day"),
        pytest.param({"articles": ["nothing"]}, set(), id="chosen articles"),
    ],
)
def test_search_keeps_to_the_filters(page: Served, filters: dict[str, Any], outlets: set[str]) -> None:
    assert {hit["article"]["outlet"] for hit in page.call("search", question="Moon", **filters)} == outlets


@pytest.mark.parametrize(
    ("name", "call", "message"),
    [
        ("search", {"question": " "}, "question: give its words"),
        ("search", {"question": 7}, "question: give its words"),
        ("answer", {"question": "x" * 2001}, "question: it has 2001 characters; at most 2000 are read."),
        ("search", {"question": "x", "limit": 0}, "limit: give a whole number from 1 to 50."),
        ("search", {"question": "x", "limit": True}, "limit: give a whole number from 1 to 50."),
        ("search", {"question": "x", "outlets": "Reuters"}, 'outlets: give a list of texts, like ["Reuters"].'),
        ("answer", {"question": "x", "articles": [1]}, "articles: give a list of texts"),
        ("answer", {"question": "x", "since": "yesterday"}, "“yesterday” is not a date"),
        ("answer", {"question": "x", "until": 2025}, 'until: give a day as text, like "2025-04-23".'),
        ("answer", {"question": "x", "since": "2025-02-01", "until": "2025-01-01"}, "Swap them"),
        ("answer", {"question": "x", "history": ["before"]}, "history: give a list like"),
        ("answer", {"question": "x", "history": 7}, "history: give a list like"),
        ("answer", {"question": "x", "history": [{"question": "a", "answer": 1}]}, "all as text"),
    ],
)
def test_what_is_wrong_with_a_call_is_said(page: Served, name: str, call: dict[str, Any], message: str) -> None:
    assert message in page.call(name, **call)


def test_both_endpoints_are_described(page: Served) -> None:
    named = json.loads(page.get("/gradio_api/info"))["named_endpoints"]
    assert sorted(named) == ["/answer", "/search"]
    assert [one["parameter_name"] for one in named["/search"]["parameters"]] == [
        "question",
        "limit",
        "outlets",
        "since",
        "until",
        "articles",
    ]
    assert "citations with quotes" in named["/answer"]["description"]


# Health, and the door ------------------------------------------------------------------------------------------------


def test_health_says_status_articles_and_version_and_nothing_else(page: Served, locked: Served) -> None:
    for served in (page, locked):
        assert json.loads(served.get("/health")) == {"status": "ok", "articles": 2, "version": __version__}


@pytest.mark.parametrize("path", ["/", "/config", "/gradio_api/info", "/theme.css", "/conversations/1.md"])
def test_a_page_with_a_password_shows_nothing_without_it_and_keeps_its_security_headers(
    locked: Served, path: str
) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        locked.get(path)
    with caught.value as refused:
        assert refused.code == 401
        assert "default-src 'self'" in refused.headers["content-security-policy"]
        assert "needs the password" in json.load(refused)["detail"]


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
def test_a_program_sends_the_password_with_each_request_and_is_told_when_it_asks_too_much(locked: Served) -> None:
    curl = "curl --silent --user ':correct horse' "
    script = CURL.replace("ADDRESS", locked.address).replace("curl --silent ", curl)
    said = [subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout for _ in range(11)]
    assert "Seventeen" in said[0]
    assert "more than the 10 questions a minute that your address may ask" in said[-1]


@pytest.mark.parametrize(
    ("size", "line"),
    [
        pytest.param(2_000, "File size exceeded maximum allowed size of 1000 bytes.", id="one file"),
        pytest.param(20_000, "At most 10 kB can be uploaded at once, and this is 21 kB.", id="all together"),
    ],
)
def test_an_upload_above_the_limit_is_refused_in_words(locked: Served, size: int, line: str) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
    request = urllib.request.Request(  # noqa: S310 - our own address
        f"{locked.address}/gradio_api/upload",
        head + b"a" * size + b"\r\n--x--\r\n",
        {"Content-Type": "multipart/form-data; boundary=x", "Authorization": BASIC},
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)  # noqa: S310 - our own address
    with caught.value as refused:
        assert refused.code == 413
        assert refused.read().decode().startswith(line)


def test_a_name_that_was_made_to_point_here_is_refused(page: Served) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        page.get("/health", Host="evil.example")
    with caught.value as refused:
        assert (refused.code, "localhost and 127.0.0.1 only" in refused.read().decode()) == (421, True)


def test_a_browser_gets_its_own_conversations_as_files_and_no_other_one_does(page: Served, home: Path) -> None:
    from ui.chat import Exchange
    from ui.conversations import Conversations
    from ui.kept import Kept

    reader = "r" * 32
    conversation = Conversations(Kept.of(home)).save(reader, [Exchange("Why? <b>", error="So.", ended=True)])
    mine = {"Cookie": f"space_policy_reader={reader}"}
    assert page.get(f"/conversations/{conversation}.md", **mine) == "# Why? \\<b\\>\n\n## Why? \\<b\\>\n\nSo.\n"
    assert json.loads(page.get(f"/conversations/{conversation}.json", **mine))["name"] == "Why? <b>"
    for path, headers in (
        (f"/conversations/{conversation}.md", {}),
        (f"/conversations/{conversation}.md", {"Cookie": f"space_policy_reader={'o' * 32}"}),
        (f"/conversations/{conversation}.exe", mine),
    ):
        with pytest.raises(urllib.error.HTTPError) as caught:
            page.get(path, **headers)
        with caught.value as refused:
            assert refused.code == 404
