"""The stages of the line one after the other, on one thread but for the embedding: what each costs by itself."""

import tempfile
import time
from dataclasses import replace
from pathlib import Path

from texts import write_documents

from ingest.clean import clean
from ingest.copies import signature
from ingest.metadata import metadata
from ingest.read import read
from ingest.split import split
from ingest.worker import limits_of
from rag.embedding import open_embedding
from rag.settings import Settings


def measure(characters: int) -> dict[str, object]:
    """Seconds of each stage over the same documents."""
    settings = replace(Settings.from_env(), embedding="minilm")
    embedding = open_embedding(settings)
    embedding.embed(["warm"])
    with tempfile.TemporaryDirectory(prefix="space-policy-") as folder:
        files = write_documents(Path(folder), characters)
        page = read(files[0], limits_of(settings))
        metadata(page, clean(page))  # what is loaded on first use
        clock = _Clock()
        raw = clock.run("read", lambda: [read(file, limits_of(settings)) for file in files])
        bodies = clock.run("clean", lambda: [clean(one) for one in raw])
        clock.run("date", lambda: [metadata(one, body) for one, body in zip(raw, bodies, strict=True)])
        clock.run("compare", lambda: [signature(body.text) for body in bodies])
        count, pieces = embedding.count_pieces, settings.passage_pieces
        spans = clock.run("split", lambda: [split(body.text, count, pieces, ()) for body in bodies])
    passages = [
        (body.text[span.start : span.end], [(start - span.start, end - span.start) for start, end in span.sentences])
        for body, found in zip(bodies, spans, strict=True)
        for span in found
    ]
    clock.run("embed", lambda: embedding.embed_spans(*map(list, zip(*passages, strict=True))))
    return {"stages": clock.seconds, "passages": len(passages), "pieces": sum(count([text for text, _ in passages]))}


class _Clock:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def run(self, stage: str, work):  # noqa: ANN001, ANN202 - whatever the stage makes
        started = time.perf_counter()
        made = work()
        self.seconds[stage] = time.perf_counter() - started
        return made
