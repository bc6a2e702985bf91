"""What acronyms stand for, as the texts explain them."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from ingest.pipeline import ingest
from rag.acronyms import names, pairs
from rag.library import Library
from rag.retriever import Retriever
from rag.settings import Settings

ARTICLES = {
    "who.md": ("Registry", "The Bureau of Orbital Data Exchange (BODEX) keeps the list of all objects."),
    "short.md": ("Funds", "Forty states pay into BODEX each year."),
    "long.md": ("Staff", "The Bureau of Orbital Data Exchange employs nine people in Vienna."),
    "other.md": ("Tea", "An exchange of tea between forty people is no bureau, and nobody pays."),
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
    ("text", "found"),
    [
        ("the International Lunar Research Station (ILRS)", ("ILRS", "International Lunar Research Station")),
        ("The ILRS (International Lunar Research Station) is", ("ILRS", "International Lunar Research Station")),
        ("the Committee on the Peaceful Uses (COPU)", ("COPU", "Committee on the Peaceful Uses")),
        ("the low-Earth orbit (“LEO”)", ("LEO", "low-Earth orbit")),
        ("tests of anti-satellite (ASAT) missiles", ("ASAT", "anti-satellite")),
    ],
)
def test_a_name_in_brackets_is_explained_in_either_order(text: str, found: tuple[str, str]) -> None:
    assert pairs(text) == (found,)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("resolution 1721 (XVI) of 1961", id="a number of a session"),
        pytest.param("He (Wu) met the chief designer", id="a name"),
        pytest.param("It ended. Great Western (ILRS)", id="other letters"),
        pytest.param("They are (A) good", id="a letter of a list"),
    ],
)
def test_other_brackets_explain_nothing(text: str) -> None:
    assert pairs(text) == ()


@pytest.mark.parametrize("question", ["Who pays into BODEX?", "bodex staff"])
def test_an_acronym_is_searched_for_by_its_full_name_too(library: Library, question: str) -> None:
    (name,) = (one for one in names(question, library) if one.words)
    assert name.words == "Bureau of Orbital Data Exchange"
    assert name.pattern.search("the bureau of orbital data exchange")


@pytest.mark.parametrize(
    "question", ["Who pays into the Bureau of Orbital Data Exchange?", "bureau of orbital data exchange funds"]
)
def test_a_full_name_is_searched_for_by_its_acronym_too(library: Library, question: str) -> None:
    assert "BODEX" in {name.words for name in names(question, library)}
    assert "Funds" in {hit.article.title for hit in Retriever(library).search(question, 3)}


def test_an_acronym_that_no_text_explains_is_known_by_its_letters(library: Library) -> None:
    (name,) = names("Who leads the OTE?", library)
    assert name.pattern.search("the Orbital Tea Exchange")
    assert not name.pattern.search("of the exchange")
