"""The newest of about equally good passages, where a question asks for now."""

from datetime import date

import pytest

from rag.newest import asks_for_now, gains

OLD, NEW = date(2020, 1, 1), date(2025, 1, 1)


@pytest.mark.parametrize(
    ("question", "now"),
    [
        ("How many countries have joined so far?", True),
        ("What is the latest on the base?", True),
        ("What’s new with the base?", True),
        ("Which new base is meant?", False),
        ("Who currently leads it?", True),
        ("Who led it in 2019?", False),
        ("What follows, now that it has left?", False),
    ],
)
def test_a_question_for_now_is_told_by_its_words(question: str, now: bool) -> None:
    assert asks_for_now(question) is now


def order(scores: list[float], published: list[date | None]) -> list[int]:
    raised = [score + more for score, more in zip(scores, gains(scores, published), strict=True)]
    return sorted(range(len(scores)), key=lambda place: -raised[place])


def test_of_two_about_as_good_the_newer_comes_first() -> None:
    assert order([9.0, 8.9, 1.0, 0.0], [OLD, NEW, None, None])[:2] == [1, 0]


def test_a_new_one_that_is_far_worse_gains_nothing() -> None:
    assert order([9.0, 1.0, 0.9], [OLD, NEW, NEW]) == [0, 1, 2]


def test_an_undated_one_that_is_better_stays_in_view() -> None:
    assert 0 in order([9.0, 8.9, 8.8, 0.0, 0.0], [None, OLD, NEW, None, None])[:2]


def test_the_newest_of_many_good_ones_is_among_the_first_four() -> None:
    scores = [9.0, 8.9, 8.8, 8.7, 8.6, 8.0, *[0.0] * 30]
    assert 5 in order(scores, [*[None] * 4, OLD, NEW, *[None] * 30])[:4]


def test_without_two_dates_nothing_is_gained() -> None:
    assert gains([2.0, 1.0], [NEW, None]) == [0.0, 0.0]
    assert gains([2.0], [NEW]) == [0.0]
