"""Killed at any moment while it writes, a library opens whole: nothing lost, nothing half there.

SPACE_POLICY_KILLS says how many random moments (default 30); the named steps come on top. The doctor, who takes
seconds, looks after each step and, unless many moments are asked for, after every fifth moment.
"""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from embedding_server import EmbeddingServer

from rag.library import STEPS, SWITCHING

USUAL = 30
KILLS = int(os.environ.get("SPACE_POLICY_KILLS", str(USUAL)))
FEW = 60  # articles in a library that is indexed anew
OLD, NEW = 280, 20  # articles in the library before, and written while it is killed
SHORT = 3000  # characters of those that are not written meanwhile
# In which it is killed while it indexes anew, and whether Chroma is open then.
WAYS = [({"step": "reembedded"}, False), ({"step": "switched"}, True), ({"step": "current"}, False)]
MANY_WAYS = [
    (how, chroma)
    for how in (*({"step": step} for step in (*SWITCHING, *STEPS)), *({"seconds": n / 10} for n in range(1, 6)))
    for chroma in (False, True)
]
LONGEST = 4.0  # seconds that the writing takes, about


class Killer:
    """The program that forks what is killed."""

    def __init__(self) -> None:
        command = [sys.executable, str(Path(__file__).with_name("killer.py"))]
        self._program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, **order: object) -> dict[str, Any]:
        assert self._program.stdin
        assert self._program.stdout
        self._program.stdin.write(json.dumps(order) + "\n")
        self._program.stdin.flush()
        return dict(json.loads(self._program.stdout.readline()))

    def close(self) -> None:
        self._program.communicate()


@dataclass(frozen=True)
class Before:
    """A library, and what is to be written to it."""

    home: Path
    sources: list[str]  # some new, some changed
    expected: dict[str, list[list[Any]]]  # source -> its old and new text, each with its number of passages
    passages: int  # in the library before


@pytest.fixture(scope="module")
def killer() -> Iterator[Killer]:
    killer = Killer()
    yield killer
    killer.close()


