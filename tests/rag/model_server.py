"""A chat model's server on the loopback, which behaves as badly as a test asks it to."""

import base64
import json
import select
import socket
import struct
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

BETWEEN = 0.02  # seconds between two looks at a silent client


@dataclass(frozen=True)
class Request:
    """What a client sent."""

    path: str
    headers: Mapping[str, str]  # names in lower case
    body: Mapping[str, Any]


@dataclass
class ModelServer:
    """Answers POST /v1/chat/completions in pieces, and POST /v1/embeddings with how long the texts are.

    `behaviour`: "answer", "full" when it has no room for more, "hang" before the first piece, "dribble" one piece after
    the other without an end, "cut" the connection after the first piece, "stop" after it without a finish, "garbage",
    "empty", "error" in the stream, or an HTTP status.
    """

    pieces: Sequence[str] = ("The ILRS has ", "17 members [1].")
    script: list[Sequence[str]] = field(default_factory=list)  # pieces of the next answers; `pieces` after them
    behaviour: str | int = "answer"
    body: str = '{"error": {"message": "no", "type": "x", "code": "x"}}'  # of a refusal
    requests: list[Request] = field(default_factory=list)
    disconnected: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        """Starts it on a free port."""
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.told = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
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
        """What a client calls its base URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    told: ModelServer


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.told.requests.append(
            Request(self.path, {name.lower(): value for name, value in self.headers.items()}, json.loads(body))
        )
        if self.server.told.script:
            self.server.told.pieces = self.server.told.script.pop(0)
        try:
            self._behave()
        except OSError:
            self.server.told.disconnected.set()

    def _behave(self) -> None:
        if isinstance(self.server.told.behaviour, int):
            return self._whole(self.server.told.behaviour, "application/json", self.server.told.body)
        if self.path.endswith("/embeddings"):
            return self._whole(
                200, "application/json", json.dumps(_vectors(self.server.told.requests[-1].body["input"]))
            )
        if self.server.told.behaviour == "garbage":
            return self._whole(200, "text/html", "<html><body>Welcome to nginx!</body></html>")
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        return getattr(self, f"_{self.server.told.behaviour}")()

    def _whole(self, status: int, kind: str, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def _answer(self) -> None:
        for piece in self.server.told.pieces:
            self._say(piece)
        self._finish()

    def _empty(self) -> None:
        self._finish()

    def _full(self) -> None:
        for piece in self.server.told.pieces:
            self._say(piece)
        self._finish("length")

    def _hang(self) -> None:
        while not self._gone():
            pass
        self.server.told.disconnected.set()

    def _dribble(self) -> None:
        while not self._gone():
            self._say("More of the same. ")
        self.server.told.disconnected.set()

    def _cut(self) -> None:
        self._say(self.server.told.pieces[0])
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def _stop(self) -> None:
        self._say(self.server.told.pieces[0])
        self._chunk("")

    def _error(self) -> None:
        self._say(self.server.told.pieces[0])
        self._event({"error": {"message": "out of memory", "type": "server_error", "code": 500}})
        self._chunk("")

    def _gone(self) -> bool:
        readable, _, _ = select.select([self.connection], [], [], BETWEEN)
        return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)

    def _say(self, text: str) -> None:
        self._event(_completion([{"index": 0, "delta": {"role": "assistant", "content": text}}]))

    def _finish(self, reason: str = "stop") -> None:
        self._event(_completion([{"index": 0, "delta": {}, "finish_reason": reason}]))
        usage = {"prompt_tokens": 120, "completion_tokens": 9, "total_tokens": 129}
        self._event({**_completion([]), "usage": usage})
        self._chunk("data: [DONE]\n\n")
        self._chunk("")

    def _event(self, value: Mapping[str, Any]) -> None:
        self._chunk(f"data: {json.dumps(value)}\n\n")

    def _chunk(self, text: str) -> None:
        data = text.encode()
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()


def _vectors(texts: Sequence[str]) -> dict[str, Any]:
    rows = [base64.b64encode(struct.pack("<3f", len(text), text.count("e"), 1.0)).decode() for text in texts]
    data = [{"object": "embedding", "index": number, "embedding": row} for number, row in enumerate(rows)]
    return {"object": "list", "data": data, "model": "stub", "usage": {"prompt_tokens": 1, "total_tokens": 1}}


def _completion(choices: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "id": "1",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": "stub",
        "choices": list(choices),
    }
