"""Libraries of any size, grown from real sentences and kept in the cache: a sentence is embedded once for all of them.

A grown article takes its sentences, shuffled, from three real documents; its passages hold six of them. The vector of
a passage is the mean of those of its sentences, weighted by their length: nearly what its own pass would give, at a
hundredth of the price. All that comes after embedding is the real thing.
"""

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from texts import SEED, texts

from rag.catalog.rows import Draft
from rag.domain import Article, Passage
from rag.embedding import Floats
from rag.library import Library
from rag.minilm import MiniLM
from rag.sentences import sentence_spans
from rag.settings import Settings

FORMAT = 1  # grows when other libraries come out
SENTENCES = 6  # of a passage
PASSAGES = 10  # of an article
WRITTEN = 5000  # passages in one write
OUTLETS = tuple(f"Outlet {number}" for number in range(1, 25))
FIRST, DAYS = date(2005, 1, 1), 7300  # of publication; every twentieth article is undated


class Pool:
    """Real sentences by the document they are from, with their vectors."""

    def __init__(self, settings: Settings) -> None:
        self.documents = [(one.title, _sentences(one.text)) for one in texts()]
        self.documents = [(title, found) for title, found in self.documents if len(found) > 2]
        every = list(dict.fromkeys(text for _, found in self.documents for text in found))
        self.row = {text: number for number, text in enumerate(every)}
        model = MiniLM.open(settings.cache)
        self.recipe = model.recipe
        marked = hashlib.sha256("\0".join((self.recipe, *every)).encode()).hexdigest()[:12]
        file = settings.cache / "bench" / f"sentences-{marked}.npy"
        if not file.is_file():
            file.parent.mkdir(parents=True, exist_ok=True)
            np.save(file, model.embed(every))
        self.vectors: Floats = np.load(file)
        self.mark = marked


def _sentences(text: str) -> list[str]:
    found = (" ".join(text[start:end].split()) for start, end in sentence_spans(text))
    return [one for one in found if 30 <= len(one) <= 400]


class Composed:
    """Gives passages the mean of their sentences' vectors; only sentences of the pool can be embedded."""

    dimensions = 384

    def __init__(self, pool: Pool) -> None:
        self.recipe = pool.recipe
        self._pool = pool

    def embed_spans(
        self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]
    ) -> tuple[Floats, tuple[Floats, ...]]:
        whole, parts = [], []
        for text, inside in zip(texts, spans, strict=True):
            own = self._pool.vectors[[self._pool.row[text[start:end]] for start, end in inside]]
            mean = np.array([end - start for start, end in inside], dtype=np.float32) @ own
            whole.append(mean / np.linalg.norm(mean))
            parts.append(own)
        return np.array(whole, dtype=np.float32), tuple(parts)

    def count_pieces(self, texts: Sequence[str]) -> list[int]:
        return [len(text) // 4 for text in texts]


def drafts(pool: Pool, passages: int) -> Iterator[Draft]:
    """Articles with so many passages in all: those of a small library are the first of a large one."""
    chance = random.Random(SEED)  # noqa: S311 - no secret
    for number in range(-(-passages // PASSAGES)):
        sources = chance.sample(pool.documents, 3)
        every = [text for _, found in sources for text in found]
        lines = chance.choices(every, k=SENTENCES * PASSAGES)
        published = FIRST + timedelta(days=chance.randrange(DAYS)) if number % 20 else None
        yield _draft(number, sources[0][0], lines, published, chance.choice(OUTLETS))


def _draft(number: int, title: str, lines: Sequence[str], published: date | None, outlet: str) -> Draft:
    identity = f"grown{number:07}"
    text = "\n".join(lines)
    spans, start = [], 0
    for line in lines:
        spans.append((start, start + len(line)))
        start += len(line) + 1
    groups = [tuple(spans[first : first + SENTENCES]) for first in range(0, len(spans), SENTENCES)]
    passages = tuple(
        Passage(f"{identity}.1.{place}", identity, 1, own[0][0], own[-1][1], text[own[0][0] : own[-1][1]], None, None)
        for place, own in enumerate(groups, 1)
    )
    article = Article(
        id=identity,
        version=1,
        source=f"grown:{number}",
        title=title,
        outlet=outlet,
        author=None,
        published=published,
        updated=None,
        url=None,
        language="en",
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        found={},
    )
    return Draft(article=article, passages=passages, sentences=tuple(groups), cleaner="grown")


def grown(settings: Settings, passages: int) -> Settings:
    """Settings whose library has so many passages; made where the cache does not hold it."""
    pool = Pool(settings)
    home = settings.cache / "bench" / f"library-{passages}-{FORMAT}-{pool.mark}"
    found = replace(settings, home=home, starter=False, embedding="minilm", model=None)
    if (home / "grown").is_file():
        return found
    with Library.open(found) as library:
        library.embedding = Composed(pool)  # type: ignore[misc]  # questions are embedded by the real one
        _fill(library, pool, passages)
    (home / "grown").touch()
    return found


def _fill(library: Library, pool: Pool, passages: int) -> None:
    batch: list[Draft] = []
    for draft in drafts(pool, passages):
        batch.append(draft)
        if len(batch) * PASSAGES >= WRITTEN:
            library.add(batch)
            batch = []
    library.add(batch)


def folder_bytes(folder: Path) -> int:
    """What a folder takes on disk."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