def texts(test_data: Path) -> list[str]:
    """Real articles: news, treaties, abstracts."""
    news = json.loads((test_data / "news-pages" / "truth.json").read_text()).values()
    found = [str(page["body"] if isinstance(page, dict) and "body" in page else page["articleBody"]) for page in news]
    found += [file.read_text() for file in sorted((test_data / "space-law" / "text").glob("*.txt"))]
    with (test_data / "bench" / "cranfield_documents.jsonl").open() as lines:
        found += [str(json.loads(line)["text"]) for line in lines]
    return [text for text in found if len(text.split()) > 60][: OLD + NEW]


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory, test_data: Path, killer: Killer) -> Before:
    folder = tmp_path_factory.mktemp("faults")
    (folder / "articles").mkdir()
    files = []
    for number, text in enumerate(texts(test_data)):
        file = folder / "articles" / f"{number:03}.txt"
        shown = text if number < NEW else text[:SHORT]
        file.write_text(f"Article number {number}\n\n{shown}\n")
        files.append(file)
    home = folder / "home"
    assert killer(do="write", home=str(home), sources=[str(file) for file in files[:OLD]], chroma=True)["done"]
    old = states(home)
    changed = files[: NEW // 2]
    for file in changed:
        file.write_text(file.read_text() + "\nThe decision was taken back a year later, and nobody said why.\n")
    sources = [str(file) for file in (*changed, *files[OLD:])]
    after = folder / "after"
    shutil.copytree(home, after)
    assert killer(do="write", home=str(after), sources=sources, chroma=False)["done"]
    expected = {source: [state] for source, state in states(after).items()}
    for source, state in old.items():
        expected[source].append(state)
    return Before(home, sources, expected, sum(count for _, count in old.values()))


def states(home: Path) -> dict[str, list[Any]]:
    """Source -> text and number of passages."""
    program = (
        "import json, sys; from tests_killer import settings; from rag.library import Library\n"
        "library = Library.open(settings(sys.argv[1]), writable=False)\n"
        "print(json.dumps({a.source: [a.text, len(library.passages_of(a))] for a in library.articles()}))\n"
    ).replace("tests_killer", "killer")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    command = [sys.executable, "-c", program, str(home)]
    return dict(json.loads(subprocess.run(command, capture_output=True, check=True, env=environment).stdout))


def survives(killer: Killer, before: Before, home: Path, **how: object) -> None:
    shutil.copytree(before.home, home)
    chroma, doctor = bool(how.pop("chroma", False)), bool(how.pop("doctor", True))
    wrote = killer(do="write", home=str(home), sources=before.sources, chroma=chroma, **how)
    assert wrote["errors"] == []
    looked = killer(do="look", home=str(home), expected=before.expected, chroma=chroma, doctor=doctor)
    assert looked["problems"] == []
    assert looked["articles"] >= OLD
    again = killer(do="write", home=str(home), sources=before.sources, chroma=False)
    assert again["done"]
    finished = killer(do="look", home=str(home), expected=before.expected, chroma=False, doctor=False)
    assert (finished["problems"], finished["articles"]) == ([], OLD + NEW)
    shutil.rmtree(home)


@dataclass(frozen=True)
class Reindexed:
    """A library, and what indexing it anew makes of it."""

    home: Path
    expected: dict[str, list[list[Any]]]  # source -> text and number of passages, before and after
    old: dict[str, Any]  # settings
    new: dict[str, Any]


@pytest.fixture(scope="module")
def reindexed(tmp_path_factory: pytest.TempPathFactory, test_data: Path, killer: Killer) -> Iterator[Reindexed]:
    folder = tmp_path_factory.mktemp("reindexed")
    sources = [folder / f"{number:03}.txt" for number in range(FEW)]
    for number, (file, text) in enumerate(zip(sources, texts(test_data)[-FEW:], strict=True)):
        file.write_text(f"Article number {number}\n\n{text}\n")
    home, after = folder / "home", folder / "after"
    with EmbeddingServer() as server:
        old = {"embedding": "openai:one", "model_url": server.address, "passage_pieces": 200}
        new = {**old, "embedding": "openai:two", "passage_pieces": 80}
        assert killer(do="write", home=str(home), sources=list(map(str, sources)), chroma=True, settings=old)["done"]
        for file in sources:
            file.unlink()
        shutil.copytree(home, after)
        assert killer(do="write", home=str(after), sources=[], chroma=False, settings=new)["done"]
        later = states(after)
        expected = {source: [state, later[source]] for source, state in states(home).items()}
        yield Reindexed(home, expected, old, new)


@pytest.mark.parametrize(("how", "chroma"), MANY_WAYS if KILLS > USUAL else WAYS, ids=str)
def test_killed_while_it_is_indexed_anew_it_is_whole_and_of_one_model(
    killer: Killer, reindexed: Reindexed, tmp_path: Path, how: dict[str, Any], chroma: bool
) -> None:
    home = tmp_path / "home"
    shutil.copytree(reindexed.home, home)
    killed = killer(do="write", home=str(home), sources=[], chroma=chroma, settings=reindexed.new, **how)
    assert killed["errors"] == []
    with closing(sqlite3.connect(home / "catalog.db")) as catalog:
        (recipe,) = catalog.execute("SELECT value FROM facts WHERE name = 'recipe'").fetchone()
    now = reindexed.old if recipe == reindexed.old["embedding"] else reindexed.new
    looked = killer(do="look", home=str(home), expected=reindexed.expected, chroma=chroma, doctor=True, settings=now)
    assert (looked["problems"], looked["articles"]) == ([], FEW)
    assert killer(do="write", home=str(home), sources=[], chroma=chroma, settings=reindexed.new)["done"]
    expected = {source: later[1:] for source, later in reindexed.expected.items()}
    looked = killer(do="look", home=str(home), expected=expected, chroma=chroma, doctor=chroma, settings=reindexed.new)
    assert (looked["problems"], looked["articles"]) == ([], FEW)


@pytest.mark.parametrize("chroma", [False, True], ids=["without Chroma", "with Chroma"])
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_each_named_step(killer: Killer, before: Before, tmp_path: Path, step: str, chroma: bool) -> None:
    survives(killer, before, tmp_path / "home", step=step, nth=1, chroma=chroma)


def test_killed_at_random_moments(
    killer: Killer, before: Before, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    moments = random.Random(2026)  # noqa: S311 - no secret
    for number in range(KILLS):
        seconds = moments.uniform(0.02, LONGEST)
        doctor = KILLS > USUAL or number % 5 == 0
        survives(killer, before, tmp_path / f"home{number}", seconds=seconds, chroma=number % 4 == 3, doctor=doctor)
    record_property("kills", KILLS)
