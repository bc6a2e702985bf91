"""One question from start to finish."""

import atexit
import functools
import logging
import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from types import TracebackType
from typing import Self

from rag.characters import mended
from rag.chat_model import ChatModel, open_chat_model
from rag.disagreement import disagreements
from rag.domain import Answer, Filters, Turn, Usage, marked
from rag.errors import EmptyLibrary, ModelError
from rag.generate import Written, generate
from rag.library import Library
from rag.messages import read_message
from rag.narrowing import find
from rag.overview import Overview, overview
from rag.prompts import REFUSAL, Budget
from rag.quotes import Quoted
from rag.retriever import Retriever
from rag.rewrite import standalone
from rag.rewrite_model import Rewritten, rewritten
from rag.settings import Settings

NOT_WRITTEN = "The chat model gave no usable answer, so the sources are quoted."
questions = logging.getLogger("rag.asked")  # by itself: nothing else that is logged holds the words of a question


class Assistant:
    """Answers questions over one library. Safe to use from threads."""

    def __init__(self, library: Library, retriever: Retriever, model: ChatModel | None = None) -> None:
        self.library = library
        self.retriever = retriever
        self.model = model  # None: answers are made of quotes
        self._budget = Budget(library.settings.window)

    @classmethod
    def open(cls, settings: Settings | None = None, *, writable: bool | None = None) -> "Assistant":
        """An assistant over the library in `settings.home` (default: settings from the environment).

        Owns the library if no other process does, else reads it (writes then raise LibraryReadOnly); `writable` asks
        for one of the two. Raises SettingsError, LibraryDamaged, ModelRefused where the chat model needs a key, and
        LibraryOwned where it must own and cannot.
        """
        settings = settings or Settings.from_env()
        model = open_chat_model(settings) if settings.model else None
        if writable is None:
            library = Library.open_to_write_or_read(settings)
        else:
            library = Library.open(settings, writable=writable)
        library.use_chroma()
        return cls(library, Retriever(library), model)

    def answer(self, question: str, history: Sequence[Turn] = (), filters: Filters | None = None) -> Answer:
        """The whole answer. Raises EmptyLibrary when nothing has been ingested."""
        *_, last = self.stream(question, history, filters)
        return last

    def stream(
        self, question: str, history: Sequence[Turn] = (), filters: Filters | None = None
    ) -> Generator[Answer, None, None]:
        """The answer while it grows: each one replaces the one before, the last is `complete`. Raises EmptyLibrary."""
        started = time.perf_counter()
        question, history, filters = mended((question, tuple(history), filters or Filters()))
        self._check_filled()
        questions.debug("Asked: %s", question)
        draft = Answer(
            question=question,
            standalone_question=question.strip(),
            text="",
            statements=(),
            citations=(),
            hits=(),
            abstained=False,
            mode="quotes",
            model=None,
            filters=filters,
            notices=self._notices(filters),
            usage=None,
            timings={},
            complete=False,
        )
        if message := read_message(question, date.today()):
            yield from _overviewed(draft, overview(message, history, filters, self.library, self.retriever), started)
            return
        draft = yield from self._rewritten(draft, history)
        found = find(draft.standalone_question, filters, self.retriever, date.today())
        searched, hits, quoted = found.question, found.hits, found.quoted
        timings = {**draft.timings, "retrieval": found.seconds}
        notices = (*found.notices, *self._notices(found.filters))
        draft = replace(draft, hits=hits, filters=found.filters, notices=notices, timings=timings)
        if quoted.answers:
            differing = disagreements(quoted.citations, hits, self.library)
            draft = replace(draft, notices=(*draft.notices, *differing))
        if self.model is None or not quoted.answers:  # what is refused makes no model call
            yield from _grown(draft, quoted, started)
            return
        try:
            drop = self.library.settings.unsupported == "drop"
            with closing(generate(searched, hits, self.model, self._budget, drop=drop)) as writing:
                for written in writing:
                    yield _written(draft, written, self.model.name, started)
        except ModelError as error:
            notices = (*draft.notices, f"{NOT_WRITTEN} {error}")
            yield from _grown(replace(draft, notices=notices), quoted, started)

    def _rewritten(self, draft: Answer, history: Sequence[Turn]) -> Generator[Answer, None, Answer]:
        """The draft with the question that is searched for; the draft as it is while a model is asked for it."""
        asked, started = draft.standalone_question, time.perf_counter()
        by_rule = standalone(asked, history)
        if self.model is None or by_rule == asked:
            return replace(draft, standalone_question=by_rule)
        found = Rewritten()
        with closing(rewritten(asked, history, self.model)) as asking:
            for found in asking:  # noqa: B007 - the last one counts
                yield draft
        timings = {"rewriting": time.perf_counter() - started}
        return replace(draft, standalone_question=found.question or by_rule, usage=found.usage, timings=timings)

    def _check_filled(self) -> None:
        if self.library.is_empty:
            raise EmptyLibrary("The library holds no articles. Add some with: space-policy ingest FOLDER")

    def _notices(self, filters: Filters) -> tuple[str, ...]:
        undated = self.library.undated(filters)
        if not undated:
            return ()
        what = "1 article without a date was" if undated == 1 else f"{undated} articles without a date were"
        return (f"{what} left out by the date filter.",)

    def close(self) -> None:
        """Closes the library."""
        self.library.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _written(draft: Answer, written: Written, model: str, started: float) -> Answer:
    """An answer that a chat model writes, as far as it has come."""
    return replace(
        draft,
        text=written.text,
        statements=written.statements,
        citations=written.citations,
        abstained=written.abstained,
        mode="model",
        model=model,
        notices=(*draft.notices, *written.notices),
        usage=_both(draft.usage, written.usage),
        timings={**draft.timings, "total": time.perf_counter() - started},
        complete=written.complete,
    )


def _both(rewriting: Usage | None, writing: Usage | None) -> Usage | None:
    """What two calls cost together."""
    if rewriting is None or writing is None:
        return writing or rewriting
    return Usage(rewriting.input_tokens + writing.input_tokens, rewriting.output_tokens + writing.output_tokens)


def _overviewed(draft: Answer, found: Overview, started: float) -> Generator[Answer, None, None]:
    """What a message got that asks for no fact."""
    notices = (*draft.notices, *found.notices)
    draft = replace(draft, hits=found.hits, filters=found.filters, notices=notices)
    if found.text:
        yield replace(draft, text=found.text, timings={"total": time.perf_counter() - started}, complete=True)
        return
    yield from _grown(draft, found.quoted, started)


def _grown(draft: Answer, quoted: Quoted, started: float) -> Generator[Answer, None, None]:
    """A quoted answer, one statement after the other; or the refusal."""
    if not quoted.answers:
        timings = {**draft.timings, "total": time.perf_counter() - started}
        yield replace(draft, text=REFUSAL, abstained=True, timings=timings, complete=True)
        return
    for count in range(1, len(quoted.statements) + 1):
        statements = quoted.statements[:count]
        cited = {number for statement in statements for number in statement.citations}
        yield replace(
            draft,
            text=marked(statements),
            statements=statements,
            citations=tuple(citation for citation in quoted.citations if citation.number in cited),
            timings={**draft.timings, "total": time.perf_counter() - started},
            complete=count == len(quoted.statements),
        )


@functools.cache
def default_assistant() -> Assistant:
    """The assistant behind `rag.answer`: opened once, with settings from the environment, closed at exit."""
    assistant = Assistant.open()
    atexit.register(assistant.close)
    return assistant
