"""How many golden questions have all their evidence in the first 6,000 characters found, counted as for the other."""

import tempfile
from dataclasses import replace
from pathlib import Path

from stock import K, in_view, with_evidence

from ingest.pipeline import ingest
from rag.library import Library
from rag.retriever import Retriever
from rag.settings import Settings


def measure(documents: str, golden: str) -> dict[str, object]:
    """Over the files of a folder."""
    home = tempfile.TemporaryDirectory(prefix="space-policy-")
    settings = replace(Settings.from_env(), home=Path(home.name), embedding="minilm")
    with home, Library.open(settings) as library:
        ingest([documents], library)
        retriever = Retriever(library)
        held = [
            in_view(row["evidence"], "\n".join(hit.passage.text for hit in retriever.search(row["question"], K)))
            for row in with_evidence(Path(golden))
        ]
    return {"evidence": sum(held) / len(held)}
