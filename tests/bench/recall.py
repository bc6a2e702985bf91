"""How much of the exact nearest ten Chroma finds, by its settings, and what each costs."""

import tempfile
import time

import chromadb
import numpy as np
from chromadb.config import Settings as ChromaSettings
from grown import grown
from measure import spread
from texts import questions

from rag.catalog.store import Catalog
from rag.embedding import open_embedding
from rag.settings import Settings

NEAREST = 10
LIMIT = 50  # passages that a question takes
# Chroma's own first: what rag/vectors.py uses.
CHOICES = (
    {},
    {"ef_search": 50},
    {"ef_search": 200},
    {"ef_construction": 200},
    {"max_neighbors": 32},
    {"max_neighbors": 32, "ef_construction": 200, "ef_search": 200},
)


def measure(passages: int, asked: int) -> dict[str, object]:
    """For each of CHOICES: recall at ten of searches for ten and for fifty, seconds to fill, milliseconds to search."""
    settings = grown(Settings.from_env(), passages)
    catalog = Catalog.open(settings.home / "catalog.db", writable=False)
    names, _, vectors = catalog.vectors()
    catalog.close()
    sought = open_embedding(settings).embed(questions(asked))
    right = [{names[row] for row in np.argpartition(-one, NEAREST)[:NEAREST]} for one in sought @ np.asarray(vectors).T]
    return {"choices": [_tried(choice, names, vectors, sought, right) for choice in CHOICES]}


def _tried(choice: dict, names: list[str], vectors: np.ndarray, sought: np.ndarray, right: list[set]) -> dict:
    with tempfile.TemporaryDirectory(prefix="space-policy-", ignore_cleanup_errors=True) as folder:
        client = chromadb.PersistentClient(folder, settings=ChromaSettings(anonymized_telemetry=False))
        hnsw = {"hnsw": {"space": "cosine", **choice}}
        collection = client.create_collection("passages", embedding_function=None, configuration=hnsw)
        started = time.perf_counter()
        for start in range(0, len(names), 500):
            collection.upsert(ids=names[start : start + 500], embeddings=vectors[start : start + 500])
        filled = time.perf_counter() - started
        found = {"settings": choice, "fill_seconds": filled}
        for limit in (NEAREST, LIMIT):
            taken, shares = [], []
            for vector, best in zip(sought, right, strict=True):
                started = time.perf_counter()
                got = collection.query(query_embeddings=vector[None, :], n_results=limit, include=["distances"])
                taken.append(time.perf_counter() - started)
                shares.append(len(best & set(got["ids"][0][:NEAREST])) / NEAREST)
            found |= {f"recall_of_{limit}": float(np.mean(shares)), f"search_of_{limit}": spread(taken)}
        client.close()
        return found
