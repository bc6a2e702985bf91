"""A reader's password and a curator's: what each may do, asked of the server as a program would, past the page."""

import base64
import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from ingest.failed import failed
from ingest.sources import INBOX
from rag.library import Library
from rag.settings import Settings
from ui.cli import main
from ui.sign_in import ONLY_READS

COMMAND = str(Path(sys.executable).parent / "space-policy")
READER, CURATOR = "reading horse", "correct horse"
TEXT = "The Zanzibar accord binds forty states since 1999. It was signed in Dodoma by all of them on one day."
PAGE = "Ruritania launches a satellite\nMarch 3, 2025\nThe agency of Ruritania launched a satellite on Monday."
QUESTION = "How many states does the Zanzibar accord bind?"
# What a field of the page is given, by its label; all others are left empty.
TYPED = {
    "Title": "Another title",
    "Published": "2020-01-01",
    "Text, or a whole page copied from the browser": PAGE,
    "The text as it is taken in": PAGE,
    "Question": QUESTION,
    "1st": QUESTION,  # of an endpoint's arguments
}
# Every event of the page and every endpoint, by the name of its function. A new one goes where it belongs.
CHANGES = {"save", "take_back", "_removed", "restore", "forget", "take"}
ADDS = {"look_7", "look_8"}  # of ui/adding.py: reads what is given to be added
READS = {
    *("fresh", "look", "_first_page", "_dated", "_paged", "pick", "_opened", "read", "compare", "ask_about"),
    *("again", "put_back"),
    *("turn", "leave_out", "ask", "stop", "judge", "leave", "rename", "line", "open", "headed", "changed"),
    *("answer", "search", "lambda", "unnamed"),
}


