"""Follow-ups become questions that stand by themselves; what changes the subject stays as it is."""

import pytest

from rag.domain import Turn
from rag.rewrite import standalone

ANSWER = "Europe left the International Lunar Research Station. [1]"


def asked_after(*questions: str, answer: str = ANSWER) -> str:
    """The last question as it is searched for, after the others."""
    return standalone(questions[-1], [Turn(question, answer) for question in questions[:-1]])


@pytest.mark.parametrize(
    "question",
    [
        "And for damage in orbit?",
        "When did it enter into force?",
        "Who leads it?",
        "Are they binding?",
        "Why?",
        "By whom?",
        "In orbit?",
        "Who appoints the chairman?",
        "How many countries have joined?",
        "Does the same apply in orbit?",
        "What are its main provisions?",
        "Is this allowed under US law?",
        "How is such damage assessed?",
        "How are their costs met?",
        "And when does that take effect?",
        "Can it ever be higher than that?",
        "What happens there?",
    ],
)
def test_what_leans_on_the_turn_before_carries_its_subject(question: str) -> None:
    before = "Which rule on compensation holds for damage on the ground?"
    assert asked_after(before, question).startswith(f"About “{before}”")
    assert asked_after(before, question).endswith(f": {question}")


@pytest.mark.parametrize(
    "question",
    [
        "How do I boil an egg?",
        "What is remote sensing?",
        "Who is Wu Weiren?",
        "What is the capital of Peru?",
        "Is there a rule on debris that crosses borders?",
        "What must States do with their satellites?",
        "what must states do with their satellites",
        "Does a State keep jurisdiction over its space objects?",
        "Is it legal to own an asteroid?",
        "How long does it take to reach the Moon?",
        "Which measures, such as passivation, are recommended?",
        "Does damage to another State count as damage?",
        "Which countries have signed the Artemis Accords, and when did they do that?",
        "And what does the Rescue Agreement say about astronauts in distress?",
        "Which companies launched satellites this year?",
        "Why did so few states join the Moon Agreement?",
        "definition of space debris",
    ],
)
def test_what_changes_the_subject_stays_as_it_is(question: str) -> None:
    assert asked_after("Who settles a claim under the Liability Convention?", question) == question


@pytest.mark.parametrize(
    ("questions", "searched"),
    [
        (
            ("How many countries have joined the ILRS?", "And the Artemis Accords?"),
            "How many countries have joined the Artemis Accords?",
        ),
        (
            ("What does Article II of the Outer Space Treaty say?", "And Article VI?", "What about Article IX?"),
            "What does Article IX of the Outer Space Treaty say?",
        ),
        (("What does China plan?", "and for Europe?"), "What does Europe plan?"),
        (
            (
                "When was the Registration Convention opened for signature?",
                "When did it enter into force?",
                "And the Moon Agreement?",
            ),
            "When did the Moon Agreement enter into force?",
        ),
    ],
)
def test_where_only_a_name_changes_it_takes_the_place_of_the_other(questions: tuple[str, ...], searched: str) -> None:
    assert asked_after(*questions) == searched


@pytest.mark.parametrize(
    ("before", "question"),
    [
        ("Is the Wolf Amendment binding?", "And Pakistan?"),
        ("Which countries founded APSCO?", "And Europe?"),
        ("Which countries joined Intelsat?", "What about Mongolia?"),
        ("Did China and Russia sign?", "And Mongolia?"),
    ],
)
def test_a_name_of_another_kind_takes_no_place(before: str, question: str) -> None:
    assert asked_after(before, question).startswith(f"About “{before}”")


def test_what_follows_a_follow_up_knows_how_the_subject_began() -> None:
    searched = asked_after("How is the Claims Commission composed?", "Who pays for it?", "May they be replaced?")
    assert searched.startswith("About “How is the Claims Commission composed? Who pays for it?”")


def test_what_follows_a_change_of_name_is_about_the_new_one() -> None:
    searched = asked_after("When did the Moon Agreement enter into force?", "And the Rescue Agreement?", "Why so late?")
    assert searched == "About “When did the Rescue Agreement enter into force?”: Why so late?"


def test_of_two_that_go_on_alike_the_first_is_forgotten() -> None:
    searched = asked_after("Who is liable for damage on the ground?", "And in orbit?", "What about aircraft in flight?")
    assert searched == "About “Who is liable for damage on the ground?”: What about aircraft in flight?"


def test_names_of_the_answer_are_carried_where_it_was_asked_for_one() -> None:
    answer = "Wu Weiren, the chief designer, accuses the United States. [1]"
    assert asked_after("Who accuses them?", "What does he do?", answer=answer) == (
        "About “Who accuses them?” (Wu Weiren, United States): What does he do?"
    )
    assert "Wu Weiren" not in asked_after("When was the station planned?", "Where is it?", answer=answer)


def test_a_word_of_thanks_is_no_subject() -> None:
    searched = asked_after(
        "What is in the debris guidelines?", "thanks", "Are they binding?", answer="Seven rules. [1]"
    )
    assert searched == "About “What is in the debris guidelines?”: Are they binding?"


def test_a_first_question_stays_as_it_is() -> None:
    assert asked_after("And when does that take effect?") == "And when does that take effect?"
