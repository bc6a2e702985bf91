"""The whole line: documents in, passages in the library."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path

from ingest import failed
from ingest.batches import Batch, Batches
from ingest.copies import signature
from ingest.groups import Groups, alone
from ingest.prune import missing
from ingest.resplit import cleaner_of, cleans_alike, split_anew
from ingest.sources import Collected, Document, Seen, collect, digest, is_address, is_gone, locate, look
from ingest.split import split
from ingest.worker import Job, Readers, Understood, limits_of
from rag.catalog.rows import Draft, Known
from rag.characters import is_whole
from rag.corrections import corrected
from rag.domain import Article, ArticleCard, Failure, Passage, Report
from rag.errors import UnreadableDocument
from rag.library import Library
from rag.ownership import turn

BATCH = 96  # passages in one write: about a second's work
PROCESSES = 2  # that read documents


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
class _Task:
    """A document that must be read."""

    number: int  # of the sources given, from 0
    document: Document
    seen: Seen | None
    known: Known | None


def ingest(
    sources: Iterable[str | Path],
    library: Library,
    *,
    prune: bool = False,
    prune_all: bool = False,
    progress: Callable[[Progress], None] | None = None,
    fetched: Mapping[str, Document] | None = None,
) -> Report:
    """Takes files, all files below folders, and addresses into the library.

    A bad document is a Failure in the Report, never a stop. What has not changed since it was taken in costs one look
    at the file. With `prune`, articles whose file below the folders named is gone are removed; where that is more than
    half of them, with `prune_all` only, else a notice says so. `fetched`: addresses that need not be fetched again.
    What fails is kept in the library's home, too (ingest/failed.py). Raises LibraryOwned, LibraryReadOnly,
    ModelMissing, ModelMismatch.
    """
    with turn(library.settings.home):  # in one process too, two runs must not find the same document new
        line = _Line(library, progress, fetched or {})
        collected = collect(sources)
        line.results.notices.extend(collected.notices)
        line.run(collected.sources)
        if prune:
            line.prune(collected, everything=prune_all)
        report = line.results.report()
        failed.note(library.settings.home, collected.sources, report.failures, datetime.now(UTC))
        return report


def fill_if_empty(library: Library, progress: Callable[[Progress], None] | None = None) -> Report | None:
    """Takes the starter collection into a library that holds nothing, unless the settings say otherwise."""
    articles = library.settings.corpus / "articles"
    folder = articles if articles.is_dir() else library.settings.corpus
    if not library.settings.starter or not folder.is_dir() or not library.is_new:
        return None
    return ingest([folder], library, progress=progress)


class _Line:
    """One run over a list of sources."""

    def __init__(
        self, library: Library, progress: Callable[[Progress], None] | None, fetched: Mapping[str, Document]
    ) -> None:
        self.results = _Results()
        self._library = library
        self._settings = library.settings
        self._progress = progress or (lambda progress: None)
        self._fetched = fetched
        self._cleaner = cleaner_of(self._settings)
        self._batch: list[tuple[Draft, list[ArticleCard]]] = []  # and where each is reported once it is written
        self._batches = Batches(library, self._corrected)
        self._cards: Mapping[str, ArticleCard] = {}  # of what is current when the run begins
        self._groups = Groups(library)
        self._written = 0

    def run(self, sources: Sequence[str]) -> None:
        """Takes each source in, unless it is known and has not changed."""
        known = {one.source: one for one in self._library.known(list(filter(is_whole, sources)))}
        self._cards = self._library.cards()
        self._tell(0, len(sources), "")
        processes = min(PROCESSES, 1 + len(sources) // 8)
        with self._batches, Readers[_Task](processes, self._settings.file_seconds) as readers:
            for task, result in readers.each(self._tasks(sources, known)):
                self._tell(task.number, len(sources), task.document.source)
                if isinstance(result, UnreadableDocument):
                    self._fail(task.document.source, result)
                else:
                    self._take(task, result)
            self._write()
            for written in self._batches.rest():
                self._note(*written)
        self._tell(len(sources), len(sources), "")

    # What must be read ------------------------------------------------------------------------------------------------

    def _tasks(self, sources: Sequence[str], known: Mapping[str, Known]) -> Iterator[tuple[_Task, Job]]:
        """The documents that must be read; what is to be done with the others is done."""
        for number, source in enumerate(sources):
            try:
                document = self._fetched.get(source) or locate(source, self._settings)
            except UnreadableDocument as error:
                self._fail(source, error)
                continue
            task = _Task(number, document, look(document.file), known.get(source))
            if not self._is_unchanged(task) and not self._has_moved(task):
                yield task, Job(str(document.file), limits_of(self._settings), source, document.url, document.charset)

    def _is_unchanged(self, task: _Task) -> bool:
        known, seen = task.known, task.seen
        if not known or known.version is None or not cleans_alike(known.cleaner, self._settings) or not seen:
            return False
        if (known.size, known.modified) != (seen.size, seen.modified):
            if known.sha256 != digest(task.document.file, seen, self._settings.max_bytes):
                return False
            self._library.note_file(known.article_id, known.source, seen.size, seen.modified)
        if known.cleaner == self._cleaner or not self._is_split_anew(known.article_id, seen):
            self.results.unchanged.append(self._cards[known.article_id])
        return True

    def _is_split_anew(self, article_id: str, seen: Seen) -> bool:
        """Whether an unchanged document makes other passages now; its text is in the library."""
        draft = self._library.drafts(article_id)[-1]
        new = split_anew(draft, self._library.embedding.count_pieces, self._settings)
        if new is None:
            self._library.note_cleaner(article_id, self._cleaner)
            return False
        self._put(replace(new, size=seen.size, modified=seen.modified), self.results.updated)
        return True

    def _has_moved(self, task: _Task) -> bool:
        """Whether a new file has the bytes of an article whose own file is gone."""
        seen, document = task.seen, task.document
        if seen is None or (task.known and task.known.version is not None) or is_address(document.source):
            return False
        sha256 = digest(document.file, seen, self._settings.max_bytes)
        same = self._library.known_bytes(sha256) if sha256 else ()
        gone = next((one for one in same if is_gone(one.source)), None)
        if gone is None:
            return False
        self._library.note_file(gone.article_id, document.source, seen.size, seen.modified)
        self.results.moved.append(self._cards[gone.article_id])
        return True

    # What was read ----------------------------------------------------------------------------------------------------

    def _take(self, task: _Task, read: Understood) -> None:
        known, source = task.known, task.document.source
        said = Article(
            id=known.article_id if known else self._library.new_id(source),
            version=known.latest + 1 if known else 1,
            source=source,
            text=read.text,
            sha256=read.sha256,
            **{part.name: getattr(read.metadata, part.name) for part in fields(read.metadata)},
        )
        article = corrected(said, self._library.corrections(said.id)) if known else said
        current = known is not None and known.version is not None
        if current and known and known.cleaner == self._cleaner and self._says_the_same(article):
            size, modified = (task.seen.size, task.seen.modified) if task.seen else (None, None)
            self._library.note_file(article.id, source, size, modified, sha256=article.sha256)
            self.results.unchanged.append(self._cards[article.id])
            return
        draft = self._draft(said, read.pages, task.seen)
        copy = draft.group != alone(draft.article)
        results = self.results
        self._put(draft, results.updated if current else results.copies if copy else results.added)

    def _says_the_same(self, article: Article) -> bool:
        """Whether only the page around the article has changed."""
        before = self._library.article(article.id)
        return replace(article, version=before.version, sha256=before.sha256, found=before.found) == before

    def _draft(self, article: Article, pages: Sequence[int], seen: Seen | None) -> Draft:
        count = self._library.embedding.count_pieces
        spans = split(article.text, count, self._settings.passage_pieces, pages)
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
        mark = signature(article.text)
        return Draft(
            article=article,
            passages=passages,
            sentences=tuple(span.sentences for span in spans),
            cleaner=self._cleaner,
            signature=mark,
            group=self._groups.of(article, mark),
            size=seen.size if seen else None,
            modified=seen.modified if seen else None,
        )

    def _put(self, draft: Draft, reported: list[ArticleCard]) -> None:
        self._batch.append((draft, reported))
        if sum(len(draft.passages) for draft, _ in self._batch) >= BATCH:
            self._write()

    def _write(self) -> None:
        batch, self._batch = tuple(self._batch), []
        for written in self._batches.put(batch) if batch else ():
            self._note(*written)

    def _note(self, batch: Batch, cards: Sequence[ArticleCard]) -> None:
        """Reports what has been written."""
        for card, (draft, reported) in zip(cards, batch, strict=True):
            reported.append(card)
            self._written += len(draft.passages)
            self._groups.let_go(card.id)
            if draft.article.language != "en":
                self.results.notices.append(
                    f"“{card.title}” is in another language than English ({draft.article.language}): "
                    "it is found less well."
                )

    def _corrected(self, draft: Draft) -> Draft:
        """With the corrections as they are now: one may have been made since the document was read."""
        article = draft.article
        return replace(draft, article=corrected(article, self._library.corrections(article.id)))

    def _fail(self, source: str, error: UnreadableDocument) -> None:
        self.results.failures.append(Failure(source, error.reason, error.cure))

    def _tell(self, done: int, total: int, source: str) -> None:
        self._progress(Progress(done, total, self._written, source))

    # What is gone -----------------------------------------------------------------------------------------------------

    def prune(self, collected: Collected, *, everything: bool) -> None:
        """Removes the articles whose files below the folders are gone; more than half of all only with `everything`."""
        gone = missing(self._library, collected)
        if gone.refusal and not everything:
            self.results.notices.append(gone.refusal)
        elif gone.articles:
            self.results.removed.extend(self._library.remove([card.id for card in gone.articles]))
