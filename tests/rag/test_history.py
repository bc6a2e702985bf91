"""Earlier versions, removed articles that come back, and those that are gone for good."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from rag.catalog.rows import Draft
from rag.changes import changes
from rag.domain import Article, FieldChange, Filters, Passage
from rag.errors import UnknownArticle
from rag.library import Library
from rag.retriever import Retriever
from rag.settings import Settings

MOON = "The base on the Moon is planned by 2035. Seventeen countries have joined it."
LATER = "The base on the Moon is planned by 2040. Seventeen countries have joined it."
DEBRIS = "Spent rocket stages should be removed from orbit within five years."


def draft(name: str, text: str, version: int = 1, title: str = "A title") -> Draft:
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    day = date(2025, 1, 1)
    article = Article(name, version, f"/{name}.txt", title, "Reuters", None, day, None, None, "en", text, sha256, {})
    passage = Passage(f"{name}.{version}.1", name, version, 0, len(text), text, None, None)
    return Draft(article, (passage,), (((0, len(text)),),), "1")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(Settings.from_env(), home=tmp_path / "home", embedding="minilm")


@pytest.fixture
def library(settings: Settings) -> Iterator[Library]:
    with Library.open(settings) as library:
        library.add([draft("moon", MOON), draft("debris", DEBRIS)])
        yield library


def found(library: Library, question: str) -> list[str]:
    return [hit.passage.id for hit in Retriever(library).search(question)]


def test_the_history_lists_all_versions_latest_first(library: Library) -> None:
    library.add([draft("moon", LATER, 2, "Another title")])
    latest, first = library.history("moon")
    assert (latest.article.version, latest.article.title, latest.current) == (2, "Another title", True)
    assert (first.article.version, first.article.title, first.current) == (1, "A title", False)
    assert first.taken <= latest.taken <= datetime.now(UTC)


def test_an_unknown_article_has_no_history(library: Library) -> None:
    with pytest.raises(UnknownArticle, match="nosuchid"):
        library.history("nosuchid")


def test_changes_name_fields_and_sentences() -> None:
    said = changes(draft("moon", MOON).article, draft("moon", LATER, 2, "Another title").article)
    assert said.fields == (FieldChange("title", "A title", "Another title"),)
    assert [line for line in said.text if line[0] in "+-" and line[1] not in "+-"] == [
        "-The base on the Moon is planned by 2035.",
        "+The base on the Moon is planned by 2040.",
    ]


def test_a_removed_article_comes_back_as_it_was(library: Library) -> None:
    library.add([draft("moon", LATER, 2)])
    before = library.article("moon")
    library.remove(["moon"])
    assert [one.article.id for one in library.removed()] == ["moon"]
    library.restore(["moon"])
    assert library.article("moon") == before
    assert library.removed() == ()
    assert found(library, "base on the Moon")[0] == "moon.2.1"
    assert "moon.1.1" not in found(library, "base on the Moon")


def test_a_version_written_by_another_meanwhile_is_not_lost(library: Library) -> None:
    (card,) = library.add([draft("moon", LATER, 2)])
    (again,) = library.add([draft("moon", DEBRIS, 2)])
    assert (card.version, again.version) == (2, 3)
    assert [library.article("moon", version).text for version in (1, 2, 3)] == [MOON, LATER, DEBRIS]
    assert [passage.id for passage in library.passages_of(again)] == ["moon.3.1"]


class Killed(BaseException):
    """Stands for a process that ends."""


@pytest.mark.parametrize("step", ["removed", "restored"])
def test_a_removal_and_its_undo_broken_off_are_whole_at_the_next_start(settings: Settings, step: str) -> None:
    def die(at: str) -> None:
        if at == step:
            raise Killed

    with Library.open(settings) as library:
        library.add([draft("moon", MOON), draft("debris", DEBRIS)])
        if step == "restored":
            library.remove(["moon"])
    with Library.open(settings, on_step=die) as library, pytest.raises(Killed):
        library.remove(["moon"]) if step == "removed" else library.restore(["moon"])
    with Library.open(settings) as library:
        words = [name for name, _ in library.best_words("base on the Moon", 9, Filters())]
        assert words == (["moon.1.1"] if step == "restored" else [])
        assert found(library, "base on the Moon")[0] == ("moon.1.1" if step == "restored" else "debris.1.1")


def test_what_was_not_removed_is_not_restored_nor_anything_with_it(library: Library) -> None:
    library.remove(["moon"])
    with pytest.raises(UnknownArticle, match="debris"):
        library.restore(["moon", "debris"])
    assert [one.article.id for one in library.removed()] == ["moon"]


def test_after_30_days_the_next_owner_deletes_it_for_good(settings: Settings, library: Library) -> None:
    library.remove(["moon"])
    now = datetime.now(UTC)
    assert library.purge(now + timedelta(days=29)) == 0
    assert library.purge(now + timedelta(days=31)) == 1
    assert library.drafts("moon") == ()
    with pytest.raises(UnknownArticle):
        library.article("moon", 1)
    library.close()
    with Library.open(settings) as library:
        assert found(library, "rocket stages in orbit") == ["debris.1.1"]


def test_opening_purges_what_is_due(settings: Settings, library: Library) -> None:
    long_ago = (datetime.now(UTC) - timedelta(days=40)).isoformat()
    library.add([replace(draft("old", "An old text about a satellite."), removed=long_ago)])
    assert [one.article.id for one in library.removed()] == ["old"]
    library.close()
    with Library.open(settings) as again:
        assert again.removed() == ()
        assert not again.is_new


def test_what_was_purged_while_chroma_was_closed_is_not_in_it_any_more(settings: Settings, library: Library) -> None:
    library.use_chroma()
    assert library.wait_for_chroma(60)
    library.close()
    with Library.open(settings) as library:
        library.remove(["moon"])
        library.purge(datetime.now(UTC) + timedelta(days=31))
        library.use_chroma()
        assert library.wait_for_chroma(60)
        vector = np.asarray(library.embedding.embed_query("base on the Moon"), dtype=np.float32)
        assert [name for name, _ in library.nearest(vector, 9, Filters())] == ["debris.1.1"]
