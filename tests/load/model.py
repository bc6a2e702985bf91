"""A chat model's server that is slow or limits its callers, as a line on its standard input says; it can be killed.

It answers with the sentence of the passages that shares most words with the question, and with one that is false.
"""

import json
import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

MODES = ("slow", "limited")  # in the order in which a run goes through them; then it is killed
LET_THROUGH = 3  # when it limits, one request of so many is answered
PASSAGE = re.compile(r'<passage number="(\d+)"[^>]*>\n(.*?)\n</passage>', re.S)
FALSE = "It was signed by 987654 penguins"


def answer_to(prompt: str) -> str:
    """A true sentence and a false one, both marked."""
    asked = set(re.findall(r"\w+", prompt.rpartition("Question:")[2].lower()))
    found = [(int(number), one) for number, text in PASSAGE.findall(prompt) for one in re.split(r"(?<=[.!?])\s", text)]
    number, best = max(found, key=lambda one: len(asked & set(re.findall(r"\w+", one[1].lower()))), default=(1, ""))
    return f"{best.rstrip('.')} [{number}]. {FALSE} [{number}]."


class Handler(BaseHTTPRequestHandler):
    """POST /v1/chat/completions, as a stream."""

    protocol_version = "HTTP/1.1"
    mode = MODES[0]
    asked = count()
    piece = 0.0  # seconds between two words when it is slow

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.mode == "limited" and next(self.asked) % LET_THROUGH:
            said = b'{"error": {"message": "too many requests", "type": "x", "code": "x"}}'
            self.send_response(429)
            self.send_header("Retry-After", "1")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            self._answer(answer_to(body["messages"][-1]["content"]))
        except OSError:  # the caller had enough
            return

    def _answer(self, text: str) -> None:
        for word in text.split():
            self._say({"delta": {"role": "assistant", "content": f"{word} "}})
            time.sleep(self.piece if self.mode == "slow" else 0)
        self._say({"delta": {}, "finish_reason": "stop"})
        self.wfile.write(b"data: [DONE]\n\n")

    def _say(self, choice: dict[str, object]) -> None:
        head = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "stub"}
        self.wfile.write(f"data: {json.dumps({**head, 'choices': [{'index': 0, **choice}]})}\n\n".encode())
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class Server(ThreadingHTTPServer):
    """Says nothing of callers who had enough; of anything else, all."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as in socketserver
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def main() -> None:
    """Prints its address; takes its mode from standard input, and ends with that."""
    Handler.piece = float(sys.argv[1])
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"http://127.0.0.1:{server.server_port}/v1\n")
    sys.stdout.flush()
    for line in sys.stdin:
        Handler.mode = line.strip()


if __name__ == "__main__":
    main()
