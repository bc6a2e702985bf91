"""What a prune removes, and what it does not remove unasked."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.pipeline import ingest
from rag.library import Library
from rag.settings import Settings

SUBJECTS = ("the Moon", "debris", "liability", "registration")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    for number, subject in enumerate(SUBJECTS):
        (folder / f"{number}.txt").write_text(f"A note on {subject}\n\nThis note {number} speaks of {subject} alone.\n")
    return folder


@pytest.fixture
def library(tmp_path: Path, folder: Path) -> Iterator[Library]:
    with Library.open(replace(Settings.from_env(), home=tmp_path / "home")) as library:
        ingest([folder], library)
        yield library


def delete(folder: Path, count: int) -> None:
    for number in range(count):
        (folder / f"{number}.txt").unlink()


def test_half_of_a_folder_goes_unasked(library: Library, folder: Path) -> None:
    delete(folder, 2)
    report = ingest([folder], library, prune=True)
    assert sorted(card.title for card in report.removed) == ["A note on debris", "A note on the Moon"]
    assert report.notices == ()


def test_more_than_half_stays_and_is_named(library: Library, folder: Path) -> None:
    delete(folder, 4)
    report = ingest([folder], library, prune=True)
    assert report.removed == ()
    (notice,) = report.notices
    assert "of the 4 articles below these folders the files of 4 are gone (“A note on" in notice
    assert "and 1 more" in notice
    assert "--prune --yes" in notice
    assert len(library.articles()) == 4


def test_more_than_half_goes_when_that_is_said(library: Library, folder: Path) -> None:
    delete(folder, 3)
    assert len(ingest([folder], library, prune=True, prune_all=True).removed) == 3
    assert len(library.articles()) == 1


def test_a_folder_that_is_away_is_refused_and_goes_when_that_is_said(library: Library, folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))
    report = ingest([folder], library, prune=True)
    assert report.removed == ()
    assert "Nothing was removed" in report.notices[0]
    assert len(ingest([folder], library, prune=True, prune_all=True).removed) == 4


def test_a_file_that_is_gone_is_no_folder(library: Library, folder: Path) -> None:
    delete(folder, 1)
    report = ingest([folder / "0.txt"], library, prune=True, prune_all=True)
    assert report.removed == ()
    assert len(library.articles()) == 4
