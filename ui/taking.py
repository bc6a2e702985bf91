"""Takes documents in that were looked at: into the inbox, through `ingest`, with what a reader has corrected."""

import queue
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from ingest.corrected import as_document
from ingest.pipeline import Progress, ingest
from ingest.sources import INBOX, Document, is_address, keep_corrected
from rag.corrections import correct
from rag.domain import ArticleCard, Failure, Report
from rag.errors import SpacePolicyError
from rag.library import Library
from ui.fields import changed
from ui.pending import Pending, Scratch

BEAT = 0.5  # seconds between two signs of life
Tell = Callable[[Progress], None]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of taking documents in."""

    report: Report
    corrected: tuple[ArticleCard, ...]
    failures: tuple[Failure, ...]  # `source`: what the reader knows it by


def take_in(pending: Sequence[Pending], scratch: Scratch, library: Library, tell: Tell) -> Taken:
    """Takes them in; each then gets what its form says otherwise than the document.

    Raises what `ingest` raises, and OSError where the inbox cannot be written.
    """
    kept = {_kept(one, scratch, library): one for one in pending}
    fetched = {document.source: document for document in kept if is_address(document.source)}
    names = {document.source: one.name for document, one in kept.items()}
    report = ingest(names, library, progress=lambda step: tell(_named(step, names)), fetched=fetched)
    failures = [replace(one, source=names.get(one.source, one.source)) for one in report.failures]
    ids = {one.source: one.article_id for one in library.known(list(names)) if one.version is not None}
    corrected = []
    for document, one in kept.items():
        if document.source not in ids:
            continue
        # A corrected text is a document of its own: what that says counts.
        known = library.article(ids[document.source]) if one.body != one.text else one.understood.metadata
        if fields := changed(known, one.form):
            try:
                corrected.append(correct(library, ids[document.source], **fields))
            except SpacePolicyError as error:
                failures.append(Failure(one.name, f"It was taken in, but not corrected: {error}", "Correct it again"))
    return Taken(report, tuple(corrected), tuple(failures))


def _kept(one: Pending, scratch: Scratch, library: Library) -> Document:
    """The document with its bytes in the inbox of the library; one with a corrected text, with that."""
    if one.body != one.text:
        known = one.understood.metadata
        document = as_document(one.body, replace(known, **changed(known, one.form)))
        file = keep_corrected(document, library.settings).resolve()
        return Document(str(file), file)
    target = library.settings.home / INBOX / one.document.file.relative_to(scratch.folder / INBOX)
    target.parent.mkdir(parents=True, exist_ok=True)
    new = target.with_name(f"{target.name}.new")
    shutil.copyfile(one.document.file, new)
    new.replace(target)
    source = one.document.source if is_address(one.document.source) else str(target.resolve())
    return replace(one.document, source=source, file=target)


def _named(step: Progress, names: dict[str, str]) -> Progress:
    return replace(step, source=names.get(step.source, step.source))


class Working(Generic[Result]):
    """Work in a thread of its own, that goes on whoever watches. Its end waits for none but a write under way."""

    def __init__(self, work: Callable[[Tell], Result]) -> None:
        self._said: queue.SimpleQueue[Progress | None] = queue.SimpleQueue()
        self._work = work
        self._result: list[Result] = []
        self._error: BaseException | None = None
        # A daemon: on its way out the library is closed, after which nothing can be written.
        threading.Thread(target=self._run, name="taking-in", daemon=True).start()

    def _run(self) -> None:
        try:
            self._result.append(self._work(self._said.put))
        except (SpacePolicyError, OSError) as error:
            self._error = error
        finally:
            self._said.put(None)

    def steps(self) -> Iterator[Progress | None]:
        """How far it is, as it comes; None: no news."""
        while True:
            try:
                step = self._said.get(timeout=BEAT)
            except queue.Empty:
                yield None
                continue
            if step is None:
                return
            yield step

    def result(self) -> Result:
        """What came of it, after the last step. Raises SpacePolicyError or OSError, where it ended with one."""
        if self._error:
            raise self._error
        if not self._result:
            raise SpacePolicyError("Taking them in broke off. What was done is kept; the program's log says why.")
        return self._result[0]
