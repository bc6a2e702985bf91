"""A question that names dates of publication is answered from the articles of those dates, if they answer it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from ingest.pipeline import ingest
from rag.domain import Filters
from rag.library import Library
from rag.narrowing import Found, find
from rag.retriever import Retriever
from rag.settings import Settings

TODAY = date(2026, 11, 20)
ARTICLES = (
    ("Moon base grows", "2023-02-01", "Nine countries have joined the Moon base, its director Ana Ruiz said."),
    (
        "Moon base grows again",
        "2025-04-23",
        "Seventeen countries have joined the Moon base, its director Ana Ruiz said.",
    ),
    ("Lamps", "2019-06-01", "Lamps in orbit were found to disturb astronomers, a survey of observatories said."),
    ("Convention on Tugs", None, "The owner of a space tug pays for damage that the tug causes in orbit."),
)


@pytest.fixture(scope="module")
def retriever(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retriever]:
    folder = tmp_path_factory.mktemp("articles")
    for number, (title, published, text) in enumerate(ARTICLES):
        day = f"\ndate: {published}" if published else ""
        (folder / f"{number}.md").write_text(f"---\ntitle: {title}{day}\n---\n{text}\n")
    with Library.open(replace(Settings.from_env(), home=folder / "home")) as library:
        ingest([folder], library)
        yield Retriever(library)


def found(retriever: Retriever, question: str, filters: Filters | None = None) -> Found:
    return find(question, filters or Filters(), retriever, TODAY)


def test_the_search_is_narrowed_and_says_so(retriever: Retriever) -> None:
    one = found(retriever, "According to reports before 2024, how many countries have joined the Moon base?")
    assert one.filters == Filters(until=date(2023, 12, 31))
    assert one.notices == ("Searched articles published until 2023-12-31 (from the question).",)
    assert "Nine countries" in one.quoted.statements[0].text


def test_without_an_answer_inside_the_window_all_is_searched_and_that_is_said(retriever: Retriever) -> None:
    one = found(retriever, "Who has paid for damage caused by a space tug since 2024?")
    assert one.filters == Filters()
    (notice,) = one.notices
    assert notice.startswith("Articles published since 2024-01-01 (from the question) do not answer this")
    assert "tug" in one.quoted.statements[0].text


def test_an_empty_window_shows_what_is_near_outside_of_it(retriever: Retriever) -> None:
    one = found(retriever, "What did news in 1999 say about the Moon base?")
    assert one.hits
    assert one.filters == Filters()


def test_filters_of_the_user_are_never_widened(retriever: Retriever) -> None:
    mine = Filters(since=date(2025, 1, 1))
    inside = found(retriever, "How many countries have joined the Moon base since 2022?", mine)
    assert (inside.filters, inside.notices) == (mine, ())
    outside = found(retriever, "What did news in 2023 say about the Moon base?", mine)
    assert outside.filters == mine
    assert "which the date filter leaves out" in outside.notices[0]


def test_a_year_of_what_is_asked_about_leaves_the_search_alone(retriever: Retriever) -> None:
    one = found(retriever, "Who disturbed astronomers with lamps launched in 2021?")
    assert (one.filters, one.notices) == (Filters(), ())


def test_slips_are_set_right_and_said(retriever: Retriever) -> None:
    one = found(retriever, "How many countries joined the Moon base, said the dirrector?")
    assert one.question.endswith("director?")
    assert one.notices == ("Searched for “director” instead of “dirrector”.",)
