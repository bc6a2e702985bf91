"""Golden questions, answered by a model that often makes things up: nothing it made up is shown as verified.

SPACE_POLICY_MODEL_QUESTIONS says how many are asked (default 10 of 40).
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ingest.pipeline import ingest
from rag.assistant import Assistant
from rag.chat_model import open_chat_model
from rag.domain import Answer, Citation, Statement, Support
from rag.generate import ENDLESS

if TYPE_CHECKING:
    from conftest import RealModel

MOST = 40
ASKED = int(os.environ.get("SPACE_POLICY_MODEL_QUESTIONS", "10"))
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
WORD = re.compile(r"[^\W\d_]+")
WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
)
VALUES = {word: str(value) for value, word in enumerate(f"{WORDS} eighteen nineteen twenty".split())}

pytestmark = pytest.mark.quality


def questions(test_data: Path) -> list[str]:
    """Questions with an answer, that need no conversation, spread evenly over the file."""
    lines = (test_data / "golden" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    asked = [one["question"] for one in map(json.loads, lines) if one["answerable"] and not one["history"]]
    chosen = asked[:: max(1, len(asked) // MOST)][:MOST]
    return chosen[:: max(1, len(chosen) // ASKED)][:ASKED]


@pytest.fixture(scope="module")
def answers(real: "RealModel", test_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Answer]]:
    """Each answer; the model has seen the passages, and its own text is what is checked."""
    settings = real.settings(tmp_path_factory.mktemp("fifteen"))
    files = [*sorted((test_data / "seeds").glob("*.txt")), *sorted((test_data / "space-law" / "text").glob("*.txt"))]
    with Assistant.open(replace(settings, model=None)) as assistant:
        assert len(ingest(files, assistant.library).added) == 15
        asking = Assistant(assistant.library, assistant.retriever, open_chat_model(settings, {}))
        yield [asking.answer(question) for question in questions(test_data)]


def test_the_model_answers_most_questions_itself(answers: list[Answer]) -> None:
    """Else the next tests would say little."""
    written = [answer for answer in answers if answer.mode == "model"]
    assert 2 * len(written) > len(answers)
    assert all(answer.usage or ENDLESS in answer.notices for answer in written)


def test_no_number_and_no_name_is_verified_that_is_not_in_its_passage(answers: list[Answer]) -> None:
    """Looked up letter by letter, without the program's own reading of numbers and names."""
    wrong = [
        (statement.text, missing, citation.passage.text)
        for answer in answers
        if answer.mode == "model"
        for statement in answer.statements
        if statement.support is Support.VERIFIED
        for citation in answer.citations
        if citation.number in statement.citations and (missing := lacking(statement, citation))
    ]
    assert wrong == []


def lacking(statement: Statement, citation: Citation) -> list[str]:
    """The numbers and names of a statement that neither the passage nor what stands over it holds."""
    article = citation.article
    when = f"{article.published:%d %B %Y}" if article.published else ""
    source = " ".join(
        filter(None, (citation.passage.text, article.title, citation.passage.section, article.outlet, when))
    )
    words = [word.casefold() for word in WORD.findall(source)]
    numbers = {_plain(number) for number in NUMBER.findall(source)} | {VALUES[word] for word in words if word in VALUES}
    initials = "".join(word[0] for word in words)
    said = [_plain(number) for number in NUMBER.findall(statement.text)]
    said += [VALUES[word] for word in WORD.findall(statement.text) if word in VALUES and word != "one"]
    names = [match[0] for match in WORD.finditer(statement.text) if match[0][0].isupper() and match.start()]
    return [number for number in said if number not in numbers] + [
        name for name in names if not _known(name, words, initials)
    ]


def _plain(number: str) -> str:
    return number.replace(",", "").lstrip("0") or "0"


def _known(name: str, words: list[str], initials: str) -> bool:
    """Whether the name is there: in any form ("China" for "Chinese"), or as initials."""
    folded = name.casefold()
    stem = folded[: max(4, len(folded) - 3)]
    return any(word.startswith(stem) for word in words) or (name.isupper() and folded in initials)
