"""A filter that lets many articles through finds what searching all and leaving the others out finds."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from rag.catalog.rows import Draft
from rag.domain import Article, Filters, Passage
from rag.library import Library
from rag.settings import Settings

ARTICLES = 750  # 250 of them from 2020 on: more than are handed to an index
SINCE = Filters(since=date(2020, 1, 1))
THINGS = ("crane", "lamp", "quay", "ferry", "buoy", "anchor", "customs office", "dry dock")
DONE = ("was painted", "was sold", "needs a permit", "is out of order", "costs ninety crowns")


def draft(number: int) -> Draft:
    name = f"harbour-{number:03}"
    text = f"The {THINGS[number % 8]} of harbour {number} {DONE[number % 5]}."
    day = date(2020 + number % 5, 1, 1) if number % 3 == 0 else date(2010 + number % 5, 1, 1)
    article = Article(name, 1, f"/{name}.txt", name, None, None, day, None, None, "en", text, text, {})
    passage = Passage(f"{name}.1.1", name, 1, 0, len(text), text, None, None)
    return Draft(article, (passage,), (((0, len(text)),),), "1")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    home: Path = tmp_path_factory.mktemp("wide")
    settings = replace(Settings.from_env(), home=home, embedding="minilm")
    with Library.open(settings) as library:
        library.add([draft(number) for number in range(ARTICLES)])
        yield library


def kept(found: list[tuple[str, float]], library: Library, limit: int) -> list[tuple[str, float]]:
    passing = library.cards(SINCE)
    return [one for one in found if one[0].rsplit(".", 2)[0] in passing][:limit]


@pytest.mark.parametrize(
    ("question", "limit"),
    [
        pytest.param("Which crane needs a permit?", 5, id="few of many"),
        pytest.param("What was sold?", 150, id="more than there are"),
        pytest.param("ferry 12", 1, id="one"),
        pytest.param("zebra", 5, id="a word that no text has"),
    ],
)
def test_by_words(library: Library, question: str, limit: int) -> None:
    found = library.best_words(question, limit, SINCE)
    every = kept(library.best_words(question, ARTICLES, Filters()), library, limit)
    assert [score for _, score in found] == pytest.approx([score for _, score in every])
    assert kept(found, library, limit) == found


@pytest.mark.parametrize("limit", [1, 5, 50, ARTICLES])
@pytest.mark.parametrize("chroma", [pytest.param(False, id="exact"), pytest.param(True, id="by Chroma")])
def test_by_meaning(library: Library, chroma: bool, limit: int) -> None:
    vector = np.asarray(library.embedding.embed_query("Which crane needs a permit?"), dtype=np.float32)
    exact = kept(library.nearest(vector, ARTICLES, Filters()), library, limit)
    if chroma:
        library.use_chroma()
        assert library.wait_for_chroma(60)
    found = library.nearest(vector, limit, SINCE)
    np.testing.assert_allclose([cosine for _, cosine in found], [cosine for _, cosine in exact], atol=1e-5)


def test_what_was_written_since_is_found_though_the_same_filter_was_asked_before(library: Library) -> None:
    library.best_words("lighthouse", 5, SINCE)
    new = draft(0)
    text = "The lighthouse is new."
    passage = Passage("harbour-new.1.1", "harbour-new", 1, 0, len(text), text, None, None)
    article = replace(new.article, id="harbour-new", source="/new.txt", text=text)
    library.add([replace(new, article=article, passages=(passage,), sentences=(((0, len(text)),),))])
    assert [name for name, _ in library.best_words("lighthouse", 5, SINCE)] == ["harbour-new.1.1"]
    library.remove(["harbour-new"])
    assert library.best_words("lighthouse", 5, SINCE) == []
