"""What befalls a library while it is asked and written to: each ends in a clear line, and the library is whole."""

import json
import os
import random
import shutil
import sqlite3
import string
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ingest.pipeline import Progress, ingest
from rag.assistant import Assistant
from rag.errors import LibraryError, LibraryOwned
from rag.examination import examine_library
from rag.library import Library
from rag.settings import Settings
from ui.access import Visitor
from ui.adding import Adding
from ui.remote import ingest_remotely
from ui.sign_in import Role

MODEL = Path(__file__).parents[1] / "load" / "model.py"
FACTS = {
    "aldebaran": ("The Aldebaran telescope carries 7110 mirrors.", "How many mirrors does the telescope carry?"),
    "betelgeuse": ("Betelgeuse Harbour stores 5120 fuel tanks.", "How many fuel tanks are stored in the harbour?"),
    "canopus": ("The Canopus school has trained 3130 pilots.", "How many pilots has the school trained?"),
}
NEW = ("The Deneb museum shows 9140 meteorites.", "How many meteorites does the museum show?")
MANY = 32  # articles that are taken in when their owner is killed
# Owns a library, and takes work.
OWNER = """
import sys
from dataclasses import replace
from pathlib import Path
from rag.library import Library
from rag.settings import Settings
from ui.owner import Door
settings = replace(Settings.from_env(), home=Path(sys.argv[1]), embedding="minilm", model=None)
with Library.open(settings) as library, Door.open(library):
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a library that no test changes."""
    folder = tmp_path_factory.mktemp("running")
    for name, (fact, _) in FACTS.items():
        (folder / f"{name}.md").write_text(f"# Of {name}\n\n{fact} It was reported by its office on one day.\n")
    with Library.open(settings_of(folder / "home")) as library:
        library.use_chroma()
        assert library.wait_for_chroma(60)
        assert len(ingest(sorted(folder.glob("*.md")), library).added) == len(FACTS)
    return folder / "home"


@pytest.fixture
def settings(good: Path, tmp_path: Path) -> Settings:
    """Those of a copy."""
    shutil.copytree(good, tmp_path / "home")
    return settings_of(tmp_path / "home")


def settings_of(home: Path, **others: Any) -> Settings:  # noqa: ANN401 - of many types
    return replace(Settings.from_env(), **{"home": home, "embedding": "minilm", "model": None, **others})


def right(assistant: Assistant, *more: tuple[str, str]) -> bool:
    """Whether each question is answered by its fact."""
    return all(fact in {one.quote for one in assistant.answer(asked).citations} for fact, asked in asked_of(*more))


def asked_of(*more: tuple[str, str]) -> Iterator[tuple[str, str]]:
    yield from (*FACTS.values(), *more)


def problems(settings: Settings) -> list[str]:
    return [f"{one.name}: {one.says}" for one in examine_library(settings) if not one.ok]


def unlike(number: int, sentences: int) -> str:
    """A text that is like no other."""
    chance = random.Random(number)  # noqa: S311 - no secret
    words = ("".join(chance.choices(string.ascii_lowercase, k=6)) for _ in range(3 * sentences))
    return " ".join(f"Hall {next(words)} keeps {next(words)} for {next(words)}." for _ in range(sentences))


def write_new(folder: Path) -> Path:
    file = folder / "deneb.md"
    file.write_text(f"# Of Deneb\n\n{NEW[0]} Its director said so.\n")
    return file


# Its indexes ---------------------------------------------------------------------------------------------------------


def test_the_chroma_directory_is_deleted_under_a_running_program(settings: Settings, tmp_path: Path) -> None:
    with Assistant.open(settings) as assistant:
        assert assistant.library.wait_for_chroma(60)
        assert right(assistant)
        (chroma,) = (settings.home / "indexes").glob("meaning-*")
        shutil.rmtree(chroma)
        with ThreadPoolExecutor(8) as many:  # so many want files of it to be opened anew
            assert all(many.map(lambda _: right(assistant), range(16)))
        assert len(ingest([write_new(tmp_path)], assistant.library).added) == 1
        assert right(assistant, NEW)
    with Assistant.open(settings) as assistant:
        assert assistant.library.wait_for_chroma(60)
        assert right(assistant, NEW)
    assert problems(settings) == []


def test_all_indexes_are_deleted_under_a_running_program(settings: Settings, tmp_path: Path) -> None:
    with Assistant.open(settings) as assistant:
        assert assistant.library.wait_for_chroma(60)
        shutil.rmtree(settings.home / "indexes")
        for work in (lambda: right(assistant), lambda: ingest([write_new(tmp_path)], assistant.library)):
            try:
                work()
            except LibraryError as error:
                assert "space-policy doctor --repair" in str(error)  # noqa: PT017 - or it works on
    with Assistant.open(settings) as assistant:
        assert assistant.library.wait_for_chroma(60)
        ingest([write_new(tmp_path)], assistant.library)
        assert right(assistant, NEW)
    assert problems(settings) == []


# Its model -----------------------------------------------------------------------------------------------------------


