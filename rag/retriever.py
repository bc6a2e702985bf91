"""Question -> passages: by meaning and by words, fused by standardised scores.

The nearest by meaning and the best by words are one pool. In it each passage has five scores: its cosine with the
question, its BM25, the cosine of its best sentence, its cosine with the mean of the first few (pseudo-relevance
feedback, Rocchio 1971), and the score of the passages it is like (regularised scores, Diaz 2005). Each is standardised
over the pool (mean 0, deviation 1) and added with its weight. On real questions that finds more than fusing by rank,
which throws the distances away. A question of several parts is searched
for part by part and as a whole; what is best for each comes first.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rag.acronyms import names
from rag.catalog.rows import Pooled
from rag.characters import mended
from rag.domain import ArticleCard, Filters, Hit, Passage
from rag.embedding import Embedding
from rag.library import Library
from rag.named_together import named_together
from rag.newest import asks_for_now, gains
from rag.other_names import same_meaning
from rag.provision_search import passages_of_provisions, pointed
from rag.provisions import numerals
from rag.question import Question, Wanted, read, wanted
from rag.remembered import remembered
from rag.singled_out import by_rare_names, with_the_number
from rag.spelling import spelled

DEPTH = 50  # passages taken from each index
WORDS = 0.8  # weight of BM25 against the passage's cosine
ALIKE = 0.5  # of what a word adds to BM25, for one that means about the same
MISSED = 0.9  # of the last BM25 score, for a passage that is not among the best by words
FEEDBACK = 2  # passages that the others are compared with
LIKE_FIRST = 2.5  # weight of the likeness to them
LIKE_OTHERS = 1.3  # weight of the scores of those that a passage is like
SETTLED = 50  # passages in the pool from which both likenesses count in full: among few, chance says what is alike
CLOSE = 8  # power of the cosine between two passages: how much less the far ones count
ALONE = 250_000  # multiplications in one product that OpenBLAS (interface/gemm.c) does in the thread that asks for it
EACH_WITHIN = 4  # places, in which each document stands that the question names by its title
SAME = 0.5  # of a passage's words, from which one in a copy says the same
SENTENCE = 1.0  # weight of the best sentence's cosine
OWN = 1.0  # weight of a part's own words against those with what stands before
READERS = ThreadPoolExecutor(8, thread_name_prefix="words")  # look words up while the question is embedded


@dataclass(frozen=True, slots=True)
class _ByWords:
    """What the words of a part find, with all that a search compares it by."""

    scores: dict[str, float]  # passage id -> BM25
    provided: tuple[tuple[str, ...], ...]  # passages of the provisions that are named
    pool: dict[str, Pooled]


@dataclass(frozen=True, slots=True)
class _Found:
    passage: Passage
    article: ArticleCard
    score: float
    dense_rank: int | None
    lexical_rank: int | None


class Retriever:
    """Finds passages. Safe to use from threads."""

    def __init__(self, library: Library) -> None:
        self.library = library

    def invoke(self, question: str) -> tuple[Hit, ...]:
        """LangChain's name for `search` with what the settings say."""
        return self.search(question, limit=self.library.settings.hits)

    def search(self, question: str, limit: int = 8, filters: Filters | None = None) -> tuple[Hit, ...]:
        """The passages that answer best, best first, copies collapsed; never cut by the refusal bar."""
        return self.search_as_it_is(spelled(mended(question), self.library).text, limit, filters)

    def search_as_it_is(self, question: str, limit: int, filters: Filters | None = None) -> tuple[Hit, ...]:
        """`search` for a question whose slips of spelling, if any, have been set right."""
        if not question.strip() or limit < 1:
            return ()
        filters = filters or Filters()
        asked = read(question)
        parts = asked.parts if len(asked.parts) == 1 else (*asked.parts, wanted(question))
        depth = max(DEPTH, 2 * limit)
        among = [self._narrowed(part, filters) for part in parts]
        by_words = [
            READERS.submit(copy_context().run, self._by_words, part, depth, own)
            for part, own in zip(parts, among, strict=True)
        ]
        texts = [text for part in parts for text in (part.text, part.asked)]
        vectors = remembered(self.library.embedding).vectors(texts)
        found = [
            self._part(text + OWN * asked, words.result, depth, own)
            for text, asked, words, own in zip(vectors[::2], vectors[1::2], by_words, among, strict=True)
        ]
        merged = _each_in_view(asked, _merged(found), self.library.embedding)
        return self._collapse(_newest_in_view(merged) if asks_for_now(question) else merged, limit, filters)

    def vector(self, text: str) -> NDArray[np.float32]:
        """A text as the embedding model sees it: (dimensions,) float32, unit length."""
        return np.asarray(self.library.embedding.embed_query(text), dtype=np.float32)

    def _narrowed(self, part: Wanted, filters: Filters) -> Filters:
        """To the articles that have the number of the document that is asked about, where there are any."""
        numbered = with_the_number(part.text, self.library, filters)
        return replace(filters, articles=numbered) if numbered else filters

    def _part(
        self, vector: NDArray[np.float32], by_words: Callable[[], _ByWords], depth: int, filters: Filters
    ) -> list[_Found]:
        """The passages for one part of the question, best first."""
        vector = vector / np.linalg.norm(vector)
        dense = dict(self.library.nearest(vector, depth, filters))
        words = by_words()
        pool = self.library.pool([name for name in dense if name not in words.pool])
        least = min(words.scores.values(), default=0.0)
        lexical = {**dict.fromkeys(pointed(words.provided), least), **words.scores}
        return _raised(_fuse(vector, dense, lexical, {**pool, **words.pool}), words.provided)

    def _by_words(self, part: Wanted, depth: int, filters: Filters) -> _ByWords:
        """What the word index finds, and the passages of the provisions that are named."""
        words = f"{part.text} {numerals(part.text)}"
        alike = dict.fromkeys(same_meaning(part.text), ALIKE)
        found = dict(self.library.best_words(words, depth, filters, alike))
        pool = self.library.pool(list(found))
        texts = None if filters else {name: pool[name].passage.text for name in found if name in pool}
        others = names(part.text, self.library, texts)
        called = {name.words: 1.0 for name in others if name.words}
        lexical = dict(self.library.best_words(words, depth, filters, {**alike, **called})) if called else found
        provided = passages_of_provisions(part.text, others, self.library, filters)
        more = [name for name in {**lexical, **dict.fromkeys(pointed(provided))} if name not in pool]
        return _ByWords(lexical, provided, {**pool, **self.library.pool(more)} if more else pool)

    def _collapse(self, found: Sequence[_Found], limit: int, filters: Filters) -> tuple[Hit, ...]:
        """What stands in several copies of an article is shown once, as the earliest that passes has it."""
        copies: dict[str, tuple[ArticleCard, ...]] = {}
        hits: dict[str, Hit] = {}
        for place, one in enumerate(found):
            if place % (2 * limit) == 0:
                copies |= self.library.copies(
                    list({one.article.id for one in found[place : place + 2 * limit]}), filters
                )
            group = copies.get(one.article.id, (one.article,))
            passage, article = self._in_earliest(one, group[0])
            if passage.id not in hits:
                rest = tuple(card for card in group if card.id != article.id)
                hits[passage.id] = Hit(passage, article, one.score, one.dense_rank, one.lexical_rank, rest)
            if len(hits) == limit:
                break
        return tuple(hits.values())

    def _in_earliest(self, one: _Found, earliest: ArticleCard) -> tuple[Passage, ArticleCard]:
        """The passage of the earliest copy that says the same; the one found, where there is none."""
        if one.article.id == earliest.id:
            return one.passage, one.article
        words = _words(one.passage)
        same = max(self.library.passages_of(earliest), key=lambda passage: len(words & _words(passage)), default=None)
        if same is None or len(words & _words(same)) < SAME * len(words):
            return one.passage, one.article
        return same, earliest


