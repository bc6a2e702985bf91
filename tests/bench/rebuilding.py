"""The indexes of a library made anew: they can be thrown away at any time."""

import shutil
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from grown import folder_bytes, grown

from rag.library import Library
from rag.settings import Settings

LONGEST = 3600.0


def measure(passages: int) -> dict[str, object]:
    """Seconds to open a library that has both indexes, to make the words' anew, and Chroma's; bytes of each."""
    settings = grown(Settings.from_env(), passages)
    with tempfile.TemporaryDirectory(prefix="space-policy-") as folder:
        home = Path(folder) / "home"
        home.mkdir()
        shutil.copy(settings.home / "catalog.db", home)
        copy = replace(settings, home=home)
        words = _opened(copy)
        started = time.perf_counter()
        with Library.open(copy) as library:
            library.use_chroma()
            library.wait_for_chroma(LONGEST)
            meaning = time.perf_counter() - started
        return {
            "open_ms": 1000 * sorted(_opened(copy) for _ in range(3))[1],
            "words_seconds": words,
            "chroma_seconds": meaning,
            "catalog_mb": (home / "catalog.db").stat().st_size / 1e6,
            "words_mb": sum(folder_bytes(one) for one in (home / "indexes").glob("words-*")) / 1e6,
            "chroma_mb": sum(folder_bytes(one) for one in (home / "indexes").glob("meaning-*")) / 1e6,
        }


def _opened(settings: Settings) -> float:
    started = time.perf_counter()
    with Library.open(settings):
        return time.perf_counter() - started
