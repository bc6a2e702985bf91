"""One writer, many readers, as real processes: nothing is lost, doubled, half seen or answered wrongly.

SPACE_POLICY_TEST_SECONDS says how long they go on (default 8; the full run is 60).
"""

import json
import os
import re
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.pipeline import ingest
from rag.assistant import Assistant
from rag.library import Library
from rag.settings import CHECKOUT, Settings

SECONDS = float(os.environ.get("SPACE_POLICY_TEST_SECONDS", "8"))
# What each article says in its first and in its last paragraph, with the number of its edition; and how it is asked.
FACTS = {
    "aldebaran": ("The Aldebaran telescope carries 1000000 mirrors.", "How many mirrors does the telescope carry?"),
    "betelgeuse": ("Betelgeuse Harbour stores 1000000 fuel tanks.", "How many fuel tanks are stored in the harbour?"),
    "canopus": ("The Canopus school has trained 1000000 pilots.", "How many pilots has the school trained?"),
    "deneb": ("The Deneb museum shows 1000000 meteorites.", "How many meteorites does the museum show?"),
    "elnath": ("Elnath Airlines employs 1000000 cooks.", "How many cooks does the airline employ?"),
    "fomalhaut": ("The Fomalhaut farm grows 1000000 tomatoes in orbit.", "How many tomatoes does the farm grow?"),
    "hadar": ("The Hadar choir recorded 1000000 songs.", "How many songs did the choir record?"),
    "procyon": ("The Procyon bank insures 1000000 rockets.", "How many rockets does the bank insure?"),
}
EDITION = re.compile(r"\b1\d{6}\b")

COMMON = """
import json, random, re, sys, time
from dataclasses import replace
from pathlib import Path
from ingest.pipeline import ingest
from rag.assistant import Assistant
from rag.library import Library
from rag.settings import Settings
from ui.owner import Door
from ui.remote import ingest_remotely, write

home, folder, number = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
settings = replace(Settings.from_env(), home=home, embedding="minilm", model=None)
files = sorted(folder.glob("*.md"))
EDITION = re.compile(r"\\b1\\d{6}\\b")

def tell(**fact):
    print(json.dumps(fact), flush=True)

def begun():
    tell(ready=True)
    return json.loads(sys.stdin.readline())
"""
# Of all the files it changes its half, whole and at once, and takes the whole folder in.
WRITER = """
end, reported = begun()["end"], False
while time.time() < end or not reported:
    changed = random.sample(files[number::2], 2)
    for file in changed:
        text = file.read_text()
        new = file.with_name("." + file.name)
        new.write_text(EDITION.sub(str(int(EDITION.search(text)[0]) + 1), text))
        new.replace(file)
    report = write(
        settings,
        lambda library: ingest([folder], library),
        lambda home: ingest_remotely(home, [folder]),
    )
    tell(updated=len(report.updated), added=len(report.added) + len(report.copies), failed=len(report.failures))
    reported = True
"""
# One that stays open, and one that is opened for each question.
ASKER = """
told = begun()
end, questions, texts = told["end"], told["questions"], told["texts"]  # name -> question, text without its edition
seen = dict.fromkeys(texts, 1000000)
staying = Assistant.open(settings, writable=False) if number % 2 else None

def check(assistant, name):
    answer = assistant.answer(questions[name])
    if answer.abstained:
        return tell(problem="refused", name=name)
    first = answer.citations[0]
    article = assistant.library.article(first.article.id, first.article.version)
    editions = {int(edition) for edition in EDITION.findall(article.text)}
    if article.text[first.start:first.end] != first.quote or name not in first.quote.lower():
        return tell(problem="another quote", name=name, quote=first.quote)
    if len(editions) != 1 or EDITION.sub("#", article.text) != texts[name]:
        return tell(problem="half an article", name=name, editions=sorted(editions))
    if min(editions) < seen[name]:
        return tell(problem="an older edition than before", name=name, editions=sorted(editions), seen=seen[name])
    seen[name] = min(editions)
    tell(answered=name)

# On a busy machine the first that is written may come late.
while time.time() < end or (max(seen.values()) == 1000000 and time.time() < end + 40):
    time.sleep(0.05)  # two processors are not many
    name = random.choice(list(texts))
    if staying:
        check(staying, name)
    else:
        with Assistant.open(settings, writable=False) as assistant:
            check(assistant, name)
if staying:
    staying.close()
tell(newest=max(seen.values()))
"""
# Opens libraries that are not there yet; the first to come makes them.
OPENER = """
from rag.domain import Filters
writes = number == 0
for at in begun()["times"]:
    time.sleep(max(0.0, at + (0.01 if writes else random.random() * 0.03) - time.time()))
    with Library.open(replace(settings, home=home / str(at)), writable=writes) as library:
        assert not library.articles()
        assert not library.best_words("moon", 3, Filters())
"""
SERVER = """
with Assistant.open(settings, writable=True) as assistant, Door.open(assistant.library):
    assert assistant.library.wait_for_chroma(60)
    begun()
    sys.stdin.read()
"""


