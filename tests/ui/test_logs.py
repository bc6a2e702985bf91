"""What a served page writes down about its work: who can follow it, and that it holds no words of anyone."""

import io
import json
import logging
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from ui.cli import main
from ui.logs import AsJson, AsText

COMMAND = str(Path(sys.executable).parent / "space-policy")
ARTICLE = "# Zanzibar accord\n\nThe Zanzibar accord binds forty quixotic states since 1999. It was signed in Dodoma.\n"
QUESTION = "How many quixotic states does the Zanzibar accord bind?"
WORDS = re.compile("zanzibar|quixotic|dodoma", re.IGNORECASE)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("articles")
    (folder / "accord.md").write_text(ARTICLE, encoding="utf-8")
    home = tmp_path_factory.mktemp("home")
    assert main(["ingest", "--home", str(home), str(folder)]) == 0
    return home


class Served:
    """A page, asked one question by a program, and what it wrote down."""

    def __init__(self, home: Path, **settings: str) -> None:
        kept = ("SPACE_POLICY_CACHE",)
        ours = {
            name: value for name, value in os.environ.items() if not name.startswith("SPACE_POLICY_") or name in kept
        }
        self._process = subprocess.Popen(
            [COMMAND, "serve", "--home", str(home), "--port", "0"],
            env={**ours, **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout
        said = re.search(r"http://\S+", self._process.stdout.readline())
        assert said
        self.address = said[0]

    def get(self, path: str, data: object = None) -> tuple[str, str]:
        """The answer, and the id of the request."""
        body = None if data is None else json.dumps(data).encode()
        request = urllib.request.Request(f"{self.address}{path}", body, {"Content-Type": "application/json"})  # noqa: S310 - our own
        with urllib.request.urlopen(request) as response:  # noqa: S310 - our own
            return response.read().decode(), response.headers["X-Request-Id"]

    def ask(self) -> str:
        """Asks the question; the id of its request."""
        said, number = self.get("/gradio_api/call/answer", {"data": [QUESTION]})
        assert "forty" in self.get(f"/gradio_api/call/answer/{json.loads(said)['event_id']}")[0]
        return number

    def written(self) -> str:
        """What stands in its log when it has ended."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.communicate(timeout=30)[1]


@pytest.fixture(scope="module")
def asked(home: Path) -> tuple[str, list[dict[str, Any]], str]:
    """The id of the request that asked, the lines of the log, and the log as it is."""
    served = Served(home, SPACE_POLICY_LOG="json")
    number = served.ask()
    with pytest.raises(urllib.error.HTTPError):
        served.get("/gradio_api/file=/etc/zanzibar-quixotic.md?dodoma=1")
    log = served.written()
    return number, [json.loads(line) for line in log.splitlines()], log


def test_each_line_is_json_with_time_level_logger_request_and_message(
    asked: tuple[str, list[dict[str, Any]], str],
) -> None:
    assert asked[1]
    for line in asked[1]:
        assert {"time", "level", "logger", "request", "message"} <= set(line)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line["time"])


def test_what_came_of_a_request_has_the_id_that_its_response_carried(
    asked: tuple[str, list[dict[str, Any]], str],
) -> None:
    number, lines, _ = asked
    assert re.fullmatch("[0-9a-f]{16}", number)
    of_it = [line for line in lines if line["request"] == number]
    assert {line["what"] for line in of_it} == {"POST /gradio_api/call/answer", "event answer"}
    assert all(line["milliseconds"] >= 0 for line in of_it)
    assert [line["status"] for line in of_it if "status" in line] == [200]


def test_no_word_of_a_question_a_document_or_a_name_of_a_file_is_written_down(
    asked: tuple[str, list[dict[str, Any]], str],
) -> None:
    assert not WORDS.search(asked[2])
    assert any(line["what"] == "GET /gradio_api/file" for line in asked[1] if "what" in line)


def test_questions_are_written_down_where_that_is_asked_for(home: Path) -> None:
    served = Served(home, SPACE_POLICY_LOG="text", SPACE_POLICY_LOG_QUESTIONS="1")
    number = served.ask()
    log = served.written()
    assert re.search(rf"DEBUG +{number} rag\.asked: Asked: {re.escape(QUESTION)}$", log, re.M)
    assert "forty" not in log


def test_without_the_setting_nothing_is_written_down(home: Path) -> None:
    served = Served(home)
    served.ask()
    assert served.written() == ""


def record(message: str, *arguments: object) -> logging.LogRecord:
    try:
        raise ValueError("broken\noff")
    except ValueError:
        return logging.LogRecord("rag.library", logging.ERROR, __file__, 1, message, arguments, sys.exc_info())


def test_a_line_of_json_holds_a_whole_error() -> None:
    line = AsJson().format(record("A \u2028 %s", 'quote " and\nline end'))
    assert "\n" not in line
    found = json.loads(line)
    assert (found["message"], "ValueError: broken\noff" in found["error"]) == ('A \u2028 quote " and\nline end', True)


def test_a_line_end_in_a_message_makes_no_second_line() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(AsText())
    handler.emit(logging.LogRecord("ui", logging.INFO, __file__, 1, "one\n2026 INFO a lie", (), None))
    assert stream.getvalue().count("\n") == 1
