"""What quantity a question asks for."""

import pytest

from rag.newest import counts_now, last_told
from rag.quantities import quantity


@pytest.mark.parametrize(
    ("question", "stated", "not_stated"),
    [
        ("How heavy is the lander?", "The lander weighs 3.2 tonnes.", "The lander flew in 2024."),
        ("What was the vote on the resolution?", "It passed by 155 votes to 9.", "It passed on 7 December."),
        ("How long does the grace period last?", "It lasts eight years.", "It was set in 2004."),
        ("At what altitude do they orbit?", "They orbit at 790 kilometres.", "They orbit since 1997."),
        ("How much did Canada claim?", "Canada claimed 6 million dollars.", "Canada claimed it in 1979."),
        ("How many countries have signed?", "So far 59 states have signed.", "They signed on 13 October 2020."),
        ("How many members are there?", "It brought the number of members to 102.", "They met in 2023."),
        ("How many launches are allowed?", "It allows up to 30 launches a year.", "It allows launches from 2023 on."),
        ("When did it enter into force?", "It entered into force on 10 October 1967.", "It entered into force soon."),
        ("When was the treaty of 1967 signed?", "It was signed on 27 January.", "It is the treaty of 1967."),
        ("What is the fine for a late report?", "It is 5,000 euros.", "Reports are due in ten days."),
        ("What is charged for a place?", "They charge nothing for it.", "They charge for it from 2030 on."),
        ("What jail term does the law set?", "It sets up to five years in prison.", "It sets high fines."),
        ("How many guidelines are there?", "The guidelines are seven rules.", "The guidelines of 2007 are rules."),
        ("How many ratifications did it need?", "It needed ratification by five states.", "Five months went by."),
        ("By how many votes was it adopted?", "The vote was 155 to 9.", "It runs from 2021 to 2027."),
        ("Who chairs the committee?", "It is led by Ana Silva of Chile.", "The General Assembly set it up."),
        ("Which presidents signed it?", "President Ana Silva signed it.", "The United States signed it in May."),
        ("Which three states voted against?", "They were Peru, Chile and Cuba.", "Three states voted against."),
        ("Which three states voted against?", "China, Iran and Russia did.", "China and Russia did."),
        ("How many people work there?", "It has 40 people.", "They asked in 2010 for a working group."),
    ],
)
def test_a_sentence_states_the_quantity_or_does_not(question: str, stated: str, not_stated: str) -> None:
    states = quantity(question)
    assert states is not None
    assert states(stated)
    assert not states(not_stated)


@pytest.mark.parametrize(
    "question",
    [
        "Who keeps the register?",
        "Who pays for the rescue?",
        "In whose currency is it paid?",
        "What does the law say about the budget?",
        "Can the union fine a country?",
        "When do operators passivate a satellite?",
        "In which resolution was it adopted?",
        "Which General Assembly resolution created it?",
        "What must states share about the weather?",
        "How do states share the benefits?",
        "What legal value do the guidelines have?",
        "What costs does the agreement cover?",
        "What does the agreement say about its cost?",
        "What happens within the working group?",
        "How did the council vote?",
        "What is the debris limit under the law?",
    ],
)
def test_a_question_without_a_quantity_asks_for_none(question: str) -> None:
    assert quantity(question) is None


@pytest.mark.parametrize(
    ("question", "now"),
    [
        ("How many countries have signed the accords?", True),
        ("What is the latest count?", True),
        ("How many countries had signed in 2021?", False),
        ("How many members did it have at first?", False),
    ],
)
def test_counts_are_asked_for_as_of_now_or_of_then(question: str, now: bool) -> None:
    assert counts_now(question) is now


def test_the_last_time_that_a_sentence_tells() -> None:
    assert last_told("It had 14 members at the end of 2021 and 23 on 5 May 2022.") == (2022, 5, 5)
    assert last_told("In October 2025 there were 59.") == (2025, 10, 0)
    assert last_told("There are many.") == (0, 0, 0)
