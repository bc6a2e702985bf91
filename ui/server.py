"""How a web application is served: its port, its security headers, its end. The only file that knows uvicorn."""

import ctypes
import logging
import secrets
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn

from rag.errors import SettingsError
from ui.logs import logged

M_ARENA_MAX = -8  # glibc's malloc.h
ARENAS = 2
SHUTDOWN_SECONDS = 1  # open pages hold a connection for ever

# Inline scripts need the nonce of their response, so that markup that slipped in cannot run; nothing is fetched from
# another host, or sent to one. 'unsafe-eval': Gradio makes functions of its templates and scripts.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'self'"
)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


def share_memory() -> None:
    """Has all threads that come take memory from two heaps, where the C library is glibc.

    Of itself it makes eight for each core, and what is free in one is of no use to the others: with every new answer
    the process would grow a little, though it holds no more.
    """
    with suppress(AttributeError, OSError, TypeError):  # another C library; on Windows there is none to ask
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes a free one. Raises SettingsError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise SettingsError(
            f"The page cannot be served on {host}, port {port}: {error.strerror}. Choose another with --port."
        ) from error


def run(application: Application, listening: socket.socket, on_ready: Callable[[], None]) -> None:
    """Answers requests until SIGINT or SIGTERM."""
    config = uvicorn.Config(
        logged(secured(application)),
        log_config=None,
        access_log=False,
        ws="none",
        lifespan="on",
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    with _quiet_signals():
        _Server(config, on_ready).run(sockets=[listening])


def secured(application: Application) -> Application:
    """The same application; each response has the security headers, and scripts in a page the nonce they need."""

    async def respond(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        # A page that is compressed could not be given its nonce.
        headers = [(name, value) for name, value in scope["headers"] if not _asks_for_page(scope, name)]
        await application({**scope, "headers": headers}, receive, _Secured(send))

    return respond


def _asks_for_page(scope: Message, name: bytes) -> bool:
    accepted = next((value for name, value in scope["headers"] if name == b"accept"), b"")
    return name == b"accept-encoding" and b"text/html" in accepted


class _Secured:
    """Sends a response with security headers; holds a page back until it is whole, to put the nonce in."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._nonce = secrets.token_urlsafe(16)
        self._start: Message | None = None  # of a page
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *self._headers()]
            if dict(message["headers"]).get(b"content-type", b"").startswith(b"text/html"):
                self._start = message
                return
        elif self._start is not None:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._send_page(self._start)
            return
        await self._send(message)

    def _headers(self) -> list[tuple[bytes, bytes]]:
        return [
            (b"content-security-policy", POLICY.format(nonce=self._nonce).encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
        ]

    async def _send_page(self, start: Message) -> None:
        # What Gradio puts into the page is JSON without "<", so each of these tags is the template's own.
        body = self._body.replace(b"<script", f'<script nonce="{self._nonce}"'.encode())
        others = [(name, value) for name, value in start["headers"] if name != b"content-length"]
        start["headers"] = [*others, (b"content-length", str(len(body)).encode())]
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


class _Server(uvicorn.Server):
    """Says when it answers."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Each open page has a connection that must be cut; uvicorn would print a traceback for each.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets)


@contextmanager
def _quiet_signals() -> Iterator[None]:
    """Without it the signal that stopped uvicorn, which raises it again, would end the process before it can close."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
