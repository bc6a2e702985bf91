"""The scope as a browser sends it, and the line that says it."""

from datetime import date

import pytest

from rag.domain import ArticleCard, Filters
from rag.errors import SpacePolicyError
from ui import scope

CARD = ArticleCard("a1", 1, "A base on the Moon", "Lunar Times", None, date(2025, 4, 23), None)


def test_what_was_chosen_becomes_filters() -> None:
    chosen = {**scope.of_articles([CARD], "2025-01-01", "", ["Lunar Times"]), "outlets": ["Lunar Times"]}
    assert scope.read(chosen) == Filters(("Lunar Times",), date(2025, 1, 1), None, ("a1",))
    assert chosen["articles"] == [{"id": "a1", "title": "A base on the Moon (Lunar Times, 23 April 2025)"}]


@pytest.mark.parametrize("nothing", [None, {}, scope.empty(["Lunar Times"]), "x"])
def test_where_nothing_was_chosen_all_articles_may_answer(nothing: object) -> None:
    assert scope.read(nothing) == Filters()
    assert "Reset" not in scope.line(nothing)
    assert "<strong>all articles</strong>" in scope.line(nothing)


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param({"outlets": [1]}, id="an outlet that is a number"),
        pytest.param({"outlets": "Lunar Times"}, id="outlets that are no list"),
        pytest.param({"articles": ["a1", {"title": "no id"}]}, id="an article without an id"),
        pytest.param({"since": 2025}, id="a date that is a number"),
        pytest.param({"until": "April"}, id="a date that is a word"),
    ],
)
def test_what_cannot_be_read_is_said_and_can_be_reset(sent: object) -> None:
    with pytest.raises(SpacePolicyError):
        scope.read(sent)
    assert "Reset scope" in scope.line(sent)


def test_new_outlets_say_nothing_of_what_is_chosen() -> None:
    assert scope.of_outlets(["New"]) == {"all": ["New"], "keep": True}
    assert scope.read(scope.of_outlets(["New"])) == Filters()


def test_the_line_is_text() -> None:
    assert "<b>" not in scope.line({"outlets": ["<b>"]})
