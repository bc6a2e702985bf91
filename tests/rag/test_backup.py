"""A library in one file: all of it comes back, none of it when the file is not whole."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ingest.pipeline import ingest
from rag.backup import export_library, import_library
from rag.catalog.rows import Draft
from rag.corrections import correct
from rag.errors import BackupDamaged, EmptyLibrary
from rag.library import Library
from rag.retriever import Retriever
from rag.settings import Settings

STATION = (
    "# The station\n\nThe station on the Moon is planned by 2035. Seventeen countries have joined it — “all free”.\n"
)
DEBRIS = "# Debris\n\nSpent rocket stages should be removed from orbit within five years.\n"
LIABILITY = "# Liability\n\nA launching State is absolutely liable for damage on the surface of the Earth.\n"


def settings(home: Path) -> Settings:
    return replace(Settings.from_env(), home=home, embedding="minilm")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    for name, text in (("station", STATION), ("debris", DEBRIS), ("liability", LIABILITY)):
        (folder / f"{name}.md").write_text(text)
    return folder


@pytest.fixture
def library(tmp_path: Path, folder: Path) -> Iterator[Library]:
    """Three articles: one in three versions, the last of them a correction; one removed."""
    with Library.open(settings(tmp_path / "home")) as library:
        ingest([folder], library)
        (folder / "station.md").write_text(STATION.replace("2035", "2040"))
        ingest([folder], library)
        correct(library, ids(library)["The station"], published=date(2025, 4, 23))
        library.remove([ids(library)["Debris"]])
        yield library


@pytest.fixture
def file(library: Library, tmp_path: Path) -> Path:
    assert export_library(library, tmp_path / "library.gz") == 3
    return tmp_path / "library.gz"


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Library]:
    with Library.open(settings(tmp_path / "other")) as library:
        yield library


def ids(library: Library) -> dict[str, str]:
    return {article.title: article.id for article in library.articles()}


def repacked(file: Path, lines: list[bytes]) -> Path:
    file.write_bytes(gzip.compress(b"\n".join(lines) + b"\n"))
    return file


def test_all_comes_back_with_versions_corrections_and_what_was_removed(
    library: Library, file: Path, other: Library
) -> None:
    report = import_library(other, file)
    assert len(report.added) == 3
    assert "1 of them had been removed" in report.notices[0]
    assert list(other.everything()) == list(library.everything())
    assert other.articles() == library.articles()
    assert other.removed() == library.removed()
    assert [one.article for one in other.history(ids(other)["The station"])] == [
        one.article for one in library.history(ids(library)["The station"])
    ]


def test_what_came_back_is_found_and_what_is_past_or_removed_is_not(file: Path, other: Library) -> None:
    import_library(other, file)
    station = ids(other)["The station"]
    best = Retriever(other).search("When is the station planned?")
    assert best[0].passage.id == f"{station}.3.1"
    assert {hit.passage.id.rpartition(".")[0] for hit in best} == {f"{station}.3", f"{ids(other)['Liability']}.1"}


def test_what_came_back_needs_no_reading_again(file: Path, other: Library, folder: Path) -> None:
    import_library(other, file)
    report = ingest([folder / "station.md", folder / "liability.md"], other)
    assert len(report.unchanged) == 2


def test_what_is_known_already_is_left_alone(library: Library, file: Path) -> None:
    before = list(library.everything())
    report = import_library(library, file)
    assert (len(report.added), len(report.unchanged)) == (0, 3)
    assert list(library.everything()) == before


def test_another_document_under_the_same_id_comes_in_beside_it(file: Path, other: Library, folder: Path) -> None:
    (folder / "liability.md").write_text("# Liability\n\nNobody pays for anything that falls into the sea.\n")
    ingest([folder / "liability.md"], other)
    assert len(import_library(other, file).added) == 3
    assert sorted(a.text for a in other.articles() if a.title == "Liability") == [
        "A launching State is absolutely liable for damage on the surface of the Earth.",
        "Nobody pays for anything that falls into the sea.",
    ]
    assert len(import_library(other, file).added) == 0


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda packed: packed[:-40], id="cut off"),
        pytest.param(lambda packed: packed[:300] + bytes([packed[300] ^ 1]) + packed[301:], id="a flipped bit"),
        pytest.param(lambda packed: b"Not a backup.", id="something else"),
        pytest.param(lambda packed: b"", id="empty"),
        pytest.param(lambda packed: gzip.compress(b"{}\n"), id="another file in gzip"),
        pytest.param(
            lambda packed: gzip.compress(gzip.decompress(packed).replace(b"2035", b"2036")), id="an altered year"
        ),
        pytest.param(
            lambda packed: gzip.compress(b"".join(gzip.decompress(packed).splitlines(keepends=True)[:-1])),
            id="without its seal",
        ),
    ],
)
def test_a_damaged_file_is_refused_before_anything_is_written(file: Path, other: Library, damage: object) -> None:
    file.write_bytes(damage(file.read_bytes()))  # type: ignore[operator]  # one of those above
    with pytest.raises(BackupDamaged, match="Nothing was imported"):
        import_library(other, file)
    assert other.is_new


def test_a_newer_format_is_refused_in_one_line(file: Path, other: Library) -> None:
    header, *lines = gzip.decompress(file.read_bytes()).splitlines()
    repacked(file, [json.dumps({**json.loads(header), "format": 2}).encode(), *lines])
    with pytest.raises(BackupDamaged, match=r"in format 2; this one reads up to 1\. Update the program"):
        import_library(other, file)


def test_an_empty_library_is_not_exported(other: Library, tmp_path: Path) -> None:
    with pytest.raises(EmptyLibrary, match="nothing to export"):
        export_library(other, tmp_path / "empty.gz")
    assert not (tmp_path / "empty.gz").exists()


def test_an_export_replaces_the_one_before_only_when_it_is_whole(library: Library, file: Path) -> None:
    class Breaks:
        settings = library.settings
        known = library.known

        def everything(self) -> Iterator[tuple[Draft, ...]]:
            yield next(library.everything())
            raise OSError("The disk is gone.")

    before = file.read_bytes()
    with pytest.raises(OSError, match="gone"):
        export_library(Breaks(), file)  # type: ignore[arg-type]  # what it needs of a library
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.glob("library.gz*")] == ["library.gz"]
