"""What disks do to a library: it says what happened, loses nothing that was not on the damaged page, and is mended."""

import os
import random
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rag.catalog.rows import Draft
from rag.catalog.salvage import salvaged
from rag.catalog.store import Catalog
from rag.domain import Article, Filters, Passage
from rag.errors import LibraryDamaged, LibraryError, LibraryReadOnly
from rag.examination import examine_library
from rag.library import Library
from rag.repair import repair
from rag.settings import Settings

ARTICLES = 120  # Chroma writes its HNSW files from 100 vectors on
PAGE = 4096  # bytes in one of SQLite's
MOST_ON_A_PAGE = 2  # texts
WORDS = ("term", "idx", "pos", "store", "fieldnorm", "fast", "meta.json", ".managed.json", "revision")
MEANINGS = ("chroma.sqlite3", "data_level0.bin", "header.bin", "length.bin", "current.json")
# Files in which a changed byte may leave all as it was: a number that is looked at by the next writer only.
MAYBE_HARMLESS = ("meta.json", ".managed.json", "revision", "current.json")


def draft(number: int) -> Draft:
    """An article of three sentences in two passages; long enough to fill pages of its own."""
    first = (
        f"Satellite number {number} was launched into orbit {number * 7} from pad {number % 9}. It weighs {number} kg."
    )
    text = (
        f"{first}\n\n" + f"The State of registry number {number} keeps it on its list of objects in outer space. " * 20
    )
    text = text.strip()
    name, second = f"a{number:03}", len(first) + 2
    article = Article(name, 1, f"/{name}", f"Object {number}", None, None, None, None, None, "en", text, name, {})
    spans = ((0, len(first)), (second, len(text)))
    passages = tuple(
        Passage(f"{name}.1.{at}", name, 1, *span, text[slice(*span)], None, None) for at, span in enumerate(spans, 1)
    )
    return Draft(article, passages, (((0, len(first)),), ((second, len(text)),)), "1")


