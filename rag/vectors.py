"""Where passages are found by meaning. The only file that knows Chroma.

A disposable index. Chroma rewrites its HNSW files in place, so a process killed while it is open may ruin them, in rare
cases so that opening them crashes: while the index is open a marker lies beside it, and an index found with the marker
is never opened again but made anew, in another folder. A closed one is sealed: where a file is not as it was, likewise.
"""

import json
import logging
import shutil
import sqlite3
import sys
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import chromadb
import numpy as np
from chromadb.api import ClientAPI
from chromadb.config import Settings as ChromaSettings
from chromadb.errors import ChromaError
from numpy.typing import NDArray

from rag import seals
from rag.errors import LibraryError

# With 100, as by default, it finds 0.95 of the ten nearest in 100,000.
SEARCHED = 200  # candidates that a search holds on to
VERSION = 2  # grows with each change of the configuration: an older index is made anew
COLLECTION = "passages"
PAGE = 1000  # ids or vectors read at a time
logger = logging.getLogger(__name__)


class ChromaIndex:
    """Approximate nearest neighbours (HNSW, cosine) of passage vectors. Safe to use from threads; one process owns."""

    def __init__(self, folder: Path, name: str, client: ClientAPI) -> None:
        self._folder = folder
        self._name = name
        self._client = client
        self._lock = threading.Lock()
        # Without embedding_function=None Chroma attaches its own model, which downloads itself, here and on each get.
        self._collection = client.get_or_create_collection(
            COLLECTION, embedding_function=None, configuration={"hnsw": {"space": "cosine", "ef_search": SEARCHED}}
        )

    @classmethod
    def open(cls, folder: Path, revision: int) -> "ChromaIndex":
        """The index in `folder`; an empty one where there is none, none that was closed properly, or one that is ahead.

        `revision`: the catalog's, which may have been put back to an earlier state.
        """
        folder.mkdir(parents=True, exist_ok=True)
        state = look(folder)
        if state.changed:
            logger.warning("The index of meanings is damaged (%s); it is made anew.", ", ".join(state.changed))
        name = state.name
        if name is None or state.is_open or state.changed or state.revision > revision:
            name = f"meaning-{VERSION}-{uuid.uuid4().hex[:8]}"
            _point(folder, _State(name))
        for old in folder.glob("meaning-*"):
            if old.name != name:
                shutil.rmtree(old, ignore_errors=True)
        (folder / "open").touch()
        settings = ChromaSettings(anonymized_telemetry=False)
        with _translated():
            return cls(folder, name, chromadb.PersistentClient(str(folder / name), settings=settings))

    @property
    def revision(self) -> int:
        """The catalog's revision that this index has reached; 0 for a new one."""
        return _pointed(self._folder).revision

    def write(self, add: Sequence[str], vectors: NDArray[np.float32], remove: Sequence[str]) -> None:
        """Adds passage ids with their vectors ((n, dimensions)) and removes others. Repeating is harmless."""
        with self._lock, _translated():
            most = self._client.get_max_batch_size()
            for start in range(0, len(remove), most):
                self._collection.delete(ids=list(remove[start : start + most]))
            for start in range(0, len(add), most):
                part = slice(start, start + most)
                self._collection.upsert(ids=list(add[part]), embeddings=vectors[part])

    def reached(self, revision: int) -> None:
        """Notes the catalog's revision that what was written amounts to."""
        _point(self._folder, _State(self._name, revision))

    def nearest(self, vector: NDArray[np.float32], limit: int) -> list[tuple[str, float]]:
        """Passage ids with their cosine, best first."""
        with _translated():
            if limit < 1:
                return []
            found = self._collection.query(query_embeddings=vector[None, :], n_results=limit, include=["distances"])
        distances = (found["distances"] or [[]])[0]
        return [(name, 1.0 - float(distance)) for name, distance in zip(found["ids"][0], distances, strict=True)]

    def count(self) -> int:
        """How many vectors it holds."""
        with _translated():
            return self._collection.count()

    def close(self) -> None:
        """Closes it properly: the next open finds it whole."""
        with self._lock, _translated():
            self._client.close()  # type: ignore[attr-defined]  # in 1.5.9, not in its interface yet
            _point(self._folder, _State(self._name, self.revision, files=seals.sealed(self._folder / self._name)))
            (self._folder / "open").unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class _State:
    """What is known of an index without opening it."""

    name: str | None = None  # of its folder
    revision: int = 0
    files: Mapping[str, str] = field(default_factory=dict)  # as sealed when it was closed
    is_open: bool = False  # or was, when its process was killed
    changed: tuple[str, ...] = ()  # files that are not as they were sealed


