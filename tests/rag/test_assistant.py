"""One question from start to finish, with a chat model behind a real server, and what is given when that fails."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ingest.pipeline import ingest
from rag.assistant import NOT_WRITTEN, Assistant
from rag.domain import Support, Turn, Usage
from rag.errors import ModelRefused
from rag.prompts import REFUSAL
from rag.settings import Settings

if TYPE_CHECKING:
    from model_server import ModelServer

QUESTION = "By when is the base on the Moon planned?"
Open = Callable[..., Assistant]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("library")
    (folder / "moon.txt").write_text(
        "The base\n\nThe base on the Moon is planned by 2035. Russia and China build it.\n"
    )
    with Assistant.open(replace(Settings.from_env(), home=folder / "home", model=None)) as assistant:
        ingest([folder / "moon.txt"], assistant.library)
    return folder / "home"


@pytest.fixture
def open_assistant(server: "ModelServer", home: Path) -> Iterator[Open]:
    with ExitStack() as stack:

        def open_one(**changed: object) -> Assistant:
            settings = replace(
                Settings.from_env(), home=home, model="openai:tiny", model_url=server.address, first_token_seconds=1.0
            )
            return stack.enter_context(Assistant.open(replace(settings, **changed), writable=False))

        yield open_one


def test_what_the_model_writes_is_checked_and_cited(server: "ModelServer", open_assistant: Open) -> None:
    server.pieces = ("The base on the Moon is planned by 2035 [1]. It will cost 9 billion dollars [1].",)
    answer = open_assistant().answer(QUESTION)
    assert (answer.mode, answer.model, answer.complete) == ("model", "openai:tiny", True)
    first, second = answer.statements
    assert (first.support, second.support) == (Support.VERIFIED, Support.UNSUPPORTED)
    assert "planned by 2035" in answer.citations[0].quote
    assert isinstance(answer.usage, Usage)
    assert answer.notices == ()


@pytest.mark.parametrize("behaviour", [401, 404, 429, 500, "hang", "cut", "stop", "garbage", "empty", "error"])
def test_when_the_model_fails_the_sources_are_quoted_with_one_notice(
    server: "ModelServer", open_assistant: Open, behaviour: str | int
) -> None:
    server.behaviour = behaviour
    answer = open_assistant().answer(QUESTION)
    assert (answer.mode, answer.model, answer.complete) == ("quotes", None, True)
    assert "planned by 2035" in answer.text
    (notice,) = answer.notices
    assert notice.startswith(NOT_WRITTEN)


def test_when_nobody_listens_the_sources_are_quoted(open_assistant: Open) -> None:
    answer = open_assistant(model_url="http://127.0.0.1:9/v1").answer(QUESTION)
    assert answer.mode == "quotes"
    assert "planned by 2035" in answer.text


def test_a_question_that_the_documents_do_not_answer_makes_no_model_call(
    server: "ModelServer", open_assistant: Open
) -> None:
    answer = open_assistant().answer("What is the boiling point of iron?")
    assert (answer.abstained, answer.text) == (True, REFUSAL)
    assert server.requests == []


def test_the_model_may_refuse_too(server: "ModelServer", open_assistant: Open) -> None:
    server.pieces = (REFUSAL,)
    answer = open_assistant().answer(QUESTION)
    assert (answer.abstained, answer.text, answer.statements) == (True, REFUSAL, ())


def test_a_follow_up_is_rewritten_by_the_model_and_searched_for(server: "ModelServer", open_assistant: Open) -> None:
    """What both calls cost is told together."""
    server.script = [("Who builds the base on the Moon?",), ("Russia and China build it [1].",)]
    growing = list(open_assistant().stream("And who builds it?", [Turn(QUESTION, "By 2035. [1]")]))
    assert growing[-1].standalone_question == "Who builds the base on the Moon?"
    assert growing[-1].text == "Russia and China build it. [1]"
    assert growing[-1].usage == Usage(240, 18)
    assert len(server.requests) == 2


@pytest.mark.parametrize("said", ["Who builds the base on Mars in 1999?", "I cannot do that.\nSorry."])
def test_a_follow_up_that_the_model_gets_wrong_is_rewritten_by_rule(
    server: "ModelServer", open_assistant: Open, said: str
) -> None:
    server.script = [(said,), ("Russia and China build it [1].",)]
    answer = open_assistant().answer("And who builds it?", [Turn(QUESTION, "By 2035. [1]")])
    assert answer.standalone_question == f"About “{QUESTION}”: And who builds it?"
    assert answer.text == "Russia and China build it. [1]"


def test_a_follow_up_is_answered_where_the_model_fails(open_assistant: Open) -> None:
    answer = open_assistant(model_url="http://127.0.0.1:9/v1").answer(
        "And who builds it?", [Turn(QUESTION, "By 2035.")]
    )
    assert answer.mode == "quotes"
    assert "Russia and China" in answer.text


def test_what_stands_by_itself_is_not_rewritten(server: "ModelServer", open_assistant: Open) -> None:
    open_assistant().answer("Which countries build the base on the Moon?", [Turn(QUESTION, "By 2035. [1]")])
    assert len(server.requests) == 1


def test_leaving_while_a_follow_up_is_rewritten_closes_the_connection(
    server: "ModelServer", open_assistant: Open
) -> None:
    server.behaviour = "hang"
    growing = open_assistant(first_token_seconds=30.0).stream("And who builds it?", [Turn(QUESTION, "By 2035.")])
    while not server.requests:
        assert not next(growing).complete
    growing.close()
    assert server.disconnected.wait(5)


def test_unsupported_sentences_are_left_out_where_that_is_set(server: "ModelServer", open_assistant: Open) -> None:
    server.pieces = ("The base on the Moon is planned by 2035 [1]. It will cost 9 billion dollars [1].",)
    answer = open_assistant(unsupported="drop").answer(QUESTION)
    assert answer.text == "The base on the Moon is planned by 2035. [1]"
    assert answer.notices == ("1 sentence that the documents do not support was left out.",)


def test_where_nothing_is_left_the_sources_are_quoted(server: "ModelServer", open_assistant: Open) -> None:
    server.pieces = ("It will cost 9 billion dollars [1].",)
    answer = open_assistant(unsupported="drop").answer(QUESTION)
    assert answer.mode == "quotes"
    assert "planned by 2035" in answer.text
    assert answer.notices == (f"{NOT_WRITTEN} The documents support none of the sentences (1) that openai:tiny wrote.",)


def test_a_model_without_a_key_is_refused_at_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ModelRefused, match="OPENAI_API_KEY"):
        Assistant.open(replace(Settings.from_env(), home=home, model="openai:gpt-5-mini"), writable=False)
