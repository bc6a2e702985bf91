"""Documents are read in processes of their own: a crash or a hang in one file cannot take the run down.

`python -m ingest.worker` takes a job a line (JSON) and answers with a line; `Readers` keeps some of these, kills the
one that takes too long, and replaces it.
"""

import json
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from ingest.clean import clean
from ingest.clean_text import Line
from ingest.metadata import Metadata, metadata
from ingest.read import Limits, read
from rag.domain import to_json
from rag.errors import UnreadableDocument
from rag.settings import Settings

AHEAD = 2  # documents read ahead, for each process
PATIENCE = 2.0  # seconds, after which another process helps; to start one takes a second of a core
MEMORY = 4 << 30  # bytes of address space that a process may take, where the system can hold it to that
Task = TypeVar("Task")


@dataclass(frozen=True, slots=True)
class Job:
    """A file to be read."""

    path: str
    limits: Limits
    source: str | None = None  # what it is known by; None: its path
    url: str | None = None  # where it was fetched from
    charset: str | None = None  # as the server told
    lines: bool = False  # whether the whole page is wanted too, for a preview


@dataclass(frozen=True, slots=True)
class Understood:
    """What was read: text and what is known of it."""

    sha256: str
    text: str
    metadata: Metadata
    pages: tuple[int, ...] = ()  # offset at which page 1, 2, ... begins, where the document has pages
    lines: tuple[Line, ...] = ()  # the whole page, where it was wanted; none of a PDF


def limits_of(settings: Settings) -> Limits:
    """What the settings let be read of one document."""
    return Limits(settings.max_bytes, settings.max_pages, settings.max_expanded)


def understand(job: Job) -> Understood:
    """Reads, cleans and dates one document, in this process. Raises UnreadableDocument."""
    raw = read(Path(job.path), job.limits, job.charset)
    known_by = job.url or job.source
    if known_by:
        raw = replace(raw, source=known_by)
    body = clean(raw)
    return Understood(raw.sha256, body.text, metadata(raw, body), raw.pages, body.lines if job.lines else ())


class Readers(Generic[Task]):
    """Some reading processes. The first starts with the first job, the others only where reading takes its time."""

    def __init__(self, processes: int, seconds: float) -> None:
        self._jobs: SimpleQueue[tuple[Job, Future[Understood | UnreadableDocument]] | None] = SimpleQueue()
        self._ahead = AHEAD * processes
        self._seconds = seconds
        self._closing = threading.Event()
        self._threads = ThreadPoolExecutor(processes, thread_name_prefix="reader")
        self._serving = [self._threads.submit(self._serve, PATIENCE * number) for number in range(processes)]

    def each(self, tasks: Iterable[tuple[Task, Job]]) -> Iterator[tuple[Task, Understood | UnreadableDocument]]:
        """What came of each task, in order; a few are read ahead."""
        waiting: deque[tuple[Task, Future[Understood | UnreadableDocument]]] = deque()
        for task, job in tasks:
            waiting.append((task, Future()))
            self._jobs.put((job, waiting[-1][1]))
            if len(waiting) > self._ahead:
                first, result = waiting.popleft()
                yield first, result.result()
        for task, result in waiting:
            yield task, result.result()

    def _serve(self, patience: float) -> None:
        """Reads one after the other in a process of its own, once this many seconds have gone by."""
        if patience and self._closing.wait(patience):
            return
        process: _Process | None = None
        try:
            while (given := self._jobs.get()) is not None and not self._closing.is_set():
                job, result = given
                try:
                    if process is None or not process.alive:
                        process = _Process()
                    result.set_result(process.read(job, self._seconds))
                except BaseException as error:  # noqa: BLE001 - it is raised where the result is waited for
                    result.set_exception(error)
        finally:
            if process:
                process.end()

    def close(self) -> None:
        """Ends the processes."""
        self._closing.set()
        for _ in self._serving:
            self._jobs.put(None)
        self._threads.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Process:
    def __init__(self) -> None:
        command = [sys.executable, "-m", "ingest.worker"]
        self._child = subprocess.Popen(  # noqa: S603 - our own module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._late = False

    @property
    def alive(self) -> bool:
        return self._child.poll() is None

    def read(self, job: Job, seconds: float) -> Understood | UnreadableDocument:
        timer = threading.Timer(seconds, self._too_late)
        timer.start()
        try:
            answer = self._ask(json.dumps(asdict(job)).encode() + b"\n")
        finally:
            timer.cancel()
        if answer is not None:
            return _from_json(answer)
        self.end()
        if self._late:
            reason = f"Reading it took longer than {seconds:g} seconds"
            return UnreadableDocument(reason, "Give its text as .txt, or raise SPACE_POLICY_FILE_SECONDS")
        return UnreadableDocument("Reading it crashed the reader", "Give its text as .txt")

    def _ask(self, line: bytes) -> dict[str, Any] | None:
        if not (self._child.stdin and self._child.stdout):
            return None
        try:
            self._child.stdin.write(line)
            self._child.stdin.flush()
            answer = self._child.stdout.readline()
        except OSError:
            return None
        return json.loads(answer) if answer.endswith(b"\n") else None

    def _too_late(self) -> None:
        self._late = True
        self._child.kill()

    def end(self) -> None:
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe:
                pipe.close()


def _from_json(answer: dict[str, Any]) -> Understood | UnreadableDocument:
    if "reason" in answer:
        return UnreadableDocument(answer["reason"], answer["cure"])
    known = answer["metadata"]
    days = {name: date.fromisoformat(known[name]) if known[name] else None for name in ("published", "updated")}
    lines = tuple(Line(**line) for line in answer["lines"])
    return Understood(answer["sha256"], answer["text"], Metadata(**{**known, **days}), tuple(answer["pages"]), lines)


def _limit_memory() -> None:
    try:
        import resource  # POSIX alone has it
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def main() -> None:
    """Answers jobs until the pipe is closed."""
    _limit_memory()
    # Whatever a library prints must not get between the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        try:
            given = json.loads(line)
            answer = to_json(understand(Job(**{**given, "limits": Limits(**given["limits"])})))
        except UnreadableDocument as error:
            answer = {"reason": error.reason, "cure": error.cure}
        except MemoryError:
            answer = {"reason": "It needs more memory than one document may take", "cure": "Split it"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
