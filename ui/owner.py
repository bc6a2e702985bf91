"""The owner's door: the process that writes to a library takes work from others, over the loopback.

A request is POST with JSON, to one of WORKS; the answer is JSON lines:

    {"waiting": 123}      its turn has not come in process 123 (each second)
    {"begun": true}       its turn has come
    {"progress": {...}}   how far it is
    {"alive": true}       nothing new (each second)
    {"done": ...}         the end: what came of it
    {"error": {...}}      the end: an error of ours, with its class
    {"closing": true}     the end: the owner closes; what had not begun was not done at all

Who asks must be able to read the library's token, which a web page in a browser is not.
"""

import hmac
import json
import logging
import os
import queue
import re
import sys
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from rag import errors
from rag.domain import to_json
from rag.errors import LibraryReadOnly, SpacePolicyError, UnreadableDocument
from rag.library import Library
from rag.ownership import announce, turn
from ui.works import WORKS, Work, Works

if TYPE_CHECKING:
    from ingest.pipeline import Progress

LOOPBACK = "127.0.0.1"
MOST = 8_000_000  # bytes of a request: more paths than a command line can hold
READ_SECONDS = 10.0  # for a request to come, and for a line of the answer to go
BEAT = 1.0  # seconds between two signs of life
GRACE = 3.0  # seconds in which work may still be finished when the door closes
Json = dict[str, Any]
logger = logging.getLogger(__name__)


