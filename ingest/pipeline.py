"""The whole line: files in, passages in the library."""

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ingest.clean import CLEANER, clean
from ingest.metadata import metadata
from ingest.read import SUFFIXES, RawDocument, read
from ingest.split import SPLITTER, split
from rag.catalog.rows import Draft, Known
from rag.domain import Article, ArticleCard, Failure, Passage, Report
from rag.errors import UnreadableDocument
from rag.library import Library

BATCH = 96  # passages in one write: about a second's work
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


class _Line:
    """One run over a list of files."""

    def __init__(self, library: Library, progress: Callable[[Progress], None] | None) -> None:
        self.results = _Results()
        self._library = library
        self._progress = progress or (lambda progress: None)
        self._most_pieces = library.settings.passage_pieces
        self._cleaner = f"{CLEANER}.{SPLITTER}.{self._most_pieces}"
        self._batch: list[tuple[Draft, list[ArticleCard]]] = []  # and where each is reported once it is written
        self._written = 0

    # Which files ---------------------------------------------------------------------------------------------------------

    def collect(self, sources: Iterable[Path]) -> tuple[list[Path], list[Path]]:
        """The folders among the sources, and all files, each once, in order."""
        folders, files = [], {}
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

    # One file after the other ------------------------------------------------------------------------------------------

    def run(self, files: Sequence[Path]) -> None:
        """Takes each file in, unless it is known and has not changed."""
        known = {one.source: one for one in self._library.known([str(file) for file in files])}
        for done, file in enumerate(files):
            self._progress(Progress(done, len(files), self._written, str(file)))
            try:
                self._take(file, known.get(str(file)))
            except UnreadableDocument as error:
                self.results.failures.append(Failure(str(file), error.reason, error.cure))
            if sum(len(draft.passages) for draft, _ in self._batch) >= BATCH:
                self._write()
        self._write()
        self._progress(Progress(len(files), len(files), self._written, str(files[-1]) if files else ""))

    def _take(self, file: Path, known: Known | None) -> None:
        stat = _stat(file)
        here = known is not None and known.version is not None and known.cleaner == self._cleaner
        if here and known and stat and (known.bytes, known.modified) == (stat.size, stat.modified):
            self.results.unchanged.append(self._library.article(known.article_id).card)
            return
        raw = read(file, self._library.settings.max_bytes)
        if here and known and known.sha256 == raw.sha256:
            self._note(known, str(file), stat)
            self.results.unchanged.append(self._library.article(known.article_id).card)
            return
        if (known is None or known.version is None) and self._is_move_or_copy(raw, stat):
            return
        self._draft(raw, stat, known, self.results.updated if known and known.version else self.results.added)

    def _is_move_or_copy(self, raw: RawDocument, stat: _Stat | None) -> bool:
        """The same bytes at a new place: a move when the old place is gone, else a copy."""
        same = self._library.known_bytes(raw.sha256)
        gone = next((one for one in same if _is_gone(one.source)), None)
        if gone:
            self._note(gone, raw.source, stat)
            self.results.moved.append(self._library.article(gone.article_id).card)
            return True
        if same or any(draft.article.sha256 == raw.sha256 for draft, _ in self._batch):
            self._draft(raw, stat, None, self.results.copies)
            return True
        return False

    def _draft(self, raw: RawDocument, stat: _Stat | None, known: Known | None, reported: list[ArticleCard]) -> None:
        body = clean(raw)
        found = metadata(raw, body)
        article = Article(
            id=known.article_id if known else self._library.new_id(raw.source),
            version=known.latest + 1 if known else 1,
            source=raw.source,
            title=found.title,
            outlet=found.outlet,
            author=found.author,
            published=found.published,
            updated=found.updated,
            url=found.url,
            language=found.language,
            text=body.text,
            sha256=raw.sha256,
            found=found.found,
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
        size, modified = (stat.size, stat.modified) if stat else (None, None)
        sentences = tuple(span.sentences for span in spans)
        self._batch.append((Draft(article, passages, sentences, self._cleaner, size, modified), reported))

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

    def _note(self, known: Known, source: str, stat: _Stat | None) -> None:
        size, modified = (stat.size, stat.modified) if stat else (None, None)
        self._library.note_file(known.article_id, source, size, modified)

    # What is gone ------------------------------------------------------------------------------------------------------

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
    try:
        found = file.stat()
    except OSError:
        return None  # reading it will say what is wrong
    return _Stat(found.st_size, found.st_mtime_ns)


def _is_gone(source: str) -> bool:
    return Path(source).is_absolute() and not Path(source).exists()


def _is_below(source: str, folders: Sequence[Path]) -> bool:
    return any(Path(source).is_relative_to(folder) for folder in folders)
