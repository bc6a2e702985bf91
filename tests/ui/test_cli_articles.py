"""`articles` with history, corrections and what was removed; `export` and `import`; a prune that asks."""

import io
import json
import os
import re
import shutil
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rag.library import Library
from rag.settings import Settings
from ui.cli import main

if TYPE_CHECKING:
    from embedding_server import EmbeddingServer

WOLF = """---
title: What the Wolf Amendment forbids
outlet: Example Wire
published: 2025-04-23
---
The Wolf Amendment has prohibited NASA from bilateral cooperation with China since 2011. Congress renews it each year.
"""
STATION = """---
title: A station on the Moon by 2035
outlet: Lunar Times
published: 2024-11-20
---
China and Russia plan to finish the International Lunar Research Station by 2035. Seventeen countries have joined it.
"""


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON's types, nested
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("SPACE_POLICY_") and name != "SPACE_POLICY_CACHE":
            monkeypatch.delenv(name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus" / "articles"
    folder.mkdir(parents=True)
    (folder / "wolf.md").write_text(WOLF)
    (folder / "station.md").write_text(STATION)
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], home: Path, folder: Path) -> Run:
    """Runs a command on a library of two articles."""

    def ran(*arguments: str | Path, at: Path = home) -> Ran:
        code = main([*(str(argument) for argument in arguments), "--home", str(at)])
        return Ran(code, *capsys.readouterr())

    assert ran("ingest", folder).code == 0
    return ran


@pytest.fixture
def station(run: Run) -> str:
    """The id of one of them."""
    return next(card["id"] for card in run("articles", "--json").json if "station" in card["title"])


@pytest.fixture
def changed(run: Run, folder: Path, station: str) -> str:
    """The same one, in two versions."""
    (folder / "station.md").write_text(STATION.replace("Seventeen", "Eighteen").replace("Lunar Times", "Moon Post"))
    assert run("ingest", folder).out.startswith("1 updated")
    return station


def typed(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal(f"{said}\n"))


# Versions


def test_history_lists_the_versions_and_which_is_current(run: Run, changed: str) -> None:
    lines = run("articles", "history", changed).out.splitlines()
    assert [re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "DAY", line) for line in lines] == [
        "  2  DAY  current  Moon Post, 2024-11-20 — A station on the Moon by 2035",
        "  1  DAY           Lunar Times, 2024-11-20 — A station on the Moon by 2035",
    ]
    found = run("articles", "history", changed, "--json").json
    assert [(one["article"]["version"], one["current"], one["corrected"]) for one in found] == [
        (2, True, []),
        (1, False, []),
    ]


def test_diff_shows_fields_and_sentences(run: Run, changed: str) -> None:
    out = run("articles", "diff", changed).out
    assert out.startswith("outlet: Lunar Times → Moon Post\n\n--- version 1\n+++ version 2\n")
    assert "\n-Seventeen countries have joined it.\n+Eighteen countries have joined it.\n" in out
    assert run("articles", "diff", changed, "--from", "2", "--to", "1").out.startswith("outlet: Moon Post → Lunar")


def test_diff_of_one_version_or_of_the_same_text_says_so(run: Run, station: str) -> None:
    ran = run("articles", "diff", station)
    assert (ran.code, ran.out) == (2, "")
    assert "there is none to compare it with" in ran.err
    assert run("articles", "diff", station, "--from", "1").err == "Versions 1 and 1 say the same.\n"


@pytest.mark.parametrize("arguments", [["history", "nosuchid"], ["diff", "nosuchid"], ["restore", "nosuchid"]])
def test_an_unknown_id_is_one_line(run: Run, arguments: list[str]) -> None:
    ran = run("articles", *arguments)
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert "nosuchid" in ran.err


# Corrections


def test_set_corrects_and_reset_takes_it_back(run: Run, station: str, folder: Path) -> None:
    ran = run("articles", "set", station, "--published", "2025-01-02", "--outlet", "none", "--title", "My title")
    assert (ran.code, ran.out) == (0, f"corrected {station}  2025-01-02 — My title\n")
    assert run("ingest", folder).out == "2 unchanged\n"
    assert "published: 2025-01-02  (from correction)" in run("articles", "show", station).out
    assert "(corrected: title, outlet, published)" in run("articles", "history", station).out
    ran = run("articles", "set", station, "--reset")
    assert ran.out == f"reset {station}  Lunar Times, 2024-11-20 — A station on the Moon by 2035\n"
    ran = run("articles", "set", station, "--reset")
    assert (ran.code, ran.err) == (1, f"Nothing of {station} has been corrected.\n")


@pytest.mark.parametrize(
    "given",
    [
        pytest.param([], id="nothing"),
        pytest.param(["--reset", "--title", "A title"], id="both"),
    ],
)
def test_set_needs_a_field_or_reset(run: Run, station: str, given: list[str]) -> None:
    ran = run("articles", "set", station, *given)
    assert (ran.code, ran.out) == (2, "")
    assert "--reset" in ran.err


