"""The dates of publication that a question names."""

from datetime import date

import pytest

from rag.domain import Filters
from rag.windows import Window, window

TODAY = date(2026, 11, 20)  # a Friday


def days(since: str | None, until: str | None) -> tuple[date | None, date | None]:
    return since and date.fromisoformat(since), until and date.fromisoformat(until)


@pytest.mark.parametrize(
    ("question", "since", "until"),
    [
        ("What has Wu said since 2024?", "2024-01-01", None),
        ("What did Wu say in April 2025?", "2025-04-01", "2025-04-30"),
        ("Which articles after 3 May 2024 are about debris?", "2024-05-04", None),
        ("What did the news say between 2019 and 2021?", "2019-01-01", "2021-12-31"),
        ("What did the news say between April and June 2025?", "2025-04-01", "2025-06-30"),
        ("What was reported before 2020?", None, "2019-12-31"),
        ("What was said on April 23rd, 2025?", "2025-04-23", "2025-04-23"),
        ("What happened last year?", "2025-01-01", "2025-12-31"),
        ("What was announced this month?", "2026-11-01", None),
        ("Who has commented in the last six weeks?", "2026-10-09", None),
        ("How many countries have joined since 2024?", "2024-01-01", None),
        ("As of April 2025, how many countries had joined?", None, "2025-04-30"),
        ("About “What did NASA announce in April 2025?”: And Europe?", "2025-04-01", "2025-04-30"),
        ("About “What did NASA announce in April 2025?”: And since May 2025?", "2025-05-01", None),
    ],
)
def test_words_for_a_time_of_publication_are_a_window(question: str, since: str | None, until: str | None) -> None:
    found = window(question, TODAY)
    assert found
    assert (found.since, found.until) == days(since, until)


@pytest.mark.parametrize(
    "question",
    [
        pytest.param("What did the 1967 treaty say?", id="the year is the treaty's"),
        pytest.param("What is recommended in the 2007 guidelines?", id="the year is the guidelines'"),
        pytest.param("When did the satellite break up in 2019?", id="the question asks for a date in it"),
        pytest.param("Which objects were launched in 2019?", id="the launch was in it"),
        pytest.param("What did Russia say about satellites launched after 2020?", id="the launch was after it"),
        pytest.param("The base is due in 2035. What was said of it?", id="it is still to come"),
        pytest.param("Who won the 2018 football World Cup?", id="no word of time before the year"),
        pytest.param("Who pays for damage?", id="no time at all"),
    ],
)
def test_a_date_of_what_is_asked_about_is_no_window(question: str) -> None:
    assert window(question, TODAY) is None


@pytest.mark.parametrize(
    ("question", "sure"), [("coverage of the Moon base since 2024", True), ("Who has joined since 2024?", False)]
)
def test_a_window_tells_whether_it_is_said_of_the_articles(question: str, sure: bool) -> None:
    found = window(question, TODAY)
    assert found
    assert found.sure is sure


def test_a_window_lies_inside_the_dates_that_are_filtered_already() -> None:
    wide, (since, until) = Window(date(2024, 1, 1), None, sure=True), days("2023-01-01", "2025-01-01")
    assert wide.narrowed(Filters(since=since, until=until)) == Filters(since=date(2024, 1, 1), until=until)
    assert wide.narrowed(Filters(until=date(2020, 1, 1))) is None


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        ("2024-01-01", None, "since 2024-01-01"),
        (None, "2024-01-01", "until 2024-01-01"),
        ("2024-01-01", "2024-01-31", "from 2024-01-01 to 2024-01-31"),
        ("2024-01-01", "2024-01-01", "on 2024-01-01"),
    ],
)
def test_a_window_is_said_in_words(since: str | None, until: str | None, words: str) -> None:
    assert Window(*days(since, until), sure=True).when == words
