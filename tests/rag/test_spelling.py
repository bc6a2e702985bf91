"""Slips of spelling, set right by the words of the library."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from ingest.pipeline import ingest
from rag.library import Library
from rag.retriever import Retriever
from rag.settings import Settings
from rag.spelling import edits, spelled

ARTICLES = {
    "register.md": ("Launches", "Each State keeps a registration of what it launches. The forms differ."),
    "accords.md": ("Accords", "The Artemis Accords say how contamination is avoided, Weiren said."),
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("articles")
    for name, (title, text) in ARTICLES.items():
        (folder / name).write_text(f"---\ntitle: {title}\n---\n{text}\n")
    with Library.open(replace(Settings.from_env(), home=folder / "home")) as opened:
        ingest([folder], opened)
        yield opened


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        pytest.param("regestration of objects", "registration of objects", id="a wrong letter"),
        pytest.param("Artmis", "Artemis", id="a missing letter"),
        pytest.param("who signed the artemiis accords", "who signed the Artemis accords", id="a letter too many"),
        pytest.param("the accodrs", "the Accords", id="two letters swapped"),
        pytest.param("contanimation", "contamination", id="two edits in a long word"),
        pytest.param("What is the diference?", "What is the difference?", id="a form that no text has"),
        pytest.param("What did Weiran say?", "What did Weiren say?", id="a name by a name"),
    ],
)
def test_a_slip_gives_way_to_a_word_of_the_library(library: Library, typed: str, meant: str) -> None:
    assert spelled(typed, library).text == meant


@pytest.mark.parametrize(
    "question",
    [
        pytest.param("registration of objects", id="all words are there"),
        pytest.param("the records of football", id="a word of English that no text has"),
        pytest.param("the ARTMIS", id="an acronym"),
        pytest.param("What did Registratio say?", id="a name is no slip of a common word"),
        pytest.param("lnch", id="too short to tell"),
        pytest.param("xylophonqqs", id="nothing is near"),
    ],
)
def test_what_is_no_slip_is_left_alone(library: Library, question: str) -> None:
    assert spelled(question, library).text == question


def test_what_was_searched_for_is_said(library: Library) -> None:
    assert spelled("regestration", library).notices == ("Searched for “registration” instead of “regestration”.",)


def test_a_search_sets_slips_right(library: Library) -> None:
    (hit,) = Retriever(library).search("contanimation", 1)
    assert hit.article.title == "Accords"


@pytest.mark.parametrize(
    ("one", "other", "count"), [("space", "sapce", 1), ("space", "spaces", 1), ("space", "", 5), ("abcd", "badc", 2)]
)
def test_edits_are_counted(one: str, other: str, count: int) -> None:
    assert edits(one, other) == edits(other, one) == count
