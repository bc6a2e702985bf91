"""SECURITY.md is true to what there is."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", TEXT)


def test_each_test_that_it_names_exists() -> None:
    sources = {name: (ROOT / name).read_text(encoding="utf-8") for name, _ in NAMED if (ROOT / name).exists()}
    assert [
        f"{file}::{name}" for file, name in NAMED if not re.search(rf"^def {name}\(", sources.get(file, ""), re.M)
    ] == []


def test_each_defence_names_a_test() -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("|") and line.count("|") == 4]
    defences = [line for line in rows if not line.startswith(("| threat", "| who", "|---", "| **"))]
    assert len(defences) > 20
    assert [line for line in defences if "`tests/" not in line] == []


def test_each_setting_that_it_names_exists() -> None:
    from rag.settings import PREFIX, READERS

    assert {name.removeprefix(PREFIX).lower() for name in re.findall(rf"{PREFIX}\w+", TEXT)} <= set(READERS)
