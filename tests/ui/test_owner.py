"""Work handed to the process that owns a library: real sockets; real processes where one is killed or hangs."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ingest.pipeline import Progress, ingest
from rag.backup import export_library
from rag.corrections import Fields
from rag.domain import ArticleCard, Report, report_from_json, to_json
from rag.errors import (
    BackupDamaged,
    LibraryError,
    LibraryOwned,
    LibraryReadOnly,
    ModelMissing,
    SpacePolicyError,
    UnknownArticle,
)
from rag.library import Library
from rag.ownership import owner, token
from rag.settings import Settings
from ui.cli import main
from ui.owner import MOST, Door, at_work
from ui.remote import (
    NotBegun,
    correct_remotely,
    fill_remotely,
    import_remotely,
    ingest_remotely,
    remove_remotely,
    restore_remotely,
    write,
)
from ui.works import Tell, Work

MOON = "The base on the Moon\n\nThe base on the Moon is planned by 2035. Seventeen countries have joined the project.\n"
RULE = (
    "---\ntitle: Five years\noutlet: The Daily Orbit\npublished: 2024-09-29\n---\n"
    "Satellites must leave orbit in five years.\n"
)
OWNER = """
import sys, time
from dataclasses import replace
from pathlib import Path
from rag.domain import Report
from rag.library import Library
from rag.settings import Settings
from ui.owner import Door
def work(library, tell):
    print("begun", flush=True)
    time.sleep(60)
    return Report()
with Library.open(replace(Settings.from_env(), home=Path(sys.argv[1]))) as library:
    with Door.open(library, {"/ingest": lambda asked: work}):
        print("open", flush=True)
        time.sleep(60)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(Settings.from_env(), home=tmp_path / "home", embedding="minilm", starter=True)


@pytest.fixture
def library(settings: Settings) -> Iterator[Library]:
    with Library.open(settings) as library:
        yield library


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "moon.txt").write_text(MOON)
    (tmp_path / "in" / "rule.md").write_text(RULE)
    return tmp_path / "in"


@pytest.fixture
def door(library: Library) -> Iterator[Door]:
    with Door.open(library) as door:
        yield door


def doing(work: Work) -> Mapping[str, Callable[[Mapping[str, object]], Work]]:
    return {"/ingest": lambda asked: work}


class Called(threading.Thread):
    """A remote ingest in a thread, and what came of it."""

    def __init__(self, home: Path, **options: object) -> None:
        super().__init__()
        self.home, self.options = home, options
        self.report: Report | None = None
        self.error: SpacePolicyError | None = None
        self.start()

    def run(self) -> None:
        try:
            self.report = ingest_remotely(self.home, [], **self.options)  # type: ignore[arg-type]
        except SpacePolicyError as error:
            self.error = error


