"""What is embedded of a passage: outlet, title and section (at most 50 word pieces), then its text."""

import hashlib
from collections.abc import Callable, Sequence

import numpy as np

from rag.catalog.rows import Draft, Embedded, SentenceVectors
from rag.domain import Article, Passage
from rag.embedding import Embedding

HEAD_PIECES = 50


def embed_new(
    drafts: Sequence[Draft], embedding: Embedding, known: Callable[[Sequence[str]], set[str]]
) -> tuple[dict[str, str], list[Embedded]]:
    """Passage id -> key of its vector; and the vectors of those keys that are not `known` yet.

    A key is the hash of the model's recipe and of all that is embedded, so the same input is never embedded twice.
    """
    pairs = [
        (draft.article, passage, sentences)
        for draft in drafts
        for passage, sentences in zip(draft.passages, draft.sentences, strict=True)
    ]
    heads = _cut([_head(article, passage) for article, passage, _ in pairs], embedding)
    keys, new = {}, {}
    for head, (_, passage, sentences) in zip(heads, pairs, strict=True):
        text = head + passage.text
        key = hashlib.sha256(f"{embedding.recipe}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()
        keys[passage.id] = key
        new[key] = (text, len(head), [(start - passage.start, end - passage.start) for start, end in sentences])
    for key in known(list(new)):
        del new[key]
    return keys, _embed(new, embedding) if new else []


def _embed(new: dict[str, tuple[str, int, list[tuple[int, int]]]], embedding: Embedding) -> list[Embedded]:
    texts = [text for text, _, _ in new.values()]
    shifted = [[(start + head, end + head) for start, end in inside] for _, head, inside in new.values()]
    vectors, of_sentences = embedding.embed_spans(texts, shifted)
    return [
        Embedded(key, vector, SentenceVectors(np.array(inside, dtype=np.int32).reshape(-1, 2), rows))
        for (key, (_, _, inside)), vector, rows in zip(new.items(), vectors, of_sentences, strict=True)
    ]


def _head(article: Article, passage: Passage) -> str:
    return ". ".join(filter(None, (article.outlet, article.title, passage.section)))


def _cut(heads: Sequence[str], embedding: Embedding) -> list[str]:
    """Heads within their limit of word pieces, cut at a space, each with a line end."""
    different = list(dict.fromkeys(heads))
    cut = {}
    for head, pieces in zip(different, embedding.count_pieces(different), strict=True):
        words = head.split()
        while pieces > HEAD_PIECES and words:
            words = words[: min(len(words) - 1, len(words) * HEAD_PIECES // pieces)]
            (pieces,) = embedding.count_pieces([" ".join(words)])
        cut[head] = " ".join(words) + "\n" if words else ""
    return [cut[head] for head in heads]
