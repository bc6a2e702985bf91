"""Files in, passages in the library: what is reported, what is found again, and that nothing stops the run."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.pipeline import Progress, fill_if_empty, ingest
from ingest.sources import keep_pasted
from rag.domain import Filters, Report
from rag.library import Library
from rag.settings import Settings

MOON = "The base on the Moon\n\nThe base on the Moon is planned by 2035. Seventeen countries have joined the project.\n"
DEBRIS = (
    "---\ntitle: Five years\noutlet: The Daily Orbit\npublished: 2024-09-29\n---\n"
    "Satellites must leave orbit in five years.\n"
)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    settings = replace(Settings.from_env(), home=tmp_path / "home", max_bytes=1_000_000)
    with Library.open(settings) as library:
        yield library


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    (folder / "deeper").mkdir(parents=True)
    (folder / "moon.txt").write_text(MOON)
    (folder / "deeper" / "debris.md").write_text(DEBRIS)
    return folder


def counts(report: Report) -> dict[str, int]:
    return {name: len(getattr(report, name)) for name in report.__slots__ if getattr(report, name)}


def test_a_folder_is_taken_in_with_what_its_documents_say_of_themselves(library: Library, folder: Path) -> None:
    report = ingest([folder], library)
    assert counts(report) == {"added": 2}
    debris, moon = library.articles()
    assert (debris.title, debris.outlet, str(debris.published)) == ("Five years", "The Daily Orbit", "2024-09-29")
    assert debris.found["published"] == "front matter"
    assert moon.title == "The base on the Moon"
    assert moon.source == str(folder / "moon.txt")


def test_passages_tile_the_text_exactly(library: Library, folder: Path) -> None:
    (folder / "long.txt").write_text("\n\n".join(f"Paragraph {n} speaks of orbit number {n}. " * 9 for n in range(30)))
    ingest([folder], library)
    for article in library.articles():
        end = 0
        for passage in library.passages_of(article):
            assert article.text[passage.start : passage.end] == passage.text
            assert not article.text[end : passage.start].strip()
            end = passage.end
        assert not article.text[end:].strip()


def test_the_same_files_again_change_nothing(library: Library, folder: Path) -> None:
    ingest([folder], library)
    assert counts(ingest([folder], library)) == {"unchanged": 2}


def test_a_touched_file_is_unchanged_and_a_changed_one_gets_a_new_version(library: Library, folder: Path) -> None:
    ingest([folder], library)
    os.utime(folder / "moon.txt", (1, 1))
    (folder / "deeper" / "debris.md").write_text(DEBRIS.replace("five years", "ten years"))
    report = ingest([folder], library)
    assert counts(report) == {"updated": 1, "unchanged": 1}
    (card,) = report.updated
    assert card.version == 2
    assert "ten years" in library.article(card.id).text
    assert "five years" in library.article(card.id, 1).text


def test_a_renamed_file_is_the_same_article(library: Library, folder: Path) -> None:
    before = {article.title: article.id for article in (ingest([folder], library), *library.articles())[1:]}
    (folder / "moon.txt").rename(folder / "lunar.txt")
    report = ingest([folder], library)
    assert counts(report) == {"unchanged": 1, "moved": 1}
    assert {article.title: article.id for article in library.articles()} == before


def test_the_same_bytes_at_a_second_place_are_a_copy(library: Library, folder: Path) -> None:
    (folder / "again.txt").write_text(MOON)
    report = ingest([folder], library)
    assert counts(report) == {"added": 2, "copies": 1}
    assert counts(ingest([folder], library)) == {"unchanged": 3}


@pytest.mark.parametrize("changed", ["first", "second"])
def test_a_copy_that_becomes_another_story_stands_alone(library: Library, tmp_path: Path, changed: str) -> None:
    story = " ".join(f"Paragraph {n} says that the lander of mission {n * 7} has touched down." for n in range(20))
    files = {name: tmp_path / f"{name}.txt" for name in ("first", "second", "third")}
    for name, file in files.items():
        file.write_text(f"The {name} headline\n\n{story}\n")
    report = ingest(files.values(), library)
    assert (len(report.added), len(report.copies)) == (1, 2)
    files[changed].write_text(f"The {changed} headline\n\n{'Rain fell on the parade all day long. ' * 9}\n")
    (card,) = ingest(files.values(), library).updated
    rest = [name for name in library.cards() if name != card.id]
    groups = library.copies(list(library.cards()), Filters())
    assert [one.id for one in groups[card.id]] == [card.id]
    assert [{one.id for one in groups[name]} for name in rest] == [set(rest)] * 2
    files[changed].write_text(f"The {changed} headline\n\n{story}\n")
    ingest(files.values(), library)
    assert len(library.copies([card.id], Filters())[card.id]) == 3


def test_what_is_gone_is_removed_only_when_asked_and_only_below_the_folders_named(
    library: Library, folder: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere.txt"
    elsewhere.write_text("A note on liability.\n\nThe launching State pays for the damage that it has caused.\n")
    ingest([folder, elsewhere], library)
    (folder / "moon.txt").unlink()
    elsewhere.unlink()
    assert counts(ingest([folder], library)) == {"unchanged": 1}
    assert [card.title for card in ingest([folder], library, prune=True).removed] == ["The base on the Moon"]
    assert len(library.articles()) == 2


def test_a_removed_article_that_comes_back_is_a_new_version(library: Library, folder: Path) -> None:
    (card,) = ingest([folder / "moon.txt"], library).added
    library.remove([card.id])
    (again,) = ingest([folder / "moon.txt"], library).added
    assert (again.id, again.version) == (card.id, 2)


def test_bad_files_are_named_with_a_cure_and_the_rest_goes_in(library: Library, folder: Path) -> None:
    (folder / "empty.txt").write_text("  \n")
    (folder / "binary.txt").write_bytes(bytes(range(256)) * 40)
    (folder / "line.txt").write_text("word " * 400_000)
    (folder / "broken.txt").write_bytes(
        b"A caf\xc3\xa9 in orbit \xff\xfe was seen. It serves the crew of the station every day."
    )
    (folder / "front.md").write_text("---\ntitle: [\n---\nText.\n")
    (folder / "here.txt").mkdir()
    report = ingest([folder, folder / "nowhere.txt", folder / "picture.jpg"], library)
    failed = {Path(failure.source).name: failure for failure in report.failures}
    assert set(failed) == {"empty.txt", "binary.txt", "line.txt", "front.md", "nowhere.txt", "picture.jpg"}
    assert all(failure.reason and failure.cure and "\n" not in failure.reason for failure in report.failures)
    assert len(report.added) == 3


def test_files_of_other_kinds_in_a_folder_are_counted(library: Library, folder: Path) -> None:
    (folder / "a.jpg").touch()
    (folder / "b.jpg").touch()
    (folder / ".hidden.txt").write_text("Hidden.")
    report = ingest([folder], library)
    assert report.failures == ()
    assert report.notices[0].startswith("Files of other kinds were left out: 2 .jpg. Known: .txt")


def test_links_that_go_round_in_circles_end(library: Library, folder: Path) -> None:
    (folder / "loop").symlink_to(folder)
    (folder / "self.txt").symlink_to(folder / "self.txt")
    report = ingest([folder], library)
    assert len(report.added) == 2
    assert len(report.failures) == 1


def test_progress_is_told_and_ends_at_the_total(library: Library, folder: Path) -> None:
    seen: list[Progress] = []
    ingest([folder], library, progress=seen.append)
    assert [one.done for one in seen] == [0, 0, 1, 2]
    assert (seen[-1].total, seen[-1].passages) == (2, 2)


def test_a_reader_that_takes_too_long_is_ended_and_the_next_file_is_read(tmp_path: Path, folder: Path) -> None:
    os.mkfifo(folder / "pipe.txt")
    settings = replace(Settings.from_env(), home=tmp_path / "home")
    with Library.open(settings) as library:
        assert counts(ingest([folder], library)) == {"added": 2, "failures": 1}
    (folder / "slow.html").write_text("<p>" * 300_000)
    with Library.open(replace(settings, file_seconds=0.2)) as library:
        report = ingest([folder / "slow.html"], library)
    assert "took longer than 0.2 seconds" in report.failures[0].reason


def test_ingest_needs_no_main_guard_in_a_script(tmp_path: Path, folder: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\nfrom dataclasses import replace\nfrom pathlib import Path\n"
        "from ingest.pipeline import ingest\nfrom rag.library import Library\nfrom rag.settings import Settings\n"
        "library = Library.open(replace(Settings.from_env(), home=Path(sys.argv[1])))\n"
        "print(len(ingest([sys.argv[2]], library).added))\nlibrary.close()\n"
    )
    command = [sys.executable, str(script), str(tmp_path / "home"), str(folder)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "2\n"


def test_a_pasted_page_is_kept_and_the_same_page_is_kept_once(library: Library) -> None:
    first, second = keep_pasted(MOON, library.settings), keep_pasted(MOON, library.settings)
    assert first == second
    assert first.parent == library.settings.home / "inbox"
    assert len(ingest([first], library).added) == 1


def test_an_article_in_another_language_goes_in_with_a_line(library: Library, folder: Path) -> None:
    (folder / "lune.md").write_text("---\nlanguage: fr\n---\n# La Lune\n\nLa base lunaire est prévue pour 2035.\n")
    report = ingest([folder / "lune.md"], library)
    assert "another language than English (fr)" in report.notices[0]


def test_an_empty_library_is_filled_from_the_starter_collection_once(tmp_path: Path, folder: Path) -> None:
    settings = replace(Settings.from_env(), home=tmp_path / "fresh", corpus=folder)
    with Library.open(settings) as library:
        report = fill_if_empty(library)
        assert report
        assert len(report.added) == 2
        assert fill_if_empty(library) is None
    with Library.open(replace(settings, home=tmp_path / "other", starter=False)) as library:
        assert fill_if_empty(library) is None
