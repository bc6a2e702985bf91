"""The command line, through its own door: real files, a real library, real processes where it matters."""

import io
import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rag.library import Library
from rag.prompts import REFUSAL
from rag.settings import Settings
from ui.cli import EXAMPLES, main

COMMAND = str(Path(sys.executable).parent / "space-policy")
HEAVY = {"chromadb", "gradio", "langchain_core", "langchain_openai", "openai", "torch"}

WOLF = """---
title: What the Wolf Amendment forbids
outlet: Example Wire
published: 2025-04-23
---
The Wolf Amendment has prohibited NASA from bilateral cooperation with China since 2011. Congress renews it each year.

NASA may ask the FBI for a certificate that a meeting poses no risk to national security.
"""
STATION = """---
title: A station on the Moon by 2035
outlet: Lunar Times
published: 2024-11-20
---
China and Russia plan to finish the International Lunar Research Station by 2035. Seventeen countries have joined it.

The first modules are to land near the south pole of the Moon.
"""
DEBRIS = """---
title: Rules for spent rocket stages
---
Operators should remove spent rocket stages from orbit within five years. The rule replaces one of twenty-five years.
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
        if name.startswith("SPACE_POLICY_") and name not in ("SPACE_POLICY_CACHE", "SPACE_POLICY_TEST_DATA"):
            monkeypatch.delenv(name)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def ran(*arguments: str | Path) -> Ran:
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return ran


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("articles")
    for name, text in (("wolf.md", WOLF), ("station.md", STATION), ("debris.md", DEBRIS)):
        (folder / name).write_text(text)
    return folder


@pytest.fixture(scope="module")
def filled(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a library that no test changes."""
    home = tmp_path_factory.mktemp("filled")
    assert main(["ingest", "--home", str(home), str(folder)]) == 0
    return home


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def own(folder: Path, home: Path, run: Run) -> Path:
    """The home of a library that the test may change."""
    assert run("ingest", "--home", home, folder).code == 0
    return home


def typed(monkeypatch: pytest.MonkeyPatch, data: bytes, *, terminal: bool = False) -> None:
    class Input(io.TextIOWrapper):
        def isatty(self) -> bool:
            return terminal

    monkeypatch.setattr(sys, "stdin", Input(io.BytesIO(data), encoding="utf-8"))


def one_line(text: str) -> str:
    assert text.endswith("\n"), text
    assert text.count("\n") == 1, text
    return text.rstrip("\n")


def ids(run: Run, home: Path) -> dict[str, str]:
    return {card["title"]: card["id"] for card in run("articles", "--home", home, "--json").json}


# What can be typed


BELOW_ARTICLES = ("show", "history", "diff", "set", "restore")


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name not in BELOW_ARTICLES], ids=lambda n: n or "itself")
def test_each_command_explains_itself_with_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([*filter(None, [name]), "--help"])
    out = capsys.readouterr().out
    assert stopped.value.code == 0
    assert f"example:\n  space-policy {name}" in out
    assert "--home DIR" in out


def test_help_needs_nothing_of_the_program_but_its_words() -> None:
    program = (
        "import sys, ui.cli; print(*(name for name in sys.modules if name.split('.')[0] in ('rag', 'ingest', 'ui')))"
    )
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert set(out.split()) == {"rag", "rag.errors", "ui", "ui.cli"}


def test_the_version_is_told() -> None:
    out = subprocess.run([COMMAND, "--version"], capture_output=True, text=True, check=True).stdout
    assert re.fullmatch(r"space-policy \d+\.\d+\.\d+\n", out)


def test_no_command_shows_what_there_is(run: Run) -> None:
    ran = run()
    assert (ran.code, ran.out) == (2, "")
    assert "ingest" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["ask"], id="no question"),
        pytest.param(["ask", "Who?", "--since", "yesterday"], id="a day that is none"),
        pytest.param(["articles", "--home", ""], id="a home without a name"),
        pytest.param(["serve", "--port", "99999"], id="a port that is none"),
        pytest.param(["dance"], id="an unknown command"),
    ],
)
def test_wrong_usage_ends_with_2(arguments: Sequence[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "error:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["ask", " "], "The question is empty", id="a blank question"),
        pytest.param(
            ["ask", "Who?", "--since", "2025-02-01", "--until", "2025-01-01"], "is after --until", id="no day at all"
        ),
        pytest.param(["serve", "--host", "0.0.0.0"], "--no-auth", id="a page for all, without a password"),  # noqa: S104
    ],
)
def test_what_cannot_be_meant_is_one_line_and_2(run: Run, home: Path, arguments: Sequence[str], says: str) -> None:
    ran = run(*arguments, "--home", home)
    assert (ran.code, ran.out) == (2, "")
    assert says in one_line(ran.err)
    assert not home.exists()


