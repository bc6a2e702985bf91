"""Vectors of short texts, remembered: the same sentences come up again and again."""

import functools
import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag.embedding import Embedding

MOST = 8192  # texts; about 12 MB
Floats = NDArray[np.float32]


class Remembered:
    """What texts mean, each embedded once while it is remembered. Safe to use from threads."""

    def __init__(self, embedding: Embedding, most: int = MOST) -> None:
        self._embedding = embedding
        self._most = most
        self._known: OrderedDict[str, Floats] = OrderedDict()
        self._lock = threading.Lock()

    def vectors(self, texts: Sequence[str]) -> Floats:
        """(n, dimensions), unit length."""
        with self._lock:
            found = {text: self._known[text] for text in texts if text in self._known}
        new = list(dict.fromkeys(text for text in texts if text not in found))
        if new:
            found.update(zip(new, self._embedding.embed(new), strict=True))
        with self._lock:
            for text in texts:
                self._known[text] = found[text]
                self._known.move_to_end(text)
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return np.array([found[text] for text in texts], dtype=np.float32).reshape(len(texts), -1)


def remembered(embedding: Embedding) -> Remembered:
    """What is remembered of this model, for all who ask it."""
    return _remembered(embedding)  # type: ignore[arg-type]  # a protocol promises no hash; every model has its identity


@functools.lru_cache(maxsize=2)
def _remembered(embedding: Embedding) -> Remembered:
    return Remembered(embedding)
