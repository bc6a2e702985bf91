"""The first and the most: which sentences tell of the one that a question means."""

from pathlib import Path

import pytest

from ingest.pipeline import ingest
from rag.assistant import Assistant
from rag.extremes import picked, tells
from rag.places import place_names
from rag.settings import Settings


@pytest.mark.parametrize(
    ("question", "text", "told"),
    [
        ("Who signed the pact first?", "Eight countries had signed first.", True),
        ("Who signed the pact first?", "Chad and Mali were the first African signatories.", False),
        ("Which African states signed the pact first?", "Chad and Mali were the first African signatories.", True),
        ("Which country of Africa was the first to sign?", "Chad was the first African state to sign.", True),
        ("Which British port was the first to open?", "Unst is the first UK spaceport.", True),
        ("Who launched the first satellite?", "Kenya launched its first satellite in 2018.", False),
        ("Who launched the first satellite?", "Kenya’s first satellite left the station in 2018.", False),
        ("What was Kenya's first satellite?", "Kenya’s first satellite left the station in 2018.", True),
        ("Which was the first satellite of Kenya?", "Kenya launched its first satellite in 2018.", True),
        ("Who launched the first satellite?", "Ada Corp built the first rocket of its kind.", False),
        ("Who launched the first satellite?", "The missile hits it without first going into orbit.", False),
        ("Which country passed the first law on mining?", "Peru was the first country with rules on mining.", True),
        ("Which country passed the first law on mining?", "Ada Corp got the first permit.", False),
        ("Who was the first woman on the Moon?", "They were the first people near the Moon since 1972.", False),
        ("Who made the first landing?", "Selene was the first lander to touch down.", True),
        ("What is the first set of rules?", "They were the first set of UN rules.", True),
        ("Who were the founding members?", "Eight states founded the body.", True),
        ("Who were the founding members?", "The body has eight members.", False),
        ("Who was the ninth country to sign?", "Chile became the ninth signatory.", True),
        ("What is the biggest fleet?", "It is the largest fleet.", True),
        ("What is the biggest fleet?", "It is a large fleet.", False),
    ],
)
def test_a_first_of_some_kind_answers_only_where_the_question_names_the_kind(
    question: str, text: str, told: bool
) -> None:
    wanted = picked(question)
    assert wanted
    assert tells(wanted, question, text, place_names(question)) is told


def test_when_and_where_pick_nothing() -> None:
    assert not picked("When did the first satellite fly?")


def test_beside_the_first_stands_who_it_was(tmp_path: Path) -> None:
    """Those of the same day, before others of the same subject."""
    (tmp_path / "pact.md").write_text(
        "---\ntitle: The Harbour Pact\n---\n"
        "On 3 May 2031 five countries signed the Harbour Pact first.\n\n"
        + "\n\n".join(
            f"{name} signed the Harbour Pact in June 203{at}." for at, name in enumerate(("Mali", "Chad", "Oman"))
        )
        + "\n\nPeru, Chile, Fiji, Malta and Laos signed the Harbour Pact on 3 May 2031.\n\n"
        "Kenya and Ghana were the first African states to sign the Harbour Pact, in July 2034.\n"
    )
    with Assistant.open(
        Settings(home=tmp_path / "home", cache=Settings.from_env().cache, corpus=tmp_path)
    ) as assistant:
        ingest([tmp_path / "pact.md"], assistant.library)
        answer = assistant.answer("Who signed the Harbour Pact first?")
    assert answer.statements[0].text == "On 3 May 2031 five countries signed the Harbour Pact first."
    assert "Peru, Chile, Fiji, Malta and Laos" in answer.text
