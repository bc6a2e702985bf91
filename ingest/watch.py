"""Folders that are watched: what is saved in them is taken in when it has settled."""

import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from watchfiles import watch as changes_in

from ingest.pipeline import ingest
from ingest.read import SUFFIXES
from ingest.sources import Seen, collect, look
from rag.domain import Report
from rag.library import Library

SETTLED = 1.0  # seconds in which a file has not changed: what is still being written is left alone


def watch(
    sources: Iterable[str | Path],
    library: Library,
    *,
    told: Callable[[Report], None],
    stop: threading.Event,
    prune: bool = False,
    prune_all: bool = False,
) -> None:
    """Takes the folders in, then each document that is saved below them, until `stop` is set.

    `told` gets the Report of each time that something was done. With `prune`, deleted files are removed too; a file
    that was renamed stays the same article either way.
    """
    given = [str(source) for source in sources]
    told(ingest(given, library, prune=prune, prune_all=prune_all))
    folders = collect(given).folders
    waiting: dict[Path, Seen | None] = {}
    for changes in changes_in(
        *folders, stop_event=stop, rust_timeout=int(SETTLED * 1000), yield_on_timeout=True, raise_interrupt=False
    ):
        changed = {Path(name) for _, name in changes if _is_document(Path(name), folders)}
        waiting.update(dict.fromkeys(changed))
        gone = [path for path in waiting if look(path) is None]
        ready = [path for path, seen in waiting.items() if seen is not None and seen == look(path)]
        for path in (*gone, *ready):
            del waiting[path]
        waiting = {path: look(path) for path in waiting}
        if ready or (gone and prune):
            # One file after the other was seen to go: no half of them needs a question, unless a whole folder is away.
            there = all(folder.is_dir() for folder in folders)
            chosen = ready if ready and not (gone and prune) else folders
            told(ingest(chosen, library, prune=prune, prune_all=there))


def _is_document(path: Path, folders: Iterable[Path]) -> bool:
    below = next((path.relative_to(folder) for folder in folders if path.is_relative_to(folder)), path)
    return path.suffix.lower() in SUFFIXES and not any(part.startswith(".") for part in below.parts)
