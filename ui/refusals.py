"""What is said to a request that goes no further, in the form that its sender can read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from ui.limits import TooMany
from ui.sign_in import WrongPassword

ENDPOINTS = ("answer", "search")  # of ui/programs.py
CALLED = re.compile(r"/gradio_api/call/(?:v2/)?([^/]*)/?$")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request goes no further, in one line."""

    status: int
    line: str
    wait: float = 0.0  # seconds after which it may come again

    @property
    def headers(self) -> Mapping[str, str]:
        """Those of its response."""
        again = {"retry-after": str(int(self.wait) + 1)} if self.wait else {}
        return {"cache-control": "no-store", **again}


def not_let_in(error: WrongPassword | TooMany) -> Refusal:
    """Why a password did not help."""
    return Refusal(429, str(error), error.seconds) if isinstance(error, TooMany) else Refusal(401, str(error))


def said(request: Request, refusal: Refusal) -> Response:
    """One line: as text where it is shown as it is, else as JSON, as the page's scripts and programs read it."""
    if accepts_page(request) or is_upload(request):
        return PlainTextResponse(refusal.line, refusal.status, refusal.headers)
    return JSONResponse({"detail": refusal.line}, refusal.status, refusal.headers)


def accepts_page(request: Request) -> bool:
    """Whether a browser sent it for someone to look at what comes."""
    return "text/html" in request.headers.get("accept", "")


def wants_page(request: Request) -> bool:
    """Whether it asks for a page, and sends nothing."""
    return request.method == "GET" and accepts_page(request)


def unknown_endpoint(request: Request) -> Refusal | None:
    """What a program is told that calls what is not there, or is for the page alone: Gradio finds that by name, too."""
    found = CALLED.search(str(request.scope["path"])) if request.method == "POST" else None
    if not found or found[1] in ENDPOINTS:
        return None
    return Refusal(404, f"There is no such endpoint. Programs may call: {', '.join(ENDPOINTS)}.")


def is_upload(request: Request) -> bool:
    """Whether it goes to where Gradio takes files."""
    return str(request.scope["path"]).rstrip("/").endswith(("/upload", "/process_recording"))
