"""Text to dates."""

from datetime import date

import pytest

from rag.dates import dates_in, day_first_habit, parse_date

APRIL_23 = date(2025, 4, 23)


@pytest.mark.parametrize(
    "text",
    [
        "23-04-2025",
        "04/23/2025",
        "2025-04-23",
        "2025/04/23",
        "2025-04-23T17:27:00+05:30",
        "2025-04-23T23:59:59.123Z",
        "2025-04-23 17:27:00",
        "April 23, 2025",
        "april 23 2025",
        "Apr. 23, 2025",
        "APR 23, 2025",
        "23 April 2025",
        "23rd of April 2025",
        "23-Apr-2025",
        "Wed, 23 Apr 2025 17:27:00 GMT",
        "Wednesday, April 23, 2025 at 5:27 p.m. ET",
        "23-04-2025 17:27 IST",
    ],
)
def test_a_certain_date_is_read_as_it_is_written(text: str) -> None:
    """Whatever the form, and without moving it to another time zone."""
    assert parse_date(text) == APRIL_23


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("03-04-2025", id="day and month could be swapped"),
        pytest.param("31-02-2025", id="February has no 31st"),
        pytest.param("29 February 2023", id="no leap year"),
        pytest.param("2025-13-01", id="there is no month 13"),
        pytest.param("1899-12-31", id="before 1900"),
        pytest.param("2101-01-01", id="after 2100"),
        pytest.param("April 23", id="no year"),
        pytest.param("April 2025", id="no day"),
        pytest.param("23/04/25", id="two figures are no year"),
        pytest.param("1.23.2025.4", id="a version"),
        pytest.param("Article 3", id="no date at all"),
        pytest.param("published April 23, 2025 in Vienna", id="more than a date"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_is_not_a_certain_date_is_none(text: str) -> None:
    """An unknown date is better than a wrong one."""
    assert parse_date(text) is None


def test_day_and_month_that_are_equal_are_not_ambiguous() -> None:
    """Either order says the same."""
    assert parse_date("04-04-2025") == date(2025, 4, 4)


@pytest.mark.parametrize(("day_first", "expected"), [(True, date(2025, 4, 3)), (False, date(2025, 3, 4))])
def test_the_habit_of_the_page_decides_an_ambiguous_date(day_first: bool, expected: date) -> None:
    """The caller knows what stands around the date."""
    assert parse_date("03-04-2025", day_first=day_first) == expected


def test_an_order_that_is_certain_wins_over_the_habit() -> None:
    """23 is no month."""
    assert parse_date("04/23/2025", day_first=True) == APRIL_23


def test_dates_are_found_in_the_order_they_stand() -> None:
    """Whatever their forms."""
    text = "Opened 27 January 1967, in force October 10, 1967; posted 2025-04-23."
    assert dates_in(text) == (date(1967, 1, 27), date(1967, 10, 10), APRIL_23)


@pytest.mark.parametrize(
    ("text", "habit"),
    [
        ("Updated: 23-04-2025, Created: 03-04-2025", True),
        ("04/23/2025 and 04/03/2025", False),
        ("03-04-2025", None),
        ("23-04-2025 and 04/23/2025", None),
    ],
)
def test_the_habit_of_a_text_is_shown_by_its_certain_dates(text: str, habit: bool | None) -> None:
    """None where nothing shows it, or two dates disagree."""
    assert day_first_habit(text) is habit


def test_a_long_row_of_figures_takes_no_time() -> None:
    """The patterns are linear."""
    assert dates_in("1-" * 100_000) == ()
