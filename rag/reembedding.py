"""All vectors of a library made anew by another model, and none of them searched before all are there.

Those of the new model are put beside the old ones, whose keys are others; one commit then gives every passage its new
vector. A kill before it leaves the library as it was, and what was embedded by then is not embedded again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from rag.catalog.rows import Draft
from rag.catalog.store import Catalog
from rag.embedding import Embedding
from rag.inputs import embed_new

BATCH = 96  # passages in one commit: about a second's work


def reembedded(
    catalog: Catalog, embedding: Embedding, on_step: Callable[[str], None], told: Callable[[int, int], None]
) -> dict[str, str]:
    """Puts vectors of all passages, past ones too, into the catalog. Returns passage id -> key of its new vector.

    `told`: articles done, articles in all.
    """
    keys: dict[str, str] = {}
    articles = [known.article_id for known in catalog.known()]
    told(0, len(articles))
    batch: list[Draft] = []
    for number, article_id in enumerate(articles, 1):
        for part in _parts(catalog.drafts(article_id)):
            batch.append(part)
            if _size(batch) >= BATCH:
                keys |= _embedded(catalog, batch, embedding)
                on_step("reembedded")
                batch = []
        told(number, len(articles))
    keys |= _embedded(catalog, batch, embedding)
    on_step("reembedded")
    return keys


def _embedded(catalog: Catalog, drafts: Sequence[Draft], embedding: Embedding) -> dict[str, str]:
    keys, new = embed_new(drafts, embedding, catalog.known_keys)
    catalog.keep_vectors(new)
    return keys


def _parts(drafts: Sequence[Draft]) -> Iterator[Draft]:
    """The drafts, a long one in pieces, each with some of its passages."""
    for draft in drafts:
        for start in range(0, len(draft.passages), BATCH):
            part = slice(start, start + BATCH)
            yield replace(draft, passages=draft.passages[part], sentences=draft.sentences[part])


def _size(drafts: Sequence[Draft]) -> int:
    return sum(len(draft.passages) for draft in drafts)