def _fuse(
    vector: NDArray[np.float32], dense: Mapping[str, float], lexical: Mapping[str, float], pool: Mapping[str, Pooled]
) -> list[_Found]:
    """All of the pool, best first."""
    names = [name for name in {**dense, **lexical} if name in pool]
    if not names:
        return []
    vectors = np.stack([pool[name].vector for name in names])
    cosines = _standard(vectors @ vector)
    # Not among the best by words is not without any of them: a little under the last.
    least = MISSED * min(lexical.values(), default=0.0)
    words = _standard([lexical.get(name, least) for name in names])
    best = _standard(_of_best_sentences([pool[name] for name in names], vector))
    found = cosines + WORDS * words
    likeness = _standard(vectors @ _first(vectors, found + SENTENCE * best))
    settled = min(1.0, len(names) / SETTLED)
    like = LIKE_FIRST * likeness + LIKE_OTHERS * _of_others(vectors, found)
    scores = found + SENTENCE * best + settled * like
    dense_ranks = {name: rank for rank, name in enumerate(dense, 1)}
    lexical_ranks = {name: rank for rank, name in enumerate(lexical, 1)}
    fused = [
        _Found(pool[name].passage, pool[name].article, float(score), dense_ranks.get(name), lexical_ranks.get(name))
        for name, score in zip(names, scores, strict=True)
    ]
    return sorted(fused, key=lambda one: (-one.score, one.passage.id))