def until(true: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


# What comes of it


def test_the_report_and_the_progress_are_those_of_an_ingest_here(door: Door, settings: Settings, folder: Path) -> None:
    (folder / "empty.txt").touch()
    (folder / "lune.md").write_text("---\nlanguage: fr\n---\n# La Lune\n\nLa base lunaire est prévue pour 2035.\n")
    here: list[Progress] = []
    there: list[Progress] = []
    with Library.open(replace(settings, home=settings.home.with_name("other"))) as other:
        expected = ingest([folder], other, progress=here.append)
    assert ingest_remotely(settings.home, [folder], progress=there.append) == expected
    assert there == here
    assert (len(expected.added), len(expected.failures), len(expected.notices)) == (3, 1, 1)


def test_what_is_gone_is_removed_and_more_than_half_only_when_that_is_said(
    door: Door, library: Library, folder: Path
) -> None:
    (folder / "third.txt").write_text(f"A third article\n\nOf the Moon it says nothing. {'It is about rain. ' * 9}\n")
    home = library.settings.home
    assert len(ingest_remotely(home, [folder]).added) == 3
    (folder / "moon.txt").unlink()
    assert len(ingest_remotely(home, [folder], True).removed) == 1
    (folder / "rule.md").unlink()
    (folder / "third.txt").unlink()
    assert ingest_remotely(home, [folder], True).removed == ()
    assert len(ingest_remotely(home, [folder], True, prune_all=True).removed) == 2


def test_paths_are_those_of_the_one_who_sends_them(
    door: Door, library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    (card,) = ingest_remotely(library.settings.home, ["moon.txt"]).added
    assert library.article(card.id).source == str(folder / "moon.txt")


def test_articles_are_removed_all_or_none_and_restored(door: Door, library: Library, folder: Path) -> None:
    first, second = ingest([folder], library).added
    with pytest.raises(UnknownArticle, match="no article nosuchid"):
        remove_remotely(library.settings.home, [first.id, "nosuchid"])
    assert remove_remotely(library.settings.home, [first.id]) == (first,)
    assert list(library.cards()) == [second.id]
    assert restore_remotely(library.settings.home, [first.id]) == (first,)
    assert set(library.cards()) == {first.id, second.id}


def test_an_article_is_corrected_and_given_back_what_its_document_says(
    door: Door, library: Library, folder: Path
) -> None:
    card, _ = sorted(ingest([folder], library).added, key=lambda card: card.published is None)
    home = library.settings.home
    fields: Fields = {"published": date(2025, 4, 23), "outlet": None}
    corrected = correct_remotely(home, card.id, fields)
    assert corrected == replace(card, version=2, published=date(2025, 4, 23), outlet=None)
    assert library.article(card.id).card == corrected
    assert correct_remotely(home, card.id, None) == replace(card, version=3)
    assert correct_remotely(home, card.id, None) is None
    with pytest.raises(UnknownArticle, match="no article nosuchid"):
        correct_remotely(home, "nosuchid", fields)
    with pytest.raises(LibraryError, match="needs a title"):
        correct_remotely(home, card.id, {"title": " "})


def test_a_backup_is_taken_in(door: Door, library: Library, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "backup.jsonl.gz"
    with Library.open(replace(library.settings, home=tmp_path / "other")) as other:
        added = ingest([folder], other).added
        export_library(other, file)
    told: list[Progress] = []
    assert set(import_remotely(library.settings.home, file, told.append).added) == set(added)
    assert told[-1] == Progress(2, 2, 0, str(file))
    assert len(import_remotely(library.settings.home, file).unchanged) == 2
    file.write_bytes(b"nothing")
    with pytest.raises(BackupDamaged, match="Nothing was imported"):
        import_remotely(library.settings.home, file)


def test_set_restore_and_import_print_the_same_whoever_owns_the_library(
    settings: Settings, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "backup.jsonl.gz"

    def said(home: Path) -> list[str]:
        with Library.open(settings, writable=False) as library:
            article_id = sorted(library.cards())[0]
        typed = (
            ["articles", "set", article_id, "--published", "2025-04-23"],
            ["articles", "set", article_id, "--reset"],
            ["articles", "set", article_id, "--reset"],
            ["remove", article_id, "--yes"],
            ["articles", "restore", article_id],
            ["import", str(file)],
            ["import", str(tmp_path / "none.gz")],
        )
        capsys.readouterr()
        return [f"{main([*words, '--home', str(home)])} {capsys.readouterr()}" for words in typed]

    with Library.open(settings) as library:
        ingest([folder], library)
        export_library(library, file)
    shutil.copytree(settings.home, tmp_path / "other")
    here = said(tmp_path / "other")
    with Library.open(settings) as library, Door.open(library):
        there = said(settings.home)
    assert there == here


def test_an_empty_library_is_filled_once(settings: Settings, folder: Path) -> None:
    with Library.open(replace(settings, corpus=folder)) as library, Door.open(library):
        report = fill_remotely(settings.home)
        assert report
        assert len(report.added) == 2
        assert fill_remotely(settings.home) is None


def test_a_report_is_the_same_after_its_journey() -> None:
    card = ArticleCard("a", 1, "Title “quoted”", None, None, None, "https://example.org/")
    report = Report(added=(card,), copies=(card, replace(card, outlet="Wire")), notices=("One.",))
    assert report_from_json(json.loads(json.dumps(to_json(report)))) == report


@pytest.mark.parametrize(
    ("raised", "kind", "says"),
    [
        pytest.param(ModelMissing("Install it."), ModelMissing, "Install it.", id="an error of ours keeps its class"),
        pytest.param(OSError(28, "No space left"), LibraryError, "No space left", id="one of the system becomes ours"),
    ],
)
def test_errors_travel(library: Library, raised: Exception, kind: type[Exception], says: str) -> None:
    def work(library: Library, tell: Tell) -> object:
        raise raised

    with Door.open(library, doing(work)), pytest.raises(kind, match=says) as caught:
        ingest_remotely(library.settings.home, [])
    assert type(caught.value) is kind


def test_a_fault_of_the_owner_is_told_and_it_goes_on(library: Library, caplog: pytest.LogCaptureFixture) -> None:
    def work(library: Library, tell: Tell) -> object:
        raise ZeroDivisionError("by zero")

    with Door.open(library, doing(work)):
        for _ in range(2):
            with pytest.raises(LibraryError, match=r"has failed \(ZeroDivisionError: by zero\)"):
                ingest_remotely(library.settings.home, [])
    assert "Work that another process sent has failed." in caplog.text


def test_works_come_one_after_the_other(library: Library) -> None:
    at_once: list[int] = []
    now = 0

    def work(library: Library, tell: Tell) -> object:
        nonlocal now
        now += 1
        at_once.append(now)
        time.sleep(0.05)
        now -= 1
        return Report()

    with Door.open(library, doing(work)):
        calls = [Called(library.settings.home) for _ in range(5)]
        for call in calls:
            call.join()
    assert [call.report for call in calls] == [Report()] * 5
    assert at_once == [1] * 5


def test_two_who_send_the_same_folder_make_no_duplicates(door: Door, library: Library, folder: Path) -> None:
    reports: list[Report] = []
    threads = [
        threading.Thread(target=lambda: reports.append(ingest_remotely(library.settings.home, [folder])))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(report.added) for report in reports) == [0, 0, 0, 2]
    assert len(library.articles()) == 2


# Who is let in


def asked(library: Library, **changed: str | None) -> int:
    """The status of a request that is right but for what is changed."""
    who, key = owner(library.settings.home), token(library.settings.home)
    assert who
    assert who.address
    address = who.address.removeprefix("http://")
    request: dict[str, str | None] = {
        "method": "POST",
        "path": "/remove",
        "body": '{"ids": []}',
        "Host": address,
        "Authorization": f"Bearer {key}",
        "Content-Type": "application/json",
        **changed,
    }
    body = (request["body"] or "").encode()
    headers = {name: value for name, value in request.items() if name[0].isupper() and value is not None}
    headers.setdefault("Content-Length", str(len(body)))
    connection = http.client.HTTPConnection(address, timeout=20)
    connection.putrequest(request["method"] or "", request["path"] or "", skip_host=True, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        pytest.param({}, 200, id="all is right"),
        pytest.param({"Authorization": None}, 401, id="no token"),
        pytest.param({"Authorization": "Bearer x"}, 401, id="another token"),
        pytest.param({"Authorization": "Bearer \xe9"}, 401, id="a token that is no ASCII"),
        pytest.param({"Host": None}, 403, id="no host"),
        pytest.param({"Host": "evil.example:80"}, 403, id="the name of a page, pointed here"),
        pytest.param({"Host": "127.0.0.1"}, 403, id="another port"),
        pytest.param({"Origin": "null"}, 403, id="from a web page"),
        pytest.param({"Content-Type": "text/plain"}, 415, id="what a form can send"),
        pytest.param({"Content-Length": str(MOST + 1), "body": ""}, 413, id="too long"),
        pytest.param({"Content-Length": "9" * 5000, "body": ""}, 413, id="absurdly long"),
        pytest.param({"Content-Length": "\xb2", "body": ""}, 413, id="a length that is no number"),
        pytest.param({"path": "/"}, 404, id="no such work"),
        pytest.param({"method": "GET"}, 501, id="GET"),
        pytest.param({"method": "OPTIONS"}, 501, id="OPTIONS"),
        pytest.param({"body": "{"}, 400, id="half of JSON"),
        pytest.param({"body": "[]"}, 400, id="not an object"),
        pytest.param({"body": '{"ids": "all"}'}, 400, id="not a list"),
        pytest.param({"path": "/ingest", "body": '{"sources": ["moon.txt"]}'}, 400, id="a path from nowhere"),
    ],
)
def test_only_who_has_the_token_is_served(
    door: Door, library: Library, changed: Mapping[str, str | None], status: int
) -> None:
    assert asked(library, **changed) == status


def test_the_door_is_on_the_loopback_alone(door: Door, library: Library) -> None:
    who = owner(library.settings.home)
    assert who
    assert (who.address or "").startswith("http://127.0.0.1:")


def test_a_library_that_is_only_read_has_no_door(library: Library) -> None:
    with Library.open(library.settings, writable=False) as reader, pytest.raises(LibraryReadOnly):
        Door.open(reader)


# Who does not answer


def one_line(error: BaseException) -> str:
    assert "\n" not in str(error)
    return str(error)


def test_an_owner_without_a_door_is_one_line(library: Library) -> None:
    with pytest.raises(LibraryOwned) as caught:
        write(library.settings, lambda library: None, lambda home: ingest_remotely(home, []), patience=0.3)
    assert one_line(caught.value).startswith(f"Process {os.getpid()}, started ")
    assert "takes no work from this command. Stop it first, or use another --home." in str(caught.value)


def test_a_wrong_token_is_one_line(door: Door, library: Library) -> None:
    (library.settings.home / "owner.token").write_text("of another owner")
    with pytest.raises(LibraryOwned) as caught:
        write(library.settings, lambda library: None, lambda home: ingest_remotely(home, []), patience=0.3)
    assert "refuses this work (401" in one_line(caught.value)


def test_a_dead_address_is_one_line(library: Library) -> None:
    Door.open(library).close()
    with pytest.raises(NotBegun, match="does not answer"):
        ingest_remotely(library.settings.home, [])


def test_no_address_but_the_loopback_is_asked(door: Door, library: Library) -> None:
    known = json.loads((library.settings.home / "owner.json").read_text())
    (library.settings.home / "owner.json").write_text(json.dumps({**known, "address": "http://192.0.2.1:80"}))
    with pytest.raises(NotBegun, match="does not answer"):
        ingest_remotely(library.settings.home, [])


@pytest.fixture
def other(settings: Settings) -> Iterator["subprocess.Popen[str]"]:
    """Another process that owns the library; its works last a minute."""
    command = [sys.executable, "-c", OWNER, str(settings.home)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout
    assert process.stdout.readline() == "open\n"
    yield process
    process.kill()
    process.communicate()


def test_an_owner_that_hangs_is_one_line(other: "subprocess.Popen[str]", settings: Settings) -> None:
    other.send_signal(signal.SIGSTOP)
    with pytest.raises(LibraryOwned, match=r"has not answered for 0\.5 seconds"):
        ingest_remotely(settings.home, [], silence=0.5)


def test_an_owner_that_works_long_is_no_silent_one(other: "subprocess.Popen[str]", settings: Settings) -> None:
    call = Called(settings.home, silence=2.5)
    call.join(4)
    assert call.is_alive()
    other.kill()
    call.join()
    assert "ended in the middle of this work. What was done is kept" in str(call.error)


def test_when_the_owner_is_killed_who_has_not_begun_does_it_here(
    other: "subprocess.Popen[str]", settings: Settings
) -> None:
    first = Called(settings.home)
    assert other.stdout
    assert other.stdout.readline() == "begun\n"
    did: list[str] = []
    second = threading.Thread(
        target=lambda: did.append(write(settings, lambda library: "here", lambda home: str(ingest_remotely(home, []))))
    )
    second.start()
    time.sleep(0.5)
    other.kill()
    first.join()
    second.join()
    assert isinstance(first.error, LibraryOwned)
    assert not isinstance(first.error, NotBegun)
    assert did == ["here"]


# How it ends


def test_work_under_way_is_finished_before_the_door_closes(library: Library) -> None:
    begun = threading.Event()

    def work(library: Library, tell: Tell) -> object:
        begun.set()
        time.sleep(0.3)
        return Report(notices=("finished",))

    with Door.open(library, doing(work)):
        call = Called(library.settings.home)
        assert begun.wait(20)
    call.join()
    assert call.report == Report(notices=("finished",))


def test_long_work_is_broken_off_at_its_next_document_and_its_sender_told(library: Library) -> None:
    begun = threading.Event()

    def work(library: Library, tell: Tell) -> object:
        begun.set()
        while True:
            tell(Progress(1, 2, 3, "document"))
            time.sleep(0.01)

    with Door.open(library, doing(work)):
        call = Called(library.settings.home)
        assert begun.wait(20)
    call.join()
    assert "ended in the middle of this work" in str(call.error)
    assert not isinstance(call.error, NotBegun)


def test_a_sender_that_is_stopped_stops_the_work(library: Library) -> None:
    stopped = threading.Event()

    def work(library: Library, tell: Tell) -> object:
        try:
            while True:
                tell(Progress(1, 2, 3, "document"))
                time.sleep(0.01)
        finally:
            stopped.set()

    def interrupted(progress: Progress) -> None:
        raise KeyboardInterrupt

    with Door.open(library, doing(work)):
        with pytest.raises(KeyboardInterrupt):
            ingest_remotely(library.settings.home, [], progress=interrupted)
        assert stopped.wait(20)


def test_who_waits_is_told_once_and_does_the_work_when_the_owner_is_done(settings: Settings, folder: Path) -> None:
    told: list[str] = []
    reports: list[Report] = []
    with Library.open(settings) as library, at_work(library):
        waiting = threading.Thread(
            target=lambda: reports.append(
                write(
                    settings,
                    lambda library: ingest([folder], library),
                    lambda home: ingest_remotely(home, [folder], waits=told.append),
                )
            )
        )
        waiting.start()
        time.sleep(2.5)
        assert reports == []
    waiting.join()
    assert told == [f"Process {os.getpid()} is at work on the library; this waits for its turn."]
    assert len(reports[0].added) == 2


def test_who_stops_waiting_is_forgotten(library: Library) -> None:
    done: list[str] = []

    def work(library: Library, tell: Tell) -> object:
        done.append("work")
        return Report()

    def interrupted(line: str) -> None:
        raise KeyboardInterrupt

    with at_work(library):
        pass  # opens and closes a door of its own
    with Door.open(library, doing(work)):
        from rag.ownership import turn

        with turn(library.settings.home):
            with pytest.raises(KeyboardInterrupt):
                ingest_remotely(library.settings.home, [], waits=interrupted)
            time.sleep(2.5)
        time.sleep(0.3)
    assert done == []


def test_closing_waits_for_no_one_who_has_gone(library: Library) -> None:
    begun = threading.Event()

    def work(library: Library, tell: Tell) -> object:
        begun.set()
        time.sleep(0.2)
        return Report(notices=("more than a socket holds",) * 1_000_000)

    with Door.open(library, {"/remove": lambda asked: work}):
        assert asked(library) == 200  # and leaves
        assert begun.wait(20)


def test_closing_waits_for_no_one_who_says_nothing(library: Library) -> None:
    door = Door.open(library)
    who = owner(library.settings.home)
    assert who
    connection = http.client.HTTPConnection((who.address or "").removeprefix("http://"))
    connection.connect()
    door.close()
    with pytest.raises(ConnectionError):
        http.client.HTTPConnection(connection.host, connection.port).connect()
    connection.close()


def test_the_owners_door_costs_little_to_import() -> None:
    program = "import sys, ui.remote, ui.owner; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not {"ingest.pipeline", "chromadb", "gradio", "langchain_core", "trafilatura"} & set(modules)
