"""What a served page writes down about its work: a line for each request and event, as text or JSON; nobody's words.

Nothing that was asked, answered or read stands in a line, unless SPACE_POLICY_LOG_QUESTIONS asks for the questions.
"""

import json
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rag.settings import Settings

OURS = ("rag", "ingest", "ui")
ASKED = "rag.asked"  # the logger of questions, which is silent unless it is asked for
HEADER = b"x-request-id"
NONE = "-"
REQUEST: ContextVar[str] = ContextVar("request", default=NONE)  # the id of the request that is being worked on
logger = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


def begin(settings: Settings) -> None:
    """Writes to standard error from now on, as the settings say; where they say nothing, warnings alone as ever."""
    if settings.log is None:
        return
    handler = logging.StreamHandler()
    handler.setFormatter(AsJson() if settings.log == "json" else AsText())
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    if settings.log_questions:
        logging.getLogger(ASKED).setLevel(logging.DEBUG)


class AsJson(logging.Formatter):
    """A line of JSON: time (UTC), level, logger, request, message, and what the line adds of its own."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, whatever stands in the message."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "request": REQUEST.get(),
            "message": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line)


class AsText(logging.Formatter):
    """The same for people."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(request)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The line; a line end in the message starts no new one."""
        record.request = REQUEST.get()
        record.msg, record.args = record.getMessage().replace("\r", "\\r").replace("\n", "\\n"), ()
        return super().format(record)


def logged(application: Application) -> Application:
    """The same application; each request gets an id, which its response carries, and a line when it is done."""

    async def respond(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        number, status, started = secrets.token_hex(8), 0, time.perf_counter()

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (HEADER, number.encode())]
            await send(message)

        with _within(number):
            try:
                await application(
                    {**scope, "state": {**scope.get("state", {}), "request_id": number}}, receive, sending
                )
            finally:
                _note(f"{scope['method']} {_route(scope['path'])}", started, status=status)

    return respond


@dataclass
class Event:
    """One step of an event of the page."""

    ended: bool = True  # no step comes after it


@contextmanager
def event(name: str, request: object) -> Iterator[Event]:
    """Within it, what is written down has the id of the request that brought the event; a line when that has ended."""
    inner = getattr(request, "request", request)
    state = getattr(inner, "scope", {}).get("state", {})
    step, started = Event(), time.perf_counter()
    with _within(state.get("request_id", NONE)):
        try:
            yield step
        finally:
            if step.ended:
                _note(f"event {name}", started)


@contextmanager
def _within(number: str) -> Iterator[None]:
    token = REQUEST.set(number)
    try:
        yield
    finally:
        REQUEST.reset(token)


def _note(what: str, started: float, **facts: object) -> None:
    facts["milliseconds"] = round(1000 * (time.perf_counter() - started), 1)
    told = ", ".join(f"{name} {value}" for name, value in facts.items())
    logger.info("%s: %s", what, told, extra={"facts": {"what": what, **facts}})


def _route(path: str) -> str:
    """A path without the name of a file, which may say much, and without line ends."""
    return ascii(path.partition("=")[0])[1:-1]
