"""What is understood of documents: as `ingest` would, but without a library or an embedding model."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from ingest.worker import Job, Readers, Understood, limits_of
from rag.errors import UnreadableDocument
from rag.settings import Settings
from ui.pasted import STDIN, standard_input

PROCESSES = 2  # that read documents
KNOWN = ("title", "outlet", "author", "published")


def extracted(paths: Sequence[str], settings: Settings) -> Iterator[tuple[bool, Mapping[str, object]]]:
    """For each path, in order: whether it could be read, and what is understood of it; never an end before the last."""
    with (
        TemporaryDirectory(prefix="space-policy-") as folder,
        Readers[str](min(PROCESSES, len(paths)), settings.file_seconds) as readers,
    ):
        jobs = ((path, Job(_file(path, Path(folder), settings.max_bytes), limits_of(settings))) for path in paths)
        for path, result in readers.each(jobs):
            if isinstance(result, UnreadableDocument):
                yield False, _nothing(path, result)
            else:
                yield True, _understood(path, result)


def _understood(path: str, result: Understood) -> Mapping[str, object]:
    known = {name: getattr(result.metadata, name) for name in KNOWN}
    return {"path": path, **known, "text": result.text, "found": result.metadata.found}


def _nothing(path: str, error: UnreadableDocument) -> Mapping[str, object]:
    why = f"{error.reason}. {error.cure}."
    return {"path": path, **dict.fromkeys(KNOWN), "text": "", "found": {}, "error": why}


def _file(path: str, folder: Path, most: int) -> str:
    """The file to be read: the one named, or one that holds standard input."""
    if path != STDIN:
        return path
    file = folder / "pasted.txt"
    file.write_bytes(standard_input(most))
    return str(file)
