"""Corrections: in each version from then on, with the same text, and taken back whole."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ingest.pipeline import Progress, ingest
from rag.corrections import correct, take_back
from rag.errors import LibraryError, UnknownArticle
from rag.library import Library
from rag.settings import Settings

PAGE = """---
title: The station
outlet: Lunar Times
published: 2024-11-20
---
China and Russia plan to finish the station by 2035. Seventeen countries have joined it.

The first modules are to land near the south pole of the Moon.
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "articles" / "station.md"
    path.parent.mkdir()
    path.write_text(PAGE)
    return path


@pytest.fixture
def library(tmp_path: Path, file: Path) -> Iterator[Library]:
    with Library.open(replace(Settings.from_env(), home=tmp_path / "home", embedding="minilm")) as library:
        ingest([file], library)
        yield library


@pytest.fixture
def name(library: Library) -> str:
    return library.articles()[0].id


def vectors(library: Library) -> int:
    connection = sqlite3.connect(library.settings.home / "catalog.db")
    (count,) = connection.execute("SELECT count(*) FROM vectors").fetchone()
    connection.close()
    return int(count)


def test_a_correction_is_a_new_version_and_says_so(library: Library, name: str) -> None:
    card = correct(library, name, published=date(2025, 4, 23), outlet=None)
    assert (card.version, card.published, card.outlet) == (2, date(2025, 4, 23), None)
    article = library.article(name)
    assert article.card == card
    assert (article.found["published"], article.found["outlet"]) == ("correction", "correction")
    assert library.history(name)[0].corrected == ("outlet", "published")
    assert library.article(name, 1).published == date(2024, 11, 20)


def test_passages_keep_their_places(library: Library, name: str) -> None:
    before = library.passages_of(library.article(name))
    after = library.passages_of(correct(library, name, title="Another title"))
    assert [(one.start, one.end, one.text) for one in after] == [(one.start, one.end, one.text) for one in before]
    assert [one.id for one in after] == [f"{name}.2.{number}" for number in range(1, len(after) + 1)]
    assert library.sentences([after[0].id])[after[0].id].spans.tolist() == (
        library.sentences([before[0].id])[before[0].id].spans.tolist()
    )


def test_only_what_is_embedded_is_embedded_again(library: Library, name: str) -> None:
    before = vectors(library)
    correct(library, name, published=None, author="A. Writer", url="https://example.org/a")
    assert vectors(library) == before
    correct(library, name, title="Another title")
    assert vectors(library) == 2 * before


def test_a_correction_outlives_re_ingesting(library: Library, name: str, file: Path) -> None:
    correct(library, name, title="My title")
    assert len(ingest([file], library).unchanged) == 1
    file.write_text(PAGE.replace("Seventeen", "Eighteen").replace("2024-11-20", "2024-11-21"))
    (card,) = ingest([file], library).updated
    assert (card.version, card.title, card.published) == (3, "My title", date(2024, 11, 21))
    assert "Eighteen" in library.article(name).text


def test_a_correction_made_while_the_document_is_read_is_kept(library: Library, name: str, file: Path) -> None:
    (file.parent / "z-last.md").write_text("# Another\n\nAnother text about the rules for rockets.\n")
    file.write_text(PAGE.replace("Seventeen", "Eighteen"))

    def correct_at_the_last(progress: Progress) -> None:
        if progress.source.endswith("z-last.md"):
            correct(library, name, title="My title")

    (card,) = ingest([file.parent], library, progress=correct_at_the_last).updated
    assert (card.version, card.title) == (3, "My title")
    assert library.article(name).card == card
    assert "Eighteen" in library.article(name).text


def test_the_same_correction_twice_is_one(library: Library, name: str) -> None:
    correct(library, name, title="My title")
    assert correct(library, name, title=" My  title ").version == 2


def test_a_second_correction_leaves_the_first(library: Library, name: str) -> None:
    correct(library, name, title="My title")
    card = correct(library, name, author="A. Writer")
    assert (card.title, card.author) == ("My title", "A. Writer")
    assert [one.field for one in library.corrections(name)] == ["author", "title"]


def test_taken_back_the_document_counts_again(library: Library, name: str, file: Path) -> None:
    before = library.article(name)
    correct(library, name, title="My title", published=None)
    assert take_back(library, name)
    assert replace(library.article(name), version=1) == before
    assert library.corrections(name) == ()
    assert len(ingest([file], library).unchanged) == 1


def test_taken_back_after_the_document_changed_it_is_read_again(library: Library, name: str, file: Path) -> None:
    correct(library, name, title="My title")
    file.write_text(PAGE.replace("The station", "The base").replace("Seventeen", "Eighteen"))
    ingest([file], library)
    card = take_back(library, name)
    assert card
    assert card.title == "The station"
    assert "Eighteen" in library.article(name).text
    ingest([file], library)
    assert library.article(name).title == "The base"


def test_where_nothing_was_corrected_nothing_is_taken_back(library: Library, name: str) -> None:
    assert take_back(library, name) is None
    assert len(library.history(name)) == 1


def test_what_cannot_be_corrected_is_refused(library: Library, name: str) -> None:
    with pytest.raises(LibraryError, match="needs a title"):
        correct(library, name, title=" ")
    with pytest.raises(LibraryError, match="allowed: title, outlet"):
        correct(library, name, **{"text": "Other words."})  # type: ignore[misc]  # what a caller without types may do
    with pytest.raises(UnknownArticle):
        correct(library, "nosuchid", title="A title")