def test_the_model_server_is_killed_in_the_middle_of_an_answer(settings: Settings) -> None:
    command = [sys.executable, str(MODEL), "0.1"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        told = {"model": "openai:stub", "model_url": server.stdout.readline().strip()}
        with Assistant.open(replace(settings, **told), writable=False) as assistant:
            fact, asked = FACTS["canopus"]
            growing = assistant.stream(asked)
            last = next(one for one in growing if one.mode == "model" and "Canopus" in one.text)
            server.kill()
            *_, last = growing
            assert (last.mode, last.complete) == ("quotes", True)
            assert fact in {one.quote for one in last.citations}
            assert "broke off" in " ".join(last.notices)
            (again,) = {one.quote for one in assistant.answer(asked).citations if one.quote == fact}
            assert again == fact
    assert problems(settings) == []


# Its owner -----------------------------------------------------------------------------------------------------------


def test_the_owner_is_killed_while_it_takes_in_and_readers_ask(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "many").mkdir()
    for number in range(MANY):
        (tmp_path / "many" / f"{number}.md").write_text(f"# Depot {number}\n\n{unlike(number, 200)}\n")
    command = [sys.executable, "-c", OWNER, str(settings.home)]
    asked: list[bool] = []
    wrong: list[bool] = []
    over = threading.Event()

    def read(assistant: Assistant) -> None:
        while not over.is_set():
            (asked if right(assistant) else wrong).append(True)

    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as owner,
        Assistant.open(settings, writable=False) as assistant,
    ):
        assert owner.stdout
        assert owner.stdout.readline() == "ready\n"
        reader = threading.Thread(target=read, args=(assistant,))
        reader.start()

        def kill(progress: Progress) -> None:
            if progress.passages:
                owner.kill()

        with pytest.raises(LibraryOwned, match=r"ended in the middle|Nothing is lost|again"):
            ingest_remotely(settings.home, [tmp_path / "many"], False, kill)
        begun = len(asked)
        while reader.is_alive() and len(asked) < begun + 2:  # they go on without it
            over.wait(0.05)
        over.set()
        reader.join()
    assert (len(asked) >= begun + 2, wrong) == (True, [])
    with Library.open(settings) as library:
        report = ingest([tmp_path / "many"], library)
        assert (len(report.added) + len(report.unchanged), report.failures) == (MANY, ())
    assert problems(settings) == []


# Its clock -----------------------------------------------------------------------------------------------------------


def test_the_clock_is_set_back_by_a_year(settings: Settings, tmp_path: Path, good: Path) -> None:
    """All that was written down before lies in the future then."""
    gone = FACTS["betelgeuse"]
    with Library.open(settings) as library:
        removed = next(one.id for one in library.articles() if gone[0] in one.text)
        library.remove([removed])
    with closing(sqlite3.connect(settings.home / "catalog.db")) as catalog, catalog:
        assert catalog.execute("UPDATE articles SET removed = '2999' || substr(removed, 5)").rowcount
        assert catalog.execute("UPDATE versions SET taken = '2999' || substr(taken, 5)").rowcount
    (settings.home / "owner.json").write_text(json.dumps({"pid": 1, "started": "2999-01-01T00:00:00+00:00"}))
    changed = write_new(tmp_path)
    with Assistant.open(settings) as assistant:
        library = assistant.library
        assert [card.title for card in library.restore([removed])] == ["Of betelgeuse"]
        (card,) = ingest([changed], library).added
        changed.write_text(changed.read_text().replace("director", "founder"))
        os.utime(changed, (0, 0))
        assert [one.id for one in ingest([changed], library).updated] == [card.id]
        assert len(library.history(card.id)) == 2
        assert "founder" in library.article(card.id).text
        assert right(assistant, NEW)
    assert problems(settings) == []


# Its disk ------------------------------------------------------------------------------------------------------------


def test_the_disk_is_full_while_the_page_takes_in(small_disk: Path, good: Path) -> None:
    settings = settings_of(small_disk / "home")
    shutil.copytree(good, settings.home)
    request: Any = SimpleNamespace(state=SimpleNamespace(visitor=Visitor("127.0.0.1", None, Role.CURATOR)))
    text = f"Of Deneb\nMarch 3, 2025\n{NEW[0]} Its director said so on Monday.\n{unlike(0, 300)}"
    with Assistant.open(settings) as assistant:
        assert assistant.library.wait_for_chroma(60)
        adding = Adding(assistant.library)

        def take() -> str:
            *_, shown = adding.look(None, text, "", request)
            *_, done = adding.take(shown[1], 0, 0, shown[8].value, request, *shown[9:14])
            return str(done[0])

        (small_disk / "filler").write_bytes(bytes(max(0, shutil.disk_usage(small_disk).free - 30_000)))
        said = take()
        assert "disk is full" in said or "No space left" in said
        assert right(assistant)
        (small_disk / "filler").unlink()
        assert "1 added." in take()
        assert right(assistant, NEW)
    with Library.open(settings) as library:
        assert library.count()[0] == len(FACTS) + 1
    assert problems(settings) == []
