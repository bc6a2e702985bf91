"""What is looked at in a library: each thing that can be wrong with it is found, and nothing else is."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from rag.catalog.rows import Draft
from rag.domain import Article, Passage
from rag.errors import LibraryDamaged
from rag.examination import Finding, examine_library, is_tiled
from rag.lexical import LexicalIndex
from rag.library import Library
from rag.ownership import Ownership
from rag.repair import repair
from rag.settings import Settings

TEXTS = {
    "moon": "The base on the Moon is planned by 2035. Seventeen countries have joined it.",
    "debris": "Spent rocket stages should be removed from orbit within five years.",
    "law": "A launching State is absolutely liable for damage on the surface of the Earth.",
}


class Killed(BaseException):
    """Stands for a process that ends between two steps."""


def draft(name: str) -> Draft:
    text = TEXTS[name]
    article = Article(name, 1, f"/{name}.txt", name.title(), None, None, None, None, None, "en", text, name, {})
    passage = Passage(f"{name}.1.1", name, 1, 0, len(text), text, None, None)
    return Draft(article, (passage,), (((0, len(text)),),), "1")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Those of a library of three articles, without Chroma."""
    settings = replace(Settings.from_env(), home=tmp_path / "home", embedding="minilm", model=None)
    with Library.open(settings) as library:
        library.add([draft(name) for name in TEXTS])
    return settings


def findings(settings: Settings) -> dict[str, Finding]:
    return {finding.name: finding for finding in examine_library(settings)}


def change(settings: Settings, statement: str) -> None:
    with closing(sqlite3.connect(settings.home / "catalog.db")) as connection, connection:
        connection.execute(statement)


def test_a_healthy_library_has_no_problems(settings: Settings) -> None:
    found = findings(settings)
    assert list(found) == ["library", "passages", "words", "meanings"]
    assert all(finding.ok for finding in found.values())
    assert found["meanings"].says.startswith("none yet")
    assert list(repair(settings)) == ["There was nothing to mend."]


@pytest.mark.parametrize(
    ("statement", "name", "says"),
    [
        pytest.param(
            "DELETE FROM versions WHERE article_id = 'law'", "library", "names one of versions", id="a lost version"
        ),
        pytest.param("DELETE FROM vectors WHERE rowid = 2", "library", "names one of vectors", id="a lost vector"),
        pytest.param(
            "DELETE FROM sentences WHERE rowid = 2", "library", "1 passages without sentences", id="lost sentences"
        ),
        pytest.param(
            "UPDATE articles SET current = 7 WHERE id = 'law'",
            "library",
            "1 articles without their current version",
            id="a current version that is not there",
        ),
        pytest.param(
            "UPDATE passages SET text = 'Other words.' WHERE article_id = 'moon'",
            "passages",
            "1 article versions are not what their passages say (moon, version 1)",
            id="a passage that says something else",
        ),
        pytest.param(
            "UPDATE vectors SET vector = zeroblob(1536) WHERE rowid = 1",
            "passages",
            "1 vectors are not of unit length",
            id="a vector of zeros",
        ),
    ],
)
def test_what_does_not_hold_together_is_found_and_repaired(
    settings: Settings, statement: str, name: str, says: str
) -> None:
    change(settings, statement)
    *_, last = examine_library(settings)
    assert (last.name, last.ok) == (name, False)
    assert says in last.says
    assert last.says.endswith("Mend it with: space-policy doctor --repair")
    said = list(repair(settings))
    assert ("law, version 1" in " ".join(said)) == ("versions" in statement)
    assert all(finding.ok for finding in findings(settings).values())


def forget_one(index: LexicalIndex) -> None:
    index.write((), (), ["law.1.1"])


def hold_one_more(index: LexicalIndex) -> None:
    passage = Passage("gone.1.1", "gone", 1, 0, 4, "Gone", None, None)
    index.write([passage], [draft("law").article.card], ())


def fall_behind(index: LexicalIndex) -> None:
    index.reached(0)


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (forget_one, "the word index lacks 1 passages (law.1.1)"),
        (hold_one_more, "the word index holds too many 1 passages (gone.1.1)"),
        (fall_behind, "the word index is at revision 0, the catalog at 1"),
    ],
    ids=["it lacks a passage", "it holds another passage", "it is behind"],
)
def test_a_word_index_that_is_not_the_catalogs_is_found_and_made_anew(
    settings: Settings, harm: Callable[[LexicalIndex], None], says: str
) -> None:
    index = LexicalIndex.open(settings.home / "indexes", writable=True)
    harm(index)
    index.close()
    assert says in findings(settings)["words"].says
    assert list(repair(settings)) == ["The word index is made anew from the catalog."]
    assert findings(settings)["words"].ok


def test_what_another_process_owns_is_not_compared_and_it_says_so(settings: Settings) -> None:
    owner = Ownership.take(settings.home)
    found = findings(settings)
    owner.release()
    assert all(finding.ok for finding in found.values())
    assert "not compared with the catalog" in found["words"].says
    assert "not compared with the catalog" in found["meanings"].says


def test_a_broken_off_write_is_told_and_taken_back_by_repair(settings: Settings) -> None:
    text = "Ten agencies share a space station."
    article = replace(draft("law").article, id="new", text=text)
    new = Draft(article, (Passage("new.1.1", "new", 1, 0, len(text), text, None, None),), (((0, len(text)),),), "1")

    def die(step: str) -> None:
        if step == "staged":
            raise Killed

    with Library.open(settings, on_step=die) as library, pytest.raises(Killed):
        library.add([new])
    assert "1 versions of a broken-off write" in findings(settings)["library"].says
    list(repair(settings))
    assert "broken-off" not in findings(settings)["library"].says


def test_the_catalog_of_a_newer_program_is_not_taken_for_a_damaged_one(settings: Settings) -> None:
    change(settings, "UPDATE facts SET value = '99' WHERE name = 'schema'")
    before = (settings.home / "catalog.db").read_bytes()
    with pytest.raises(LibraryDamaged, match=r"newer program \(schema 99.*Update the program"):
        list(repair(settings))
    assert (settings.home / "catalog.db").read_bytes() == before
    assert list(settings.home.glob("catalog-damaged-*")) == []


@pytest.mark.parametrize(
    ("spans", "tiled"),
    [(((0, 4), (5, 9)), True), (((0, 4),), False), (((5, 9),), False), (((0, 4), (6, 9)), False)],
    ids=["all of it", "its end is missing", "its beginning is missing", "a letter is missing"],
)
def test_passages_tile_an_article(spans: tuple[tuple[int, int], ...], tiled: bool) -> None:
    article = replace(draft("law").article, text="One. Two.")
    passages = tuple(Passage("", "law", 1, start, end, article.text[start:end], None, None) for start, end in spans)
    assert is_tiled(Draft(article, passages, ((),) * len(passages), "1")) == tiled
