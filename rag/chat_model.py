"""Chat models by name: "openai:<model>" at OpenAI, or behind any OpenAI-compatible server.

A model is read in a thread with an event loop of its own, which feeds a queue that the generator polls: closing the
generator cancels the request and closes its connection, also while the first word is awaited.
"""

import asyncio
import contextlib
import importlib
import os
import queue
import re
import threading
import time
from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Protocol

from rag.domain import Usage
from rag.embedding import KEY, OPENAI, apart
from rag.errors import ModelCutOff, ModelError, ModelMissing, ModelRefused, ModelSilent, ModelUnreachable, PromptTooLong
from rag.prompts import answer_tokens
from rag.settings import Settings

if TYPE_CHECKING:
    from langchain_core.messages import AIMessageChunk
    from langchain_openai import ChatOpenAI

RETRIES = 1  # of a request that was refused for a moment or not received; there are quotes to fall back on
POLL = 0.1  # seconds after which a caller that waits may close
GOODBYE = 2.0  # seconds to wait for a cancelled request to be gone
REASONING = re.compile(r"(?:o\d|gpt-5)")  # models that refuse a temperature, and count their thoughts as output

# HTTP status -> error and what to do about it
REFUSALS: dict[int, tuple[type[ModelError], str]] = {
    400: (ModelRefused, "Check SPACE_POLICY_MODEL, or lower SPACE_POLICY_WINDOW to what the model can read"),
    401: (ModelRefused, f"Check {KEY}"),
    403: (ModelRefused, f"Check what the key in {KEY} may do"),
    404: (ModelMissing, "Check the model's name in SPACE_POLICY_MODEL and the address in SPACE_POLICY_MODEL_URL"),
    429: (ModelRefused, "Wait a while, or check the account's quota"),
}
# OpenAI, llama.cpp, vLLM and Ollama each say it in other words.
TOO_LONG = re.compile(r"context|too long|too large|input tokens|maximum.{0,40}length|exceed", re.IGNORECASE)
TOO_LONG_CURE = "Lower SPACE_POLICY_WINDOW to what the model can read"
OTHER_REFUSAL: tuple[type[ModelError], str] = (ModelRefused, "Try again later")


class ChatModel(Protocol):
    """Text in, text out piece by piece."""

    @property
    def name(self) -> str:
        """What the settings call it."""

    def stream(self, system: str, user: str) -> Generator[str | Usage, None, None]:
        """The answer in pieces, then what it cost where the service tells. Closing the generator ends the request.

        While nothing arrives an empty piece comes every tenth of a second, so that the caller can close. Raises
        ModelRefused (PromptTooLong where it is that), ModelMissing, ModelUnreachable, ModelSilent; ModelCutOff behind
        an answer that had no room to come to its end.
        """


def open_chat_model(settings: Settings, environment: Mapping[str, str] | None = None) -> ChatModel:
    """The chat model that the settings name; the key is read from `environment` (default: the process's own).

    No connection is made yet. Raises ModelMissing where no model is named, ModelRefused where OpenAI is to be asked
    without a key.
    """
    if not settings.model:
        raise ModelMissing("No chat model is set. Set SPACE_POLICY_MODEL=openai:<model>.")
    key = (os.environ if environment is None else environment).get(KEY, "").strip()
    if not key and not settings.model_url:
        raise ModelRefused(
            f"{settings.model} needs a key. Set {KEY}, or SPACE_POLICY_MODEL_URL to a server of your own."
        )
    return OpenAIChatModel(settings, key)


def load() -> None:
    """Imports what talks to the services: 2.4 seconds the first time, which are not the service's."""
    importlib.import_module("langchain_openai")


class _Reading:
    """One request, read in a thread of its own."""

    def __init__(self, model: "OpenAIChatModel", system: str, user: str) -> None:
        self._model = model
        self._pieces: queue.SimpleQueue[str | Usage | Exception | None] = queue.SimpleQueue()
        self._loop = asyncio.new_event_loop()
        self._task = self._loop.create_task(self._read([("system", system), ("human", user)]))
        self._thread = threading.Thread(target=self._run, name="chat model", daemon=True)
        self._thread.start()

    def next(self, seconds: float) -> str | Usage | None:
        """The next piece; "" when none has come in so many seconds, None behind the last one. Raises ModelError."""
        try:
            piece = self._pieces.get(timeout=seconds)
        except queue.Empty:
            return ""
        if isinstance(piece, Exception):
            raise piece if isinstance(piece, ModelError) else self._model.translated(piece)
        return piece

    def close(self) -> None:
        """Ends the request if it still runs, and waits a moment for its connection to be closed."""
        with contextlib.suppress(RuntimeError):  # the loop is closed already
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(GOODBYE)

    def _run(self) -> None:
        # Whatever goes wrong is waited for on the other side of the queue: hence no except clause.
        try:
            self._loop.run_until_complete(asyncio.wait([self._task]))
            error = None if self._task.cancelled() else self._task.exception()
            self._pieces.put(error if isinstance(error, Exception) else None)
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        finally:
            self._loop.close()

    async def _read(self, messages: list[tuple[str, str]]) -> None:
        import openai

        usage, finish, said = None, None, False
        async with openai.DefaultAsyncHttpx2Client() as client:
            stream = self._model.service(client).astream(messages)
            async for chunk in stream:
                finish = chunk.response_metadata.get("finish_reason") or finish
                usage = _usage(chunk) or usage
                if chunk.text:
                    said = True
                    self._pieces.put(str(chunk.text))
        if usage:
            self._pieces.put(usage)
        if error := self._model.unfinished(finish, said):
            raise error


