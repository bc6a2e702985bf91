"""Chat models behind OpenAI's protocol, against a server on the loopback."""

import base64
import logging
import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rag.chat_model import ChatModel, open_chat_model
from rag.domain import Usage
from rag.errors import ModelCutOff, ModelError, ModelMissing, ModelRefused, ModelSilent, ModelUnreachable, PromptTooLong
from rag.settings import Settings

if TYPE_CHECKING:
    from tests.rag.model_server import ModelServer

KEY = "sk-secret-0123456789"


def settings(tmp_path: Path, address: str | None, *, first: float = 20.0, total: float = 30.0) -> Settings:
    return Settings(
        home=tmp_path,
        cache=tmp_path,
        corpus=tmp_path,
        model="openai:stub",
        model_url=address,
        connect_seconds=2.0,
        first_token_seconds=first,
        total_seconds=total,
    )


def said(stream: Iterable[str | Usage]) -> list[str | Usage]:
    """What came, without the empty pieces of the time between."""
    return [piece for piece in stream if piece]


@pytest.fixture
def model(server: "ModelServer", tmp_path: Path) -> ChatModel:
    return open_chat_model(settings(tmp_path, server.address), {"OPENAI_API_KEY": KEY})


def test_an_answer_comes_in_pieces_and_ends_with_its_cost(server: "ModelServer", model: ChatModel) -> None:
    """Each piece as it arrives, then the tokens that the service counted."""
    assert said(model.stream("Be brief.", "How many?")) == ["The ILRS has ", "17 members [1].", Usage(120, 9)]


def test_the_request_says_what_the_settings_say(server: "ModelServer", model: ChatModel) -> None:
    """Model, both texts, no chance, usage asked for, and the key in the header alone."""
    list(model.stream("Be brief.", "How many?"))
    request = server.requests[0]
    assert request.path == "/v1/chat/completions"
    assert request.body["model"] == "stub"
    assert request.body["temperature"] == 0
    assert request.body["stream_options"] == {"include_usage": True}
    assert [(one["role"], one["content"]) for one in request.body["messages"]] == [
        ("system", "Be brief."),
        ("user", "How many?"),
    ]
    assert request.headers["authorization"] == f"Bearer {KEY}"


def test_a_server_of_ones_own_needs_no_key(server: "ModelServer", tmp_path: Path) -> None:
    """Without OPENAI_API_KEY a word without meaning is sent."""
    model = open_chat_model(settings(tmp_path, server.address), {})
    assert list(model.stream("", "?"))
    assert server.requests[0].headers["authorization"] == "Bearer none"


