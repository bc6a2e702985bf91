"""Vectors of short texts, remembered: the same sentences come up again and again."""

import functools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag.embedding import Embedding
from rag.recent import Recent

MOST = 8192  # texts; about 12 MB
Floats = NDArray[np.float32]


class Remembered:
    """What texts mean, each embedded once while it is remembered. Safe to use from threads."""

    def __init__(self, embedding: Embedding, most: int = MOST) -> None:
        self._embedding = embedding
        self._known: Recent[str, Floats] = Recent(most)

    def vectors(self, texts: Sequence[str]) -> Floats:
        """(n, dimensions), unit length."""
        found = self._known.found(texts)
        if new := list(dict.fromkeys(text for text in texts if text not in found)):
            made = dict(zip(new, self._embedding.embed(new), strict=True))
            self._known.keep(made)
            found.update(made)
        return np.array([found[text] for text in texts], dtype=np.float32).reshape(len(texts), -1)


def remembered(embedding: Embedding) -> Remembered:
    """What is remembered of this model, for all who ask it."""
    return _remembered(embedding)  # type: ignore[arg-type]  # a protocol promises no hash; every model has its identity


@functools.lru_cache(maxsize=2)
def _remembered(embedding: Embedding) -> Remembered:
    return Remembered(embedding)
