"""Embedding models by name, against a server of our own on the loopback."""

import base64
import json
import traceback
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import numpy as np
import pytest

from rag.embedding import Embedding, open_embedding
from rag.errors import ModelRefused, ModelSilent, ModelUnreachable
from rag.settings import Settings

KEY = "sk-very-secret"


class Service(ThreadingHTTPServer):
    """An OpenAI-compatible embedding service. A text's vector is (length, vowels, 1)."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.status = 200
        self.answer: object = None  # in place of vectors
        self.let_go = Event()
        self.let_go.set()

    @property
    def url(self) -> str:
        """What goes into SPACE_POLICY_MODEL_URL."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class Handler(BaseHTTPRequestHandler):
    """One request to the service."""

    server: Service

    def do_POST(self) -> None:
        """Answers POST /v1/embeddings."""
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(request)
        self.server.keys.append(self.headers["Authorization"])
        self.server.let_go.wait(10)
        body = json.dumps(self.server.answer or vectors(request["input"])).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("x-should-retry", "false")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""


def vectors(texts: list[str]) -> dict[str, object]:
    """OpenAI's answer, in base64 as its client asks for."""
    rows = [np.array([len(text), sum(text.count(vowel) for vowel in "aeiou"), 1], dtype=np.float32) for text in texts]
    coded = [base64.b64encode(row.tobytes()).decode() for row in rows]
    data = [{"object": "embedding", "index": number, "embedding": row} for number, row in enumerate(coded)]
    return {"object": "list", "data": data, "model": "stub", "usage": {"prompt_tokens": 1, "total_tokens": 1}}


@pytest.fixture
def service() -> Iterator[Service]:
    """The service, listening."""
    with Service() as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.let_go.set()
        server.shutdown()


def opened(url: str, **environment: str) -> Embedding:
    """The model as a user sets it."""
    settings = {"SPACE_POLICY_EMBEDDING": "openai:stub", "SPACE_POLICY_MODEL_URL": url}
    return open_embedding(Settings.from_env(settings | environment), environment)


def test_minilm_is_the_default() -> None:
    """No key, no account."""
    assert open_embedding(Settings.from_env()).recipe == "minilm-53aa51-3-int8"


def test_vectors_come_in_order_and_of_unit_length(service: Service) -> None:
    """The service's own are not of unit length."""
    model = opened(service.url)
    found = model.embed(["moon", "debris"])
    expected = np.array([[4, 2, 1], [6, 2, 1]], dtype=np.float32)
    np.testing.assert_allclose(found, expected / np.linalg.norm(expected, axis=1, keepdims=True), rtol=1e-6)
    assert found.dtype == np.float32
    assert model.recipe == "openai:stub"


def test_a_question_is_embedded_as_a_text_is(service: Service) -> None:
    """In plain floats."""
    model = opened(service.url)
    assert model.embed_query("moon") == model.embed_documents(["moon"])[0]
    assert type(model.embed_query("moon")[0]) is float


def test_dimensions_are_asked_for_once(service: Service) -> None:
    """And not when the model is opened."""
    model = opened(service.url)
    assert service.requests == []
    assert (model.dimensions, model.dimensions) == (3, 3)
    assert len(service.requests) == 1


def test_no_texts_give_no_vectors(service: Service) -> None:
    """The shape stays whole, so that it can be stacked."""
    model = opened(service.url)
    assert model.embed([]).shape == (0, 3)
    assert model.embed_spans([], [])[1] == ()


def test_an_empty_text_has_a_vector(service: Service) -> None:
    """OpenAI refuses an empty one, so it is sent as a space."""
    assert opened(service.url).embed([""]).shape == (1, 3)
    assert service.requests[0]["input"] == [" "]


def test_spans_go_in_the_same_request(service: Service) -> None:
    """A blank span is not sent, and is zeros."""
    model = opened(service.url)
    whole, spans = model.embed_spans(["One fell. Two rose.", "None"], [[(0, 9), (9, 10), (10, 19)], []])
    assert [request["input"] for request in service.requests] == [
        ["One fell. Two rose.", "None", "One fell.", "Two rose."]
    ]
    assert whole.shape == (2, 3)
    assert [rows.shape for rows in spans] == [(3, 3), (0, 3)]
    assert [bool(row.any()) for row in spans[0]] == [True, False, True]
    np.testing.assert_array_equal(spans[0][0], model.embed(["One fell."])[0])


