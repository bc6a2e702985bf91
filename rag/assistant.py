"""One question from start to finish."""

import atexit
import functools
import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import replace
from types import TracebackType
from typing import Self

from rag.chat_model import ChatModel, open_chat_model
from rag.domain import Answer, Filters, Turn, marked
from rag.errors import EmptyLibrary, ModelError
from rag.generate import Written, generate
from rag.library import Library
from rag.prompts import REFUSAL
from rag.quotes import Quoted, quote
from rag.retriever import Retriever
from rag.rewrite import standalone
from rag.settings import Settings

NOT_WRITTEN = "The chat model gave no answer, so the sources are quoted."


class Assistant:
    """Answers questions over one library. Safe to use from threads."""

    def __init__(self, library: Library, retriever: Retriever, model: ChatModel | None = None) -> None:
        self.library = library
        self.retriever = retriever
        self.model = model  # None: answers are made of quotes

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
        filters = filters or Filters()
        self._check_filled()
        searched = standalone(question.strip(), history)
        hits = self.retriever.search(searched, self.library.settings.hits, filters)
        found = time.perf_counter()
        draft = Answer(
            question=question,
            standalone_question=searched,
            text="",
            statements=(),
            citations=(),
            hits=hits,
            abstained=False,
            mode="quotes",
            model=None,
            filters=filters,
            notices=self._notices(filters),
            usage=None,
            timings={"retrieval": found - started},
            complete=False,
        )
        quoted = quote(searched, hits, self.library)
        if self.model is None or not quoted.answers:  # what is refused makes no model call
            yield from _grown(draft, quoted, started)
            return
        try:
            with closing(generate(searched, hits, self.model, self.library.settings.window)) as writing:
                for written in writing:
                    yield _written(draft, written, self.model.name, started)
        except ModelError as error:
            notices = (*draft.notices, f"{NOT_WRITTEN} {error}")
            yield from _grown(replace(draft, notices=notices), quoted, started)

    def _check_filled(self) -> None:
        if not self.library.count()[0]:
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
        usage=written.usage,
        timings={**draft.timings, "total": time.perf_counter() - started},
        complete=written.complete,
    )


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
