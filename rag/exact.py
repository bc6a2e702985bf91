"""Nearest passages by exact cosine over the catalog's vectors: needs no index, always right."""

import threading
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.catalog.reading import CatalogReader


@dataclass(frozen=True, slots=True)
class _Snapshot:
    revision: int
    passages: list[str]
    articles: NDArray[np.str_]  # of each passage
    vectors: NDArray[np.float32]  # (n, dimensions), unit length


class ExactVectors:
    """All current vectors in memory (1.5 kB a passage), loaded on first use and when the catalog has changed."""

    def __init__(self, catalog: CatalogReader) -> None:
        self._catalog = catalog
        self._lock = threading.Lock()
        self._snapshot: _Snapshot | None = None

    def nearest(
        self, vector: NDArray[np.float32], limit: int, articles: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        """Passage ids with their cosine, best first; of these articles only, where given. `vector`: unit length."""
        now = self._now()
        allowed = np.arange(len(now.passages))
        if articles is not None:
            allowed = np.flatnonzero(np.isin(now.articles, list(articles)))
        # Vectors of another length are another model's, made since the question was embedded: the library says so.
        if not len(allowed) or limit < 1 or now.vectors.shape[1] != len(vector):
            return []
        cosines = (now.vectors if articles is None else now.vectors[allowed]) @ vector
        best = np.argpartition(-cosines, min(limit, len(cosines)) - 1)[:limit]
        best = best[np.argsort(-cosines[best], kind="stable")]
        return [(now.passages[allowed[row]], float(cosines[row])) for row in best]

    def _now(self) -> _Snapshot:
        with self._lock:
            revision = self._catalog.revision
            if self._snapshot is None or self._snapshot.revision != revision:
                passages, articles, vectors = self._catalog.vectors()
                self._snapshot = _Snapshot(revision, passages, np.array(articles, dtype=np.str_), vectors)
            return self._snapshot
