"""Vectors of short texts, remembered: the same sentences come up again and again."""

import functools
import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

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
        self._expected: dict[str, Future[None]] = {}  # texts that are being embedded ahead
        self._lock = threading.Lock()
        self._ahead = ThreadPoolExecutor(1, thread_name_prefix="ahead")

    def expect(self, texts: Sequence[str]) -> None:
        """Has texts embedded in the background that will be asked for soon; while one does something else."""
        with self._lock:
            new = [text for text in dict.fromkeys(texts) if text not in self._known and text not in self._expected]
            if new:
                self._expected.update(dict.fromkeys(new, self._ahead.submit(self._embed_ahead, new)))

    def _embed_ahead(self, texts: Sequence[str]) -> None:
        try:
            vectors = self._embedding.embed(texts)
            with self._lock:
                self._keep(dict(zip(texts, vectors, strict=True)))
        finally:
            with self._lock:
                for text in texts:
                    del self._expected[text]

    def vectors(self, texts: Sequence[str]) -> Floats:
        """(n, dimensions), unit length."""
        with self._lock:
            coming = {self._expected[text] for text in texts if text in self._expected}
        for one in coming:
            one.exception()  # not raised here: it is met again below
        with self._lock:
            found = {text: self._known[text] for text in texts if text in self._known}
        new = list(dict.fromkeys(text for text in texts if text not in found))
        if new:
            found.update(zip(new, self._embedding.embed(new), strict=True))
        with self._lock:
            self._keep({text: found[text] for text in texts})
        return np.array([found[text] for text in texts], dtype=np.float32).reshape(len(texts), -1)

    def _keep(self, found: dict[str, Floats]) -> None:
        for text, vector in found.items():
            self._known[text] = vector
            self._known.move_to_end(text)
        while len(self._known) > self._most:
            self._known.popitem(last=False)


def remembered(embedding: Embedding) -> Remembered:
    """What is remembered of this model, for all who ask it."""
    return _remembered(embedding)  # type: ignore[arg-type]  # a protocol promises no hash; every model has its identity


@functools.lru_cache(maxsize=2)
def _remembered(embedding: Embedding) -> Remembered:
    return Remembered(embedding)
