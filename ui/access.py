"""What every request passes before the page sees it: which host, from whose page, with which password, how long.

The only file that knows cookies. Each browser gets one with a random id, under which its conversations are kept, and
one more when its user signs in. Programs send the password with each request: `curl --user :PASSWORD`.
"""

import base64
import binascii
import math
import re
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import parse_qs

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from ui.hosts import client_key, names_loopback
from ui.limits import TooMany
from ui.refusals import Refusal, accepts_page, is_upload, not_let_in, said, unknown_endpoint, wants_page
from ui.sign_in import LASTS, ONLY_READS, Role, SignIn, WrongPassword

READER = "space_policy_reader"  # the cookie with a browser's id
SESSION = "space_policy_session"  # the cookie of who has signed in
READER_ID = re.compile(r"[\w-]{32}", re.ASCII)
YEAR = 365 * 24 * 3600
ENTRANCE, EXIT, HEALTH = "/login", "/logout", "/health"  # Gradio's clients for programs sign in at /login, too
MOST_FORM = 10_000  # bytes of a sign-in
MOST_JSON = 8_000_000  # bytes of any other request that is no upload: a long pasted text
FILES_AT_ONCE = 10  # of the largest size, in one upload
TOO_LARGE = 413
READ_AWAY = (403, TOO_LARGE)  # refusals of what may be still on its way
SAFE = ("GET", "HEAD", "OPTIONS")
NOT_IN = "This needs the password: sign in on the page; programs send it with each request (curl --user :PASSWORD)."
PAGE = Template((Path(__file__).parent / "sign_in.html").read_text(encoding="utf-8"))

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who makes a request."""

    client: str  # the address that limits count by
    reader: str | None  # the id of a browser; None: a program, or a browser without cookies
    role: Role  # a curator, where there is no password
    signed_in: bool = False  # gave a password, and can sign out: POST to EXIT


def visitor_of(request: Any) -> Visitor:  # noqa: ANN401 - fastapi.Request, or gr.Request around one
    """Who makes a request that came through a Guard. Raises AttributeError for any other."""
    inner = getattr(request, "request", request)
    visitor: Visitor = inner.state.visitor
    return visitor


class Guard:
    """An application that only lets in who may come in.

    loopback: it listens on this computer alone, and then answers to no other name: a page elsewhere whose name was made
    to point here (DNS rebinding) reads nothing. sign_in: None where everyone who reaches it may use it. max_bytes: of
    one uploaded file.
    """

    def __init__(self, application: Application, *, loopback: bool, sign_in: SignIn | None, max_bytes: int) -> None:
        self._application = application
        self._loopback = loopback
        self._sign_in = sign_in
        self._most_upload = max_bytes * FILES_AT_ONCE

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answers one request, or hands it on."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        request = Request(scope, receive)
        passed = await self._passed(request)
        if isinstance(passed, Response):
            if passed.status_code in READ_AWAY:
                await _read_away(receive)
            await passed(scope, receive, send)
            return
        reader = request.cookies.get(READER, "")
        if not READER_ID.fullmatch(reader):
            reader = secrets.token_urlsafe(24) if wants_page(request) else ""
            send = _with_cookie(send, request, reader) if reader else send
        visitor = Visitor(_client(request), reader or None, passed, self._sign_in is not None)
        await self._application({**scope, "state": {**scope.get("state", {}), "visitor": visitor}}, receive, send)

    async def _passed(self, request: Request) -> Response | Role:
        """What is answered here and now; or the role of who may go on."""
        refusal = self._wrong_host(request) or _from_elsewhere(request)
        if refusal:
            return said(request, refusal)
        if request.scope["path"] == HEALTH:
            return Role.READER
        passed = Role.CURATOR if self._sign_in is None else await _at_the_door(request, self._sign_in)
        if isinstance(passed, Response):
            return passed
        refusal = self._too_long(request) or unknown_endpoint(request)
        if passed is Role.READER and is_upload(request):  # files are only ever given to be added
            refusal = refusal or Refusal(403, ONLY_READS)
        return said(request, refusal) if refusal else passed

    # The checks ------------------------------------------------------------------------------------------------------

    def _wrong_host(self, request: Request) -> Refusal | None:
        host = request.headers.get("host", "")  # a browser always sends one
        if not self._loopback or not host or names_loopback(host):
            return None
        return Refusal(
            421,
            "This page answers to localhost and 127.0.0.1 only. Open it under one of these; "
            "a proxy in front of it must send one of them as the Host.",
        )

    def _too_long(self, request: Request) -> Refusal | None:
        if request.method in SAFE:
            return None
        if "content-length" not in request.headers and "transfer-encoding" in request.headers:
            return Refusal(411, "Send the request with its length (Content-Length), not in chunks.")
        length = int(request.headers.get("content-length", "0"))
        if is_upload(request) and length > self._most_upload:
            return Refusal(
                TOO_LARGE,
                f"At most {_size(self._most_upload)} can be uploaded at once, and this is {_size(length)}. "
                "Give fewer files at a time.",
            )
        if not is_upload(request) and length > MOST_JSON:
            return Refusal(TOO_LARGE, f"A request can have {_size(MOST_JSON)} at most. Upload long texts as files.")
        return None


def _from_elsewhere(request: Request) -> Refusal | None:
    """A page of another site may not make a visitor's browser change anything here."""
    if request.method in SAFE:
        return None
    # Browsers say where a request comes from; old ones, and all over plain http to another machine, only whose page.
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site:
        ours = site in ("same-origin", "none")
    else:
        ours = origin is None or origin.partition("://")[2] == request.headers.get("host")
    return None if ours else Refusal(403, "A page of another site sent this request, so nothing was done.")