class Process:
    """A program, and the facts it tells."""

    def __init__(self, program: str, settings: Settings, folder: Path, number: int) -> None:
        command = [sys.executable, "-W", "error", "-c", COMMON + program, settings.home, folder, str(number)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def is_ready(self) -> bool:
        assert self._process.stdout
        return self._process.stdout.readline() == '{"ready": true}\n'

    def begin(self, **said: object) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{json.dumps(said)}\n")
        self._process.stdin.flush()

    def facts(self) -> list[dict[str, object]]:
        out, err = self._process.communicate(timeout=SECONDS + 60)
        assert (self._process.returncode, err) == (0, "")
        return [json.loads(line) for line in out.splitlines()]

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Real articles, each with the number of its edition in its first and in its last paragraph."""
    (tmp_path / "in").mkdir()
    sources = sorted((CHECKOUT / "corpus" / "articles").glob("*.md"))
    for (name, (fact, _)), source in zip(FACTS.items(), sources, strict=False):
        _, head, body = source.read_text().split("---\n", 2)
        (tmp_path / "in" / f"{name}.md").write_text(f"---\n{head}---\n{fact}\n\n{body.strip()}\n\n{fact}\n")
    return tmp_path / "in"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(Settings.from_env(), home=tmp_path / "home", embedding="minilm", model=None)


@pytest.mark.parametrize("served", [pytest.param(False, id="by turns"), pytest.param(True, id="by one that serves")])
def test_two_write_and_four_ask_at_once(settings: Settings, folder: Path, served: bool) -> None:
    with Library.open(settings) as library:
        ingest([folder], library)
        texts = {Path(article.source).stem: EDITION.sub("#", article.text) for article in library.articles()}
    assert sorted(texts) == sorted(FACTS)
    questions = {name: question for name, (_, question) in FACTS.items()}
    with ExitStack() as ends:

        def begun(program: str, count: int) -> list[Process]:
            processes = [Process(program, settings, folder, number) for number in range(count)]
            for process in processes:
                ends.callback(process.kill)
            assert all(process.is_ready() for process in processes)
            return processes

        servers = begun(SERVER, int(served))
        writers, askers = begun(WRITER, 2), begun(ASKER, 4)
        for process in (*servers, *writers, *askers):
            process.begin(end=time.time() + SECONDS, questions=questions, texts=texts)
        told = [asker.facts() for asker in askers]
        answers = [fact for facts in told for fact in facts]
        reports = [fact for writer in writers for fact in writer.facts()]
        assert [server.facts() for server in servers] == [[]] * served
    assert [fact for fact in answers if "problem" in fact] == []
    assert all(any("answered" in fact for fact in facts) for facts in told)
    assert max(int(str(fact.get("newest", 0))) for fact in answers) > 1000000  # they saw what was written meanwhile
    assert {(fact["added"], fact["failed"]) for fact in reports} == {(0, 0)}
    assert sum(int(str(fact["updated"])) for fact in reports) > len(reports)
    check_whole(settings, folder)


def check_whole(settings: Settings, folder: Path) -> None:
    """Each file is there once, in its last edition, and found; the owner has left nothing behind."""
    assert not (settings.home / "owner.json").exists()
    with Assistant.open(settings) as assistant:
        library = assistant.library
        articles = library.articles()
        assert sorted(article.source for article in articles) == sorted(map(str, folder.glob("*.md")))
        assert len(library.known()) == len(articles)
        assert library.count()[1] == sum(len(library.passages_of(article)) for article in articles)
        for article in articles:
            (edition,) = set(EDITION.findall(Path(article.source).read_text()))
            answer = assistant.answer(FACTS[Path(article.source).stem][1])
            assert edition in answer.citations[0].quote


def test_readers_may_come_at_the_moment_at_which_the_library_is_made(settings: Settings, folder: Path) -> None:
    with ExitStack() as ends:
        openers = [Process(OPENER, settings, folder, number) for number in range(4)]
        for opener in openers:
            ends.callback(opener.kill)
        assert all(opener.is_ready() for opener in openers)
        times = [time.time() + 0.5 + number * 0.1 for number in range(30)]
        for opener in openers:
            opener.begin(times=times)
        assert [opener.facts() for opener in openers] == [[]] * 4