@dataclass(frozen=True)
class Served:
    """A page with two passwords."""

    address: str
    settings: Settings
    article: str  # the id of one
    config: dict[str, Any]

    def send(self, path: str, data: object, password: str, kind: str = "application/json") -> str:
        """What is answered, be it an error."""
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        basic = base64.b64encode(f":{password}".encode()).decode()
        headers = {"Content-Type": kind, "Authorization": f"Basic {basic}"}
        request = urllib.request.Request(f"{self.address}{path}", body or None, headers)  # noqa: S310 - our own
        try:
            with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 - our own
                return str(response.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return f"{error.code} {error.read().decode()}"

    def call(self, event: dict[str, Any], password: str, session: str) -> str:
        """All that comes of an event of the page."""
        joined = {
            "data": [self.given(one) for one in event["inputs"]],
            "fn_index": event["id"],
            "session_hash": session,
            "trigger_id": event["targets"][0][0] if event["targets"] else None,
            "event_data": {"article": self.article, "number": 1, "before": 1, "after": 1, "since": "", "until": ""},
        }
        said = self.send("/gradio_api/queue/join", joined, password)
        if "event_id" not in said:
            return said
        basic = base64.b64encode(f":{password}".encode()).decode()
        data = f"{self.address}/gradio_api/queue/data?session_hash={session}"
        request = urllib.request.Request(data, headers={"Authorization": f"Basic {basic}"})  # noqa: S310 - our own
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 - our own
            return str(response.read().decode())

    def given(self, component: int) -> object:
        """What a component of the page sends."""
        one = next(each for each in self.config["components"] if each["id"] == component)
        typed = TYPED.get(one["props"].get("label", ""))
        if typed or one["type"] == "textbox":
            return typed or one["props"].get("value") or ""
        return [] if one["props"].get("multiselect") else None

    def events(self, *names: str) -> list[dict[str, Any]]:
        """Those of these names; all, without any."""
        return [one for one in self.config["dependencies"] if not names or one["api_name"] in names]

    def state(self) -> object:
        """What nobody but a curator may change."""
        with Library.open(self.settings, writable=False) as library:
            kept = sorted(str(file) for file in (self.settings.home / INBOX).rglob("*"))
            return library.revision, library.count(), len(library.removed()), failed(self.settings.home), kept


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder, home = tmp_path_factory.mktemp("articles"), tmp_path_factory.mktemp("home")
    (folder / "accord.md").write_text(f"# Zanzibar accord\n\n{TEXT}\n")
    (folder / "bad.pdf").write_bytes(b"%PDF-1.4 nothing")
    assert main(["ingest", "--home", str(home), str(folder)]) == 0
    settings = replace(Settings.from_env({}), home=home, embedding="minilm", model=None)
    with Library.open(settings, writable=False) as library:
        article = library.articles()[0].id
    ours = {name: value for name, value in os.environ.items() if not name.startswith("SPACE_POLICY_A")}
    told = {"SPACE_POLICY_AUTH": CURATOR, "SPACE_POLICY_READER_AUTH": READER, "GRADIO_TEMP_DIR": str(folder / "temp")}
    process = subprocess.Popen(
        [COMMAND, "serve", "--home", str(home), "--port", "0"], env={**ours, **told}, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    found = re.search(r"http://\S+", process.stdout.readline())
    assert found
    page = Served(found[0], settings, article, {})
    page.config.update(json.loads(page.send("/config", b"", READER)))
    yield page
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)


def test_each_event_and_endpoint_is_known_to_change_the_library_or_not(served: Served) -> None:
    """Whoever adds one says here what it does; the tests below then call it as a reader."""
    names = {re.sub(r"_\d+$", "", one["api_name"]) for one in served.events() if one["api_name"] not in ADDS}
    assert names == CHANGES | READS


def test_nothing_that_a_reader_calls_changes_the_library_and_what_would_says_why_not(served: Served) -> None:
    before, session = served.state(), uuid.uuid4().hex
    served.call(served.events("_opened")[0], READER, session)  # so that there is an article to correct, or remove
    said = {one["api_name"]: served.call(one, READER, session) for one in served.events()}
    assert served.state() == before
    assert [name for name in (*CHANGES, *ADDS) if ONLY_READS not in said[name]] == []
    assert "forty" in said["answer"]
    assert "forty" in said["ask"]


@pytest.mark.parametrize("who", [READER, CURATOR])
@pytest.mark.parametrize("path", ["run", "api", "call", "call/v2"])
def test_what_changes_the_library_is_the_pages_alone_and_has_no_other_way_in(
    served: Served, path: str, who: str
) -> None:
    before = served.state()
    for name in (*CHANGES, *ADDS):
        data = {"data": [served.given(one) for one in served.events(name)[0]["inputs"]]}
        assert served.send(f"/gradio_api/{path}/{name}", data, who).startswith("404 ")
    assert served.state() == before
    assert "answer, search" in served.send("/gradio_api/call/nothing", {"data": []}, who)


def test_a_reader_uploads_nothing_and_a_curator_does(served: Served) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\nWords.\r\n--x--\r\n'
    for path in ("upload", "upload/", "process_recording"):
        said = served.send(f"/gradio_api/{path}", body, READER, "multipart/form-data; boundary=x")
        assert said == f"403 {ONLY_READS}"
    assert "a.txt" in served.send("/gradio_api/upload", body, CURATOR, "multipart/form-data; boundary=x")


def test_the_same_calls_of_a_curator_do_change_it(served: Served) -> None:
    """Else the tests above would say nothing."""
    session = uuid.uuid4().hex
    served.call(served.events("_opened")[0], CURATOR, session)
    for name in ("save", "take_back", "_removed", "restore", "forget", "look_7", "take"):
        before = served.state()
        said = served.call(served.events(name)[0], CURATOR, session)
        assert ONLY_READS not in said
        assert (served.state() == before) is (name == "look_7"), f"{name}: {said}"


def test_a_reader_is_told_so_where_the_page_says_what_it_is(served: Served) -> None:
    event = served.events("headed")[0]
    assert "signed in to read" in served.call(event, READER, uuid.uuid4().hex)
    assert "signed in to read" not in served.call(event, CURATOR, uuid.uuid4().hex)
