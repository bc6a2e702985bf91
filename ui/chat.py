"""A question in, what the chat shows of its growing answer out. All text of others is made safe for Markdown here."""

import asyncio
import json
import logging
import re
import threading
from collections.abc import AsyncGenerator, Callable, Generator, Iterator, Sequence
from contextlib import aclosing, closing, suppress
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from pathlib import Path

from rag.assistant import Assistant
from rag.domain import Answer, Citation, Filters, Support, Turn
from rag.errors import SpacePolicyError
from ui.sources import anchor, byline

PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")
SPACES = re.compile(r"[ \t\r\f\v]+")
MARK = re.compile(r"\[(\d+)\]")
STATES = {
    Support.VERIFIED: "",
    Support.PASSAGE_ONLY: "passage only",  # the passage supports it, but no one place in it says it
    Support.UNSUPPORTED: "not supported",
}
SHORT = 0.1  # seconds; what is less is not worth telling apart
BROKEN = "Something in this program went wrong. Ask again; if that does not help, the program's log says what it was."
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question of a conversation, and what came of it so far."""

    question: str
    answer: Answer | None = None
    error: str | None = None
    ended: bool = False  # nothing more will come


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

    threading.Thread(target=run, name="answer", daemon=True).start()
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
    if library.settings.model is None and library.settings.embedding == "minilm":
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


def messages(exchanges: Sequence[Exchange]) -> list[dict[str, str]]:
    """A conversation as gr.Chatbot takes it: always one message of the user and one of the assistant, in turn."""
    shown = []
    for turn, exchange in enumerate(exchanges, 1):
        shown.append({"role": "user", "content": as_markdown(exchange.question)})
        shown.append({"role": "assistant", "content": _reply(exchange, turn)})
    return shown


def _reply(exchange: Exchange, turn: int) -> str:
    parts = []
    if exchange.answer:
        parts.append(answer_markdown(exchange.answer, turn))
    if exchange.error:
        parts.append(as_markdown(exchange.error))
    line = _line(exchange)
    if line:
        parts.append(f"<small>{as_markdown(line)}</small>")
    return "\n\n".join(parts)


def answer_markdown(answer: Answer, turn: int) -> str:
    """The text of an answer: marks become links to the cards of the panel, and each statement not verified says so."""
    citations = {citation.number: citation for citation in answer.citations}
    parts, done = [], 0
    for end, label in _labels(answer):
        parts += [_linked(answer.text[done:end], citations, turn), f" *({label})*"]
        done = end
    return "".join([*parts, _linked(answer.text[done:], citations, turn)])


def _labels(answer: Answer) -> Iterator[tuple[int, str]]:
    """Where a statement that is not verified ends, its marks included, and what to say there."""
    done = 0
    for statement in answer.statements:
        start = answer.text.find(statement.text, done)
        if start < 0:
            continue
        done = start + len(statement.text)
        for number in statement.citations:
            mark = re.compile(rf"\s?\[{number}\]").match(answer.text, done)
            done = mark.end() if mark else done
        if STATES[statement.support]:
            yield done, STATES[statement.support]


def _linked(text: str, citations: dict[int, Citation], turn: int) -> str:
    parts, done = [], 0
    for mark in MARK.finditer(text):
        citation = citations.get(int(mark[1]))
        if citation:  # a made-up number stays text
            target = f'#{anchor(turn, citation.number)} "{as_markdown(byline(citation.article))}"'
            parts += [as_markdown(text[done : mark.start()]), f"[[{mark[1]}]]({target})"]
            done = mark.end()
    return "".join([*parts, as_markdown(text[done:])])


def as_markdown(text: str) -> str:
    """Text that Markdown shows as it is: no image, link, tag, list or heading can come of it."""
    # Four spaces at the start of a line would be a block of code.
    return PUNCTUATION.sub(lambda found: f"&#{ord(found[0])};", SPACES.sub(" ", text))


def _line(exchange: Exchange) -> str:
    """The quiet line under an answer: how it was made, and from what."""
    answer = exchange.answer
    if not exchange.ended and not (answer and answer.complete):
        return "searching …" if answer is None else "answering …"
    if answer is None:
        return "" if exchange.error else "stopped"
    searched = answer.standalone_question
    parts = [
        _mode(answer),
        f"searched for: “{searched}”" if searched != answer.question.strip() else "",
        describe(answer.filters) if answer.filters else "",
        *answer.notices,
        "" if answer.complete else "stopped before the end",
        _seconds(answer.timings.get("total")),
    ]
    return " · ".join(part.rstrip(".") for part in parts if part)


def _mode(answer: Answer) -> str:
    if answer.abstained:
        return "no answer found"
    if answer.mode == "model":
        return f"written by {answer.model}, checked against the sources"
    return "quoted word for word"


def _seconds(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"{seconds:.1f}\N{NO-BREAK SPACE}s" if seconds >= SHORT else f"under {SHORT}\N{NO-BREAK SPACE}s"


def describe(filters: Filters) -> str:
    """Filters in words."""
    parts = [
        f"only {', '.join(filters.outlets)}" if filters.outlets else "",
        f"since {filters.since}" if filters.since else "",
        f"until {filters.until}" if filters.until else "",
        f"{len(filters.articles)} chosen articles" if filters.articles else "",
    ]
    return ", ".join(part for part in parts if part) or "all articles"