class Door:
    """Where a library's owner takes work, one after the other, until it is closed. It closes before the library."""

    def __init__(self, library: Library, server: "_Server") -> None:
        self._library = library
        self._server = server
        self._works = ThreadPoolExecutor(1, "work-of-others")
        self._closing = threading.Event()
        self._breaking = threading.Event()  # work under way ends at its next document
        self._callers = 0
        self._left = threading.Condition()
        server.door = self
        self._listener = threading.Thread(target=server.serve_forever, args=(0.1,), name="door", daemon=True)

    @classmethod
    def open(cls, library: Library, works: Works | None = None) -> "Door":
        """Opens it and writes its address down; `works`: path -> what is done there (default: WORKS).

        Raises LibraryReadOnly for a library that this process only reads.
        """
        if not library.writable:
            raise LibraryReadOnly("The library was opened for reading, so this process takes no work from others.")
        server = _Server((LOOPBACK, 0), _Handler)
        server.works = WORKS if works is None else works
        door = cls(library, server)
        try:
            server.token = announce(library.settings.home, f"http://{LOOPBACK}:{server.port}")
        except BaseException:
            server.server_close()
            raise
        door._listener.start()
        return door

    def close(self) -> None:
        """Takes no more work, and returns when none is under way: finished, or broken off and its sender told."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._works.shutdown(wait=False, cancel_futures=True)
        with self._left:
            if not self._left.wait_for(lambda: not self._callers, GRACE):
                self._breaking.set()
                self._left.wait_for(lambda: not self._callers)
        self._works.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def caller(self) -> Iterator[bool]:
        """Whether one more caller is let in; the door does not close before it has been answered."""
        with self._left:
            open_ = not self._closing.is_set()
            self._callers += open_
        try:
            yield open_
        finally:
            with self._left:
                self._callers -= open_
                self._left.notify_all()

    def begin(self, work: Work) -> "_Run":
        """Queues a piece of work."""
        run = _Run(self._breaking)

        def done() -> object:
            with self._turn(run):
                run.begin()
                return work(self._library, run.tell)

        try:
            future = self._works.submit(done)
        except RuntimeError:  # closed in this moment
            future = Future()
            future.cancel()
        future.add_done_callback(run.end)
        return run

    @contextmanager
    def _turn(self, run: "_Run") -> Iterator[None]:
        """The turn of this library, waited for while anyone wants the work."""
        lock = turn(self._library.settings.home)
        while not lock.acquire(timeout=0.1):
            if self._closing.is_set() or run.unwanted.is_set():
                raise _BrokenOff
        try:
            if self._closing.is_set() or run.unwanted.is_set():
                raise _BrokenOff
            yield
        finally:
            lock.release()


@contextmanager
def at_work(library: Library) -> Iterator[None]:
    """Takes the library's turn and opens a door: the work of others waits, and when this is done they are told so.

    For a process that owns the library just for one piece of work. The next of those who wait becomes the owner.
    """
    with turn(library.settings.home), Door.open(library):
        yield


class _BrokenOff(Exception):
    """Nobody wants this work any more, or the door closes."""


class _Run:
    """One piece of work, and what it has to say to the one who sent it."""

    def __init__(self, breaking: threading.Event) -> None:
        self.unwanted = threading.Event()  # the sender has gone
        self.ended = threading.Event()
        self._breaking = breaking
        self._said: queue.SimpleQueue[Json | None] = queue.SimpleQueue()
        self._end: Json = {}
        self._begun = False

    def begin(self) -> None:
        self._begun = True
        self._said.put({"begun": True})

    def tell(self, progress: "Progress") -> None:
        if self._breaking.is_set() or self.unwanted.is_set():
            raise _BrokenOff
        self._said.put({"progress": asdict(progress)})

    def end(self, future: "Future[object]") -> None:
        try:
            self._end = _outcome(future)
        finally:
            self._said.put(None)
            self.ended.set()

    def lines(self) -> Iterator[Json]:
        """What is to be told, as it comes; signs of life between."""
        while True:
            try:
                said = self._said.get(timeout=BEAT)
            except queue.Empty:
                yield {"alive": True} if self._begun else {"waiting": os.getpid()}
                continue
            if said is None:
                break
            yield said
        yield self._end


def _outcome(future: "Future[object]") -> Json:
    error = None if future.cancelled() else future.exception()
    if future.cancelled() or isinstance(error, _BrokenOff):
        return {"closing": True}
    if error is None:
        return {"done": to_json(future.result())}
    if not isinstance(error, (SpacePolicyError, OSError)):
        logger.error("Work that another process sent has failed.", exc_info=error)
    return {"error": _described(error)}


def _described(error: BaseException) -> Json:
    if isinstance(error, UnreadableDocument):
        return {"class": "UnreadableDocument", "reason": error.reason, "cure": error.cure}
    if isinstance(error, SpacePolicyError):
        known = next(kind.__name__ for kind in type(error).__mro__ if getattr(errors, kind.__name__, None) is kind)
        return {"class": known, "message": str(error)}
    if isinstance(error, OSError):
        return {"class": "LibraryError", "message": f"The process that writes to the library could not: {error}"}
    said = f"{type(error).__name__}: {error}"
    return {"class": "LibraryError", "message": f"The process that writes to the library has failed ({said})."}


# How it is asked -----------------------------------------------------------------------------------------------------


def _asked(body: bytes) -> Mapping[str, Any]:
    found = json.loads(body)
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


class _Server(ThreadingTCPServer):
    request_queue_size = 64
    daemon_threads = True  # a caller who says nothing must not keep the process
    door: Door
    works: Works
    token: str

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        level = logging.DEBUG if isinstance(sys.exception(), OSError) else logging.ERROR  # the caller went away
        logger.log(level, "A request could not be answered.", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = READ_SECONDS
    server_version, sys_version = "space-policy", ""

    def do_POST(self) -> None:
        refusal = self._refusal()
        # Of a request that is not read to its end, the caller would see no answer but a reset connection.
        body = self.rfile.read(self._length() or 0)
        work: Work | None = None
        try:
            work = None if refusal else self.server.works[self.path](_asked(body))
        except ValueError as error:
            refusal = (400, str(error).splitlines()[0])
        with self.server.door.caller() as let_in:
            if work and let_in:
                self._answer(self.server.door.begin(work))
            else:
                self.send_error(*(refusal or (503, "closing")))

    def _refusal(self) -> tuple[int, str] | None:
        """Why this request is none of ours; the order tells a stranger as little as can be."""
        given = self.headers.get("Authorization", "").encode("utf-8", "replace")
        own_hosts = (f"{LOOPBACK}:{self.server.port}", f"localhost:{self.server.port}")
        checks = (
            # A page whose name is made to point here (DNS rebinding) sends that name.
            (self.headers.get("Host") in own_hosts, 403, "not this host"),
            ("Origin" not in self.headers, 403, "not for web pages"),
            (hmac.compare_digest(given, f"Bearer {self.server.token}".encode()), 401, "not the token"),
            (self.headers.get_content_type() == "application/json", 415, "not JSON"),
            (self._length() is not None, 413, f"not 1 to {MOST} bytes"),
            (self.path in self.server.works, 404, "no such work"),
        )
        return next(((status, says) for fine, status, says in checks if not fine), None)

    def _length(self) -> int | None:
        given = self.headers.get("Content-Length", "")
        return int(given) if re.fullmatch("[0-9]{1,9}", given) and int(given) <= MOST else None

    def _answer(self, run: _Run) -> None:
        try:
            self.send_response(200)
            self.send_header("Content-Type", "application/jsonl")
            self.end_headers()
            for line in run.lines():
                self.wfile.write(json.dumps(line).encode() + b"\n")
        except OSError:
            # Who sent the work was stopped; it would have stopped the work itself, had it done it.
            run.unwanted.set()
            run.ended.wait()

    def log_message(self, format: str, *args: object) -> None:
        logger.debug(format, *args)
