"""What a served page remembers of those who come, so that its memory does not grow with their number."""

import json
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ui.app import PAGES

# Asked in a process of its own, whose loops and threads end with it.
PROGRAM = """
import json, sys
from dataclasses import replace
from pathlib import Path
from starlette.testclient import TestClient
from ingest.pipeline import ingest
from rag.assistant import Assistant
from rag.settings import Settings
from ui import programs
from ui.access import Guard
from ui.app import build, web_app
from ui.conversations import Conversations
from ui.feedback import FeedbackBox
from ui.kept import Kept

folder = Path(sys.argv[1])
settings = replace(Settings.from_env(), home=folder / "home", embedding="minilm", model=None)
with Assistant.open(settings) as assistant:
    ingest([folder / "accord.md"], assistant.library)
    kept = Kept.of(settings.home)
    page = build(assistant, Conversations(kept), FeedbackBox(kept))
    guard = Guard(web_app(page, assistant, Conversations(kept)), loopback=False, sign_in=None, max_bytes=1_000_000)
    said = []
    programs.TOLD = 0.0
    with TestClient(guard) as client:
        for question in ("How many states does the Zanzibar accord bind?", "", "Who?"):
            event = client.post("/gradio_api/call/answer", json={"data": [question]}).json()["event_id"]
            said.append(client.get(f"/gradio_api/call/answer/{event}").text.splitlines()[0])
        called = [len(page.state_holder.session_data), len(page.state_holder.time_last_used)]
        queue = page._queue
        waiting = [len(queue.pending_event_ids_session), len(queue.pending_messages_per_session)]
        look = next(one._id for one in page.fns.values() if one.name == "fresh")
        for number in range(3):
            event = {"data": [], "fn_index": look, "session_hash": f"page {number}"}
            for _ in range(2):
                client.post("/gradio_api/run/fresh", json=event)
        opened = list(page.state_holder.session_data)
        states = page.state_holder.session_data.values()
        held = [len(one.config_values) + len(one.blocks_config.blocks) - len(page.blocks) for one in states]
    found = {"said": said, "called": called, "waiting": waiting, "opened": opened, "held": held}
    print(json.dumps(found | {"most": page.state_holder.capacity}))
"""


@pytest.fixture(scope="module")
def remembered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("sessions")
    (folder / "accord.md").write_text("# Zanzibar accord\n\nThe Zanzibar accord binds forty states since 1999.\n")
    command = [sys.executable, "-c", PROGRAM, str(folder)]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_the_call_of_a_program_leaves_nothing_behind_answered_or_not(remembered: dict[str, Any]) -> None:
    assert remembered["said"] == ["event: complete", "event: error", "event: complete"]
    assert remembered["called"] == [0, 0]


def test_who_was_told_all_is_forgotten_when_the_next_asks(remembered: dict[str, Any]) -> None:
    assert remembered["waiting"] == [1, 1]


def test_what_goes_on_is_remembered_of_the_pages_used_last(remembered: dict[str, Any]) -> None:
    assert remembered["opened"] == ["page 0", "page 1", "page 2"]
    assert remembered["most"] == PAGES


def test_of_a_page_only_its_state_is_remembered_and_nothing_that_it_showed(remembered: dict[str, Any]) -> None:
    assert remembered["held"] == [0, 0, 0]


HEAPS = """
import ctypes, sys, threading
from ui.server import share_memory

share_memory()
gate = threading.Barrier(9)

def hold():
    kept = [bytes(5000) for _ in range(200)]
    gate.wait()

threads = [threading.Thread(target=hold) for _ in range(8)]
for thread in threads:
    thread.start()
gate.wait()
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
file = ctypes.c_void_p(libc.fopen(sys.argv[1].encode(), b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not glibc")
def test_threads_of_a_served_page_share_two_heaps(tmp_path: Path) -> None:
    said = tmp_path / "heaps.xml"
    subprocess.run([sys.executable, "-c", HEAPS, str(said)], cwd=Path(__file__).parents[2], check=True)
    assert 1 <= said.read_text().count("<heap nr=") <= 2