def test_home_counts_before_and_after_the_command(run: Run, filled: Path) -> None:
    assert run("--home", filled, "articles").out == run("articles", "--home", filled).out != ""


# ask


def test_an_answer_comes_with_numbered_sources_and_their_words(run: Run, filled: Path) -> None:
    ran = run("ask", "--home", filled, "Since when has the Wolf Amendment prohibited", "cooperation with China?")
    assert (ran.code, ran.err) == (0, "")
    text, _, sources = ran.out.partition("\n\n")
    assert "since 2011" in text
    assert text.endswith("[1]") or "[1]" in text
    assert sources.startswith("[1] Example Wire, 2025-04-23 — What the Wolf Amendment forbids (")
    assert "\n    “The Wolf Amendment has prohibited NASA" in sources


def test_the_json_of_an_answer_quotes_the_article_exactly(run: Run, filled: Path) -> None:
    answer = run("ask", "--home", filled, "By when is the lunar research station to be finished?", "--json").json
    (first, *_) = answer["citations"]
    article = run("articles", "show", first["article"]["id"], "--home", filled, "--json").json
    assert "2035" in first["quote"]
    assert article["text"][first["start"] : first["end"]] == first["quote"]
    assert answer["filters"] == {"outlets": [], "since": None, "until": None, "articles": []}


def test_a_question_can_come_from_standard_input(run: Run, filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, b"By when is the station on the Moon planned?\n")
    assert "2035" in run("ask", "--home", filled, "-").out


def test_filters_narrow_an_answer_and_a_notice_counts_the_undated(run: Run, filled: Path) -> None:
    question = ("ask", "--home", filled, "--json", "By when is the station on the Moon planned?")
    answer = run(*question, "--since", "2025-01-01").json
    assert {hit["article"]["outlet"] for hit in answer["hits"]} == {"Example Wire"}
    assert answer["notices"] == ["1 article without a date was left out by the date filter."]
    answer = run(*question, "--outlet", "Lunar Times", "--outlet", "Nobody").json
    assert {hit["article"]["outlet"] for hit in answer["hits"]} == {"Lunar Times"}


def test_copies_of_a_source_are_counted_under_it(run: Run, own: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.md").write_text(STATION)
    assert run("ingest", "--home", own, tmp_path / "copy.md").out.startswith("1 copy\n")
    out = run("ask", "--home", own, "By when is the station on the Moon planned?").out
    assert "    also here in 1 copy\n" in out


def test_a_refusal_names_the_nearest_and_is_no_failure(run: Run, filled: Path) -> None:
    ran = run("ask", "--home", filled, "What is the boiling point of iron?")
    assert ran.code == 0
    assert ran.out.startswith(f"{REFUSAL}\n\nNearest:\n  ")
    assert "Lunar Times, 2024-11-20 — A station on the Moon by 2035 (" in ran.out


def test_a_filter_that_nothing_passes_is_said(run: Run, filled: Path) -> None:
    ran = run("ask", "--home", filled, "When?", "--outlet", "Nobody")
    assert (ran.code, ran.err) == (0, "")
    assert "No article passes the filters." in ran.out


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "corpus" / "articles").mkdir(parents=True)
    (tmp_path / "corpus" / "articles" / "wolf.md").write_text(WOLF)
    monkeypatch.setenv("SPACE_POLICY_CORPUS", str(tmp_path / "corpus"))
    return tmp_path / "corpus"


@pytest.mark.usefixtures("corpus")
def test_an_empty_library_is_filled_from_the_starter_collection_first(run: Run, home: Path) -> None:
    ran = run("ask", "--home", home, "What does the Wolf Amendment prohibit?")
    assert ran.code == 0
    assert "Wolf Amendment" in ran.out
    assert ran.err.splitlines() == [f"The library {home} is empty: the starter collection is taken in.", "1 added."]
    assert run("ask", "--home", home, "What does the Wolf Amendment prohibit?").err == ""


