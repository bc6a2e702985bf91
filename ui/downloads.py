"""Conversations as files, at /conversations/ID.md and /conversations/ID.json: each reader gets their own."""

import re

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from ui.access import visitor_of
from ui.conversations import Conversations, UnknownConversation
from ui.exported import FORMS
from ui.kept import NotKept


def router(conversations: Conversations) -> APIRouter:
    """The routes, which must come before the page's own."""
    routes = APIRouter()

    @routes.get("/conversations/{conversation}.{ending}")
    def download(conversation: str, ending: str, request: Request) -> Response:
        form = FORMS.get(ending)
        if form is None:
            return PlainTextResponse(f"A conversation can be had as: {', '.join(FORMS)}.", 404)
        try:
            found = conversations.open(visitor_of(request).reader, conversation)
        except UnknownConversation as error:
            return PlainTextResponse(str(error), 404)
        except NotKept as error:
            return PlainTextResponse(str(error), 503)
        headers = {
            "content-disposition": f'attachment; filename="{_file_name(found.name)}.{form.ending}"',
            "cache-control": "no-store",
        }
        return Response(form.write(found), media_type=form.media_type, headers=headers)

    return routes


def _file_name(name: str) -> str:
    """What every system takes as a file's name."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:60].lower() or "conversation"