def look(folder: Path) -> _State:
    """The state of the index in `folder`, which is not opened for it."""
    state = _pointed(folder)
    if state.name is None or (folder / "open").exists():
        return _State(state.name, state.revision, is_open=(folder / "open").exists())
    return _State(state.name, state.revision, changed=seals.broken(folder / state.name, state.files))


def _pointed(folder: Path) -> _State:
    try:
        found = json.loads((folder / "current.json").read_text())
        state = _State(str(found["name"]), int(found["revision"]), dict(found.get("files", {})))
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return _State()
    known = (state.name or "").startswith(f"meaning-{VERSION}-") and (folder / str(state.name)).is_dir()
    return state if known else _State()


def _point(folder: Path, state: _State) -> None:
    new = folder / "current.new"
    new.write_text(json.dumps({"name": state.name, "revision": state.revision, "files": dict(state.files)}))
    new.replace(folder / "current.json")


@contextmanager
def _translated() -> Iterator[None]:
    """Within it, what Chroma says, its panics too, becomes an error of ours."""
    try:
        yield
    except (ChromaError, OSError, sqlite3.Error, ValueError, RuntimeError, TypeError) as error:
        raise _unusable(error) from error
    except BaseException as error:
        if type(error).__module__ != "pyo3_runtime":  # a panic is a BaseException, of a class without a name to import
            raise
        raise _unusable(error) from error


def _unusable(error: BaseException) -> LibraryError:
    return LibraryError(
        f"The index of meanings cannot be used ({error}). "
        "Nothing is lost: with room on the disk it is made anew by: space-policy doctor --repair"
    )


# Probing ------------------------------------------------------------------------------------------------------------


def main() -> None:
    """`python -m rag.vectors FOLDER SAMPLE.npz`: what a copy of an index holds, as JSON; it may crash on the way.

    The sample has `ids` and their `vectors`; of each the cosine with the index's own vector is told, and whether a
    search for it finds it.
    """
    folder, sample = Path(sys.argv[1]), np.load(sys.argv[2])
    client = chromadb.PersistentClient(str(folder), settings=ChromaSettings(anonymized_telemetry=False))
    collection = client.get_collection(COLLECTION, embedding_function=None)
    count = collection.count()
    ids = [
        one for start in range(0, count, PAGE) for one in collection.get(limit=PAGE, offset=start, include=[])["ids"]
    ]
    cosines, lost = {}, []
    for name, vector in zip(map(str, sample["ids"]), sample["vectors"], strict=True):
        held = collection.get(ids=[name], include=["embeddings"])["embeddings"]
        if held is None or not len(held):
            continue
        own = np.asarray(held[0], dtype=np.float32)
        cosines[name] = float(own @ vector / (np.linalg.norm(own) * np.linalg.norm(vector) or 1.0))
        found = collection.query(query_embeddings=vector[None, :], n_results=min(10, count), include=["distances"])
        # A copy of the same text is as near.
        if name not in found["ids"][0] and (found["distances"] or [[1.0]])[0][0] > 1e-3:
            lost.append(name)
    sys.stdout.write(json.dumps({"ids": ids, "cosines": cosines, "lost": lost}))


if __name__ == "__main__":
    main()
