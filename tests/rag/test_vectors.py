"""Chroma finds the nearest vectors, and is made anew when it was not closed properly."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from rag.vectors import ChromaIndex

NONE = np.empty((0, 0), dtype=np.float32)


@pytest.fixture(scope="module")
def vectors() -> NDArray[np.float32]:
    found = np.random.default_rng(0).normal(size=(60, 16)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def filled(folder: Path, vectors: NDArray[np.float32], revision: int) -> ChromaIndex:
    index = ChromaIndex.open(folder, revision)
    index.write([f"p{row}" for row in range(len(vectors))], vectors, ())
    index.reached(revision)
    return index


def test_each_vector_is_nearest_to_itself_with_a_cosine_of_one(tmp_path: Path, vectors: NDArray[np.float32]) -> None:
    index = filled(tmp_path, vectors, 1)
    for row in range(0, 60, 7):
        name, cosine = index.nearest(vectors[row], 3)[0]
        assert name == f"p{row}"
        assert cosine == pytest.approx(1.0, abs=1e-4)
    index.close()


def test_removed_vectors_are_found_no_more(tmp_path: Path, vectors: NDArray[np.float32]) -> None:
    index = filled(tmp_path, vectors, 1)
    index.write((), NONE, ["p3", "never there"])
    assert "p3" not in [name for name, _ in index.nearest(vectors[3], 60)]
    index.close()


def test_an_index_that_was_closed_is_found_whole(tmp_path: Path, vectors: NDArray[np.float32]) -> None:
    filled(tmp_path, vectors, 4).close()
    index = ChromaIndex.open(tmp_path, 4)
    assert (index.revision, index.count()) == (4, 60)
    index.close()


def test_an_index_that_was_not_closed_is_made_anew(tmp_path: Path, vectors: NDArray[np.float32]) -> None:
    filled(tmp_path, vectors, 4).close()
    (tmp_path / "open").touch()  # as a killed process leaves it
    index = ChromaIndex.open(tmp_path, 4)
    assert (index.revision, index.count()) == (0, 0)
    index.close()
    assert len(list(tmp_path.glob("meaning-*"))) == 1


def test_an_index_ahead_of_the_catalog_is_made_anew(tmp_path: Path, vectors: NDArray[np.float32]) -> None:
    filled(tmp_path, vectors, 4).close()
    index = ChromaIndex.open(tmp_path, 3)
    assert index.revision == 0
    index.close()
