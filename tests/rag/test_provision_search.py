"""Passages of a provision that a question names, in the articles that it points to."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from ingest.pipeline import ingest
from rag.library import Library
from rag.retriever import Retriever
from rag.settings import Settings

PROVISIONS = {
    "Treaty on the Uses of Outer Space": ("Article", ("I", "II", "III", "IV")),
    "Agreement on Harbours in Orbit": ("Article", ("1", "2", "3", "4")),
    "Guidelines for Quiet Skies": ("Guideline", ("A.1", "A.2", "B.1", "B.2")),
}
RULES = (
    "Each Party shall keep its lamps covered while others observe the sky.",
    "Parties shall consult before they move a harbour that others use.",
    "A Party that breaks a lamp pays for it within one year.",
    "Disputes on lamps and harbours are settled by a committee of three.",
)


@pytest.fixture(scope="module")
def retriever(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retriever]:
    folder = tmp_path_factory.mktemp("articles")
    for number, (title, (kind, numbers)) in enumerate(PROVISIONS.items()):
        rules = "\n\n".join(f"{kind} {one}\n\n{rule}" for one, rule in zip(numbers, RULES, strict=True))
        (folder / f"{number}.md").write_text(f"---\ntitle: {title}\n---\nIt was agreed as follows.\n\n{rules}\n")
    with Library.open(replace(Settings.from_env(), home=folder / "home")) as library:
        ingest([folder], library)
        yield Retriever(library)


@pytest.mark.parametrize(
    ("question", "title", "section"),
    [
        ("What does Article III of the Outer Space Treaty say?", "Treaty on the Uses of Outer Space", "Article III"),
        ("article 3 outer space treaty", "Treaty on the Uses of Outer Space", "Article III"),
        ("Article 2 OST", "Treaty on the Uses of Outer Space", "Article II"),
        ("article 2 ost", "Treaty on the Uses of Outer Space", "Article II"),
        ("What does Article IV of the Harbours Agreement say?", "Agreement on Harbours in Orbit", "Article 4"),
        ("In the agreement on harbours, what is in Article II?", "Agreement on Harbours in Orbit", "Article 2"),
        ("Guideline B.1", "Guidelines for Quiet Skies", "Guideline B.1"),
        ("guideline a2 on moving harbours", "Guidelines for Quiet Skies", "Guideline A.2"),
    ],
)
def test_a_provision_comes_first_from_the_article_that_is_meant(
    retriever: Retriever, question: str, title: str, section: str
) -> None:
    first = retriever.search(question, 3)[0]
    assert (first.article.title, first.passage.section) == (title, section)


def test_each_of_two_provisions_comes_before_all_others(retriever: Retriever) -> None:
    hits = retriever.search("What do Articles I and IV of the Outer Space Treaty say?", 2)
    assert {hit.passage.section for hit in hits} == {"Article I", "Article IV"}


def test_a_provision_that_no_article_has_leaves_the_search_as_it_is(retriever: Retriever) -> None:
    assert retriever.search("What does Article 77 say on lamps?", 3)


def test_hits_stay_in_the_order_of_their_scores(retriever: Retriever) -> None:
    scores = [hit.score for hit in retriever.search("Article 3 of the Outer Space Treaty", 8)]
    assert scores == sorted(scores, reverse=True)
