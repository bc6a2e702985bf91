"""A question in, its growing answer out: what the page knows of a conversation, before anything is drawn."""

import asyncio
import contextvars
import json
import logging
import threading
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import aclosing, closing, suppress
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

from rag.assistant import Assistant
from rag.domain import Answer, Filters, Turn
from rag.embedding import OPENAI
from rag.errors import SpacePolicyError
from rag.settings import Settings
from ui.leads import costs_nothing

BROKEN = "Something in this program went wrong. Ask again; if that does not help, the program's log says what it was."
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question of a conversation, and what came of it so far."""

    question: str
    answer: Answer | None = None
    error: str | None = None
    ended: bool = False  # nothing more will come
    leads: tuple[str, ...] = field(default=(), compare=False)  # questions to go on with; made, not kept


async def ask(
    assistant: Assistant, question: str, earlier: Sequence[Exchange], filters: Filters
) -> AsyncGenerator[Exchange, None]:
    """The exchange while it grows: each one replaces the one before. Closing it closes the assistant's stream."""
    exchange = Exchange(question)
    yield exchange
    try:
        async with aclosing(_read(lambda: assistant.stream(question, turns(earlier), filters))) as answers:
            async for answer in answers:
                exchange = replace(exchange, answer=answer)
                yield exchange
    except SpacePolicyError as error:
        exchange = replace(exchange, error=str(error))
    except Exception:  # an error that reaches Gradio would cover the whole conversation with the word "Error"
        logger.exception("A question could not be answered.")
        exchange = replace(exchange, error=BROKEN)
    yield replace(exchange, ended=True)


async def _read(stream: Callable[[], Generator[Answer, None, None]]) -> AsyncGenerator[Answer, None]:
    """Reads a stream in a thread of its own: a generator cannot be closed while it waits, for a model say.

    Leaving takes no time; the thread closes the stream as soon as that comes back.
    """
    loop = asyncio.get_running_loop()
    read: asyncio.Queue[Answer | Exception | None] = asyncio.Queue()
    left = threading.Event()

    def put(item: Answer | Exception | None) -> None:
        with suppress(RuntimeError):  # the server has ended, and its loop with it
            loop.call_soon_threadsafe(read.put_nowait, item)

    def run() -> None:
        try:
            with closing(stream()) as answers:
                for answer in answers:
                    if left.is_set():
                        return
                    put(answer)
            put(None)
        except Exception as error:  # noqa: BLE001 - raised again below, where it is awaited
            put(error)

    # What is written down in the thread has the id of the request, too (ui/logs.py).
    within = contextvars.copy_context()
    threading.Thread(target=within.run, args=(run,), name="answer", daemon=True).start()
    try:
        while (item := await read.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item
    finally:
        left.set()


def examples(assistant: Assistant, most: int) -> tuple[str, ...]:
    """Questions for the empty page: those written for the starter collection where it is there, else about titles.

    Where asking costs nothing, only questions that get an answer are offered.
    """
    library = assistant.library
    articles = library.articles()
    written = _written(library.settings.corpus, [article.source for article in articles])
    titles = [f"What does “{article.title}” say?" for article in articles[: 2 * most]]
    questions = list(dict.fromkeys([*written[: 2 * most], *titles]))
    if costs_nothing(library.settings):
        return tuple(islice((one for one in questions if not assistant.answer(one).abstained), most))
    return tuple(questions[:most])


def _written(corpus: Path, sources: Sequence[str]) -> list[str]:
    """The questions of the starter collection, if the library holds any of it."""
    file = corpus / "questions.jsonl"
    if not file.is_file() or not any(Path(source).is_relative_to(corpus) for source in sources):
        return []
    asked = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [one["question"] for one in asked if one.get("answerable", True) and not one.get("history")]


def turns(exchanges: Sequence[Exchange]) -> tuple[Turn, ...]:
    """What the assistant is told of the conversation."""
    return tuple(Turn(one.question, one.answer.text) for one in exchanges if one.answer)


def ended(exchanges: Sequence[Exchange]) -> tuple[Exchange, ...]:
    """A conversation to which nothing more will come."""
    return tuple(replace(one, ended=True) for one in exchanges)


def read_filters(outlets: Sequence[str], since: str, until: str) -> Filters:
    """The scope as typed. Raises SpacePolicyError saying which date cannot be read."""
    filters = Filters(outlets=tuple(outlets), since=_read_date(since), until=_read_date(until))
    if filters.since and filters.until and filters.since > filters.until:
        raise SpacePolicyError(
            f"“Since” ({filters.since}) is later than “until” ({filters.until}): no article can pass. Swap them."
        )
    return filters


def _read_date(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise SpacePolicyError(f"“{text}” is not a date. Write it as YYYY-MM-DD, like 2025-04-23.") from error


def leaving(settings: Settings) -> str:
    """What text leaves this computer and where to, in one line; "" where none does."""
    where = urlsplit(settings.model_url or OPENAI).hostname or "a server"
    sent = [f"Questions and the passages found for them go to {settings.model} at {where}."] if settings.model else []
    if settings.embedding != "minilm":
        sent.append(f"Questions and all articles go to {settings.embedding} at {where}.")
    return " ".join(sent)


def describe(filters: Filters) -> str:
    """Filters in words."""
    parts = [
        f"only {', '.join(filters.outlets)}" if filters.outlets else "",
        f"since {filters.since}" if filters.since else "",
        f"until {filters.until}" if filters.until else "",
        _chosen(len(filters.articles)) if filters.articles else "",
    ]
    return ", ".join(part for part in parts if part) or "all articles"


def _chosen(count: int) -> str:
    return "1 chosen article" if count == 1 else f"{count} chosen articles"
