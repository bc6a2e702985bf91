"""What `doctor --repair` does: a damaged catalog is read as far as it can be, damaged indexes are made anew from it."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rag.catalog.rows import Draft
from rag.catalog.salvage import Salvage, salvaged
from rag.catalog.store import Catalog
from rag.catalog.tables import SCHEMA
from rag.errors import LibraryDamaged, LibraryError
from rag.examination import examine_library
from rag.library import Library
from rag.ownership import Ownership
from rag.settings import Settings

BATCH = 96  # passages in one write: about a second's work
LOGS = ("-wal", "-shm")  # what SQLite keeps beside its file
PATIENCE = 24 * 3600.0  # seconds for an index of meanings to be made anew


def repair(settings: Settings) -> Iterator[str]:
    """Mends what `examine_library` finds, and says what it does. Raises LibraryOwned, LibraryDamaged, ModelError."""
    ownership = Ownership.take(settings.home)
    try:
        with suppress(LibraryError):  # what is wrong with it comes next
            Catalog.open(settings.home / "catalog.db").close()  # brings one of an older program up to date
    finally:
        ownership.release()
    wrong = {finding.name for finding in examine_library(settings) if not finding.ok}
    had_chroma = any((settings.home / "indexes").glob("meaning-*"))
    if wrong & {"library", "passages"}:
        yield from _salvage(settings)
        wrong |= {"words", "meanings"}
    for name, said, pattern in (("words", "word index", "words-*"), ("meanings", "index of meanings", "meaning-*")):
        if name in wrong:
            for folder in (settings.home / "indexes").glob(pattern):
                shutil.rmtree(folder)
            yield f"The {said} is made anew from the catalog."
    with Library.open(settings) as library:  # takes back what a broken-off write has left
        if "meanings" in wrong and had_chroma:
            library.use_chroma()
            library.wait_for_chroma(PATIENCE)
    if not wrong:
        yield "There was nothing to mend."


def _salvage(settings: Settings) -> Iterator[str]:
    """Puts a new catalog, of all that can be read, in the place of a damaged one, which is kept."""
    ownership = Ownership.take(settings.home)
    workshop = settings.home / "salvage"
    shutil.rmtree(workshop, ignore_errors=True)
    try:
        found = _read(settings.home / "catalog.db", workshop)
        made = replace(settings, home=workshop / "home")
        _write(found, made)
        kept = _swap(settings.home, made.home / "catalog.db")
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
        ownership.release()
    yield f"catalog.db was damaged: {len(found.articles)} articles were read from it. It is kept as {kept.name}."
    if found.lost:
        yield "Lost: " + "; ".join(found.lost)


def _read(path: Path, workshop: Path) -> Salvage:
    workshop.mkdir()
    for name in ("", *LOGS[:1]):
        if (beside := path.with_name(path.name + name)).exists():
            shutil.copyfile(beside, workshop / beside.name)
    fresh = workshop / "fresh.db"
    Catalog.open(fresh).close()
    found = salvaged(workshop / path.name, fresh)
    if found.schema > SCHEMA:
        raise LibraryDamaged(
            f"{path} is of a newer program (schema {found.schema}, here {SCHEMA}). Update the program."
        )
    if not found.articles:
        raise LibraryDamaged(
            f"Nothing in {path} can be read. Restore it from a copy or with: space-policy import FILE --home DIR; "
            "or move it away and ingest again."
        )
    return found


def _write(found: Salvage, settings: Settings) -> None:
    Catalog.open(settings.home / "catalog.db").close()
    found.save_vectors(settings.home / "catalog.db")
    with Library.open(settings) as library:
        batch: list[Draft] = []
        for drafts in found.articles:
            batch += drafts
            if sum(len(draft.passages) for draft in batch) >= BATCH:
                library.add(batch)
                batch = []
        library.add(batch)


def _swap(home: Path, new: Path) -> Path:
    """Puts the new catalog in the place of the old one, which is there under another name before and after."""
    day = datetime.now(UTC).strftime("%Y-%m-%d-%H%M%S")
    kept = home / f"catalog-damaged-{day}.db"
    shutil.copyfile(home / "catalog.db", kept)
    for name in LOGS:  # of the old one: SQLite would put it into the new one
        if (log := home / f"catalog.db{name}").exists():
            log.replace(kept.with_name(kept.name + name))
    shutil.rmtree(home / "indexes", ignore_errors=True)  # they count the revisions of the old one
    new.replace(home / "catalog.db")
    return kept
