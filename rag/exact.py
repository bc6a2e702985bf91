"""Nearest passages by exact cosine over the catalog's vectors: needs no index, always right."""

import threading
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.catalog.reading import CatalogReader

FEW = 8  # times as many passages as pass, from which their vectors are picked out first


@dataclass(frozen=True, slots=True)
class _Snapshot:
    revision: int
    passages: list[str]
    articles: list[str]  # each once
    of: NDArray[np.intp]  # of each passage, the place of its article in `articles`
    vectors: NDArray[np.float32]  # (n, dimensions), unit length

    def passing(self, articles: AbstractSet[str]) -> NDArray[np.intp]:
        """The rows of the passages of these articles."""
        wanted = np.fromiter((name in articles for name in self.articles), dtype=np.bool_, count=len(self.articles))
        return np.flatnonzero(wanted[self.of])


class ExactVectors:
    """All current vectors in memory (1.5 kB a passage), loaded on first use and when the catalog has changed."""

    def __init__(self, catalog: CatalogReader) -> None:
        self._catalog = catalog
        self._lock = threading.Lock()
        self._snapshot: _Snapshot | None = None

    def nearest(
        self, vector: NDArray[np.float32], limit: int, articles: AbstractSet[str] | None = None
    ) -> list[tuple[str, float]]:
        """Passage ids with their cosine, best first; of these articles only, where given. `vector`: unit length."""
        now = self._now()
        passing = None if articles is None else now.passing(articles)
        allowed = len(now.passages) if passing is None else len(passing)
        # Vectors of another length are another model's, made since the question was embedded: the library says so.
        if not allowed or limit < 1 or now.vectors.shape[1] != len(vector):
            return []
        # Rows picked out are copied first, so the many are picked from the cosines of all.
        few = passing is not None and FEW * allowed < len(now.passages)
        cosines = (now.vectors[passing] if few else now.vectors) @ vector
        if passing is not None and not few:
            cosines = cosines[passing]
        best = np.argpartition(-cosines, min(limit, allowed) - 1)[:limit]
        best = best[np.argsort(-cosines[best], kind="stable")]
        rows = best if passing is None else passing[best]
        return [(now.passages[row], float(cosine)) for row, cosine in zip(rows, cosines[best], strict=True)]

    def _now(self) -> _Snapshot:
        with self._lock:
            revision = self._catalog.revision
            if self._snapshot is None or self._snapshot.revision != revision:
                passages, articles, vectors = self._catalog.vectors()
                places = {name: place for place, name in enumerate(dict.fromkeys(articles))}
                of = np.fromiter(map(places.__getitem__, articles), dtype=np.intp, count=len(articles))
                self._snapshot = _Snapshot(revision, passages, list(places), of, vectors)
            return self._snapshot
