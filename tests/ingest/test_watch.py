"""A watched folder: what is saved is taken in once it has settled."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.watch import watch
from rag.domain import Report
from rag.library import Library
from rag.settings import Settings

TEXT = "The base on the Moon\n\nThe base on the Moon is planned by 2035. Seventeen countries have joined the project.\n"


class Watched:
    """A folder that is watched in a thread, and the reports so far."""

    def __init__(self, folder: Path, library: Library) -> None:
        self.folder = folder
        self.reports: list[Report] = []
        self.stop = threading.Event()
        options = {"told": self.reports.append, "stop": self.stop, "prune": True}
        self.thread = threading.Thread(target=watch, args=([folder], library), kwargs=options)
        self.thread.start()
        self.wait_for(lambda: bool(self.reports))
        time.sleep(0.5)  # the watch begins after the first report

    def wait_for(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < end, "nothing came of it within 20 seconds"
            time.sleep(0.05)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    folder = tmp_path / "articles"
    folder.mkdir()
    with Library.open(replace(Settings.from_env(), home=tmp_path / "home")) as library:
        watched = Watched(folder, library)
        yield watched
        watched.stop.set()
        watched.thread.join()


def test_a_file_is_taken_in_when_it_is_saved_changed_renamed_and_deleted(watched: Watched) -> None:
    file = watched.folder / "moon.txt"
    file.write_text(TEXT)
    watched.wait_for(lambda: any(report.added for report in watched.reports))
    file.write_text(TEXT.replace("2035", "2040"))
    watched.wait_for(lambda: any(report.updated for report in watched.reports))
    file.rename(watched.folder / "lunar.txt")
    watched.wait_for(lambda: any(report.moved for report in watched.reports))
    (watched.folder / "lunar.txt").unlink()
    watched.wait_for(lambda: any(report.removed for report in watched.reports))


def test_a_half_written_file_is_left_until_it_is_whole(watched: Watched) -> None:
    with (watched.folder / "slow.txt").open("w") as file:
        for part in (TEXT[:40], TEXT[40:80], TEXT[80:]):
            file.write(part)
            file.flush()
            time.sleep(0.7)
    watched.wait_for(lambda: any(report.added for report in watched.reports))
    time.sleep(1.5)
    assert sum(len(report.added) for report in watched.reports) == 1
    assert not any(report.updated for report in watched.reports)
