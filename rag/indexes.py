"""Both indexes of a library, kept in step with its catalog. They can be thrown away: the catalog is the truth."""

import logging
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rag.catalog.reading import CatalogReader
from rag.domain import ArticleCard, Passage
from rag.errors import LibraryError
from rag.exact import ExactVectors
from rag.lexical import LexicalIndex

if TYPE_CHECKING:
    from rag.vectors import ChromaIndex

# A filter that lets much through is cheaper to apply to more of what is found than to hand to an index.
MANY = 200  # articles from which that is tried
MORE = 4  # times as much is found for it
MOMENT = 0.05  # seconds until it is looked again whether a write is done
NO_VECTORS = np.empty((0, 0), dtype=np.float32)
logger = logging.getLogger(__name__)


class Indexes:
    """Words (Tantivy) at once; meaning by the exact door, and by Chroma once it has been opened and has caught up."""

    def __init__(self, folder: Path, catalog: CatalogReader, lexical: LexicalIndex) -> None:
        self._folder = folder
        self._catalog = catalog
        self._lexical = lexical
        self._exact = ExactVectors(catalog)
        self._chroma: ChromaIndex | None = None
        self._writing = threading.RLock()
        self._closing = threading.Event()
        self._follower: threading.Thread | None = None
        self._between = False  # passages were taken that the catalog does not call current yet

    @classmethod
    def open(cls, folder: Path, catalog: CatalogReader, *, writable: bool, leftovers: Sequence[str] = ()) -> "Indexes":
        """The indexes in `folder`; made anew where they are missing or damaged.

        `leftovers`: ids of passages that a broken-off write has left, which the catalog has let go of.
        """
        indexes = cls(folder, catalog, LexicalIndex.open(folder, writable=writable))
        if writable:
            if leftovers:
                indexes._lexical.write((), (), leftovers)
            indexes._catch_up_words()
        return indexes

    # Searching -------------------------------------------------------------------------------------------------------

    def nearest(
        self, vector: NDArray[np.float32], limit: int, articles: AbstractSet[str] | None
    ) -> list[tuple[str, float]]:
        """Passage ids with their cosine, best first; of these articles only, where given."""
        chroma, found = self._chroma, None
        try:
            if chroma and articles is None:
                found = chroma.nearest(vector, limit)
            elif chroma and articles:
                # Chroma's own filters cost time in proportion to what they let through.
                found = _among(articles, limit, partial(chroma.nearest, vector))
        except LibraryError as error:
            self._let_go_of_chroma(error)
        return self._exact.nearest(vector, limit, articles) if found is None else found

    def best_words(
        self, query: str, limit: int, articles: AbstractSet[str] | None, names: Mapping[str, float] | None = None
    ) -> list[tuple[str, float]]:
        """Passage ids with their BM25 score, best first; of these articles only, where given.

        A passage that has all words of one of the `names` gains so much of what it does by one word.
        """
        if articles is not None:
            found = _among(articles, limit, lambda more: self._lexical.best(query, more, None, names))
            if found is not None:
                return found
        return self._lexical.best(query, limit, articles, names)

    def weights(self, words: Collection[str]) -> dict[str, float]:
        """Stem -> inverse document frequency."""
        return self._lexical.weights(words)

    def headed(
        self, groups: Sequence[Collection[str]], words: str, limit: int, articles: Collection[str] | None
    ) -> list[str]:
        """Ids of the passages whose outlet, title or section has a stem of each group; with more `words` first."""
        return self._lexical.headed(groups, words, limit, articles)

    def word_counts(self, words: Collection[str]) -> dict[str, int]:
        """Stem -> in how many passages it stands; twice counted where in both text and head."""
        return self._lexical.counts(words)

    def words_beginning(self, prefix: str) -> dict[str, int]:
        """The stems in the texts that begin so -> in how many passages each stands."""
        return self._lexical.beginning(prefix)

    # Writing ---------------------------------------------------------------------------------------------------------

    def add(self, passages: Sequence[Passage], cards: Sequence[ArticleCard], vectors: NDArray[np.float32]) -> None:
        """Takes passages, each with its article and its vector; before the catalog calls them current."""
        with self._writing:
            self._between = True
            self._lexical.write(passages, cards, ())
            self._to_chroma([passage.id for passage in passages], vectors, (), None)

    def drop(self, ids: Sequence[str], revision: int) -> None:
        """Lets go of passages, and notes that all up to the catalog's `revision` is done."""
        with self._writing:
            if ids:
                self._lexical.write((), (), ids)
            self._lexical.reached(revision)
            self._to_chroma((), NO_VECTORS, ids, revision)
            self._between = False

    def _to_chroma(
        self, add: Sequence[str], vectors: NDArray[np.float32], remove: Sequence[str], revision: int | None
    ) -> None:
        try:
            if self._chroma:
                self._chroma.write(add, vectors, remove)
                if revision is not None:
                    self._chroma.reached(revision)
        except (LibraryError, OSError) as error:
            self._let_go_of_chroma(error)

    def _let_go_of_chroma(self, error: Exception) -> None:
        """It can be done without: where it fails, the exact door answers, and the next owner makes it anew."""
        logger.warning("%s", error)
        self._chroma = None  # not closed: its marker stays

    @contextmanager
    def switching(self) -> Iterator[None]:
        """Within it all vectors become others: until Chroma has been made anew, the exact door answers."""
        with self._writing:
            chroma, self._chroma = self._chroma, None
            if chroma:
                _close(chroma)
            yield
            if chroma:
                self._follower = None
                self.use_chroma()

    # Catching up -----------------------------------------------------------------------------------------------------

    def _catch_up_words(self) -> None:
        since, now = self._lexical.revision, self._catalog.revision
        if since > now:  # the catalog was put back to an earlier state
            self._lexical.clear()
            since = 0
        if since != now:
            self._take_words_since(since, now)
        if since and self._lexical.count() != self._catalog.count()[1]:
            logger.warning("The word index does not hold what the catalog does; it is made anew.")
            self._lexical.clear()
            self._take_words_since(0, now)

    def _take_words_since(self, since: int, now: int) -> None:
        if since:
            self._lexical.write((), (), self._catalog.removed_since(since))
        for passages, cards, _ in self._catalog.added_since(since):
            self._lexical.write(passages, cards, ())
        self._lexical.reached(now)

    def use_chroma(self) -> None:
        """Opens the Chroma index in the background and brings it up to date; until then the exact door answers."""
        if self._follower is None:
            self._follower = threading.Thread(target=self._follow, name="chroma", daemon=True)
            self._follower.start()

    def wait_for_chroma(self, seconds: float) -> bool:
        """Whether Chroma answers now; waits for it that long."""
        if self._follower:
            self._follower.join(seconds)
        return self._chroma is not None

    def _follow(self) -> None:
        from rag.vectors import ChromaIndex  # seconds to import, and only those who write need it

        if self._closing.is_set():
            return
        try:
            self._open_chroma(ChromaIndex)
        except (LibraryError, OSError) as error:
            logger.warning("%s Until then searches by meaning take longer.", error)

    def _open_chroma(self, index: "type[ChromaIndex]") -> None:
        chroma = index.open(self._folder, self._catalog.revision)
        while not self._closing.is_set():
            if 0 < chroma.revision < self._catalog.switched:
                chroma.close()
                chroma = index.open(self._folder, revision=-1)
            self._catch_up(chroma)
            with self._writing:  # no write between the last look and the switch
                if chroma.revision == self._catalog.revision and not self._between:
                    if chroma.count() == self._catalog.count()[1]:
                        self._chroma = chroma
                        return
                    # It was away while passages that it holds were purged, or a write to it was lost.
                    logger.warning("The index of meanings does not hold what the catalog does; it is made anew.")
                    chroma.close()
                    chroma = index.open(self._folder, revision=-1)
            self._closing.wait(MOMENT)
        chroma.close()

    def _catch_up(self, chroma: "ChromaIndex") -> None:
        since, now = chroma.revision, self._catalog.revision
        if since:
            chroma.write((), NO_VECTORS, self._catalog.removed_since(since))
        for passages, _, vectors in self._catalog.added_since(since):
            if self._closing.is_set():
                return
            chroma.write([passage.id for passage in passages], vectors, ())
        chroma.reached(now)

    def close(self) -> None:
        """Closes both properly, so that the next open finds them whole."""
        self._closing.set()
        if self._follower:
            self._follower.join()
        with self._writing:
            for index in (self._chroma, self._lexical):
                if index:
                    _close(index)
            self._chroma = None


def _among(
    articles: AbstractSet[str], limit: int, search: Callable[[int], list[tuple[str, float]]]
) -> list[tuple[str, float]] | None:
    """What a search of all finds of these articles; None where that is not enough to be all there is to find."""
    if len(articles) < MANY:
        return None
    found = search(MORE * limit)
    kept = [one for one in found if one[0].rsplit(".", 2)[0] in articles]
    return kept[:limit] if len(kept) >= limit or len(found) < MORE * limit else None


def _close(index: "ChromaIndex | LexicalIndex") -> None:
    try:
        index.close()
    except (LibraryError, OSError) as error:
        logger.warning("%s", error)  # it can be made anew; what was written is in the catalog