def test_text_is_sent_as_text(service: Service) -> None:
    """Not as tiktoken's numbers, which would be downloaded first and which other servers do not know."""
    opened(service.url).embed_query("moon")
    (request,) = service.requests
    assert (request["input"], request["model"], request["encoding_format"]) == (["moon"], "stub", "base64")


def test_pieces_are_estimated_upwards(service: Service) -> None:
    """Four characters each, without asking."""
    assert opened(service.url).count_pieces(["", "moon", "moons"]) == [0, 1, 2]


@pytest.mark.parametrize(
    ("environment", "sent"),
    [
        pytest.param({"OPENAI_API_KEY": KEY}, f"Bearer {KEY}", id="the key of the environment"),
        pytest.param({}, "Bearer none", id="any word where there is no key"),
    ],
)
def test_the_key_goes_to_the_server(service: Service, environment: dict[str, str], sent: str) -> None:
    """A local server wants none, its client does."""
    opened(service.url, **environment).embed_query("moon")
    assert service.keys == [sent]


def test_openai_itself_needs_a_key() -> None:
    """Known before anything is sent."""
    with pytest.raises(ModelRefused, match="OPENAI_API_KEY"):
        opened("")


def test_a_key_that_no_key_can_be_is_not_shown() -> None:
    """A line break within it makes the client fail with the key in its words."""
    with pytest.raises(ModelRefused, match="Copy it again") as raised:
        opened("", OPENAI_API_KEY=f"{KEY}\n{KEY}")
    assert KEY not in shown(raised.value)


@pytest.mark.parametrize(
    ("status", "cure"),
    [
        pytest.param(401, "Check OPENAI_API_KEY", id="a wrong key"),
        pytest.param(404, "SPACE_POLICY_EMBEDDING", id="a wrong name"),
        pytest.param(429, "quota", id="too much"),
        pytest.param(400, "minilm", id="anything else"),
        pytest.param(500, "Try again later", id="the server's own trouble"),
    ],
)
def test_a_refusal_says_what_to_do(service: Service, status: int, cure: str) -> None:
    """And never the key, though this server says it back."""
    service.status, service.answer = status, {"error": {"message": f"no {KEY}", "code": "no"}}
    with pytest.raises(ModelRefused, match=cure) as raised:
        opened(service.url, OPENAI_API_KEY=KEY).embed_query("moon")
    assert str(status) in str(raised.value)
    assert KEY not in shown(raised.value)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("<html>", id="a string"),
        pytest.param({"data": []}, id="no vectors"),
        pytest.param(vectors(["one", "two"]), id="too many vectors"),
        pytest.param({"data": [{"embedding": "!"}]}, id="no base64"),
    ],
)
def test_what_is_not_embeddings_is_refused(service: Service, answer: object) -> None:
    """Such as a proxy's log-in page."""
    service.answer = answer
    with pytest.raises(ModelRefused, match="not embeddings"):
        opened(service.url).embed_query("moon")


def test_a_server_that_is_not_there_is_named() -> None:
    """Its address, and the setting."""
    with Service() as server:
        url = server.url
    with pytest.raises(ModelUnreachable, match=r"127\.0\.0\.1.*SPACE_POLICY_MODEL_URL"):
        opened(url).embed_query("moon")


def test_a_silent_server_is_given_up(service: Service) -> None:
    """After the limit that is set, and the client's two more tries."""
    service.let_go.clear()
    with pytest.raises(ModelSilent, match="SPACE_POLICY_FIRST_TOKEN_SECONDS"):
        opened(service.url, **{"SPACE_POLICY_FIRST_TOKEN_SECONDS": "0.1"}).embed_query("moon")


def shown(error: BaseException) -> str:
    """All that a traceback would print."""
    return "".join(traceback.format_exception(error))
