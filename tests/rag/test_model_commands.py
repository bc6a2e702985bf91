"""Models on the command line: what the doctor says of them, and that no key or password is in what comes out."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rag.examination import Finding
from rag.library import Library
from rag.settings import Settings
from ui.cli import main
from ui.doctor import examine

if TYPE_CHECKING:
    from model_server import ModelServer

KEY = "sk-distinctive-0123456789"
PASSWORD = "hunter2-distinctive"  # noqa: S105 - of nothing
STORY = "---\ntitle: The base\noutlet: News\n---\nThe base on the Moon is planned by 2035. Russia and China build it.\n"
QUESTION = "By when is the base on the Moon planned?"
# Several commands in one process, as chatty as it can be made: every library's log, at its lowest level.
LOUD = """
import json, logging, sys
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
from ui.cli import main
print([main(command) for command in json.loads(sys.argv[1])])
"""


def environment(home: Path, **settings: str) -> dict[str, str]:
    """Nothing of the caller's, but for where the graph of the embedding model is."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("SPACE_POLICY_", "OPENAI_"))}
    if cache := os.environ.get("SPACE_POLICY_CACHE"):
        ours["SPACE_POLICY_CACHE"] = cache
    told = {f"SPACE_POLICY_{name.upper()}": value for name, value in settings.items()}
    return {**ours, **told, "SPACE_POLICY_HOME": str(home), "SPACE_POLICY_STARTER": "0", "OPENAI_API_KEY": KEY}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("commands")
    (folder / "base.md").write_text(STORY)
    assert main(["ingest", "--home", str(folder / "home"), str(folder / "base.md")]) == 0
    return folder / "home"


def named(server: "ModelServer") -> dict[str, str]:
    return {"model": "openai:tiny", "model_url": server.address.replace("//", f"//me:{PASSWORD}@")}


def findings(home: Path, **settings: str) -> Mapping[str, Finding]:
    told = environment(home, **settings)
    return {finding.name: finding for finding in examine(lambda: Settings.from_env(told))}


def test_the_doctor_tries_the_chat_model(server: "ModelServer", home: Path) -> None:
    found = findings(home, **named(server))["chat model"]
    assert "openai:tiny at 127.0.0.1" in found.says
    assert "its first word came after" in found.says
    assert found.says.endswith("tokens are counted")
    assert (found.ok, found.warning) == (True, False)


@pytest.mark.parametrize(
    ("behaviour", "cure"),
    [(401, "OPENAI_API_KEY"), (404, "SPACE_POLICY_MODEL"), ("cut", "broke off"), ("empty", "nothing")],
)
def test_a_chat_model_that_fails_is_a_warning_with_its_cure(
    server: "ModelServer", home: Path, behaviour: str | int, cure: str
) -> None:
    """The library is whole all the same."""
    server.behaviour = behaviour
    found = findings(home, **named(server))
    assert all(one.ok for one in found.values())
    assert [name for name, one in found.items() if one.warning] == ["chat model"]
    assert cure in found["chat model"].says


def test_the_doctor_tries_an_embedding_model_elsewhere(server: "ModelServer", tmp_path: Path) -> None:
    found = findings(tmp_path, embedding="openai:tiny", model_url=server.address)["embedding"]
    assert "a vector of 3 numbers came after" in found.says
    assert "leaves this machine" in found.says


def test_an_embedding_model_that_is_down_is_a_warning_and_search_is_not_tried(tmp_path: Path) -> None:
    Library.open(Settings.from_env(environment(tmp_path))).close()
    found = findings(tmp_path, embedding="openai:tiny", model_url="http://127.0.0.1:9/v1")
    assert [name for name, one in found.items() if one.warning] == ["embedding", "search"]
    assert "cannot be reached" in found["embedding"].says


@pytest.mark.parametrize("behaviour", ["answer", 401, "error"])
def test_no_key_and_no_password_comes_out_of_any_command(
    server: "ModelServer", home: Path, tmp_path: Path, behaviour: str | int
) -> None:
    """Not printed, not logged at any level, not exported, not left on the disk; even where a server says them back."""
    server.pieces = ("The base on the Moon is planned by 2035 [1].",)
    server.behaviour = behaviour
    said_back = f"Incorrect API key provided: {KEY} for me:{PASSWORD}"
    server.body = json.dumps({"error": {"message": said_back, "type": "x", "code": "x"}})
    backup = tmp_path / "library.jsonl.gz"
    commands = [["ask", QUESTION], ["ask", QUESTION, "--json"], ["doctor"], ["export", str(backup)]]
    ran = subprocess.run(
        [sys.executable, "-c", LOUD, json.dumps(commands)],
        env=environment(home, **named(server)),
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.endswith("[0, 0, 0, 0]\n")
    assert ("warning  chat model: openai:tiny at 127.0.0.1" in ran.stdout) is (behaviour != "answer")
    assert "DEBUG:" in ran.stderr
    written = [gzip.decompress(backup.read_bytes())]
    written += [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    for secret in (KEY, PASSWORD):
        assert not [line for line in (ran.stdout + ran.stderr).splitlines() if secret in line]
        assert not any(secret.encode() in data for data in written)


@pytest.mark.parametrize(
    ("name", "value"),
    [("model", KEY), ("embedding", KEY), ("model_url", f"ftp://me:{PASSWORD}@example.org")],
)
def test_a_secret_in_the_wrong_setting_is_not_said_back(home: Path, name: str, value: str) -> None:
    found = findings(home, **{name: value})["settings"]
    assert f"SPACE_POLICY_{name.upper()}" in found.says
    assert "distinctive" not in found.says
