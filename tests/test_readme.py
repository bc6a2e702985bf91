"""What the README shows runs as it stands."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = str(Path(sys.executable).with_name("space-policy"))
ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
COMMANDS = sorted(set(re.findall(r"(?:^ {4}(?:.*[|] )?|`)space-policy ([a-z]+)", README, re.MULTILINE)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to run in: some articles, and a library that holds them."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "articles").mkdir()
    for name in ("china-us-interference-ilrs-2025.md", "artemis-accords.md"):
        shutil.copy(ROOT / "corpus" / "articles" / name, folder / "articles")
    run(folder, COMMAND, "ingest", "articles")
    return folder


def run(folder: Path, *arguments: str) -> str:
    environment = {**os.environ, "SPACE_POLICY_HOME": str(folder / "home"), "SPACE_POLICY_STARTER": "0"}
    environment.pop("SPACE_POLICY_MODEL", None)
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("program", PROGRAMS, ids=[f"program {number}" for number in range(1, len(PROGRAMS) + 1)])
def test_a_program_of_the_readme_runs_and_prints_an_answer(folder: Path, program: str) -> None:
    assert run(folder, "-c", program).strip()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_readme_exists(folder: Path, command: str) -> None:
    assert f"space-policy {command}" in run(folder, COMMAND, command, "--help")
