"""The whole line: files in, passages in the library."""

import hashlib
import os
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

from ingest.clean import CLEANER
from ingest.read import SUFFIXES
from ingest.split import SPLITTER, split
from ingest.worker import Job, Readers, Understood
from rag.catalog.rows import Draft, Known
from rag.domain import Article, ArticleCard, Failure, Passage, Report
from rag.errors import UnreadableDocument
from rag.library import Library

BATCH = 96  # passages in one write: about a second's work
PROCESSES = 2  # that read documents
INBOX = "inbox"  # folder in the library's home for what came without a file of its own


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingest is."""

    done: int  # documents
    total: int
    passages: int  # written so far
    source: str  # the document looked at last


@dataclass(slots=True)
class _Results:
    """The Report while it grows."""

    added: list[ArticleCard] = field(default_factory=list)
    updated: list[ArticleCard] = field(default_factory=list)
    unchanged: list[ArticleCard] = field(default_factory=list)
    moved: list[ArticleCard] = field(default_factory=list)
    removed: list[ArticleCard] = field(default_factory=list)
    copies: list[ArticleCard] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def report(self) -> Report:
        return Report(*(tuple(getattr(self, name)) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class _Stat:
    size: int
    modified: int  # nanoseconds


def ingest(
    sources: Iterable[str | Path],
    library: Library,
    *,
    prune: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> Report:
    """Takes files, and all files below folders, into the library. A bad one is a Failure in the Report, never a stop.

    What has not changed since it was taken in costs one look at the file. With `prune`, articles whose file below the
    folders named is gone are removed. Raises LibraryReadOnly, ModelMissing.
    """
    line = _Line(library, progress)
    folders, files = line.collect(map(Path, sources))
    line.run(files)
    if prune:
        line.prune(folders)
    return line.results.report()


def keep_pasted(text: str, library: Library) -> Path:
    """Keeps a pasted page in the library's inbox, from where it can be ingested; the same text gives the same file."""
    folder = library.settings.home / INBOX
    folder.mkdir(parents=True, exist_ok=True)
    data = text.encode("utf-8", "surrogateescape")
    path = folder / f"pasted-{hashlib.sha256(data).hexdigest()[:12]}.txt"
    path.write_bytes(data)
    return path


def fill_if_empty(library: Library, progress: Callable[[Progress], None] | None = None) -> Report | None:
    """Takes the starter collection into a library that holds nothing, unless the settings say otherwise."""
    articles = library.settings.corpus / "articles"
    folder = articles if articles.is_dir() else library.settings.corpus
    if not library.settings.starter or not folder.is_dir() or library.known():
        return None
    return ingest([folder], library, progress=progress)


@dataclass(frozen=True, slots=True)
class _Task:
    """A file that must be read."""

    number: int  # of the files given, from 0
    file: Path
    seen: _Stat | None
    known: Known | None
    reported: list[ArticleCard]  # where its article is reported once it is written


