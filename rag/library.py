"""A library: the catalog and its indexes as one.

A write: (1) the new versions are *staged* in the catalog, with passages and vectors; (2) both indexes take their
passages; (3) the catalog makes them current: only now is the write done; (4) both indexes drop the old passages. A kill
between any two steps loses nothing and shows no half article, since a search keeps only what the catalog calls current.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from rag.catalog.rows import Draft, Embedded, numbered
from rag.catalog.store import Catalog
from rag.domain import ArticleCard
from rag.embedding import open_embedding
from rag.errors import LibraryOwned, LibraryReadOnly, UnknownArticle
from rag.indexes import Indexes
from rag.inputs import embed_new
from rag.ownership import Ownership
from rag.reading import LibraryReader
from rag.reembedding import reembedded
from rag.settings import Settings

KEPT = timedelta(days=30)  # for which a removed article can be restored
STEPS = ("embedded", "staged", "indexed", "current", "dropped")
SWITCHING = ("reembedded", "switched")  # the steps to another embedding model
logger = logging.getLogger(__name__)


def _nothing(step: str) -> None:
    pass


class Library(LibraryReader):
    """Articles that can be searched. Safe to use from threads; one process writes, any number read."""

    def __init__(
        self,
        settings: Settings,
        catalog: Catalog,
        indexes: Indexes,
        ownership: Ownership | None,
        on_step: Callable[[str], None] = _nothing,
    ) -> None:
        super().__init__(settings, catalog, indexes, ownership)
        self._on_step = on_step  # called after each step: where the fault tests kill
        self._lock = threading.RLock()  # one write at a time

    @classmethod
    def open(cls, settings: Settings, *, writable: bool = True, on_step: Callable[[str], None] = _nothing) -> "Library":
        """The library in `settings.home`, made where there is none.

        When it is to be written, raises LibraryOwned while another process writes to it, and LibraryReadOnly where its
        folder cannot be written to; in any case LibraryDamaged. Writing to one opened for reading raises LibraryOwned
        while another process owns it, else LibraryReadOnly.
        """
        ownership = Ownership.take(settings.home) if writable else None
        try:
            catalog = Catalog.open(settings.home / "catalog.db", writable=writable)
            leftovers = catalog.discard_staged() if writable else ()
            indexes = Indexes.open(settings.home / "indexes", catalog, writable=writable, leftovers=leftovers)
        except BaseException:
            if ownership:
                ownership.release()
            raise
        if leftovers:
            logger.info("An earlier write was broken off; %d passages of it were taken back.", len(leftovers))
        library = cls(settings, catalog, indexes, ownership, on_step)
        if writable:
            library.purge(datetime.now(UTC))
        return library

    @classmethod
    def open_to_write_or_read(cls, settings: Settings) -> "Library":
        """Owns the library where no other process does and its folder can be written to; else opens it for reading."""
        try:
            return cls.open(settings)
        except (LibraryOwned, LibraryReadOnly):
            return cls.open(settings, writable=False)

    # Writing ---------------------------------------------------------------------------------------------------------

    def embed(self, drafts: Sequence[Draft], coming: AbstractSet[str] = frozenset()) -> list[Embedded]:
        """The vectors that these drafts need, for `add`; without those held, and those of the keys that are `coming`.

        `add` makes what it is not given. So this can be done ahead, while others are written.
        """
        known = self._catalog.known_keys
        _, made = embed_new(drafts, self.embedding, lambda keys: known(keys) | (coming & set(keys)))
        return made

    def add(self, drafts: Sequence[Draft], embedded: Sequence[Embedded] = ()) -> tuple[ArticleCard, ...]:
        """Writes new versions, all or none; when it returns, searches see them and no longer those before.

        `embedded`: vectors that were made ahead. A draft whose version another thread has written meanwhile becomes
        the one after it: the cards say which.
        """
        if not drafts:
            return ()
        with self.writing():
            drafts = numbered(drafts, self._catalog.latest([draft.article.id for draft in drafts]))
            keys, made = self._all_embedded(drafts, embedded)
            self._on_step("embedded")
            self._catalog.stage(drafts, keys, made)
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

    def _all_embedded(
        self, drafts: Sequence[Draft], ahead: Sequence[Embedded]
    ) -> tuple[dict[str, str], list[Embedded]]:
        """As `embed_new`, with what was made ahead and is needed."""
        made = {one.key: one for one in ahead}
        known = self._catalog.known_keys
        keys, new = embed_new(drafts, self.embedding, lambda wanted: known(wanted) | made.keys() & set(wanted))
        needed = set(keys.values())
        return keys, [*new, *(one for key, one in made.items() if key in needed)]

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

    def note_cleaner(self, article_id: str, cleaner: str) -> None:
        """Remembers that the current version of an article is what this would make of it too."""
        with self.writing():
            self._catalog.note_cleaner(article_id, cleaner)

    def switch_model(self, told: Callable[[int, int], None] = lambda done, total: None) -> str | None:
        """Has all vectors made anew where the settings name another model. Returns the recipe that they were made by.

        Until all are there, those who read it find what the old ones find. `told`: articles done, articles in all.
        """
        with self.writing():
            embedding = open_embedding(self.settings)
            before = self._catalog.fact("recipe")
            if before in (None, embedding.recipe):
                return None
            self._catalog.set_fact("switching", embedding.recipe)
            keys = reembedded(self._catalog, embedding, self._on_step, told)
            with self._indexes.switching():
                revision = self._catalog.switch(embedding.recipe, keys)
                self._sentences.forget()
                self._on_step("switched")
                self._indexes.drop((), revision)
        return before

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
