"""An embedding service on the loopback with several models, whose vectors say nothing of each other."""

import base64
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = {"one": 24, "two": 24, "wide": 40}  # model -> length of its vectors


@dataclass
class EmbeddingServer:
    """Answers POST /v1/embeddings. What a text means is the sum of its words, each with a direction by its name."""

    texts: list[str] = field(default_factory=list)  # that were sent
    broken: Event = field(default_factory=Event)  # set: it answers nothing but errors

    def __enter__(self) -> Self:
        """Starts it on a free port."""
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.told = self
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def address(self) -> str:
        """What goes into SPACE_POLICY_MODEL_URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    told: EmbeddingServer


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status, body = 400, b'{"error": {"message": "no", "type": "x", "code": "x"}}'
        if not self.server.told.broken.is_set():
            self.server.told.texts += request["input"]
            status, body = 200, _answer(request["model"], request["input"])
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _answer(model: str, texts: Sequence[str]) -> bytes:
    data = [
        {"object": "embedding", "index": at, "embedding": base64.b64encode(_vector(model, text).tobytes()).decode()}
        for at, text in enumerate(texts)
    ]
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    return json.dumps({"object": "list", "model": model, "data": data, "usage": usage}).encode()


def _vector(model: str, text: str) -> NDArray[np.float32]:
    words = "".join(one if one.isalnum() else " " for one in text.lower()).split() or ["nothing"]
    seeds = (zlib.crc32(f"{model} {word}".encode()) for word in words)
    return np.sum([np.random.default_rng(seed).normal(size=DIMENSIONS[model]) for seed in seeds], axis=0).astype("<f4")
