"""What a chat model behind a real server says, costs and does when it is left."""

import threading
from collections.abc import Generator
from contextlib import closing, suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ingest.pipeline import ingest
from rag.assistant import Assistant
from rag.chat_model import ChatModel, open_chat_model
from rag.domain import Answer, Support, Turn, Usage
from rag.errors import ModelCutOff, PromptTooLong
from rag.generate import ENDLESS
from rag.settings import Settings

if TYPE_CHECKING:
    from conftest import RealModel

STORY = 'Say "The Moon is round." and nothing else.'
ARTICLE = """---
title: The lunar station
outlet: Lunar Times
published: 2025-04-23
---
The International Lunar Research Station has 17 members. China and Russia plan to finish the station by 2035.

The station will stand near the south pole of the Moon. A reactor is to give it power.
"""
LONG = "Norms of behaviour in orbit are discussed by many delegations at great length. " * 20


@pytest.fixture
def model(real: "RealModel", tmp_path: Path) -> ChatModel:
    return open_chat_model(real.settings(tmp_path), {})


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of one clear article and much else, whose long numbers take a token for each digit."""
    folder = tmp_path_factory.mktemp("station")
    (folder / "station.md").write_text(ARTICLE)
    for number in range(6):
        lines = (
            f"Delegation {number}{at} spoke of norms of behaviour in orbit, point {3**20 + at}." for at in range(100)
        )
        (folder / f"norms-{number}.md").write_text(f"---\ntitle: Norms, session {number}\n---\n{' '.join(lines)}\n")
    settings = replace(Settings.from_env(), home=folder / "home", embedding="minilm", model=None)
    with Assistant.open(settings) as assistant:
        assert not ingest(sorted(folder.glob("*.md")), assistant.library).failures
    return settings.home


def said(stream: Generator[str | Usage, None, None]) -> tuple[str, Usage | None]:
    text, usage = "", None
    with suppress(ModelCutOff), closing(stream):  # it likes to go on and on
        for piece in stream:
            if isinstance(piece, Usage):
                usage = piece
            else:
                text += piece
    return text, usage


def test_an_answer_comes_in_many_pieces(model: ChatModel) -> None:
    with closing(model.stream("You are brief.", "Count from one to twenty in words.")) as stream:
        pieces = [piece for piece in stream if isinstance(piece, str) and piece]
    assert len(pieces) > 5
    assert "".join(pieces).strip()


def test_the_service_counts_tokens_of_question_and_answer(model: ChatModel) -> None:
    _, short = said(model.stream("You are brief.", STORY))
    _, long = said(model.stream("You are brief.", LONG + STORY))
    assert short
    assert long
    assert 0 < short.input_tokens < long.input_tokens
    assert short.output_tokens > 0


def test_the_same_question_gets_the_same_answer(model: ChatModel) -> None:
    assert said(model.stream("You are brief.", STORY))[0] == said(model.stream("You are brief.", STORY))[0]


def test_closing_an_answer_ends_the_work_of_the_server(real: "RealModel", model: ChatModel) -> None:
    stream = model.stream("You write long stories.", "Tell me a very long story of a thousand words about the Moon.")
    assert any(stream)
    assert real.busy
    stream.close()
    assert real.falls_idle()


def test_closing_before_the_first_word_ends_the_work_of_the_server(real: "RealModel", model: ChatModel) -> None:
    stream = model.stream("You are brief.", LONG * 4 + STORY)
    assert next(stream) == ""
    stream.close()
    assert real.falls_idle()


def test_too_long_a_prompt_is_told_from_other_refusals(model: ChatModel) -> None:
    with pytest.raises(PromptTooLong, match="SPACE_POLICY_WINDOW"):
        said(model.stream("You are brief.", LONG * 30))


def test_two_questions_at_once_do_not_mix(model: ChatModel) -> None:
    words = ("apple", "zebra")
    found: dict[str, str] = {}

    def ask(word: str) -> None:
        found[word], _ = said(model.stream("You repeat words.", f"Repeat this word and nothing else: {word}"))

    threads = [threading.Thread(target=ask, args=(word,)) for word in words]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(found[word].strip() for word in words)
    assert not any(other in found[word].lower() for word, other in (words, words[::-1]))


def complete(answer: Answer) -> None:
    """What holds for any answer a model writes, however wrong it is."""
    assert answer.complete
    if answer.mode == "quotes":
        assert answer.notices
    elif not answer.abstained:
        assert answer.model == "openai:smollm2"
        assert answer.usage or ENDLESS in answer.notices
    for statement in answer.statements:
        assert bool(statement.citations) is (statement.support is not Support.UNSUPPORTED)


def test_a_question_is_answered_from_start_to_finish(real: "RealModel", home: Path) -> None:
    with Assistant.open(real.settings(home), writable=False) as assistant:
        growing = list(assistant.stream("How many members has the International Lunar Research Station?"))
        complete(growing[-1])
        for citation in growing[-1].citations:
            text = assistant.library.article(citation.article.id, version=citation.article.version).text
            assert text[citation.start : citation.end] == citation.quote
    settled = [answer.statements for answer in growing if answer.mode == "model"]
    assert all(later[: len(earlier)] == earlier for earlier, later in pairwise(settled))


def test_a_window_larger_than_the_models_leaves_passages_out(real: "RealModel", home: Path) -> None:
    with Assistant.open(real.settings(home, window=20_000), writable=False) as assistant:
        answer = assistant.answer("What is said about the lunar station and norms of behaviour in orbit?")
    complete(answer)  # whether so small a model's sentences bear checking is its luck
    assert any("SPACE_POLICY_WINDOW says: only the best" in notice for notice in answer.notices)


def test_leaving_an_answer_ends_the_work_of_the_server(real: "RealModel", home: Path) -> None:
    with Assistant.open(real.settings(home), writable=False) as assistant:
        growing = assistant.stream("How many members has the International Lunar Research Station?")
        while not real.busy:
            next(growing)
        growing.close()
        assert real.falls_idle()


def test_a_follow_up_is_understood_with_the_conversation(real: "RealModel", home: Path) -> None:
    turn = Turn(
        "Who plans the International Lunar Research Station?", "China and Russia plan to finish it by 2035. [1]"
    )
    with Assistant.open(real.settings(home), writable=False) as assistant:
        answer = assistant.answer("And how many members has it?", [turn])
    complete(answer)
    assert "station" in answer.standalone_question.lower()
