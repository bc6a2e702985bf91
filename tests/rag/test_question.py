"""What a question asks for, its parts, and follow-ups that stand by themselves."""

import pytest

from rag.domain import Turn
from rag.question import read, wanted
from rag.rewrite import standalone

BEFORE = [Turn("Which countries founded APSCO?", "Eight did. [1]")]


def test_the_subject_of_a_question_is_its_telling_words() -> None:
    assert wanted("How many countries have joined the ILRS?").subject == ("countri", "join", "ilr")


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("What is new in the Ukraine peace talks?", ("ukrain", "peac", "talk")),
        ("What’s the latest on the lunar gateway?", ("lunar", "gateway")),
        ("What is new?", ("new",)),
        ("Which new rules are there for launches?", ("new", "rule", "launch")),
    ],
)
def test_asking_for_news_is_no_subject(question: str, subject: tuple[str, ...]) -> None:
    assert wanted(question).subject == subject


@pytest.mark.parametrize(
    ("question", "answer", "no_answer"),
    [
        ("How many states signed?", "Seventeen countries, or 17, signed.", "States signed."),
        ("By when is the base planned?", "It is planned by 2035.", "The base is planned."),
        ("Who accused the US?", "Officials say that Wu accused it.", "it was accused of interference"),
        ("Why did it leave?", "It left because of the war.", "It left."),
        ("What counts as debris?", "Debris means all broken objects.", "Debris grew."),
    ],
)
def test_a_question_tells_what_its_answer_holds(question: str, answer: str, no_answer: str) -> None:
    pattern = wanted(question).pattern
    assert pattern
    assert pattern.search(answer)
    assert not pattern.search(no_answer)


@pytest.mark.parametrize(
    ("question", "answer", "no_answer"),
    [
        ("On what date did it enter into force?", "It did on 11 July 1984.", "It did on the thirtieth day."),
        ("Within how many years must it leave?", "It must leave within five years.", "5 objects must leave."),
        ("At what altitude does space begin?", "Some say at 100 km.", "Section 3 of 1967 does not say."),
        ("Give me the full list of the members.", "They are China, Russia, Egypt and Pakistan.", "There are 17."),
        ("How much money was spent?", "It cost $3 million.", "It took 3 years."),
        ("When did it fly?", "It flew in May 2024.", "It flew before the others."),
    ],
)
def test_what_is_asked_for_outright_must_be_there(question: str, answer: str, no_answer: str) -> None:
    outright = wanted(question).outright
    assert outright
    assert outright.search(answer)
    assert not outright.search(no_answer)


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        pytest.param(
            "Who pays for the search, and how much may it cost?",
            ("Who pays for the search", "how much may it cost?"),
            id="two questions in one",
        ),
        pytest.param(
            "What do the rules say on (a) fuel tanks and (b) crew safety?",
            ("What do the rules say on fuel tanks", "What do the rules say on crew safety"),
            id="lettered",
        ),
        pytest.param(
            "How does liability differ between damage on Earth and damage in orbit?",
            (
                "How does liability differ between damage on Earth?",
                "How does liability differ between damage in orbit?",
            ),
            id="the sides of a comparison",
        ),
        pytest.param("disposal: LEO versus GEO", ("disposal: LEO", "disposal: GEO"), id="versus"),
        pytest.param(
            "What is his job? Do the reports agree?", ("What is his job?",), id="asking for agreement is no part"
        ),
        pytest.param("Who is it, and why?", ("Who is it, and why?",), id="a part without a subject is none"),
        pytest.param(
            "Where have APSCO, the African Space Agency and EUSPA their seats?",
            ("Where have APSCO, the African Space Agency and EUSPA their seats?",),
            id="names before a noun of their own are left together",
        ),
        pytest.param(
            "Where are the seats of APSCO, the African Space Agency and EUSPA?",
            (
                "Where are the seats of APSCO?",
                "Where are the seats of the African Space Agency?",
                "Where are the seats of EUSPA?",
            ),
            id="names in a row",
        ),
        pytest.param(
            "Who wrote the Russian and Chinese draft?",
            ("Who wrote the Russian and Chinese draft?",),
            id="one thing of two",
        ),
        pytest.param(
            "Compare Japan's and India's laws",
            ("Compare Japan's laws", "Compare India's laws"),
            id="what only the second side names",
        ),
    ],
)
def test_a_question_is_read_in_parts(question: str, asked: tuple[str, ...]) -> None:
    assert tuple(part.asked for part in read(question).parts) == asked


def test_what_is_told_before_the_question_makes_each_part_clear() -> None:
    first, second = read("A satellite fell. Who pays for damage, and who collects the pieces?").parts
    assert (first.asked, first.text) == ("Who pays for damage", "A satellite fell. Who pays for damage")
    assert second.text == "A satellite fell. who collects the pieces?"


@pytest.mark.parametrize(
    "question", ["When was it founded?", "And Europe?", "Who leads them?", "What about Mongolia?", "why?"]
)
def test_a_follow_up_takes_the_subject_along(question: str) -> None:
    alone = standalone(question, BEFORE)
    assert alone == f"About “Which countries founded APSCO?”: {question}"
    (part,) = read(alone).parts
    assert (part.asked, part.text) == (question, f"Which countries founded APSCO? {question}")


def test_what_the_answer_before_named_is_taken_along() -> None:
    turns = [Turn("Who settles a claim?", "A Claims Commission does, with help of the UN Secretary-General. [1]")]
    alone = standalone("Who pays for it?", turns)
    assert alone == "About “Who settles a claim?” (Claims Commission, UN Secretary-General): Who pays for it?"


def test_a_question_that_stands_by_itself_is_left_alone() -> None:
    question = "What does the Liability Convention say about damage on the surface of the Earth?"
    assert standalone(question, BEFORE) == question
    assert standalone("When was it founded?", []) == "When was it founded?"


def test_the_subject_is_carried_over_two_follow_ups() -> None:
    turns = [*BEFORE, Turn("When was it founded?", "In 2005. [1]")]
    assert standalone("And where?", turns) == "About “Which countries founded APSCO? When was it founded?”: And where?"


@pytest.mark.parametrize(
    ("question", "sides"),
    [
        (
            "How were the old rules adopted compared with the new rules?",
            ["How were the old rules adopted?", "How were the new rules adopted?"],
        ),
        ("how is a tug different from a barge", ["how is a tug", "how is a barge"]),
    ],
)
def test_both_sides_of_a_comparison_are_asked_the_same(question: str, sides: list[str]) -> None:
    assert [" ".join(part.asked.split()) for part in read(question).parts] == sides
