"""A conversation as a document to take away: Markdown, JSON. Pure."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from rag.domain import Answer, Hit, to_json
from ui.chat import Exchange
from ui.citing import footnotes, in_markdown, web_address
from ui.conversations import Conversation
from ui.sources import NEAREST, byline
from ui.terminal import DOUBTS


@dataclass(frozen=True, slots=True)
class Form:
    """One kind of document."""

    ending: str
    media_type: str
    write: Callable[[Conversation], str]


def as_markdown(conversation: Conversation) -> str:
    """Questions as headings; answers with footnotes that carry quote and address; refusals with what came nearest.

    Nothing that a question or a document says is Markdown in it.
    """
    parts = [f"# {in_markdown(conversation.name)}"]
    for turn, exchange in enumerate(conversation.exchanges, 1):
        parts.append(f"## {in_markdown(exchange.question)}")
        parts += _exchange(exchange, turn)
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


def as_json(conversation: Conversation) -> str:
    """The nouns under their field names, dates ISO, missing as null."""
    return json.dumps(to_json(conversation), ensure_ascii=False, indent=2) + "\n"


FORMS: Mapping[str, Form] = {
    "md": Form("md", "text/markdown", as_markdown),
    "json": Form("json", "application/json", as_json),
}


def _exchange(exchange: Exchange, turn: int) -> Iterator[str]:
    answer = exchange.answer
    if answer:
        yield footnotes(answer, f"{turn}-")
        yield from _doubts(answer)
        yield from _nearest(answer)
        yield from (in_markdown(notice) for notice in answer.notices)
    if exchange.error:
        yield in_markdown(exchange.error)


def _doubts(answer: Answer) -> Iterator[str]:
    for statement in answer.statements:
        if statement.support in DOUBTS:
            yield f"*{DOUBTS[statement.support]}:* “{in_markdown(statement.text)}”"


def _nearest(answer: Answer) -> Iterator[str]:
    if answer.abstained and answer.hits:
        yield "Nearest passages (they do not answer the question):"
        yield "\n".join(map(_near, answer.hits[:NEAREST]))


def _near(hit: Hit) -> str:
    address = web_address(hit.article.url)
    link = f" <{address}>" if address else ""
    return f"- {in_markdown(hit.article.title)}, {in_markdown(byline(hit.article))}{link}"
