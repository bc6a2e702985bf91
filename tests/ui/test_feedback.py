"""Feedback is kept with the whole answer, and listed by a command."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rag.domain import Answer, ArticleCard, Citation, Filters, Passage, to_json
from rag.errors import SpacePolicyError
from ui.cli import main
from ui.feedback import LONGEST, FeedbackBox, Verdict
from ui.kept import FILE, Kept

CARD = ArticleCard("a1", 1, "A base on the Moon", "Lunar Times", None, None, "https://example.org/base")
PASSAGE = Passage("a1.1.1", "a1", 1, 0, 9, "Seventeen", None, None)
ANSWER = Answer(
    question="How many\ncountries?",
    standalone_question="How many countries?",
    text="Seventeen. [1]",
    statements=(),
    citations=(Citation(1, "Seventeen", 0, 9, PASSAGE, CARD),),
    hits=(),
    abstained=False,
    mode="quotes",
    model=None,
    filters=Filters(),
    notices=(),
    usage=None,
    timings={"total": 0.1},
    complete=True,
)


@pytest.fixture
def box(tmp_path: Path) -> FeedbackBox:
    return FeedbackBox(Kept.of(tmp_path))


def test_feedback_comes_back_with_the_answer_it_is_about(box: FeedbackBox, tmp_path: Path) -> None:
    box.give(Verdict.WRONG_CITATION, ANSWER, "  It says eighteen. ", reader="r" * 32)
    (found,) = FeedbackBox(Kept.of(tmp_path)).all()
    assert (found.verdict, found.question, found.comment) == (
        Verdict.WRONG_CITATION,
        "How many\ncountries?",
        "It says eighteen.",
    )
    assert found.answer == to_json(ANSWER)
    assert found.given.utcoffset() is not None


def test_each_verdict_is_told_apart_latest_first(box: FeedbackBox) -> None:
    for verdict in Verdict:
        box.give(verdict, replace(ANSWER, question=f"{verdict}?"))
    assert [one.verdict for one in box.all()] == list(reversed(Verdict))
    assert {one.comment for one in box.all()} == {None}


def test_a_comment_that_is_too_long_is_refused_with_the_limit(box: FeedbackBox) -> None:
    with pytest.raises(SpacePolicyError, match=f"at most {LONGEST}"):
        box.give(Verdict.RIGHT, ANSWER, "x" * (LONGEST + 1))
    assert box.all() == ()


def test_the_command_lists_feedback(box: FeedbackBox, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    box.give(Verdict.RIGHT, ANSWER)
    box.give(Verdict.MISSING_SOURCE, ANSWER, "See the\n2025 report.")
    assert main(["feedback", "--home", str(tmp_path)]) == 0
    first, comment, second = capsys.readouterr().out.splitlines()
    assert first.endswith("missing source  How many countries?")
    assert comment == "    See the 2025 report."
    assert second.endswith("right           How many countries?")


def test_the_command_prints_json_with_the_nouns(
    box: FeedbackBox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    box.give(Verdict.WRONG_ANSWER, ANSWER, "Not so.", reader="r" * 32)
    assert main(["feedback", "--home", str(tmp_path), "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert sorted(found) == ["answer", "comment", "given", "id", "question", "verdict"]  # not whose it is
    assert (found["verdict"], found["comment"]) == ("wrong_answer", "Not so.")
    assert found["answer"]["citations"][0]["quote"] == "Seventeen"


def test_where_nothing_was_said_the_command_says_so_and_makes_no_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["feedback", "--home", str(tmp_path)]) == 0
    assert capsys.readouterr().err == "No feedback has been given.\n"
    assert main(["feedback", "--home", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_is_named_with_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / FILE).write_bytes(b"no database " * 1000)
    assert main(["feedback", "--home", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert str(tmp_path / FILE) in told
    assert told.endswith("it is damaged. Move the file away, and a new one is begun.\n")