def settings_of(home: Path) -> Settings:
    return replace(Settings.from_env(), home=home, embedding="minilm", model=None)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a library with both indexes, properly closed, that no test changes."""
    home = tmp_path_factory.mktemp("damage") / "home"
    with Library.open(settings_of(home)) as library:
        library.use_chroma()
        assert library.wait_for_chroma(60)
        library.add([draft(number) for number in range(ARTICLES)])
    return home


@pytest.fixture
def settings(good: Path, tmp_path: Path) -> Settings:
    """Those of a copy that the test may damage."""
    shutil.copytree(good, tmp_path / "home")
    return settings_of(tmp_path / "home")


def problems(settings: Settings) -> list[str]:
    return [f"{finding.name}: {finding.says}" for finding in examine_library(settings) if not finding.ok]


def first_problem(settings: Settings) -> str:
    return next(f"{finding.name}: {finding.says}" for finding in examine_library(settings) if not finding.ok)


def assert_all_is_found(settings: Settings, texts: dict[str, str] | None = None, *, chroma: bool = True) -> None:
    """By the next owner: every article in full, passages by their words and by their vectors."""
    texts = texts or {one.article.id: one.article.text for one in map(draft, range(ARTICLES))}
    with Library.open(settings) as library:
        if chroma:
            library.use_chroma()
            assert library.wait_for_chroma(60)
        assert {article.id: article.text for article in library.articles()} == texts
        for article in library.articles()[::10]:
            for passage in library.passages_of(article):
                assert passage.id in dict(library.best_words(passage.text, 3, Filters()))
                (vector,) = library.vectors([passage.id])
                assert library.nearest(vector, 1, Filters())[0][1] == pytest.approx(1.0, abs=1e-3)


def assert_all_is_read(settings: Settings) -> None:
    with Library.open(settings, writable=False) as library:
        assert len(library.articles()) == ARTICLES
        passage = library.passages_of(library.articles()[7])[1]
        assert passage.id in dict(library.best_words(passage.text, 3, Filters()))
        (vector,) = library.vectors([passage.id])
        assert library.nearest(vector, 1, Filters())[0][1] == pytest.approx(1.0, abs=1e-3)
        with pytest.raises(LibraryReadOnly, match="cannot be written to"):
            library.remove([library.articles()[0].id])


def file_of(home: Path, name: str) -> Path:
    found = [path for path in (home / "indexes").rglob("*") if path.name == name or path.suffix == f".{name}"]
    return max(found, key=lambda path: path.stat().st_size)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


# Indexes


@pytest.mark.parametrize("harm", [flip, truncate])
@pytest.mark.parametrize("name", [*WORDS, *MEANINGS])
def test_a_damaged_index_file_is_found_and_the_next_owner_mends_it(
    settings: Settings, name: str, harm: Callable[[Path], None]
) -> None:
    harm(file_of(settings.home, name))
    if name not in MAYBE_HARMLESS:
        found = first_problem(settings)
        assert found.startswith("words: The word index in " if name in WORDS else "meanings: the index of meanings is")
        assert name in found
        assert found.endswith("space-policy doctor --repair")
    assert_all_is_found(settings, chroma=name in MEANINGS)


@pytest.mark.parametrize("name", ["store", "data_level0.bin"])
def test_repair_mends_a_damaged_index_and_doctor_is_content_then(settings: Settings, name: str) -> None:
    truncate(file_of(settings.home, name))
    assert name in first_problem(settings)
    said = list(repair(settings))
    assert said == [f"The {'index of meanings' if name in MEANINGS else 'word index'} is made anew from the catalog."]
    assert problems(settings) == []


def test_a_reader_of_a_damaged_word_index_is_told_what_to_do(settings: Settings) -> None:
    flip(file_of(settings.home, "idx"))
    with pytest.raises(LibraryDamaged, match=r"Nothing is lost.*space-policy doctor --repair"):
        Library.open(settings, writable=False)


@pytest.mark.parametrize("folder", ["", "words-1", "meaning"])
def test_a_deleted_index_folder_is_made_again(settings: Settings, folder: str) -> None:
    indexes = settings.home / "indexes"
    shutil.rmtree(next(indexes.glob(f"{folder}*")) if folder else indexes)
    if folder != "meaning":
        assert first_problem(settings).startswith("words: ")
        assert first_problem(settings).endswith("space-policy doctor --repair")
    assert_all_is_found(settings, chroma=folder != "words-1")


def test_a_healthy_library_is_found_so(settings: Settings) -> None:
    said = {finding.name: finding.says for finding in examine_library(settings)}
    assert problems(settings) == []
    assert "240 passages as in the catalog; 200 find themselves" in said["words"]
    assert "240 passages as in the catalog; 200 have its vector and find themselves" in said["meanings"]
    assert list(settings.home.glob("catalog-damaged-*")) == []


# The catalog


def tear(path: Path, page: int, filling: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(page * PAGE)
        file.write(filling)


@pytest.mark.parametrize(("where", "filling"), [(0.0, "zeros"), (0.2, "noise"), (0.5, "zeros"), (0.8, "noise")])
def test_of_a_torn_catalog_all_is_saved_but_what_was_on_the_page(
    settings: Settings, where: float, filling: str
) -> None:
    catalog = settings.home / "catalog.db"
    page = int(catalog.stat().st_size // PAGE * where)
    tear(catalog, page, bytes(PAGE) if filling == "zeros" else random.Random(page).randbytes(PAGE))  # noqa: S311 - no secret
    found = first_problem(settings)
    assert found.startswith(("library: ", "passages: "))
    assert "space-policy doctor --repair" in found
    torn = catalog.read_bytes()
    said = list(repair(settings))
    texts = {one.article.id: one.article.text for one in map(draft, range(ARTICLES))}
    with Library.open(settings, writable=False) as library:
        saved = {article.id: article.text for article in library.articles()}
    lost = texts.keys() - saved.keys()
    assert saved.items() <= texts.items()
    assert len(lost) <= 2  # a page of texts holds two
    assert sum(f"{name}, version 1" in " ".join(said) for name in lost) == len(lost)
    (kept,) = settings.home.glob("catalog-damaged-*.db")
    assert kept.read_bytes() == torn
    assert kept.name in said[0]
    assert problems(settings) == []


def kinds_of_pages(catalog: Path) -> dict[int, str]:
    """Page (from 1) -> the tree it is of, and "internal", "leaf" or "overflow"; the others are free."""
    with closing(sqlite3.connect(catalog)) as connection:
        rows = connection.execute("SELECT pageno, name, pagetype FROM dbstat").fetchall()
    return {number: f"{name} {kind}" for number, name, kind in rows}


@pytest.mark.parametrize("filling", ["zeros", "noise"])
def test_whichever_page_is_torn_nothing_is_lost_that_was_not_on_it(good: Path, tmp_path: Path, filling: str) -> None:
    try:
        kinds = kinds_of_pages(good / "catalog.db")
    except sqlite3.OperationalError:
        pytest.skip("this SQLite does not tell its pages' kinds")
    assert {"versions internal", "passages internal", "vectors internal"} <= set(kinds.values())
    Catalog.open(tmp_path / "fresh.db").close()
    texts = {one.article.id: one.article.text for one in map(draft, range(ARTICLES))}
    whole = salvaged(Path(shutil.copy(good / "catalog.db", tmp_path)), tmp_path / "fresh.db")
    for number, kind in kinds.items():
        torn = tmp_path / "torn.db"
        shutil.copyfile(good / "catalog.db", torn)
        tear(torn, number - 1, bytes(PAGE) if filling == "zeros" else random.Random(number).randbytes(PAGE))  # noqa: S311 - no secret
        found = salvaged(torn, tmp_path / "fresh.db")
        saved = {drafts[-1].article.id: drafts[-1].article.text for drafts in found.articles}
        assert saved.items() <= texts.items(), kind
        lost = texts.keys() - saved.keys()
        assert len(lost) <= (MOST_ON_A_PAGE if kind == "versions leaf" else 0), kind
        assert len(found.lost) == len(lost), kind
        if kind not in ("vectors leaf", "sentences leaf"):
            assert len(found.vectors) == len(whole.vectors), kind
        if not kind.endswith("leaf"):
            assert {one.article.id: one for drafts in found.articles for one in drafts} == {
                one.article.id: one for drafts in whole.articles for one in drafts
            }, kind


def test_a_torn_catalog_is_refused_with_one_clear_line(settings: Settings) -> None:
    tear(settings.home / "catalog.db", 0, bytes(PAGE))
    with pytest.raises(LibraryDamaged, match=r"cannot be read or written .+ space-policy doctor --repair"):
        Library.open(settings)


def test_a_catalog_of_which_nothing_can_be_read_is_left_alone(settings: Settings) -> None:
    catalog = settings.home / "catalog.db"
    noise = random.Random(1).randbytes(catalog.stat().st_size)  # noqa: S311 - no secret
    catalog.write_bytes(noise)
    with pytest.raises(LibraryDamaged, match=r"Nothing in .+ can be read"):
        list(repair(settings))
    assert catalog.read_bytes() == noise


# The disk


def add_until_full(library: Library, done: dict[str, str]) -> None:
    for number in range(10, ARTICLES):
        library.add([draft(number)])
        done[draft(number).article.id] = draft(number).article.text


@pytest.mark.parametrize(
    ("free", "chroma"),
    [(0, False), (300_000, False), (300_000, True)],
    ids=["nothing free", "a little free", "a little free, with Chroma"],
)
def test_on_a_full_disk_nothing_that_was_reported_is_lost(small_disk: Path, free: int, chroma: bool) -> None:
    settings = settings_of(small_disk / "home")
    filler = small_disk / "filler"
    done = {}
    with Library.open(settings) as library:
        if chroma:
            library.use_chroma()
            assert library.wait_for_chroma(60)
        library.add([draft(number) for number in range(10)])
        done.update({article.id: article.text for article in library.articles()})
        room = shutil.disk_usage(small_disk).free - free
        filler.write_bytes(bytes(max(room, 0)))
        with pytest.raises((LibraryError, OSError), match=r"disk is full|No space left"):
            add_until_full(library, done)
    filler.unlink()
    assert_all_is_found(settings, done, chroma=chroma)


def test_a_read_only_disk_is_said_and_nothing_is_lost(small_disk: Path, good: Path) -> None:
    settings = settings_of(small_disk / "home")
    shutil.copytree(good, settings.home)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(LibraryReadOnly, match=r"cannot be written to \(Read-only file system\). Make it writable"):
        Library.open(settings)
    assert problems(settings) == []
    assert_all_is_read(settings)
    with Library.open_to_write_or_read(settings) as library:
        assert not library.writable
    subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
    assert_all_is_found(settings, chroma=False)


def test_a_folder_that_cannot_be_written_to_is_said(settings: Settings) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write to a read-only folder")
    paths = [settings.home, *settings.home.rglob("*")]
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        with pytest.raises(LibraryReadOnly, match=r"cannot be written to \(Permission denied\). Make it writable"):
            Library.open(settings)
        assert_all_is_read(settings)
    finally:
        for path in paths:
            path.chmod(0o755 if path.is_dir() else 0o644)
    assert_all_is_found(settings)


def test_vectors_in_the_index_of_meanings_that_are_not_the_catalogs_are_found(settings: Settings) -> None:
    from rag.vectors import ChromaIndex

    index = ChromaIndex.open(settings.home / "indexes", 1)
    index.write(["a007.1.1"], np.eye(1, 384, dtype=np.float32), ())
    index.close()
    assert problems(settings) == [
        "meanings: 1 vectors are not the catalog's (a007.1.1). Mend it with: space-policy doctor --repair"
    ]
