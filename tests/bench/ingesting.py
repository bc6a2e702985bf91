"""Documents in: the whole line, the same documents once more, and the memory and disk that it takes."""

import itertools
import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from grown import folder_bytes
from measure import peak_of_children
from texts import write_documents

from ingest.pipeline import ingest
from rag.library import Library
from rag.settings import Settings


def measure(characters: int) -> dict[str, object]:
    """Seconds, and what went through in them."""
    with tempfile.TemporaryDirectory(prefix="space-policy-") as folder:
        files = write_documents(Path(folder) / "documents", characters)
        settings = replace(Settings.from_env(), home=Path(folder) / "home", starter=False, embedding="minilm")
        steps: list[tuple[str, float]] = []
        with Library.open(settings, on_step=lambda step: steps.append((step, time.perf_counter()))) as library:
            library.embedding.embed(["warm"])
            worked = sum(os.times()[:4])
            first = _seconds(files, library)
            worked = sum(os.times()[:4]) - worked
            again = [_seconds(files, library) for _ in range(3)]
            articles, passages = library.count()
            taken = sum(len(article.text) for article in library.articles())
        return {
            "documents": len(files),
            "articles": articles,
            "characters": taken,
            "passages": passages,
            "seconds": first,
            "cpu_seconds": worked,
            "writing_seconds": _writing(steps),
            "again_seconds": sorted(again)[1],
            "largest_reader_mb": peak_of_children(),
            "disk_mb": folder_bytes(settings.home) / 1e6,
        }


def _seconds(files: list[Path], library: Library) -> float:
    started = time.perf_counter()
    report = ingest(files, library)
    if report.failures:
        raise SystemExit(f"{report.failures[0]}")
    return time.perf_counter() - started


def _writing(steps: list[tuple[str, float]]) -> float:
    """Catalog and word index; between the last vector of a batch and its end."""
    return sum(later - before for (_, before), (step, later) in itertools.pairwise(steps) if step != "embedded")