@pytest.mark.usefixtures("corpus")
def test_without_a_starter_an_empty_library_is_one_line(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPACE_POLICY_STARTER", "0")
    ran = run("ask", "--home", home, "What does the Wolf Amendment prohibit?")
    assert (ran.code, ran.out) == (1, "")
    expected = "space-policy: The library holds no articles. Add some with: space-policy ingest FOLDER"
    assert one_line(ran.err) == expected


def test_ask_takes_no_lock_and_imports_nothing_heavy(filled: Path) -> None:
    program = "import sys; from ui.cli import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    question = ["ask", "--home", str(filled), "By when is the station on the Moon planned?"]
    with Library.open(Settings.from_env({"SPACE_POLICY_HOME": str(filled)})):  # this process owns it
        ran = subprocess.run([sys.executable, "-c", program, *question], capture_output=True, text=True, check=True)
    assert "2035" in ran.stdout
    assert HEAVY & set(ran.stderr.split()) == set()


# ingest


def test_a_bad_file_is_one_line_and_the_rest_goes_in(run: Run, home: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "good.md").write_text(STATION)
    (tmp_path / "in" / "empty.txt").write_text("")
    (tmp_path / "in" / "picture.txt").write_bytes(bytes(range(256)) * 9)
    (tmp_path / "in" / "table.xlsx").write_bytes(b"PK")
    ran = run("ingest", "--home", home, tmp_path / "in", tmp_path / "gone.txt")
    assert (ran.code, ran.err) == (0, "")
    first, added, *failures, notice = ran.out.splitlines()
    assert first == "1 added, 3 failed"
    assert re.fullmatch(r"  added    [0-9a-f]{12}  Lunar Times, 2024-11-20 — A station on the Moon by 2035", added)
    assert [line.partition(": ")[0] for line in failures] == [
        str(tmp_path / name) for name in ("in/empty.txt", "in/picture.txt", "gone.txt")
    ]
    assert all(line.count(". ") == 1 and line.endswith(".") for line in failures), failures
    assert "1 .xlsx" in notice
    assert run("ingest", "--home", home, tmp_path / "in").out.startswith("1 unchanged, 2 failed\n")


def test_when_all_fail_nothing_is_done(run: Run, home: Path, tmp_path: Path) -> None:
    ran = run("ingest", "--home", home, tmp_path / "gone.txt", "--json")
    assert ran.code == 1
    assert [failure["source"] for failure in ran.json["failures"]] == [str(tmp_path / "gone.txt")]
    assert ran.err == ""


def test_a_folder_without_documents_is_said(run: Run, home: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    ran = run("ingest", "--home", home, tmp_path / "in")
    assert (ran.code, ran.out) == (1, "No documents were found there.\n")


def test_a_pasted_page_is_kept_and_taken_in(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (
        "Treaty signed\n\nThirty states signed the treaty on space debris on Monday. “It binds us,” said the chair.\n"
    )
    typed(monkeypatch, page.encode())
    assert run("ingest", "--home", home, "-").out.startswith("1 added\n")
    (kept,) = (home / "inbox").iterdir()
    assert kept.read_text() == page
    assert run("ingest", "--home", home, kept).out == "1 unchanged\n"


def test_blank_standard_input_is_one_line(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, b"\n \n")
    ran = run("ingest", "--home", home, "-")
    assert ran.code == 1
    assert "Nothing came on standard input" in one_line(ran.err)


def test_prune_removes_what_is_gone_from_the_folder(run: Run, home: Path, tmp_path: Path) -> None:
    for name, text in (("a.md", WOLF), ("b.md", STATION)):
        (tmp_path / "in" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "in" / name).write_text(text)
    run("ingest", "--home", home, tmp_path / "in")
    (tmp_path / "in" / "a.md").unlink()
    out = run("ingest", "--home", home, tmp_path / "in", "--prune").out
    assert out.startswith("1 unchanged, 1 removed\n  removed  ")
    assert list(ids(run, home)) == ["A station on the Moon by 2035"]


def test_what_another_process_owns_is_left_alone(run: Run, home: Path, folder: Path) -> None:
    with Library.open(Settings.from_env({"SPACE_POLICY_HOME": str(home)})):
        ran = subprocess.run([COMMAND, "ingest", "--home", home, folder], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert f"Process {os.getpid()}" in one_line(ran.stderr)


def test_a_terminal_sees_how_far_it_is(home: Path, folder: Path) -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    command = subprocess.Popen(
        [COMMAND, "ingest", "--home", home, folder], stdout=theirs, stderr=theirs, env=environment
    )
    os.close(theirs)
    seen = b""
    with suppress(OSError):  # the other end is closed
        while part := os.read(ours, 4096):
            seen += part
    os.close(ours)
    assert command.wait(60) == 0
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", seen.decode())
    assert "3/3 documents" in text
    assert "3 added" in text


# articles and remove


def test_articles_are_listed_newest_first(run: Run, filled: Path) -> None:
    ran = run("articles", "--home", filled)
    head, *lines = ran.out.splitlines()
    assert head.split() == ["ID", "DATE", "OUTLET", "TITLE"]
    assert [re.split(r"\s{2,}", line)[1:] for line in lines] == [
        ["2025-04-23", "Example Wire", "What the Wolf Amendment forbids"],
        ["2024-11-20", "Lunar Times", "A station on the Moon by 2035"],
        ["undated", "-", "Rules for spent rocket stages"],
    ]


def test_articles_are_filtered_as_questions_are(run: Run, filled: Path) -> None:
    found = run("articles", "--home", filled, "--until", "2024-12-31", "--json").json
    assert [card["title"] for card in found] == ["A station on the Moon by 2035"]
    ran = run("articles", "--home", filled, "--outlet", "Nobody")
    assert (ran.code, ran.out, ran.err) == (0, "", "No article passes the filters.\n")


def test_one_article_is_shown_whole(run: Run, filled: Path) -> None:
    ran = run("articles", "show", ids(run, filled)["What the Wolf Amendment forbids"], "--home", filled)
    assert ran.out.startswith("What the Wolf Amendment forbids\n\nid:        ")
    assert re.search(r"^published: 2025-04-23  \(from .+\)$", ran.out, re.M)
    assert re.search(r"^author:    -$", ran.out, re.M)
    assert ran.out.endswith(
        "NASA may ask the FBI for a certificate that a meeting poses no risk to national security.\n"
    )


def test_an_earlier_version_can_be_shown(run: Run, home: Path, tmp_path: Path) -> None:
    (tmp_path / "news.md").write_text(STATION)
    run("ingest", "--home", home, tmp_path / "news.md")
    (tmp_path / "news.md").write_text(STATION.replace("Seventeen", "Eighteen"))
    assert run("ingest", "--home", home, tmp_path / "news.md").out.startswith("1 updated\n")
    (article,) = ids(run, home).values()
    assert "Seventeen" in run("articles", "show", article, "--version", "1", "--home", home).out
    assert "Eighteen" in run("articles", "show", article, "--home", home).out


@pytest.mark.parametrize("arguments", [["articles", "show"], ["remove", "--yes"]], ids=["show", "remove"])
def test_an_unknown_id_is_one_line(run: Run, filled: Path, arguments: Sequence[str]) -> None:
    ran = run(*arguments, "nosuchid", "--home", filled)
    assert (ran.code, ran.out) == (1, "")
    assert "nosuchid" in one_line(ran.err)


def test_an_empty_library_has_nothing_to_list(run: Run, home: Path) -> None:
    ran = run("articles", "--home", home)
    assert (ran.code, ran.out) == (1, "")
    assert "space-policy ingest FOLDER" in one_line(ran.err)


def test_remove_takes_all_of_those_named_or_none(run: Run, own: Path) -> None:
    wolf = ids(run, own)["What the Wolf Amendment forbids"]
    assert run("remove", "--home", own, "--yes", wolf, "nosuchid").code == 1
    assert wolf in ids(run, own).values()
    ran = run("remove", "--home", own, "--yes", wolf)
    label = "Example Wire, 2025-04-23 — What the Wolf Amendment forbids"
    assert (ran.code, ran.out) == (0, f"removed {wolf}  {label}\n")
    assert wolf not in ids(run, own).values()


@pytest.mark.parametrize(("said", "left"), [("n", 3), ("", 3), ("y", 2)], ids=["no", "silence", "yes"])
def test_a_terminal_is_asked_before_anything_is_removed(
    run: Run, own: Path, monkeypatch: pytest.MonkeyPatch, said: str, left: int
) -> None:
    article = next(iter(ids(run, own).values()))
    typed(monkeypatch, f"{said}\n".encode(), terminal=True)
    ran = run("remove", "--home", own, article)
    assert ran.code == (0 if left == 2 else 1)
    assert "Remove this article? [y/N]" in ran.err
    assert len(ids(run, own)) == left


# extract


def test_extract_prints_a_line_for_each_file_in_order(run: Run, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("")
    paths = [folder / "station.md", tmp_path / "empty.txt", tmp_path / "gone.html", tmp_path, folder / "wolf.md"]
    ran = run("extract", *paths)
    lines = [json.loads(line) for line in ran.out.splitlines()]
    assert (ran.code, ran.err) == (0, "")
    assert [line["path"] for line in lines] == [str(path) for path in paths]
    assert [bool(line["text"]) for line in lines] == [True, False, False, False, True]
    assert ["error" in line for line in lines] == [False, True, True, True, False]
    assert list(lines[0]) == ["path", "title", "outlet", "author", "published", "text", "found"]
    assert lines[0]["title"] == "A station on the Moon by 2035"
    assert (lines[0]["outlet"], lines[0]["author"], lines[0]["published"]) == ("Lunar Times", None, "2024-11-20")
    assert lines[1]["text"] == ""
    assert lines[1]["error"].count(". ") == 1


def test_extract_fails_when_every_file_does_and_accepts_json(run: Run, tmp_path: Path) -> None:
    ran = run("extract", "--json", tmp_path / "gone.txt")
    assert ran.code == 1
    assert ran.json["text"] == ""


def test_extract_reads_a_pasted_page(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, b"Treaty signed\n\nThirty states signed the treaty on space debris on Monday.\n")
    line = run("extract", "-").json
    assert line["path"] == "-"
    assert "Thirty states" in line["text"]


def test_extract_needs_neither_library_nor_embedding(folder: Path, home: Path) -> None:
    program = "import sys; from ui.cli import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    command = [sys.executable, "-c", program, "extract", "--home", str(home), str(folder / "wolf.md")]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout)["title"] == "What the Wolf Amendment forbids"
    assert ({*HEAVY, "sqlalchemy", "onnxruntime", "tokenizers"}) & set(ran.stderr.split()) == set()
    assert not home.exists()


# doctor


def test_doctor_finds_nothing_wrong_with_a_good_library(run: Run, filled: Path) -> None:
    ran = run("doctor", "--home", filled)
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert [re.split(r"\s+", line.partition(":")[0], maxsplit=1) for line in lines] == [
        ["ok", name]
        for name in (
            *("python", "settings", "embedding", "chat model", "owner"),
            *("library", "passages", "words", "meanings", "search"),
        )
    ]
    assert str(filled) in lines[1]
    assert "int8" in lines[2] or "fp32" in lines[2]
    assert "3 articles" in lines[5]


def test_doctor_never_shows_a_key(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("SPACE_POLICY_MODEL", "openai:some-model")
    monkeypatch.setenv("SPACE_POLICY_MODEL_URL", "http://me:password@127.0.0.1:9/v1")
    ran = run("doctor", "--home", home)
    assert "openai:some-model at 127.0.0.1:9, a key is set" in ran.out
    assert "secret" not in ran.out + ran.err
    assert "password" not in ran.out + ran.err


def test_doctor_sees_a_lost_index_and_says_what_to_do(run: Run, own: Path) -> None:
    for path in sorted((own / "indexes").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    ran = run("doctor", "--home", own, "--json")
    assert ran.code == 1
    (problem,) = [finding for finding in ran.json if not finding["ok"]]
    assert problem["name"] == "words"
    assert "space-policy doctor --repair" in problem["says"]
    ran = run("doctor", "--home", own, "--repair")
    assert (ran.code, ran.err) == (0, "The word index is made anew from the catalog.\n")


def test_doctor_repairs_nothing_that_another_process_owns(run: Run, own: Path) -> None:
    with Library.open(Settings.from_env({"SPACE_POLICY_HOME": str(own)})):
        ran = run("doctor", "--home", own, "--repair")
    assert (ran.code, ran.out) == (1, "")
    assert f"Process {os.getpid()}" in one_line(ran.err)


def test_doctor_says_which_setting_is_wrong(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPACE_POLICY_HITS", "many")
    ran = run("doctor", "--home", home)
    assert ran.code == 1
    assert "problem  settings: SPACE_POLICY_HITS is 'many'" in ran.out


def test_doctor_says_who_owns_the_library(run: Run, own: Path) -> None:
    with Library.open(Settings.from_env({"SPACE_POLICY_HOME": str(own)})):
        assert f"process {os.getpid()}, started" in run("doctor", "--home", own).out
    assert "no process writes to the library\n" in run("doctor", "--home", own).out


# What goes wrong


def test_a_home_that_is_a_file_is_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = run("articles", "--home", tmp_path / "file")
    assert (ran.code, ran.out) == (1, "")
    assert one_line(ran.err).startswith("space-policy: ")


def test_a_wrong_setting_is_one_line(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPACE_POLICY_HITS", "0")
    ran = run("ask", "Who?", "--home", home)
    assert ran.code == 1
    assert one_line(ran.err) == "space-policy: SPACE_POLICY_HITS is '0'; allowed: a whole number from 1 to 50."


def test_documents_cannot_steer_the_terminal(run: Run, home: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.md").write_text(f"---\ntitle: A \\x1b]0;title\n---\n{STATION.split('---')[2]}\x1b[31mred\u202e\n")
    run("ingest", "--home", home, tmp_path / "bad.md")
    (article,) = ids(run, home).values()
    out = run("articles", "show", article, "--home", home).out + run("articles", "--home", home).out
    assert not re.search(r"[\x1b\u202e]", out)


def test_a_broken_pipe_is_quiet(filled: Path) -> None:
    command = subprocess.Popen([COMMAND, "articles", "--home", filled], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert command.stdout
    command.stdout.close()
    _, err = command.communicate(timeout=60)
    assert (command.returncode, err) == (141, b"")


@pytest.fixture
def waiting(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """An ingest that owns its library and waits for standard input."""
    command = subprocess.Popen(
        [COMMAND, "ingest", "--home", home, "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A suite that was started in the background would hand on that Ctrl-C is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        until(lambda: command.poll() is not None or ((home / "indexes").exists() and (home / "owner.json").exists()))
        time.sleep(0.5)  # from the library to the read
        yield command
    finally:
        command.kill()
        command.communicate()


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("number", "code"),
    [pytest.param(signal.SIGINT, 130, id="Ctrl-C"), pytest.param(signal.SIGTERM, 143, id="SIGTERM")],
)
def test_what_is_stopped_closes_the_library_quietly(
    waiting: "subprocess.Popen[bytes]", home: Path, number: signal.Signals, code: int
) -> None:
    waiting.send_signal(number)
    out, err = waiting.communicate(timeout=60)
    assert (waiting.returncode, out, err) == (code, b"", b"")
    assert not (home / "owner.json").exists()


# serve


def test_serve_says_where_answers_and_closes_the_library_on_sigterm(filled: Path) -> None:
    command = [COMMAND, "serve", "--home", filled, "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert server.stdout
        said = server.stdout.readline()
        address = re.fullmatch(r"Space Policy Chat is at (http://127\.0\.0\.1:\d+) \(Ctrl-C stops it\)\n", said)
        assert address, said
        with urllib.request.urlopen(f"{address[1]}/health", timeout=30) as answer:  # noqa: S310 - our own server
            assert answer.status == 200
        assert (filled / "owner.json").exists()
        server.terminate()
        out, err = server.communicate(timeout=60)
        assert (server.returncode, out, err) == (0, "", "")
        assert not (filled / "owner.json").exists()
    finally:
        server.kill()
        server.communicate()


def test_a_port_that_is_taken_is_one_line(run: Run, home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = run("serve", "--home", home, "--port", str(port))
    assert (ran.code, ran.out) == (1, "")
    assert str(port) in one_line(ran.err)
    assert not home.exists()


def test_questions_with_known_answers_are_asked_over_exactly_the_documents_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "moon.txt").write_text("The base\n\nThe base on the Moon is planned by 2035, its builders said.\n")
    rows = [
        {"question": "By when is the base on the Moon planned?", "answerable": True, "sources": ["moon"]}
        | {"evidence": ["planned by 2035"], "must_match": ["2035"]},
        {"question": "What is the boiling point of iron?", "answerable": False},
    ]
    (tmp_path / "questions.jsonl").write_text("\n".join(map(json.dumps, rows)))
    page = tmp_path / "report.html"
    ran = run("eval", tmp_path / "questions.jsonl", "--over", tmp_path / "moon.txt", "--html", page, "--json")
    assert ran.code == 0
    figures = json.loads(ran.out)["figures"]
    assert next(value for name, value in figures.items() if "answerable" in name) == 1.0
    assert page.read_text().startswith("<!doctype html>")
    assert run("eval", tmp_path / "none.jsonl", "--over", tmp_path / "moon.txt").code == 1
