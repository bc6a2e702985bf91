"""What a question asks for, and follow-ups that stand by themselves."""

import pytest

from rag.domain import Turn
from rag.question import wanted
from rag.rewrite import standalone

BEFORE = [Turn("Which countries founded APSCO?", "Eight did. [1]")]


def test_the_subject_of_a_question_is_its_telling_words() -> None:
    assert wanted("How many countries have joined the ILRS?").subject == ("countri", "join", "ilr")


@pytest.mark.parametrize(
    ("question", "answer", "no_answer"),
    [
        ("How many states signed?", "Seventeen countries, or 17, signed.", "States signed."),
        ("By when is the base planned?", "It is planned by 2035.", "The base is planned."),
        ("Who accused the US?", "Officials say that Wu accused it.", "it was accused of interference"),
        ("Why did it leave?", "It left because of the war.", "It left."),
    ],
)
def test_a_question_tells_what_its_answer_holds(question: str, answer: str, no_answer: str) -> None:
    pattern = wanted(question).pattern
    assert pattern
    assert pattern.search(answer)
    assert not pattern.search(no_answer)


@pytest.mark.parametrize(
    "question", ["When was it founded?", "And Europe?", "Who leads them?", "What about Mongolia?", "why?"]
)
def test_a_follow_up_takes_the_subject_along(question: str) -> None:
    assert standalone(question, BEFORE) == f"Which countries founded APSCO? {question}"


def test_a_question_that_stands_by_itself_is_left_alone() -> None:
    question = "What does the Liability Convention say about damage on the surface of the Earth?"
    assert standalone(question, BEFORE) == question
    assert standalone("When was it founded?", []) == "When was it founded?"


def test_the_subject_is_carried_over_two_follow_ups() -> None:
    turns = [*BEFORE, Turn("When was it founded?", "In 2005. [1]")]
    assert standalone("And where?", turns) == "Which countries founded APSCO? When was it founded? And where?"
