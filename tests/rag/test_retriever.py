"""Passages for a question: parts, other names, copies, limits."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.pipeline import ingest
from rag.assistant import Assistant
from rag.retriever import Retriever
from rag.settings import Settings

ARTICLES = {
    "liability.md": ("Liability", "A launching State pays compensation for damage caused by its space object."),
    "rescue.md": ("Rescue", "The crew of a spacecraft in distress is to be returned to the launching authority."),
    "station.md": ("Station", "Seventeen countries have joined the ILRS, which Russia and China build."),
    "tea.md": ("Tea", "Green tea should be drunk warm, with nothing added to it."),
}


@pytest.fixture(scope="module")
def retriever(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retriever]:
    folder = tmp_path_factory.mktemp("articles")
    for name, (title, text) in ARTICLES.items():
        (folder / name).write_text(f"---\ntitle: {title}\n---\n{text}\n")
    with Assistant.open(replace(Settings.from_env(), home=folder / "home", model=None)) as assistant:
        ingest([folder], assistant.library)
        yield assistant.retriever


def titles(retriever: Retriever, question: str, limit: int) -> list[str]:
    return [hit.article.title for hit in retriever.search(question, limit)]


def test_each_part_of_a_question_brings_its_passage(retriever: Retriever) -> None:
    question = "Who pays for damage by a space object, and to whom is a crew in distress returned?"
    assert set(titles(retriever, question, 2)) == {"Liability", "Rescue"}


def test_a_full_name_finds_its_acronym(retriever: Retriever) -> None:
    assert titles(retriever, "Who joined the International Lunar Research Station?", 1) == ["Station"]


def test_hits_come_best_first_and_no_more_than_wanted(retriever: Retriever) -> None:
    hits = retriever.search("How is tea drunk?", 3)
    assert len(hits) == 3
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


@pytest.mark.parametrize(("question", "limit"), [("", 8), ("  ", 8), ("tea", 0)])
def test_nothing_asked_or_wanted_finds_nothing(retriever: Retriever, question: str, limit: int) -> None:
    assert retriever.search(question, limit) == ()


def test_a_question_for_now_keeps_the_newest_of_like_articles_in_view(tmp_path: Path) -> None:
    for year, count in enumerate(("Nine", "Ten", "Eleven", "Twelve", "Thirteen", "Fourteen"), 2019):
        text = f"{count} countries have joined the harbour in orbit, says its council of {count.lower()}."
        (tmp_path / f"{year}.md").write_text(f"---\ntitle: Harbour\ndate: {year}-05-01\n---\n{text}\n")
    with Assistant.open(replace(Settings.from_env(), home=tmp_path / "home", model=None)) as assistant:
        ingest([tmp_path], assistant.library)
        hits = assistant.retriever.search("How many countries have currently joined the harbour?", 4)
        assert 2024 in {hit.article.published.year for hit in hits if hit.article.published}
