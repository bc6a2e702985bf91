"""Several documents that one question names by their titles."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from ingest.pipeline import ingest
from rag.library import Library
from rag.named_together import named_together
from rag.retriever import Retriever
from rag.settings import Settings

TITLES = {"a": "Harbour Treaty of Orbit", "b": "Agreement on Quiet Lamps", "c": "Convention on Space Tugs", "d": "News"}


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("Compare the Harbour Treaty and the Quiet Lamps Agreement on fines.", ["a", "b"]),
        ("compare harbour treaty, quiet lamps agreement and space tugs convention: leaving", ["a", "b", "c"]),
        ("What does the Harbour Treaty say on fines and on lamps?", []),
        ("harbour treaty tea and quiet lamps", []),
        ("Who pays, and when?", []),
    ],
)
def test_the_documents_that_a_question_names_are_told(question: str, named: list[str]) -> None:
    assert [min(articles) for articles in named_together(question, TITLES, compares="ompare" in question)] == named


@pytest.fixture(scope="module")
def retriever(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retriever]:
    folder = tmp_path_factory.mktemp("articles")
    for name, title in TITLES.items():
        rules = [
            f"A Party may leave by notice number {number} to the others under rule {number}." for number in range(9)
        ]
        text = "\n\n".join(f"Article {number}\n\n{rule}" for number, rule in enumerate(rules, 1))
        (folder / f"{name}.md").write_text(
            f"---\ntitle: {title}\n---\n{text if name in 'ad' else f'{title} may end.'}\n"
        )
    with Library.open(replace(Settings.from_env(), home=folder / "home")) as library:
        ingest([folder], library)
        yield Retriever(library)


def test_each_document_that_is_named_is_among_the_first_hits(retriever: Retriever) -> None:
    question = "How may a Party leave the Harbour Treaty, the Quiet Lamps Agreement and the Space Tugs Convention?"
    hits = retriever.search(question, 6)
    assert {TITLES[name] for name in "abc"} <= {hit.article.title for hit in hits}
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