# Coming and going ---------------------------------------------------------------------------------------------------


async def _at_the_door(request: Request, sign_in: SignIn) -> Response | Role:
    """What is answered to who is not in yet; or the role of who is."""
    if request.scope["path"] == ENTRANCE:
        return await _entered(request, sign_in)
    if request.scope["path"] == EXIT and request.method == "POST":
        return _left(request)
    try:
        role = _role(request, sign_in)
    except (WrongPassword, TooMany) as error:
        return said(request, not_let_in(error))
    if role is None:
        return _sign_in_page(Refusal(401, "")) if wants_page(request) else said(request, Refusal(401, NOT_IN))
    return role


def _role(request: Request, sign_in: SignIn) -> Role | None:
    """The role of who asks; None: nothing says so. Raises WrongPassword, TooMany."""
    kind, _, encoded = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return sign_in.role_of(request.cookies.get(SESSION, ""))
    try:
        password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        password = ""
    return sign_in.role_for(password, _client(request))


async def _entered(request: Request, sign_in: SignIn) -> Response:
    if request.method != "POST":
        inside = sign_in.role_of(request.cookies.get(SESSION, "")) is not None
        return RedirectResponse("/", 303) if inside else _sign_in_page()
    try:
        role = sign_in.role_for(await _password(request), _client(request))
    except (WrongPassword, TooMany) as error:
        refusal = not_let_in(error)
        return _sign_in_page(refusal) if accepts_page(request) else said(request, refusal)
    response = _done(request)
    response.set_cookie(SESSION, sign_in.token(role), max_age=LASTS, **_cookie_rules(request))
    return response


def _left(request: Request) -> Response:
    response = _done(request)
    response.delete_cookie(SESSION, **_cookie_rules(request))
    return response


async def _password(request: Request) -> str:
    """What was typed; nothing, if the form is not one."""
    if not 0 < int(request.headers.get("content-length", "0")) <= MOST_FORM:
        return ""
    form = parse_qs((await request.body()).decode("utf-8", "replace"))
    return form.get("password", [""])[0]


# What is said -------------------------------------------------------------------------------------------------------


def _done(request: Request) -> Response:
    return RedirectResponse("/", 303) if accepts_page(request) else JSONResponse({"success": True})


def _sign_in_page(refusal: Refusal | None = None) -> Response:
    line = refusal.line if refusal else ""
    message = f'<p role="alert" id="message">{escape(line)}</p>' if line else ""
    text = PAGE.substitute(message=message, described='aria-describedby="message"' if line else "")
    return HTMLResponse(text, refusal.status if refusal else 200, (refusal or Refusal(200, "")).headers)


# Requests -----------------------------------------------------------------------------------------------------------


def _client(request: Request) -> str:
    return client_key(request.client.host if request.client else "")


def _size(number: int) -> str:
    unit, name = (1_000_000, "MB") if number >= 1_000_000 else (1000, "kB")
    return f"{math.ceil(number / unit)} {name}"


async def _read_away(receive: Receive) -> None:
    """A browser that is still sending would not read the answer."""
    while (await receive()).get("more_body"):
        pass


def _cookie_rules(request: Request) -> dict[str, Any]:
    return {"httponly": True, "samesite": "lax", "secure": request.scope.get("scheme") == "https"}


def _with_cookie(send: Send, request: Request, reader: str) -> Send:
    carrier = Response()
    carrier.set_cookie(READER, reader, max_age=YEAR, **_cookie_rules(request))
    cookie = next((name, value) for name, value in carrier.raw_headers if name == b"set-cookie")

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], cookie]
        await send(message)

    return sending
