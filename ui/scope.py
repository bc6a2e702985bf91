"""Which articles may answer, as the page chooses it: what the browser sends, read; and the line that says it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from rag.domain import ArticleCard, Filters
from rag.errors import SpacePolicyError
from ui.chat import describe, read_filters
from ui.sources import byline, escape

HERE = Path(__file__).parent
Scope = dict[str, Any]  # what page and server exchange: see `empty`


def empty(outlets: Sequence[str] = ()) -> Scope:
    """No limit. `all`: the outlets that can be chosen; articles: [{"id": ..., "title": ...}]."""
    return {"all": list(outlets), "outlets": [], "since": "", "until": "", "articles": []}


def of_articles(cards: Iterable[ArticleCard], since: str, until: str, outlets: Sequence[str]) -> Scope:
    """The scope of some articles and a time."""
    chosen = [{"id": card.id, "title": f"{card.title} ({byline(card)})"} for card in cards]
    return {**empty(outlets), "since": since, "until": until, "articles": chosen}


def read(scope: object) -> Filters:
    """The filters that a browser sent. Raises SpacePolicyError saying what cannot be read."""
    given = scope if isinstance(scope, Mapping) else {}
    outlets = _texts(given.get("outlets"))
    articles = _texts([one.get("id") if isinstance(one, Mapping) else one for one in _list(given.get("articles"))])
    since, until = _texts([given.get("since") or "", given.get("until") or ""])
    return replace(read_filters(outlets, since, until), articles=articles)


def of_outlets(outlets: Sequence[str]) -> Scope:
    """The outlets that there are now, for scope.js to put beside what is chosen in the browser at that moment."""
    return {"all": list(outlets), "keep": True}


def line(scope: object) -> str | dict[str, Any]:
    """What stands above the composer: the scope in words, or what is wrong with it; Change and Reset.

    For `of_outlets` the line is left as it is: the browser sends the scope after that.
    """
    if isinstance(scope, Mapping) and scope.get("keep"):
        as_it_is: dict[str, Any] = gr.skip()
        return as_it_is
    try:
        filters = read(scope)
        words, limited = describe(filters), bool(filters)
    except SpacePolicyError as error:
        words, limited = str(error), True
    reset = '<button type="button" data-do="reset-scope">Reset scope</button>' if limited else ""
    return (
        f'<p class="scope-line" role="status"><span>Scope: <strong>{escape(words)}</strong></span></p>'
        f'<span class="scope-buttons"><button type="button" data-do="change-scope">Change scope</button>{reset}</span>'
    )


def fields(outlets: Sequence[str]) -> gr.HTML:
    """The fields of the scope, drawn by scope.js; their value is a Scope."""
    return gr.HTML(
        empty(outlets),
        elem_id="scope",
        html_template='<section class="scope" aria-label="Scope"></section>',
        apply_default_css=False,
        js_on_load=(HERE / "scope.js").read_text(encoding="utf-8"),
    )


def _texts(given: object) -> tuple[str, ...]:
    if not given:
        return ()
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise SpacePolicyError("The scope cannot be read. Reset it.")
    return tuple(given)


def _list(given: object) -> list[Any]:
    return given if isinstance(given, list) else []
