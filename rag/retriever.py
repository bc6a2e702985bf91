"""Question -> passages: by meaning and by words, fused by rank.

Reciprocal rank fusion (Cormack, Clarke, Buettcher, SIGIR 2009) with their k = 60.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.domain import ArticleCard, Filters, Hit, Passage
from rag.library import Library

DEPTH = 50  # passages taken from each index
RANK_CONSTANT = 60


@dataclass(frozen=True, slots=True)
class _Found:
    passage: Passage
    article: ArticleCard
    score: float
    dense_rank: int | None
    lexical_rank: int | None


class Retriever:
    """Finds passages. Safe to use from threads."""

    def __init__(self, library: Library) -> None:
        self.library = library

    def invoke(self, question: str) -> tuple[Hit, ...]:
        """LangChain's name for `search` with what the settings say."""
        return self.search(question, limit=self.library.settings.hits)

    def search(self, question: str, limit: int = 8, filters: Filters | None = None) -> tuple[Hit, ...]:
        """The passages that answer best, best first, copies collapsed; never cut by the refusal bar."""
        if not question.strip() or limit < 1:
            return ()
        filters = filters or Filters()
        vector = self.vector(question)
        depth = max(DEPTH, 2 * limit)
        dense = self.library.nearest(vector, depth, filters)
        lexical = self.library.best_words(question, depth, filters)
        found = self._fuse([name for name, _ in dense], [name for name, _ in lexical])
        return self._collapse(found, limit, filters)

    def vector(self, question: str) -> NDArray[np.float32]:
        """The question as the embedding model sees it: (dimensions,) float32, unit length."""
        return np.asarray(self.library.embedding.embed_query(question), dtype=np.float32)

    def _fuse(self, dense: Sequence[str], lexical: Sequence[str]) -> list[_Found]:
        dense_ranks = {name: rank for rank, name in enumerate(dense, 1)}
        lexical_ranks = {name: rank for rank, name in enumerate(lexical, 1)}
        known = self.library.passages(list(dense_ranks | lexical_ranks))
        found = [
            _Found(
                passage,
                article,
                _reciprocal(dense_ranks.get(name)) + _reciprocal(lexical_ranks.get(name)),
                dense_ranks.get(name),
                lexical_ranks.get(name),
            )
            for name, (passage, article) in known.items()
        ]
        return sorted(found, key=lambda one: (-one.score, one.passage.id))

    def _collapse(self, found: Sequence[_Found], limit: int, filters: Filters) -> tuple[Hit, ...]:
        """Of passages that stand in several copies of an article, keeps the earliest article's."""
        copies = self.library.same_text(list({one.article.id for one in found}), filters)
        hits: dict[tuple[str, str], Hit] = {}
        for one in found:
            group = copies.get(one.article.id, (one.article,))
            key = (group[0].id, one.passage.text)
            if key not in hits or one.article.id == group[0].id:
                rest = tuple(card for card in group if card.id != one.article.id)
                score = max(one.score, hits[key].score if key in hits else one.score)
                hits[key] = Hit(one.passage, one.article, score, one.dense_rank, one.lexical_rank, rest)
        return tuple(hits.values())[:limit]


def _reciprocal(rank: int | None) -> float:
    return 1 / (RANK_CONSTANT + rank) if rank else 0.0
