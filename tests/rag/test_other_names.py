"""Words that mean about the same find passages too, with less weight than the question's own."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from ingest.pipeline import ingest
from rag.domain import Filters
from rag.library import Library
from rag.other_names import same_meaning
from rag.retriever import Retriever
from rag.settings import Settings

ARTICLES = {
    "junk": "Fragments were seen by the crews. They are junk of a lighthouse tender that was lost in spring.",
    "tender": "A lighthouse tender was built in spring. It carries buoys, lamps and chains, and a crane.",
    "rules": "Forty harbours have rules for tenders. They were agreed upon in spring, after nine years.",
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("articles")
    for name, text in ARTICLES.items():
        (folder / f"{name}.md").write_text(f"---\ntitle: {name}\n---\n{text}\n")
    with Library.open(replace(Settings.from_env(), home=folder / "home", embedding="minilm")) as opened:
        ingest([folder], opened)
        yield opened


@pytest.mark.parametrize(
    ("question", "others"),
    [
        ("Who forbids debris?", {"prohibit", "ban", "bar", "outlaw", "junk"}),
        ("Does a ban forbid junk?", {"prohibit", "bar", "outlaw", "debris"}),
        ("Who won?", set()),
        ("", set()),
    ],
)
def test_words_of_the_question_bring_others_that_it_does_not_have(question: str, others: set[str]) -> None:
    assert set(same_meaning(question)) == others


def test_what_says_it_in_another_word_is_found_by_words(library: Library) -> None:
    assert library.best_words("debris", 3, Filters()) == []
    hits = Retriever(library).search("What debris is there?", 3)
    assert [hit.lexical_rank is not None for hit in hits if hit.article.title == "junk"] == [True]
