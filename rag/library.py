"""A library: the catalog and its indexes as one.

A write: (1) the new versions are *staged* in the catalog, with passages and vectors; (2) both indexes take their
passages; (3) the catalog makes them current: only now is the write done; (4) both indexes drop the old passages. A kill
between any two steps loses nothing and shows no half article, since a search keeps only what the catalog calls current.
"""

import hashlib
import itertools
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from rag.catalog.rows import Correction, Draft, Known, SentenceVectors, numbered
from rag.catalog.store import Catalog
from rag.domain import Article, ArticleCard, Filters, Passage, RemovedArticle, VersionCard
from rag.embedding import Embedding, open_embedding
from rag.errors import LibraryOwned, LibraryReadOnly, ModelMismatch, UnknownArticle
from rag.indexes import Indexes
from rag.inputs import embed_new
from rag.ownership import Ownership
from rag.settings import Settings

KEPT = timedelta(days=30)  # for which a removed article can be restored
STEPS = ("embedded", "staged", "indexed", "current", "dropped")
logger = logging.getLogger(__name__)


def _nothing(step: str) -> None:
    pass


class Library:
    """Articles that can be searched. Safe to use from threads; one process writes, any number read."""

    def __init__(
        self,
        settings: Settings,
        catalog: Catalog,
        indexes: Indexes,
        ownership: Ownership | None,
        on_step: Callable[[str], None] = _nothing,
    ) -> None:
        self.settings = settings
        self._catalog = catalog
        self._indexes = indexes
        self._ownership = ownership
        self._on_step = on_step  # called after each of STEPS: where the fault tests kill
        self._lock = threading.RLock()  # one write at a time

    @classmethod
    def open(cls, settings: Settings, *, writable: bool = True, on_step: Callable[[str], None] = _nothing) -> "Library":
        """The library in `settings.home`, made where there is none.

        Raises LibraryOwned when it is to be written and another process writes already, and LibraryDamaged. Writing to
        one opened for reading raises LibraryOwned while another process owns it, else LibraryReadOnly.
        """
        ownership = Ownership.take(settings.home) if writable else None
        try:
            catalog = Catalog.open(settings.home / "catalog.db", writable=writable)
            leftovers = catalog.discard_staged() if writable else ()
            indexes = Indexes.open(settings.home / "indexes", catalog, writable=writable)
        except BaseException:
            if ownership:
                ownership.release()
            raise
        if leftovers:
            logger.info("An earlier write was broken off; %d passages of it were taken back.", len(leftovers))
            indexes.forget(leftovers)
        library = cls(settings, catalog, indexes, ownership, on_step)
        if writable:
            library.purge(datetime.now(UTC))
        return library

    @classmethod
    def open_to_write_or_read(cls, settings: Settings) -> "Library":
        """Owns the library if no other process does; otherwise opens it for reading."""
        try:
            return cls.open(settings)
        except LibraryOwned:
            return cls.open(settings, writable=False)

    @property
    def writable(self) -> bool:
        """Whether this process may write."""
        return self._ownership is not None

    @cached_property
    def embedding(self) -> Embedding:
        """The embedding model, opened on first use. Raises ModelMissing, ModelMismatch."""
        embedding = open_embedding(self.settings)
        made_with = self._catalog.fact("recipe")
        if made_with is None and self.writable:
            self._catalog.set_fact("recipe", embedding.recipe)
        elif made_with not in (None, embedding.recipe):
            raise ModelMismatch(
                f"The library {self.settings.home} was made with the embedding model {made_with}, the settings say "
                f"{embedding.recipe}. Set SPACE_POLICY_EMBEDDING to what it was, or ingest into another --home."
            )
        return embedding

    # Reading ---------------------------------------------------------------------------------------------------------

    def article(self, article_id: str, version: int | None = None) -> Article:
        """One version of an article (None: the current one). Raises UnknownArticle."""
        return self._catalog.article(article_id, version)

    def articles(self, filters: Filters | None = None) -> tuple[Article, ...]:
        """The current articles that pass, newest first, undated last."""
        return self._catalog.articles(filters or Filters())

    def cards(self, filters: Filters | None = None) -> dict[str, ArticleCard]:
        """Article id -> card, of the current articles that pass, in the order they were taken in."""
        return self._catalog.cards(filters or Filters())

    def passages_of(self, article: Article | ArticleCard) -> tuple[Passage, ...]:
        """The passages that tile an article, in the order of its text."""
        return self._catalog.passages_of(article.id, article.version)

    def known(self, sources: Sequence[str] | None = None) -> tuple[Known, ...]:
        """What is known of these sources (None: of all): enough to tell whether a document has changed."""
        return self._catalog.known(sources)

    def known_bytes(self, sha256: str) -> tuple[Known, ...]:
        """The current articles whose document has exactly these bytes, oldest first."""
        return self._catalog.known_bytes(sha256)

    def signatures(self) -> list[tuple[str, str, bytes]]:
        """Of each article: its id, the group of near-identical ones it is in, and the signature of its text."""
        return self._catalog.signatures()

    def ids_for(self, source: str) -> Iterator[str]:
        """Ids for the article of a source, taken ones too: the same each time, without an end."""
        return (hashlib.sha256(f"{source}{attempt or ''}".encode()).hexdigest()[:12] for attempt in itertools.count())

    def new_id(self, source: str) -> str:
        """An id for the article of a new source: the same each time, unless that one is taken."""
        return next(article_id for article_id in self.ids_for(source) if not self._catalog.has_id(article_id))

    def history(self, article_id: str) -> tuple[VersionCard, ...]:
        """All versions of an article, a removed one too, latest first. Raises UnknownArticle."""
        found = self._catalog.history(article_id)
        if not found:
            raise UnknownArticle(f"The library holds no article {article_id}. List them with: space-policy articles")
        return found

    def removed(self, filters: Filters | None = None) -> tuple[RemovedArticle, ...]:
        """The articles that can still be restored, of those that pass; the one removed last first."""
        return self._catalog.removed(filters or Filters())

    def corrections(self, article_id: str) -> tuple[Correction, ...]:
        """What a user has corrected of an article."""
        return self._catalog.corrections(article_id)

    def drafts(self, article_id: str) -> tuple[Draft, ...]:
        """All versions of an article in full, in their order; none for an unknown id."""
        return self._catalog.drafts(article_id)

    def everything(self) -> Iterator[tuple[Draft, ...]]:
        """All versions of each article in full, as of one moment, whatever is written meanwhile."""
        return self._catalog.everything()

    @property
    def is_new(self) -> bool:
        """Whether it has never held anything, not even what has been removed since."""
        return self._catalog.revision == 0

    def count(self) -> tuple[int, int]:
        """How many articles, how many passages."""
        return self._catalog.count()

    def undated(self, filters: Filters) -> int:
        """How many articles a date filter leaves out for having no date."""
        return self._catalog.undated(filters)

    # Searching -------------------------------------------------------------------------------------------------------

    def nearest(self, vector: NDArray[np.float32], limit: int, filters: Filters) -> list[tuple[str, float]]:
        """Passage ids with their cosine, best first, of articles that pass. `vector`: unit length."""
        return self._indexes.nearest(vector, limit, self._allowed(filters))

    def best_words(self, query: str, limit: int, filters: Filters) -> list[tuple[str, float]]:
        """Passage ids with their BM25 score, best first, of articles that pass."""
        return self._indexes.best_words(query, limit, self._allowed(filters))

    def weights(self, words: Sequence[str]) -> dict[str, float]:
        """Stem -> inverse document frequency."""
        return self._indexes.weights(words)

    def passages(self, ids: Sequence[str]) -> dict[str, tuple[Passage, ArticleCard]]:
        """Passage id -> passage and article, of those that are current now: what an index may be behind about."""
        return self._catalog.passages(ids)

    def vectors(self, ids: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of passages, in the order given: (n, dimensions), unit length."""
        return self._catalog.vectors_of(ids)

    def sentences(self, ids: Sequence[str]) -> dict[str, SentenceVectors]:
        """Passage id -> its sentences with their vectors."""
        return self._catalog.sentences(ids)

    def copies(self, article_ids: Sequence[str], filters: Filters) -> dict[str, tuple[ArticleCard, ...]]:
        """Article id -> the near-identical articles that pass, itself included: earliest first, undated last."""
        return self._catalog.copies(article_ids, filters)

    def use_chroma(self) -> None:
        """Lets Chroma answer unfiltered searches by meaning as soon as it is open and up to date; owners only."""
        if self.writable:
            self._indexes.use_chroma()

    def wait_for_chroma(self, seconds: float) -> bool:
        """Whether Chroma answers now; waits for it that long."""
        return self._indexes.wait_for_chroma(seconds)

    def _allowed(self, filters: Filters) -> list[str] | None:
        return list(self.cards(filters)) if filters else None

    # Writing ---------------------------------------------------------------------------------------------------------

    def add(self, drafts: Sequence[Draft]) -> tuple[ArticleCard, ...]:
        """Writes new versions, all or none; when it returns, searches see them and no longer those before.

        A draft whose version another thread has written meanwhile becomes the one after it: the cards say which.
        """
        if not drafts:
            return ()
        with self.writing():
            drafts = numbered(drafts, self._catalog.latest([draft.article.id for draft in drafts]))
            keys, embedded = embed_new(drafts, self.embedding, self._catalog.known_keys)
            self._on_step("embedded")
            self._catalog.stage(drafts, keys, embedded)
            self._on_step("staged")
            passages = [passage for draft in drafts for passage in draft.passages]
            cards = [draft.article.card for draft in drafts for _ in draft.passages]
            self._indexes.add(passages, cards, self._catalog.vectors_of([passage.id for passage in passages]))
            self._on_step("indexed")
            before = self._catalog.revision
            revision = self._catalog.make_current(drafts)
            self._on_step("current")
            self._indexes.drop(self._catalog.removed_since(before), revision)
            self._on_step("dropped")
        return tuple(draft.article.card for draft in drafts)

    def remove(self, article_ids: Sequence[str]) -> tuple[ArticleCard, ...]:
        """Takes articles out of every search; for 30 days they can be restored. Raises UnknownArticle."""
        cards = tuple(self.article(article_id).card for article_id in dict.fromkeys(article_ids))
        with self.writing():
            before = self._catalog.revision
            revision = self._catalog.remove([card.id for card in cards])
            self._on_step("removed")
            self._indexes.drop(self._catalog.removed_since(before), revision)
        return cards

    def restore(self, article_ids: Sequence[str]) -> tuple[ArticleCard, ...]:
        """Brings removed articles back, all or none. Raises UnknownArticle."""
        removed = {one.article.id: one.article for one in self.removed()}
        for article_id in article_ids:
            if article_id not in removed:
                cure = "List them with: space-policy articles --removed"
                raise UnknownArticle(f"No article {article_id} is among the removed ones. {cure}")
        cards = tuple(removed[article_id] for article_id in dict.fromkeys(article_ids))
        with self.writing():
            revision = self._catalog.restore([card.id for card in cards])
            self._on_step("restored")
            for card in cards:
                passages = self.passages_of(card)
                vectors = self.vectors([passage.id for passage in passages])
                self._indexes.add(passages, [card] * len(passages), vectors)
            self._indexes.drop((), revision)
        return cards

    def purge(self, now: datetime) -> int:
        """Deletes for good what was removed over 30 days before `now`. Returns how many articles. Opening does it."""
        with self.writing():
            return self._catalog.purge(now - KEPT)

    def note_file(
        self, article_id: str, source: str, size: int | None, modified: int | None, sha256: str | None = None
    ) -> None:
        """Remembers where the document of an article lies now, how its file looked, and its bytes where they differ."""
        with self.writing():
            self._catalog.note_file(article_id, source, size, modified, sha256)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Within it, no other thread writes. Raises LibraryOwned, LibraryReadOnly."""
        if not self.writable:
            Ownership.take(self.settings.home).release()  # raises LibraryOwned, with the owner, where there is one
            raise LibraryReadOnly("The library was opened for reading. Open it again to write.")
        with self._lock:
            yield

    def close(self) -> None:
        """Closes everything properly. Closing twice is harmless."""
        with self._lock:
            self._indexes.close()
            self._catalog.close()
            if self._ownership:
                self._ownership.release()
                self._ownership = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