def _of_best_sentences(pool: Sequence[Pooled], vector: NDArray[np.float32]) -> list[float]:
    """Of each passage the cosine of its best sentence; -1 where it has none."""
    cosines = np.concatenate([one.sentences for one in pool]).astype(np.float32) @ vector
    ends = np.cumsum([len(one.sentences) for one in pool]).tolist()
    return [
        float(cosines[end - len(one.sentences) : end].max(initial=-1.0 / one.scale)) * one.scale
        for one, end in zip(pool, ends, strict=True)
    ]


def _first(vectors: NDArray[np.float32], scores: NDArray[np.float64]) -> NDArray[np.float32]:
    """The mean of the vectors with the best scores."""
    mean: NDArray[np.float32] = vectors[np.argsort(-scores, kind="stable")[:FEEDBACK]].mean(axis=0)
    return mean


def _of_others(vectors: NDArray[np.float32], scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each passage the mean score of the others, weighted by how like they are; standardised."""
    # A few rows at a time: a larger product is spread over BLAS's threads, which have to wait for those of the model.
    rows = max(1, ALONE // max(vectors.size, 1))
    likeness = [vectors[start : start + rows] @ vectors.T for start in range(0, len(vectors), rows)]
    weights = np.maximum(np.concatenate(likeness), 0.0).astype(np.float64) ** CLOSE
    np.fill_diagonal(weights, 0.0)
    return _standard(weights @ scores / (weights.sum(axis=1) + 1e-9))


def _merged(parts: Sequence[Sequence[_Found]]) -> list[_Found]:
    """The passages of all parts, each where it stands best against the first of its part."""
    if len(parts) == 1:
        return list(parts[0])
    best: dict[str, _Found] = {}
    for found in parts:
        for one in found:
            one = replace(one, score=one.score - found[0].score)
            if one.passage.id not in best or best[one.passage.id].score < one.score:
                best[one.passage.id] = one
    return sorted(best.values(), key=lambda one: (-one.score, one.passage.id))


def _raised(found: list[_Found], provisions: Sequence[Sequence[str]]) -> list[_Found]:
    """The passages of each provision that is named come first: those of the best article that has it."""
    best: list[_Found] = []
    for ids in provisions:
        own = [one for one in found if one.passage.id in ids]
        best += [one for one in own if one.article.id == own[0].article.id]
    if not best:
        return found
    gain = found[0].score - min(one.score for one in best) + 1e-6
    raised = {one.passage.id: replace(one, score=one.score + gain) for one in best}
    return sorted((raised.get(one.passage.id, one) for one in found), key=lambda one: (-one.score, one.passage.id))


def _each_in_view(asked: Question, found: list[_Found], embedding: Embedding) -> list[_Found]:
    """Among the first is the best passage of each rare name, and of each of several documents named by their titles."""
    together = named_together(asked.text, {one.article.id: one.article.title for one in found}, compares=asked.compares)
    texts = [(one.article.id, one.article.title, one.passage.text) for one in found]
    rare = by_rare_names(asked.text, texts, embedding)
    best = [next(one for one in found if one.article.id in articles) for articles in together]
    best = list(dict.fromkeys((*best, *(found[min(places)] for places in rare))))
    first = max(EACH_WITHIN, len(best))
    late = [one.passage.id for one in best if one not in found[:first]]
    least = found[first - len(late)].score + 1e-6 if late else 0.0
    raised = [replace(one, score=least) if one.passage.id in late else one for one in found]
    return sorted(raised, key=lambda one: (-one.score, one.passage.id))


def _newest_in_view(found: Sequence[_Found]) -> list[_Found]:
    added = gains([one.score for one in found], [one.article.published for one in found])
    newer = [replace(one, score=one.score + more) for one, more in zip(found, added, strict=True)]
    return sorted(newer, key=lambda one: (-one.score, one.passage.id))


def _words(passage: Passage) -> frozenset[str]:
    return frozenset(passage.text.split())


def _standard(scores: Sequence[float] | NDArray[np.float32]) -> NDArray[np.float64]:
    """Mean 0 and deviation 1 over the pool; all 0 where all are equal."""
    values = np.asarray(scores, dtype=np.float64)
    spread = float(values.std())
    return (values - values.mean()) / spread if spread > 1e-9 else np.zeros_like(values)
