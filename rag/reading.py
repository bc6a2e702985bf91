"""A library as those see it who only read: what it holds, and what is near a question."""

import hashlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rag.catalog.rows import Correction, Draft, Known, Pooled, SentenceVectors
from rag.catalog.store import Catalog
from rag.domain import Article, ArticleCard, Filters, Passage, RemovedArticle, VersionCard
from rag.embedding import Embedding, open_embedding
from rag.errors import ModelMismatch, UnknownArticle
from rag.indexes import Indexes
from rag.ownership import Ownership
from rag.recent import Recent
from rag.settings import Settings

FILTERS = 8  # whose articles are remembered
PASSAGES = 1024  # whose sentences are remembered; about 15 MB


class LibraryReader:
    """What can be asked of a library. Safe to use from threads."""

    def __init__(self, settings: Settings, catalog: Catalog, indexes: Indexes, ownership: Ownership | None) -> None:
        self.settings = settings
        self._catalog = catalog
        self._indexes = indexes
        self._ownership = ownership  # None: it is only read
        self._sentences: Recent[str, SentenceVectors] = Recent(PASSAGES)
        self._passing: Mapping[tuple[object, ...], frozenset[str]] = {}  # replaced, never changed: threads share it

    @property
    def writable(self) -> bool:
        """Whether this process may write."""
        return self._ownership is not None

    @cached_property
    def embedding(self) -> Embedding:
        """The embedding model, opened on first use. Raises ModelMissing, ModelMismatch."""
        embedding = open_embedding(self.settings)
        self._check(embedding)
        if self.writable:
            if self._catalog.fact("recipe") is None:
                self._catalog.set_fact("recipe", embedding.recipe)
            if self._catalog.fact("switching"):
                self._catalog.stay()
        return embedding

    def _check(self, embedding: Embedding) -> None:
        """Vectors of two models say nothing of each other."""
        made_with = self._catalog.fact("recipe")
        if made_with in (None, embedding.recipe):
            return
        anew = "space-policy doctor --reindex"
        if all(recipe.startswith(f"{self.settings.embedding}-") for recipe in (made_with, embedding.recipe)):
            raise ModelMismatch(
                f"The library {self.settings.home} was made with {made_with}; the same model is computed otherwise "
                f"here: {embedding.recipe}. Have all vectors made anew: {anew}"
            )
        raise ModelMismatch(
            f"The library {self.settings.home} was made with the embedding model {made_with}, the settings say "
            f"{embedding.recipe}. Set SPACE_POLICY_EMBEDDING to what it was, or have all vectors made anew by the "
            f"model of the settings: {anew}"
        )

    def _check_after(self) -> None:
        """Called when vectors have been read: another process may have switched to another model before that.

        None can while this one owns the library; and if no question was embedded yet, nothing was compared.
        """
        if not self.writable and "embedding" in self.__dict__:
            self._check(self.embedding)

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
    def revision(self) -> int:
        """Grows with each change that a search can see."""
        return self._catalog.revision

    @property
    def is_new(self) -> bool:
        """Whether it has never held anything, not even what has been removed since."""
        return self._catalog.revision == 0

    @property
    def is_empty(self) -> bool:
        """Whether it holds no article now."""
        return self._catalog.is_empty()

    def count(self) -> tuple[int, int]:
        """How many articles, how many passages."""
        return self._catalog.count()

    def undated(self, filters: Filters) -> int:
        """How many articles a date filter leaves out for having no date."""
        return self._catalog.undated(filters)

    # Searching -------------------------------------------------------------------------------------------------------

    def nearest(self, vector: NDArray[np.float32], limit: int, filters: Filters) -> list[tuple[str, float]]:
        """Passage ids with their cosine, best first, of articles that pass. `vector`: unit length."""
        found = self._indexes.nearest(vector, limit, self._allowed(filters))
        self._check_after()
        return found

    def best_words(
        self, query: str, limit: int, filters: Filters, names: Mapping[str, float] | None = None
    ) -> list[tuple[str, float]]:
        """Passage ids with their BM25 score, best first, of articles that pass.

        A passage that has all words of one of the `names` gains so much of what it does by one word.
        """
        return self._indexes.best_words(query, limit, self._allowed(filters), names)

    def weights(self, words: Sequence[str]) -> dict[str, float]:
        """Stem -> inverse document frequency."""
        return self._indexes.weights(words)

    def headed(self, groups: Sequence[Sequence[str]], words: str, limit: int, filters: Filters) -> list[str]:
        """Ids of the passages whose outlet, title or section has a stem of each group, of articles that pass.

        First those whose outlet, title or section has more of the words.
        """
        return self._indexes.headed(groups, words, limit, self._allowed(filters))

    def word_counts(self, words: Sequence[str]) -> dict[str, int]:
        """Stem -> in how many passages it stands; twice counted where in both text and head."""
        return self._indexes.word_counts(words)

    def words_beginning(self, prefix: str) -> dict[str, int]:
        """The stems in the texts that begin so -> in how many passages each stands."""
        return self._indexes.words_beginning(prefix)

    def passages(self, ids: Sequence[str]) -> dict[str, tuple[Passage, ArticleCard]]:
        """Passage id -> passage and article, of those that are current now: what an index may be behind about."""
        return self._catalog.passages(ids)

    def pool(self, ids: Sequence[str]) -> dict[str, Pooled]:
        """Passage id -> passage, article, vector and sentences, of those that are current now."""
        found = self._catalog.pool(ids)
        self._check_after()
        return found

    def vectors(self, ids: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of passages, in the order given: (n, dimensions), unit length."""
        found = self._catalog.vectors_of(ids)
        self._check_after()
        return found

    def sentences(self, ids: Sequence[str]) -> dict[str, SentenceVectors]:
        """Passage id -> its sentences with their vectors."""
        found = self._sentences.found(ids)
        if new := [name for name in ids if name not in found]:
            read = self._catalog.sentences(new)
            self._sentences.keep(read)
            found.update(read)
        self._check_after()
        return found

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

    def _allowed(self, filters: Filters) -> frozenset[str] | None:
        """The articles that pass; None: all. A question asks several times."""
        if not filters:
            return None
        key = self.revision, tuple(filters.outlets), filters.since, filters.until, tuple(filters.articles)
        passing = self._passing.get(key)
        if passing is None:
            passing = self._catalog.passing(filters)
            self._passing = {**dict(list(self._passing.items())[1 - FILTERS :]), key: passing}
        return passing
