"""Where passages are found by meaning. The only file that knows Chroma.

A disposable index. Chroma rewrites its HNSW files in place, so a process killed while it is open may ruin them, in rare
cases so that opening them crashes: while the index is open a marker lies beside it, and an index found with the marker
is never opened again but made anew, in another folder.
"""

import json
import shutil
import threading
import uuid
from collections.abc import Sequence
from pathlib import Path

import chromadb
import numpy as np
from chromadb.api import ClientAPI
from chromadb.config import Settings as ChromaSettings
from numpy.typing import NDArray

VERSION = 1  # grows with each change of the configuration: an older index is made anew
COLLECTION = "passages"


class ChromaIndex:
    """Approximate nearest neighbours (HNSW, cosine) of passage vectors. Safe to use from threads; one process owns."""

    def __init__(self, folder: Path, name: str, client: ClientAPI) -> None:
        self._folder = folder
        self._name = name
        self._client = client
        self._lock = threading.Lock()
        # Without embedding_function=None Chroma attaches its own model, which downloads itself, here and on each get.
        self._collection = client.get_or_create_collection(
            COLLECTION, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )

    @classmethod
    def open(cls, folder: Path, revision: int) -> "ChromaIndex":
        """The index in `folder`; an empty one where there is none, none that was closed properly, or one that is ahead.

        `revision`: the catalog's, which may have been put back to an earlier state.
        """
        folder.mkdir(parents=True, exist_ok=True)
        marker = folder / "open"
        name = _current(folder)
        if name is None or marker.exists() or int(_pointer(folder).get("revision", 0)) > revision:
            name = f"meaning-{VERSION}-{uuid.uuid4().hex[:8]}"
            _point(folder, name, 0)
        for old in folder.glob("meaning-*"):
            if old.name != name:
                shutil.rmtree(old, ignore_errors=True)
        marker.touch()
        settings = ChromaSettings(anonymized_telemetry=False)
        return cls(folder, name, chromadb.PersistentClient(str(folder / name), settings=settings))

    @property
    def revision(self) -> int:
        """The catalog's revision that this index has reached; 0 for a new one."""
        return int(_pointer(self._folder).get("revision", 0))

    def write(self, add: Sequence[str], vectors: NDArray[np.float32], remove: Sequence[str]) -> None:
        """Adds passage ids with their vectors ((n, dimensions)) and removes others. Repeating is harmless."""
        most = self._client.get_max_batch_size()
        with self._lock:
            for start in range(0, len(remove), most):
                self._collection.delete(ids=list(remove[start : start + most]))
            for start in range(0, len(add), most):
                part = slice(start, start + most)
                self._collection.upsert(ids=list(add[part]), embeddings=vectors[part])

    def reached(self, revision: int) -> None:
        """Notes the catalog's revision that what was written amounts to."""
        _point(self._folder, self._name, revision)

    def nearest(self, vector: NDArray[np.float32], limit: int) -> list[tuple[str, float]]:
        """Passage ids with their cosine, best first."""
        if limit < 1 or not self._collection.count():
            return []
        found = self._collection.query(query_embeddings=vector[None, :], n_results=limit, include=["distances"])
        distances = (found["distances"] or [[]])[0]
        return [(name, 1.0 - float(distance)) for name, distance in zip(found["ids"][0], distances, strict=True)]

    def count(self) -> int:
        """How many vectors it holds."""
        return self._collection.count()

    def close(self) -> None:
        """Closes it properly: the next open finds it whole."""
        with self._lock:
            self._client.close()  # type: ignore[attr-defined]  # in 1.5.9, not in its interface yet
            (self._folder / "open").unlink(missing_ok=True)


def _pointer(folder: Path) -> dict[str, str | int]:
    try:
        found = json.loads((folder / "current.json").read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _current(folder: Path) -> str | None:
    name = str(_pointer(folder).get("name", ""))
    return name if name.startswith(f"meaning-{VERSION}-") and (folder / name).is_dir() else None


def _point(folder: Path, name: str, revision: int) -> None:
    new = folder / "current.new"
    new.write_text(json.dumps({"name": name, "revision": revision}))
    new.replace(folder / "current.json")
