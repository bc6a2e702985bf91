"""What programs may call, over HTTP with gradio_client or curl: /answer and /search. JSON in, the nouns as JSON out."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.components.api_component import Api
from gradio.queueing import Queue
from gradio.state_holder import SessionState

from rag.assistant import Assistant
from rag.characters import mended
from rag.domain import Filters, Turn, to_json
from rag.errors import SpacePolicyError
from ui import logs
from ui.access import visitor_of
from ui.chat import read_filters
from ui.limits import Pace

TOLD = 60.0  # seconds after which nothing that was told to a session is still on its way
LONGEST = 2000  # characters of a question
MOST_HITS = 50
MOST_TURNS = 50
Names = list[str]


class Page(gr.Blocks):
    """A page whose endpoints for programs may be called with the first of their arguments alone."""

    def validate_inputs(self, block_fn: BlockFunction, inputs: list[Any]) -> None:
        """Fills defaults in: Gradio does for named arguments (/call/v2/answer), not for a list (/call/answer)."""
        if _is_for_programs(block_fn):
            inputs.extend(one.value for one in block_fn.inputs[len(inputs) :] if isinstance(one, Api))
        super().validate_inputs(block_fn, inputs)

    def look_after_queue(self, full: str) -> None:
        """It says `full` when no more can wait (else two numbers, and nothing to do), and forgets whom all was told."""
        push, told = self._queue.push, _Told(self._queue)

        async def pushing(body: Any, *given: Any, **named: Any) -> Any:  # noqa: ANN401 - as in Gradio
            told.let_go()
            taken, said, state = await push(body, *given, **named)
            told.asks_again(str(body.session_hash))
            return taken, full if state == "queue_full" else said, state

        self._queue.push = pushing  # type: ignore[method-assign]

    async def process_api(
        self,
        block_fn: BlockFunction | int,
        inputs: list[Any],
        *more: Any,  # noqa: ANN401 - as in Gradio
        **named: Any,  # noqa: ANN401 - likewise
    ) -> dict[str, Any]:
        """Does what an event asks for; of one that grows, one step."""
        function = self.fns[block_fn] if isinstance(block_fn, int) else block_fn
        try:
            with logs.event(str(function.api_name or function.name), named.get("request")) as step:
                done: dict[str, Any] = await super().process_api(block_fn, inputs, *more, **named)
                step.ended = not done.get("is_generating")
        finally:
            if _is_for_programs(function):
                self._forget(str(named.get("session_hash")))
            elif state := named.get("state"):
                self._lighten(state)
        return done

    def _lighten(self, state: SessionState) -> None:
        """Lets go of what Gradio keeps of each session: all that was last shown, and one more component an update.

        The first is for links into a session, which this page has none of.
        """
        state.config_values = _Nothing()
        for added in state.blocks_config.blocks.keys() - self.blocks.keys():
            del state.blocks_config.blocks[added]

    def _forget(self, session: str) -> None:
        """To Gradio each call of a program is a session, and it keeps a copy of the whole page for 10,000 of them."""
        self.state_holder.session_data.pop(session, None)
        self.state_holder.time_last_used.pop(session, None)


class _Told:
    """The sessions that wait for nothing: of each, each call of a program, Gradio keeps for ever that it does not."""

    def __init__(self, queue: Queue) -> None:
        self._waiting, self._messages = queue.pending_event_ids_session, queue.pending_messages_per_session
        self._since: dict[str, float] = {}  # session -> when it was seen to wait for nothing

    def let_go(self) -> None:
        """Of those of which that is some time ago: what was told last may still be on its way."""
        now = time.monotonic()
        told = [one for one, events in self._waiting.items() if not events or one not in self._messages]
        self._since = {one: self._since.get(one, now) for one in told}
        for one in [one for one, since in self._since.items() if now - since >= TOLD]:
            del self._since[one], self._waiting[one]
            self._messages.pop(one, None)

    def asks_again(self, session: str) -> None:
        """It waits for something now."""
        self._since.pop(session, None)


class _Nothing(dict[int, dict[str, Any]]):
    """Takes the configuration of every component and holds none."""

    def __contains__(self, key: object) -> bool:
        return True

    def __missing__(self, key: int) -> dict[str, Any]:
        return {}

    def __setitem__(self, key: int, value: dict[str, Any]) -> None:
        """Keeps nothing."""


def _is_for_programs(function: BlockFunction) -> bool:
    return bool(function.inputs) and all(isinstance(one, Api) for one in function.inputs)


class Programs:
    """The endpoints. Whatever is wrong with a call is said in one line, as the error that the caller gets."""

    def __init__(self, assistant: Assistant, pace: Pace) -> None:
        self._assistant = assistant
        self._pace = pace

    def answer(
        self,
        question: str,
        outlets: Names | None = None,
        since: str = "",
        until: str = "",
        articles: Names | None = None,
        history: list[dict[str, str]] | None = None,
        request: gr.Request | None = None,
    ) -> dict[str, Any]:
        """The Answer to one question: its text with marks like [1], statements, citations with quotes, hits.

        outlets, articles (ids), since and until (YYYY-MM-DD, inclusive) say which articles may answer; history is
        what was said before, as [{"question": ..., "answer": ...}].
        """
        try:
            asked = self._checked(question, request)
            answer = self._assistant.answer(asked, _turns(history), _filters(outlets, since, until, articles))
        except SpacePolicyError as error:
            raise gr.Error(str(error), print_exception=False) from error
        found: dict[str, Any] = to_json(answer)
        return found

    def search(
        self,
        question: str,
        limit: int = 8,
        outlets: Names | None = None,
        since: str = "",
        until: str = "",
        articles: Names | None = None,
        request: gr.Request | None = None,
    ) -> list[dict[str, Any]]:
        """The passages nearest to a question, best first: Hits, at most `limit` (1 to 50).

        outlets, articles (ids), since and until (YYYY-MM-DD, inclusive) say in which articles to search.
        """
        try:
            asked = self._checked(question, request)
            hits = self._assistant.retriever.search(asked, _limit(limit), _filters(outlets, since, until, articles))
        except SpacePolicyError as error:
            raise gr.Error(str(error), print_exception=False) from error
        found: list[dict[str, Any]] = to_json(hits)
        return found

    def _checked(self, question: str, request: gr.Request | None) -> str:
        visitor = visitor_of(request)
        self._pace.check(visitor.client, visitor.reader)
        if not isinstance(question, str) or not question.strip():
            raise SpacePolicyError('question: give its words, like "Who leads the ILRS?".')
        if len(question) > LONGEST:
            raise SpacePolicyError(f"question: it has {len(question)} characters; at most {LONGEST} are read.")
        return mended(question.strip())


def _filters(outlets: Names | None, since: str, until: str, articles: Names | None) -> Filters:
    names, ids = _names("outlets", outlets), _names("articles", articles)
    for name, day in (("since", since), ("until", until)):
        if not isinstance(day or "", str):
            raise SpacePolicyError(f'{name}: give a day as text, like "2025-04-23".')
    return replace(read_filters(names, since or "", until or ""), articles=ids)


def _names(name: str, given: Names | None) -> tuple[str, ...]:
    if given is not None and (not isinstance(given, list) or not all(isinstance(one, str) for one in given)):
        raise SpacePolicyError(f'{name}: give a list of texts, like ["Reuters"].')
    return mended(tuple(given or ()))


def _limit(limit: int) -> int:
    # JSON's true is Python's 1.
    if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= MOST_HITS:
        raise SpacePolicyError(f"limit: give a whole number from 1 to {MOST_HITS}.")
    return limit


def _turns(history: Sequence[dict[str, str]] | None) -> tuple[Turn, ...]:
    try:
        turns = tuple(Turn(one["question"], one["answer"]) for one in history or ())
        texts = [text for turn in turns for text in (turn.question, turn.answer)]
    except (TypeError, KeyError) as error:
        raise SpacePolicyError('history: give a list like [{"question": "…", "answer": "…"}].') from error
    if len(turns) > MOST_TURNS or not all(isinstance(text, str) for text in texts):
        raise SpacePolicyError(f"history: give at most {MOST_TURNS} questions with their answers, all as text.")
    return turns
