"""Batches on their way into the library: one is written while the next is embedded and a third is made up."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from threading import Event
from types import TracebackType
from typing import Self

from rag.catalog.rows import Draft, Embedded
from rag.domain import ArticleCard
from rag.library import Library

UNDER_WAY = 2  # batches: one is written, one embedded

Batch = tuple[tuple[Draft, list[ArticleCard]], ...]  # and where each is reported once it is written


class Batches:
    """Writes one batch after the other, in the order given; after one that fails, none."""

    def __init__(self, library: Library, last_look: Callable[[Draft], Draft]) -> None:
        self._library = library
        self._last_look = last_look  # at a draft, right before it is written
        self._embedder = ThreadPoolExecutor(1, thread_name_prefix="embedder")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._under_way: deque[tuple[Batch, Future[tuple[ArticleCard, ...]]]] = deque()
        self._coming: set[str] = set()  # keys of vectors that were made for batches under way
        self._broken = Event()

    def put(self, batch: Batch) -> Iterator[tuple[Batch, tuple[ArticleCard, ...]]]:
        """Sends a batch on its way. What was written meanwhile, with its cards; raises what befell it."""
        drafts = [draft for draft, _ in batch]
        embedded = self._embedder.submit(self._embed, drafts)
        self._under_way.append((batch, self._writer.submit(self._write, drafts, embedded)))
        yield from self._written(UNDER_WAY)

    def rest(self) -> Iterator[tuple[Batch, tuple[ArticleCard, ...]]]:
        """Waits for all that is under way; as `put`."""
        yield from self._written(0)

    def _written(self, most: int) -> Iterator[tuple[Batch, tuple[ArticleCard, ...]]]:
        while len(self._under_way) > most:
            batch, cards = self._under_way.popleft()
            yield batch, cards.result()

    def _embed(self, drafts: Sequence[Draft]) -> list[Embedded]:
        if self._broken.is_set():
            return []
        made = self._library.embed(drafts, self._coming)
        self._coming.update(one.key for one in made)
        return made

    def _write(self, drafts: Sequence[Draft], embedded: "Future[list[Embedded]]") -> tuple[ArticleCard, ...]:
        if self._broken.is_set():
            raise CancelledError
        try:
            made = embedded.result()
            with self._library.writing():
                cards = self._library.add([self._last_look(draft) for draft in drafts], made)
        except BaseException:
            self._broken.set()
            raise
        self._coming.difference_update([one.key for one in made])
        return cards

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._broken.set()
        self._embedder.shutdown(cancel_futures=True)
        self._writer.shutdown(cancel_futures=True)