@pytest.mark.parametrize("given", [["--published", "soon"], ["--url", "example.org"], ["--title", " "]])
def test_set_refuses_what_is_no_value(run: Run, station: str, given: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        run("articles", "set", station, *given)
    assert stopped.value.code == 2


# Removed


def test_what_is_removed_is_listed_and_restored(run: Run, station: str) -> None:
    ran = run("remove", station, "--yes")
    assert ran.err == f"To bring them back within 30 days: space-policy articles restore {station}\n"
    assert f"{station}  Lunar Times, 2024-11-20 — A station on the Moon by 2035 (removed on " in (
        run("articles", "--removed").out
    )
    assert [one["article"]["id"] for one in run("articles", "--removed", "--json").json] == [station]
    label = "Lunar Times, 2024-11-20 — A station on the Moon by 2035"
    assert run("articles", "restore", station).out == f"restored {station}  {label}\n"
    assert run("articles", "--removed").err == "No removed article can be restored.\n"
    assert len(run("articles", "--json").json) == 2


def test_the_starter_collection_goes_at_once_and_stays_away(
    run: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own.md"
    own.write_text(WOLF.replace("Wolf", "Fox"))
    run("ingest", own)
    monkeypatch.setenv("SPACE_POLICY_CORPUS", str(folder.parent))
    assert len(run("remove", "--starter", "--yes", "--json").json) == 2
    assert [card["title"] for card in run("articles", "--json").json] == ["What the Fox Amendment forbids"]
    ran = run("remove", "--starter", "--yes")
    assert (ran.code, ran.err) == (1, "space-policy: The library holds no article of the starter collection.\n")
    assert run("ask", "What does the Fox Amendment prohibit?").err == ""


def test_remove_needs_ids_or_starter(run: Run, station: str) -> None:
    assert run("remove").code == 2
    assert run("remove", station, "--starter").code == 2


# A prune


@pytest.mark.parametrize(("said", "left"), [("n", 2), ("y", 1)], ids=["no", "yes"])
def test_a_terminal_is_asked_before_a_prune(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, said: str, left: int
) -> None:
    (folder / "station.md").unlink()
    typed(monkeypatch, said)
    ran = run("ingest", folder, "--prune")
    assert "Lunar Times, 2024-11-20 — A station on the Moon by 2035" in ran.err
    assert len(run("articles", "--json").json) == left


@pytest.mark.parametrize("terminal", [False, True], ids=["a script", "a terminal"])
def test_an_empty_folder_is_not_pruned_without_yes(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    shutil.rmtree(folder)
    folder.mkdir()
    if terminal:
        typed(monkeypatch, "y")
    ran = run("ingest", folder, "--prune")
    assert ran.code == 1
    assert "Nothing was removed: of the 2 articles" in ran.out
    assert run("ingest", folder, "--prune", "--yes").out.startswith("2 removed")


# One file


def test_a_library_goes_into_a_file_and_comes_out_of_it(run: Run, changed: str, tmp_path: Path) -> None:
    file, other = tmp_path / "library.gz", tmp_path / "other"
    ran = run("export", file)
    assert (ran.code, ran.out) == (0, f"2 articles in {file}, {file.stat().st_size:,} bytes\n")
    assert run("import", file, at=other).out.startswith("2 added\n")
    assert run("import", file, at=other).out == "2 unchanged\n"
    assert run("articles", "--json", at=other).json == run("articles", "--json").json
    assert "Seventeen" in run("articles", "show", changed, "--version", "1", at=other).out


def test_an_export_needs_no_ownership(run: Run, home: Path, tmp_path: Path) -> None:
    with Library.open(Settings.from_env({"SPACE_POLICY_HOME": str(home)})):
        assert run("export", tmp_path / "library.gz", "--json").json["articles"] == 2


def test_what_cannot_be_exported_or_imported_is_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "other.gz").write_bytes(b"something else")
    for ran in (
        run("import", tmp_path / "gone.gz"),
        run("import", tmp_path / "other.gz"),
        run("export", tmp_path / "no" / "folder.gz"),
        run("export", tmp_path / "empty.gz", at=tmp_path / "new"),
    ):
        assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)


# A library of an older program


# Another passage size or model


def test_doctor_indexes_anew_from_the_librarys_text(
    run: Run, folder: Path, home: Path, embeddings: "EmbeddingServer", monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "long.txt").write_text("A long one\n\n" + "The station turns around the Moon every day. " * 20)
    run("ingest", folder)
    shutil.rmtree(folder)
    monkeypatch.setenv("SPACE_POLICY_PASSAGE_PIECES", "60")
    ran = run("doctor", "--reindex")
    assert ran.code == 0
    assert ran.err.splitlines()[-1] == "1 of 3 articles were split into other passages than before."
    monkeypatch.setenv("SPACE_POLICY_EMBEDDING", "openai:two")
    monkeypatch.setenv("SPACE_POLICY_MODEL_URL", embeddings.address)
    ran = run("ask", "Who renews the Wolf Amendment?")
    assert (ran.code, ran.out) == (1, "")
    assert re.search(r"made with the embedding model minilm.+openai:two.+: space-policy doctor --reindex$", ran.err)
    ran = run("doctor", "--reindex")
    assert ran.code == 0
    assert "All vectors are made by openai:two now; they were by minilm" in ran.err
    ran = run("ask", "Who renews the Wolf Amendment?")  # the stub's vectors mean too little to answer by
    assert (ran.code, ran.err) == (0, "")
    assert "Example Wire, 2025-04-23" in ran.out
    with Library.open(replace(Settings.from_env(), home=home)):
        ran = run("doctor", "--reindex")
    assert (ran.code, ran.out) == (1, "")
    assert "writes to the library" in ran.err


def test_a_reader_of_an_older_library_says_what_to_do(run: Run, home: Path, folder: Path) -> None:
    connection = sqlite3.connect(home / "catalog.db")
    connection.executescript(
        "DROP TABLE corrections; DROP INDEX ix_passages_vector; UPDATE facts SET value = '1' WHERE name = 'schema'"
    )
    connection.close()
    ran = run("articles")
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert "space-policy ingest FOLDER" in ran.err
    assert run("ingest", folder).out == "2 unchanged\n"
    assert run("articles").code == 0
    assert (home / "catalog-schema-1.bak").exists()