class _Line:
    """One run over a list of files."""

    def __init__(self, library: Library, progress: Callable[[Progress], None] | None) -> None:
        self.results = _Results()
        self._library = library
        self._progress = progress or (lambda progress: None)
        self._most_pieces = library.settings.passage_pieces
        self._cleaner = f"{CLEANER}.{SPLITTER}.{self._most_pieces}"
        self._batch: list[tuple[Draft, list[ArticleCard]]] = []  # and where each is reported once it is written
        self._cards: Mapping[str, ArticleCard] = {}  # of what is current when the run begins
        self._digests: set[str] = set()  # of new documents in this run
        self._written = 0

    # Which files ------------------------------------------------------------------------------------------------------

    def collect(self, sources: Iterable[Path]) -> tuple[list[Path], list[Path]]:
        """The folders among the sources, and all files, each once, in order."""
        folders: list[Path] = []
        files: dict[Path, None] = {}
        others: Counter[str] = Counter()
        for source in sources:
            path = source.expanduser().absolute()
            if path.is_dir():
                folders.append(path.resolve())
                for file in _below(path.resolve()):
                    if file.suffix.lower() in SUFFIXES:
                        files[file] = None
                    else:
                        others[file.suffix.lower() or "no suffix"] += 1
            else:
                files[path.resolve()] = None
        if others:
            kinds = ", ".join(f"{count} {suffix}" for suffix, count in sorted(others.items()))
            self.results.notices.append(f"Files of other kinds were left out: {kinds}. Known: {', '.join(SUFFIXES)}.")
        return folders, list(files)

    # One file after the other -----------------------------------------------------------------------------------------

    def run(self, files: Sequence[Path]) -> None:
        """Takes each file in, unless it is known and has not changed."""
        known = {one.source: one for one in self._library.known([str(file) for file in files])}
        self._cards = self._library.cards()
        self._tell(0, len(files), "")
        settings = self._library.settings
        with Readers[_Task](min(PROCESSES, 1 + len(files) // 8), settings.file_seconds) as readers:
            for task, result in readers.each(self._tasks(files, known)):
                self._tell(task.number, len(files), str(task.file))
                if isinstance(result, UnreadableDocument):
                    self._fail(task.file, result)
                else:
                    self._draft(task, result)
                if sum(len(draft.passages) for draft, _ in self._batch) >= BATCH:
                    self._write()
        self._write()
        self._tell(len(files), len(files), "")

    def _tasks(self, files: Sequence[Path], known: Mapping[str, Known]) -> Iterator[tuple[_Task, Job]]:
        """The files that must be read; what is to be done with the others is done."""
        most = self._library.settings.max_bytes
        for number, file in enumerate(files):
            if task := self._task(number, file, known.get(str(file)), most):
                yield task, Job(str(file), most)

    def _task(self, number: int, file: Path, known: Known | None, most: int) -> _Task | None:
        seen = _stat(file)
        current = known if known and known.version is not None else None
        here = current if current and current.cleaner == self._cleaner else None
        if here and seen and (here.bytes, here.modified) == (seen.size, seen.modified):
            self.results.unchanged.append(self._cards[here.article_id])
            return None
        digest = _digest(file) if seen and seen.size <= most else None
        if here and here.sha256 == digest:
            self._note(here, str(file), seen)
            self.results.unchanged.append(self._cards[here.article_id])
            return None
        if current:
            return _Task(number, file, seen, known, self.results.updated)
        reported = self._new(file, seen, digest)
        return None if reported is None else _Task(number, file, seen, known, reported)

    def _new(self, file: Path, seen: _Stat | None, digest: str | None) -> list[ArticleCard] | None:
        """Where a file without an article is reported once it is read; None if it is one that has moved."""
        if digest is None:
            return self.results.added  # reading it will say what is wrong
        same = self._library.known_bytes(digest)
        gone = next((one for one in same if _is_gone(one.source)), None)
        if gone:
            self._note(gone, str(file), seen)
            self.results.moved.append(self._cards[gone.article_id])
            return None
        copy = bool(same) or digest in self._digests
        self._digests.add(digest)
        return self.results.copies if copy else self.results.added

    def _fail(self, file: Path, error: UnreadableDocument) -> None:
        self.results.failures.append(Failure(str(file), error.reason, error.cure))

    def _tell(self, done: int, total: int, source: str) -> None:
        self._progress(Progress(done, total, self._written, source))

    def _draft(self, task: _Task, read: Understood) -> None:
        known, source = task.known, str(task.file)
        article = Article(
            id=known.article_id if known else self._library.new_id(source),
            version=known.latest + 1 if known else 1,
            source=source,
            text=read.text,
            sha256=read.sha256,
            **{part.name: getattr(read.metadata, part.name) for part in fields(read.metadata)},
        )
        spans = split(article.text, self._library.embedding.count_pieces, self._most_pieces)
        passages = tuple(
            Passage(
                id=f"{article.id}.{article.version}.{number}",
                article_id=article.id,
                version=article.version,
                start=span.start,
                end=span.end,
                text=article.text[span.start : span.end],
                section=span.section,
                page=span.page,
            )
            for number, span in enumerate(spans, 1)
        )
        size, modified = (task.seen.size, task.seen.modified) if task.seen else (None, None)
        sentences = tuple(span.sentences for span in spans)
        self._batch.append((Draft(article, passages, sentences, self._cleaner, size, modified), task.reported))

    def _write(self) -> None:
        self._library.add([draft for draft, _ in self._batch])
        for draft, reported in self._batch:
            reported.append(draft.article.card)
            self._written += len(draft.passages)
            if draft.article.language != "en":
                self.results.notices.append(
                    f"“{draft.article.title}” is in another language than English ({draft.article.language}): "
                    "it is found less well."
                )
        self._batch.clear()

    def _note(self, known: Known, source: str, seen: _Stat | None) -> None:
        size, modified = (seen.size, seen.modified) if seen else (None, None)
        self._library.note_file(known.article_id, source, size, modified)

    # What is gone -----------------------------------------------------------------------------------------------------

    def prune(self, folders: Sequence[Path]) -> None:
        """Removes the articles whose files below these folders are gone."""
        gone = [
            one.article_id
            for one in self._library.known()
            if one.version is not None and _is_gone(one.source) and _is_below(one.source, folders)
        ]
        if gone:
            self.results.removed.extend(self._library.remove(gone))


def _below(folder: Path) -> Iterator[Path]:
    """All files below a folder, in order; hidden ones are left out, and links to folders not followed."""
    for parent, names, files in os.walk(folder):
        names[:] = sorted(name for name in names if not name.startswith("."))
        yield from (Path(parent, name) for name in sorted(files) if not name.startswith("."))


def _stat(file: Path) -> _Stat | None:
    """None for what is no regular file; reading it will say what is wrong."""
    try:
        found = file.stat()
    except OSError:
        return None
    return _Stat(found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None


def _digest(file: Path) -> str | None:
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return None


def _is_gone(source: str) -> bool:
    return Path(source).is_absolute() and not Path(source).exists()


def _is_below(source: str, folders: Sequence[Path]) -> bool:
    return any(Path(source).is_relative_to(folder) for folder in folders)
