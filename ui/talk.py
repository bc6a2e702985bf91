"""What the events of the chat do: ask, stop, open, keep, judge."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from rag.assistant import Assistant
from rag.domain import Filters
from rag.errors import SpacePolicyError
from ui import chat, leads, scope, sources
from ui.access import visitor_of
from ui.chat import Exchange
from ui.conversations import Conversations
from ui.feedback import FeedbackBox, Verdict
from ui.limits import Pace
from ui.programs import LONGEST
from ui.shelf import shelf
from ui.thread import thread

Exchanges = tuple[Exchange, ...]
Shown = tuple[object, ...]  # composer, conversation, current, thread, panel, shelf
AS_IT_WAS: Shown = (gr.skip(),) * 6
EXAMPLES = 4
LEADS = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and the place in the conversation where it is asked; what came after that goes."""

    question: str
    earlier: Exchanges


class Talk:
    """One page's events. What it takes is what a browser sends, so nothing of it is trusted."""

    def __init__(self, assistant: Assistant, pace: Pace, conversations: Conversations, box: FeedbackBox) -> None:
        self._assistant = assistant
        self._pace = pace
        self._conversations = conversations
        self._box = box
        self._answering = 0  # questions, just now
        self._seen = -1  # the revision of the library at which the two below were read
        self._outlets: tuple[str, ...] = ()
        self._examples: tuple[str, ...] = ()
        self._offered = self.examples()  # on a page as it is sent

    # Asking ----------------------------------------------------------------------------------------------------------

    async def ask(
        self,
        typed: str,
        exchanges: Exchanges,
        current: str,
        chosen: object,
        event: gr.EventData,
        request: gr.Request,
    ) -> AsyncGenerator[Shown, None]:
        """A question and its growing answer: typed, chosen, changed or asked once more."""
        visitor = visitor_of(request)
        exchanges = await self._there(visitor.reader, exchanges, current)
        asked = _asked(typed, exchanges, event._data)
        if not asked.question:
            yield AS_IT_WAS
            return
        try:
            filters = scope.read(chosen)
            self._pace.check(visitor.client, visitor.reader)
        except SpacePolicyError as error:
            gr.Warning(str(error), title="Not asked")
            yield AS_IT_WAS
            return
        # Kept before it is answered: who leaves meanwhile finds the question again.
        pending = (*asked.earlier, Exchange(asked.question))
        kept = await asyncio.to_thread(self._conversations.save, visitor.reader, pending, current or None)
        current = kept or ""
        self._answering += 1
        try:
            async with aclosing(chat.ask(self._assistant, asked.question, asked.earlier, filters)) as growing:
                async for exchange in growing:
                    now = (*asked.earlier, exchange)
                    if not exchange.ended:
                        yield await self._growing(visitor.reader, now, current)
                        continue
                    yield await self._kept(visitor.reader, await self._led_on(now, filters), current)
        finally:
            self._answering -= 1

    async def stop(self, exchanges: Exchanges, current: str, request: gr.Request) -> Shown:
        """What is there when the reader has enough."""
        return await self._kept(visitor_of(request).reader, chat.ended(exchanges), current)

    async def _led_on(self, exchanges: Exchanges, filters: Filters) -> Exchanges:
        """With the questions that lead on from the last answer."""
        *earlier, last = exchanges
        if last.answer is None or not last.answer.citations:
            return exchanges
        if self._answering > 1:  # who waits for an answer comes first
            found = leads.plain_leads(last.answer, LEADS)
        else:
            found = await asyncio.to_thread(
                leads.leads, self._assistant, last.answer, chat.turns(exchanges), filters, LEADS
            )
        return (*earlier, replace(last, leads=found))

    # Keeping ---------------------------------------------------------------------------------------------------------

    async def leave(self, exchanges: Exchanges, current: str, event: gr.EventData, request: gr.Request) -> Shown:
        """Another conversation, or a new one; what was being answered is kept as far as it had come."""
        reader, wanted = visitor_of(request).reader, _data(event, "id")
        if exchanges and not exchanges[-1].ended:
            await asyncio.to_thread(self._conversations.save, reader, chat.ended(exchanges), current or None)
        if _data(event, "do") == "delete":
            wanted = await self._deleted(reader, wanted, current)
        return await self._opened(reader, wanted)

    async def _deleted(self, reader: str | None, wanted: str, current: str) -> str:
        """Deletes a conversation; the id of the one to show then."""
        try:
            await asyncio.to_thread(self._conversations.delete, reader, wanted)
        except SpacePolicyError as error:
            gr.Warning(str(error), title="Not deleted")
            return current
        return "" if wanted == current else current

    async def rename(self, current: str, event: gr.EventData, request: gr.Request) -> str:
        """Gives a conversation another name."""
        reader = visitor_of(request).reader
        try:
            await asyncio.to_thread(self._conversations.rename, reader, _data(event, "id"), _data(event, "name"))
        except SpacePolicyError as error:
            gr.Warning(str(error), title="Not renamed")
        return shelf(await asyncio.to_thread(self._conversations.list, reader), current)

    async def judge(self, exchanges: Exchanges, current: str, event: gr.EventData, request: gr.Request) -> None:
        """Keeps what a reader says of an answer."""
        reader = visitor_of(request).reader
        exchanges = await self._there(reader, exchanges, current)
        turn = _turn(event._data, len(exchanges))
        answer = exchanges[turn - 1].answer if turn else None
        verdicts = {str(one): one for one in Verdict}
        verdict = verdicts.get(_data(event, "verdict"))
        if answer is None or verdict is None:
            gr.Warning("That answer is not here any more.", title="Not kept")
            return
        try:
            await asyncio.to_thread(self._box.give, verdict, answer, _data(event, "comment"), reader)
        except SpacePolicyError as error:
            gr.Warning(str(error), title="Not kept")
        else:
            gr.Info("Thank you. Whoever runs this page can read it.", title="Kept")

    # The page --------------------------------------------------------------------------------------------------------

    async def open(self, current: str, request: gr.Request) -> Shown:
        """A page that was just loaded: the conversation that was open in it, and what the library holds now."""
        reader = visitor_of(request).reader
        outlets = await asyncio.to_thread(self.outlets)
        if current and isinstance(current, str):
            return (*await self._opened(reader, current), scope.of_outlets(outlets))
        # A quick reader may have asked already, so nothing of the conversation is touched without need.
        cards = await asyncio.to_thread(self._conversations.list, reader)
        fresh = thread((), self._examples) if self._examples != self._offered else gr.skip()
        return (*(gr.skip(),) * 3, fresh, gr.skip(), shelf(cards), scope.of_outlets(outlets))

    def outlets(self) -> tuple[str, ...]:
        """The outlets that can be chosen."""
        self._look()
        return self._outlets

    def examples(self) -> tuple[str, ...]:
        """Questions that an empty page shows."""
        self._look()
        return self._examples

    def _look(self) -> None:
        library = self._assistant.library
        if library.revision != self._seen:
            self._seen = library.revision
            self._outlets = tuple(sorted({card.outlet for card in library.cards().values() if card.outlet}))
            self._examples = chat.examples(self._assistant, EXAMPLES) if library.count()[0] else ()

    async def _there(self, reader: str | None, exchanges: Exchanges, current: str) -> Exchanges:
        """The conversation, read again where the server has been started anew since."""
        if exchanges or not current:
            return exchanges
        try:
            return (await asyncio.to_thread(self._conversations.open, reader, current)).exchanges
        except SpacePolicyError:  # deleted in another window: a new one begins
            return ()

    async def _kept(self, reader: str | None, exchanges: Exchanges, current: str) -> Shown:
        """A conversation whose last exchange has ended, kept and shown."""
        kept = await asyncio.to_thread(self._conversations.save, reader, exchanges, current or None) or ""
        trouble = self._conversations.trouble(reader)
        if trouble:
            gr.Warning(trouble, title="Not kept")
        return await self._shown(reader, exchanges, kept)

    async def _opened(self, reader: str | None, wanted: str) -> Shown:
        if not wanted:
            return await self._shown(reader, (), "")
        try:
            found = await asyncio.to_thread(self._conversations.open, reader, wanted)
        except SpacePolicyError as error:
            gr.Warning(str(error), title="Not opened")
            return await self._shown(reader, (), "")
        return await self._shown(reader, await self._led_on(found.exchanges, Filters()), wanted)

    async def _growing(self, reader: str | None, exchanges: Exchanges, current: str) -> Shown:
        """A conversation whose last answer grows; the list of conversations is drawn once, when it begins."""
        panel = sources.panel([exchange.answer for exchange in exchanges])
        if exchanges[-1].answer is not None:
            return gr.skip(), exchanges, gr.skip(), thread(exchanges), panel, gr.skip()
        cards = await asyncio.to_thread(self._conversations.list, reader)
        composer = gr.Textbox(value="", submit_btn=False, stop_btn=True)
        return composer, exchanges, current, thread(exchanges), panel, shelf(cards, current)

    async def _shown(self, reader: str | None, exchanges: Exchanges, current: str) -> Shown:
        cards = await asyncio.to_thread(self._conversations.list, reader)
        examples = () if exchanges else await asyncio.to_thread(self.examples)
        panel = sources.panel([exchange.answer for exchange in exchanges])
        idle = gr.Textbox(submit_btn=True, stop_btn=False)
        return idle, exchanges, current, thread(exchanges, examples), panel, shelf(cards, current)


def _asked(typed: str, exchanges: Exchanges, data: Any) -> Asked:  # noqa: ANN401 - what a browser sends
    """What is asked, and where: at the end, or in place of an earlier question."""
    exchanges = chat.ended(exchanges)
    if not isinstance(data, dict) or "question" not in data:
        return Asked(str(typed or "").strip(), exchanges)
    turn = _turn(data, len(exchanges))
    earlier = exchanges[: turn - 1] if turn else exchanges
    return Asked(str(data["question"]).strip()[:LONGEST], earlier)


def _turn(data: Any, count: int) -> int:  # noqa: ANN401 - what a browser sends
    """The number of an exchange, 1 to `count`; 0: none is named."""
    turn = data.get("turn") if isinstance(data, dict) else None
    return turn if isinstance(turn, int) and 1 <= turn <= count else 0


def _data(event: gr.EventData, name: str) -> str:
    data: Any = event._data
    found = data.get(name) if isinstance(data, dict) else None
    return found if isinstance(found, str) else ""