def _usage(chunk: "AIMessageChunk") -> Usage | None:
    counted = chunk.usage_metadata
    return Usage(counted["input_tokens"], counted["output_tokens"]) if counted else None


class OpenAIChatModel:
    """A chat model behind OpenAI's protocol. Safe to use from threads; each stream has a connection of its own."""

    def __init__(self, settings: Settings, key: str) -> None:
        self.name = settings.model or ""
        self._settings = settings
        self._address, self._header = apart(settings.model_url or OPENAI)
        self._key = key

    def stream(self, system: str, user: str) -> Generator[str | Usage, None, None]:
        """The answer in pieces, then what it cost where the service tells; see ChatModel."""
        load()
        started = time.monotonic()
        reading = _Reading(self, system, user)
        settings, said = self._settings, False
        try:
            while (piece := reading.next(POLL)) is not None:
                said = said or bool(piece)
                if not said:
                    self._check_waited(started, settings.first_token_seconds, "FIRST_TOKEN")
                self._check_waited(started, settings.total_seconds, "TOTAL")
                yield piece
        finally:
            reading.close()

    def _check_waited(self, started: float, limit: float, name: str) -> None:
        if time.monotonic() - started > limit:
            took = f"{self._address} took over {limit:g} seconds for {self.name}"
            raise ModelSilent(f"{took}. Raise SPACE_POLICY_{name}_SECONDS.")

    def service(self, client: object) -> "ChatOpenAI":
        """LangChain's model over one HTTP client."""
        import openai
        from langchain_openai import ChatOpenAI

        model = self.name.removeprefix("openai:")
        reasons = REASONING.match(model)
        settings = self._settings
        return ChatOpenAI(
            model=model,
            api_key=self._key or "none",  # type: ignore[arg-type]  # a SecretStr to mypy; a local server wants any word
            base_url=self._address,
            default_headers=self._header or None,
            # The limits on waiting are ours; this one is for what hangs underneath them.
            timeout=openai.Timeout(settings.total_seconds, connect=settings.connect_seconds),
            stream_chunk_timeout=None,
            stream_usage=True,
            temperature=None if reasons else 0,
            # Where thoughts count, a limit would cut the answer; elsewhere some models never come to an end.
            max_tokens=None if reasons else answer_tokens(settings.window),  # type: ignore[call-arg]  # an alias
            max_retries=RETRIES,
            use_responses_api=False,
            http_async_client=client,
            openai_proxy=None,  # it cannot go with a client; HTTPS_PROXY still counts
        )

    def unfinished(self, finish: str | None, said: bool) -> ModelError | None:
        """What is wrong with an answer that has come to its end, if anything is."""
        if not finish:
            return ModelUnreachable(f"{self._address} broke off in the middle of {self.name}'s answer. Try again.")
        if finish == "content_filter":
            return ModelRefused(f"{self._address} withheld {self.name}'s answer. Ask in other words.")
        if not said:
            return ModelRefused(f"{self._address} let {self.name} answer with nothing. Try again, or another model.")
        if finish == "length":
            return ModelCutOff(f"{self.name} had no room to complete its answer. Ask about less at a time.")
        return None

    def translated(self, error: Exception) -> ModelError:
        """A provider's error as ours, with its cause. The key is in neither, not even where a server says it back."""
        ours = self._ours(error)
        ours.__cause__ = None if self._key and self._key in str(error) else error
        return ours

    def _ours(self, error: Exception) -> ModelError:
        import openai

        if isinstance(error, openai.APIStatusError):
            kind, cure = REFUSALS.get(error.status_code, OTHER_REFUSAL)
            if error.status_code in (400, 413) and TOO_LONG.search(str(error)):
                kind, cure = PromptTooLong, TOO_LONG_CURE
            return kind(f"{self._address} refused {self.name} with status {error.status_code}. {cure}.")
        if isinstance(error, openai.APITimeoutError) and not _while_connecting(error):
            return ModelSilent(f"{self._address} took too long over {self.name}. Raise SPACE_POLICY_TOTAL_SECONDS.")
        if isinstance(error, openai.APIConnectionError):
            cure = "Check that it runs, and the address in SPACE_POLICY_MODEL_URL"
            return ModelUnreachable(f"{self._address} cannot be reached for {self.name}, or it broke off. {cure}.")
        if isinstance(error, openai.APIError):  # told in the middle of the stream
            return ModelRefused(f"{self._address} broke {self.name} off with an error. Try again later.")
        if isinstance(error, ConnectionError) or type(error).__module__.startswith(("httpx", "httpcore")):
            return ModelUnreachable(f"{self._address} broke off in the middle of {self.name}'s answer. Try again.")
        message = f"{self._address} answered {self.name} with something that is not a chat completion"
        return ModelRefused(f"{message}. Check SPACE_POLICY_MODEL_URL.")


def _while_connecting(error: BaseException | None) -> bool:
    while error is not None:
        if type(error).__name__ == "ConnectTimeout":
            return True
        error = error.__cause__
    return False
