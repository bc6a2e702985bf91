"""The pipeline that people put together today, with the same model and Chroma's index.

RecursiveCharacterTextSplitter 1000/200, HuggingFaceEmbeddings, langchain-chroma. Run by the Python that has these
packages; it knows nothing of this project.
"""

import json
import tempfile
import time
from pathlib import Path

from measure import peak, spread

K = 8
SHOWN = 6000  # characters in which evidence counts
STARTED = time.perf_counter()


def measure(
    model: str, documents: str, asked: list[str], vectors: str | None = None, golden: str | None = None
) -> dict[str, object]:
    """Ingest and questions over a folder of texts; with `vectors` (.npy), questions over these, which are not embedded.

    `golden`: a file of questions with evidence, of which is told how many have all of it in what is found.
    """
    from langchain_chroma import Chroma
    from langchain_huggingface import HuggingFaceEmbeddings
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    embedding = HuggingFaceEmbeddings(model_name=model, model_kwargs={"device": "cpu"})
    embedding.embed_query("warm")
    found: dict[str, object] = {"load_seconds": time.perf_counter() - STARTED}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        store = Chroma("stock", embedding, persist_directory=folder, collection_metadata={"hnsw:space": "cosine"})
        started, worked = time.perf_counter(), time.process_time()
        if vectors:
            _take(store, vectors)
        else:
            texts = [file.read_text() for file in sorted(Path(documents).glob("*.*"))]
            splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
            chunks = [chunk for text in texts for chunk in splitter.split_text(text)]
            for start in range(0, len(chunks), 5000):
                store.add_texts(chunks[start : start + 5000])
            found |= {"characters": sum(map(len, texts)), "chunks": len(chunks)}
        found["ingest_seconds"] = time.perf_counter() - started
        found["ingest_cpu_seconds"] = time.process_time() - worked
        taken = []
        for question in asked:
            started = time.perf_counter()
            store.similarity_search(question, k=K)
            taken.append(time.perf_counter() - started)
        found["retrieval"] = spread(taken[5:])
        if golden:
            found["evidence"] = _evidence(store, Path(golden))
        found["disk_mb"] = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file()) / 1e6
        return {**found, "asking_mb": peak()}


def _take(store, vectors: str) -> None:  # noqa: ANN001 - of packages that are not installed here
    import numpy as np

    given = np.load(vectors)
    for start in range(0, len(given), 5000):
        names = [str(number) for number in range(start, min(start + 5000, len(given)))]
        text = ["A passage of about the usual length. " * 20] * len(names)
        store._collection.add(ids=names, embeddings=given[start : start + 5000], documents=text)


def _evidence(store, golden: Path) -> float:  # noqa: ANN001 - as above
    rows = with_evidence(golden)
    held = 0
    for row in rows:
        shown = "\n".join(one.page_content for one in store.similarity_search(row["question"], k=K))
        held += in_view(row["evidence"], shown)
    return held / len(rows)


def with_evidence(golden: Path) -> list[dict]:
    """The answerable questions that stand by themselves."""
    rows = [json.loads(line) for line in golden.read_text().splitlines()]
    return [row for row in rows if row["answerable"] and row["evidence"] and not row["history"]]


def in_view(evidence: list[str], shown: str) -> bool:
    """Whether all of it stands in the first characters of what is shown."""
    first = " ".join(shown[:SHOWN].split()).lower()
    return all(" ".join(one.split()).lower() in first for one in evidence)
