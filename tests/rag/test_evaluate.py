"""A file of questions with known answers, measured; and the page that shows it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.pipeline import ingest
from rag.assistant import Assistant
from rag.domain import to_json
from rag.evaluate import Evaluation, QuestionsUnreadable, evaluate
from rag.settings import Settings
from ui.report import page

TEXT = "The station is to be finished by 2035. Seventeen countries have joined the lunar station."
QUESTIONS = [
    {
        "id": "a001",
        "kind": "single_fact",
        "question": "By when is the station to be finished?",
        "answerable": True,
        "sources": ["report"],
        "evidence": ["finished by 2035"],
        "must_match": ["2035"],
    },
    {
        "id": "a002",
        "kind": "single_fact",
        "question": "How many countries have joined the lunar station?",
        "answerable": True,
        "must_match": ["<b>eighteen</b>"],
    },
    {"id": "a003", "kind": "unanswerable_far", "question": "How do I bake bread?", "answerable": False},
]


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("articles")
    (folder / "report.md").write_text(f"---\ntitle: A station\n---\n{TEXT}\n")
    with Assistant.open(replace(Settings.from_env(), home=folder / "home", model=None)) as assistant:
        ingest([folder / "report.md"], assistant.library)
        yield assistant


@pytest.fixture(scope="module")
def evaluation(assistant: Assistant) -> Evaluation:
    return evaluate(QUESTIONS, assistant)


def test_right_and_wrong_are_counted_by_kind(evaluation: Evaluation) -> None:
    assert evaluation.kinds == {"single_fact": (1, 2), "unanswerable_far": (1, 1)}
    assert [one.wrong for one in evaluation.outcomes] == ["", "lacks <b>eighteen</b>", ""]


def test_the_figures_are_shares(evaluation: Evaluation) -> None:
    figures = evaluation.figures
    assert (figures["answerable right"], figures["unanswerable refused"], figures["refusals right"]) == (0.5, 1.0, 1.0)
    assert (figures["evidence in 1"], figures["quotes exact"]) == (1.0, 1.0)


def test_the_table_names_what_is_wrong(evaluation: Evaluation) -> None:
    assert any("a002" in line and "eighteen" in line for line in evaluation.table)


def test_it_can_be_written_as_json(evaluation: Evaluation) -> None:
    assert len(json.loads(json.dumps(to_json(evaluation)))["outcomes"]) == 3


def test_the_page_shows_wrong_answers_escaped_and_fetches_nothing(evaluation: Evaluation) -> None:
    html = page(evaluation)
    assert "&lt;b&gt;eighteen&lt;/b&gt;" in html
    assert "<b>" not in html
    assert "http" not in html
    assert html.count("<svg") == 3


def test_a_page_of_nothing_is_a_page() -> None:
    assert "0 of 0" in page(Evaluation(()))
    assert Evaluation(()).figures["answerable right"] is None


@pytest.mark.parametrize("line", ["{", "[]", '{"question": "Why?"}', '"text"'])
def test_a_line_that_is_no_question_is_named(tmp_path: Path, assistant: Assistant, line: str) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text(f"{json.dumps(QUESTIONS[0])}\n{line}\n")
    with pytest.raises(QuestionsUnreadable, match="line 2"):
        evaluate(file, assistant)


def test_a_missing_file_is_named(tmp_path: Path, assistant: Assistant) -> None:
    with pytest.raises(QuestionsUnreadable, match=r"none\.jsonl"):
        evaluate(tmp_path / "none.jsonl", assistant)