def test_a_password_in_the_address_is_sent_and_not_logged(
    server: "ModelServer", tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As a server behind a proxy wants it."""
    caplog.set_level(logging.DEBUG)
    model = open_chat_model(settings(tmp_path, server.address.replace("//", "//me:p%40ss-word@")), {})
    assert list(model.stream("", "?"))
    assert server.requests[0].headers["authorization"] == "Basic " + base64.b64encode(b"me:p@ss-word").decode()
    assert "ss-word" not in caplog.text


def test_a_limit_is_sent_on_the_answer_but_not_to_models_that_think(server: "ModelServer", tmp_path: Path) -> None:
    """Their thoughts would count, and the answer would be cut."""
    for name in ("openai:stub", "openai:gpt-5-mini"):
        told = replace(settings(tmp_path, server.address), model=name, window=4096)
        list(open_chat_model(told, {}).stream("", "?"))
    assert [one.body.get("max_completion_tokens") for one in server.requests] == [1024, None]


def test_an_answer_without_room_for_its_end_is_told_after_all_of_it(server: "ModelServer", model: ChatModel) -> None:
    server.behaviour = "full"
    stream = model.stream("", "?")
    heard = [next(piece for piece in stream if piece) for _ in range(3)]
    assert heard == ["The ILRS has ", "17 members [1].", Usage(120, 9)]
    with pytest.raises(ModelCutOff, match="room"):
        list(stream)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(
            '{"error": {"message": "This model\'s maximum context length is 8192 tokens.", "type": "x",'
            ' "code": "context_length_exceeded"}}',
            id="OpenAI",
        ),
        pytest.param(
            '{"error": {"code": 400, "message": "the request exceeds the available context size, try increasing it",'
            ' "type": "exceed_context_size_error"}}',
            id="llama.cpp",
        ),
        pytest.param(
            '{"object": "error", "message": "This model\'s maximum context length is 4096 tokens. However, you'
            ' requested 9000 tokens", "type": "BadRequestError", "code": 400}',
            id="vLLM",
        ),
    ],
)
def test_too_long_a_prompt_is_told_from_other_refusals(server: "ModelServer", model: ChatModel, said: str) -> None:
    """In each service's words."""
    server.behaviour, server.body = 400, said
    with pytest.raises(PromptTooLong, match="SPACE_POLICY_WINDOW"):
        list(model.stream("", "?"))


def test_openai_itself_needs_a_key(tmp_path: Path) -> None:
    """The message names the variable."""
    with pytest.raises(ModelRefused, match="OPENAI_API_KEY"):
        open_chat_model(settings(tmp_path, None), {})


def test_no_model_named_is_a_missing_model(tmp_path: Path) -> None:
    """The message names the variable."""
    with pytest.raises(ModelMissing, match="SPACE_POLICY_MODEL"):
        open_chat_model(Settings(home=tmp_path, cache=tmp_path, corpus=tmp_path), {})


@pytest.mark.parametrize(
    ("behaviour", "kind", "cure"),
    [
        pytest.param(401, ModelRefused, "OPENAI_API_KEY", id="a wrong key is refused"),
        pytest.param(403, ModelRefused, "OPENAI_API_KEY", id="a key without rights is refused"),
        pytest.param(404, ModelMissing, "SPACE_POLICY_MODEL", id="an unknown model is missing"),
        pytest.param(400, ModelRefused, "SPACE_POLICY_WINDOW", id="too long a prompt is refused"),
        pytest.param(429, ModelRefused, "quota", id="too many requests are refused"),
        pytest.param(500, ModelRefused, "later", id="a server in trouble refuses"),
        pytest.param("cut", ModelUnreachable, "broke off", id="a cut connection is told from an end"),
        pytest.param("stop", ModelUnreachable, "broke off", id="an answer without a finish is broken off"),
        pytest.param("error", ModelRefused, "later", id="an error inside the stream refuses"),
        pytest.param("garbage", ModelError, "SPACE_POLICY_MODEL_URL|broke off", id="a web page is no answer"),
        pytest.param("empty", ModelRefused, "nothing", id="an empty answer is refused"),
    ],
)
def test_what_goes_wrong_is_said_with_its_cure(
    server: "ModelServer", model: ChatModel, behaviour: str | int, kind: type[ModelError], cure: str
) -> None:
    """One error of ours for each way to fail, with the original behind it, and never the key."""
    server.behaviour = behaviour
    server.body = '{"error": {"message": "Incorrect API key", "type": "invalid_request_error", "code": "x"}}'
    with pytest.raises(kind, match=cure) as caught:
        list(model.stream("", "?"))
    assert KEY not in str(caught.value)
    assert caught.value.__cause__ is not None or behaviour in ("stop", "empty", "garbage")


def test_a_key_that_the_server_says_back_is_not_passed_on(server: "ModelServer", model: ChatModel) -> None:
    """Neither in the message nor in what stands behind it."""
    server.behaviour = 401
    server.body = f'{{"error": {{"message": "Incorrect API key provided: {KEY}", "type": "x", "code": "x"}}}}'
    with pytest.raises(ModelRefused) as caught:
        list(model.stream("", "?"))
    error: BaseException | None = caught.value
    while error is not None:
        assert KEY not in str(error)
        error = error.__cause__


def test_a_refused_connection_is_unreachable(tmp_path: Path) -> None:
    """Nothing listens on port 9 of the loopback."""
    model = open_chat_model(settings(tmp_path, "http://127.0.0.1:9/v1"), {})
    with pytest.raises(ModelUnreachable, match="SPACE_POLICY_MODEL_URL"):
        list(model.stream("", "?"))


def test_a_silent_server_is_left_after_the_first_limit(server: "ModelServer", tmp_path: Path) -> None:
    """The message names the setting, and the connection is closed."""
    server.behaviour = "hang"
    model = open_chat_model(settings(tmp_path, server.address, first=0.5), {})
    with pytest.raises(ModelSilent, match="SPACE_POLICY_FIRST_TOKEN_SECONDS"):
        list(model.stream("", "?"))
    assert server.disconnected.wait(5)


def test_an_endless_answer_is_left_after_the_total_limit(server: "ModelServer", tmp_path: Path) -> None:
    """What came before is given out, then the message names the setting."""
    server.behaviour = "dribble"
    model = open_chat_model(settings(tmp_path, server.address, total=1.0), {})
    stream = model.stream("", "?")
    assert next(piece for piece in stream if piece) == "More of the same. "
    with pytest.raises(ModelSilent, match="SPACE_POLICY_TOTAL_SECONDS"):
        list(stream)
    assert server.disconnected.wait(5)


def test_closing_the_stream_closes_the_connection(server: "ModelServer", model: ChatModel) -> None:
    """In the middle of an answer."""
    server.behaviour = "dribble"
    stream = model.stream("", "?")
    assert any(stream)
    stream.close()
    assert server.disconnected.wait(5)


def test_closing_while_the_first_word_is_awaited_closes_the_connection(server: "ModelServer", model: ChatModel) -> None:
    """Empty pieces give the caller the chance; no thread is left."""
    server.behaviour = "hang"
    stream = model.stream("", "?")
    while not server.requests:
        assert next(stream) == ""
    stream.close()
    assert server.disconnected.wait(5)
    assert [one for one in threading.enumerate() if one.name == "chat model"] == []
