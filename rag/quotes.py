"""An answer made of quotes: the sentences of the hits that answer the question, word for word.

Each sentence is scored by meaning (the cosine of its own vector with the question), by words (the share of the
question's telling words it holds, rarer ones counting more), and by whether it holds what the question asks for (a
figure, a time, a name, a reason). The best is quoted, then others that come near it and add something.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.domain import Citation, Hit, Statement, Support
from rag.lexical import stems
from rag.library import Library
from rag.question import STOP_STEMS, Wanted, wanted
from rag.sentences import is_heading, sentence_spans

MOST_STATEMENTS = 3
MOST_WORDS = 90  # in a whole answer; a single sentence may be longer
NEAR_EQUAL = 0.72  # overlap of telling words from which two sentences say the same
NEAR_BEST = 0.86  # of the best score, from which a sentence is quoted too
BAR = 0.35  # of the best score, under which the answer is a refusal; measured, see tests/quality
LEANING = re.compile(r"(?:It|Its|This|That|These|Those|They|Their|He|His|She|Her|Such|The latter|The former)\b")

LISTED = re.compile(r"[;,]$|[;,] (?:and|or)$")  # more items follow


@dataclass(frozen=True, slots=True)
class Quoted:
    """Statements with their citations, and how sure it is that they answer (0..1)."""

    statements: tuple[Statement, ...]
    citations: tuple[Citation, ...]
    confidence: float

    @property
    def answers(self) -> bool:
        """Whether it is good enough to be given as an answer."""
        return bool(self.statements) and self.confidence >= BAR


@dataclass(frozen=True, slots=True)
class _Candidate:
    hit: Hit
    start: int  # in the passage
    end: int
    words: frozenset[str]
    score: float
    covered: float
    cosine: float

    @property
    def text(self) -> str:
        return self.hit.passage.text[self.start : self.end]


def quote(question: str, hits: Sequence[Hit], library: Library) -> Quoted:
    """The answer to a question that stands by itself, from these hits."""
    if not hits:
        return Quoted((), (), 0.0)
    asked = wanted(question)
    vector = np.asarray(library.embedding.embed_query(question), dtype=np.float32)
    candidates = _candidates(asked, vector, hits, library)
    if not candidates:
        return Quoted((), (), 0.0)
    candidates.sort(key=lambda one: -one.score)
    groups = _chosen(candidates)
    statements, citations = _stated(groups)
    return Quoted(statements, citations, _confidence(groups[0][0]))


def _confidence(best: _Candidate) -> float:
    return best.score


def _candidates(asked: Wanted, vector: NDArray[np.float32], hits: Sequence[Hit], library: Library) -> list[_Candidate]:
    weights = library.weights(asked.subject)
    total = sum(weights.values()) or 1.0
    sentences = library.sentences([hit.passage.id for hit in hits])
    # Hits come best first; how good the passage is counts a little, whatever scale its score has.
    place = {hit.passage.id: 1 - rank / len(hits) for rank, hit in enumerate(hits)}
    found = []
    for hit in hits:
        known = sentences.get(hit.passage.id)
        if known is None:
            continue
        cosines = known.vectors @ vector
        context = frozenset(stems(f"{hit.article.title} {hit.passage.section or ''}"))
        for (start, end), cosine in zip(known.spans.tolist(), cosines.tolist(), strict=True):
            text = hit.passage.text[start:end]
            if is_heading(text):
                continue
            words = frozenset(stems(text)) - STOP_STEMS
            covered = sum(
                weight * (1.0 if word in words else 0.5 if word in context else 0.0) for word, weight in weights.items()
            )
            covered /= total
            fits = 1.0 if asked.pattern and asked.pattern.search(text) else 0.0
            whole = 0.0 if text.endswith((".", "!", "?", ":", ";", "”", '"', ")")) else 0.05
            score = 0.55 * cosine + 0.4 * covered + 0.05 * fits + 0.1 * place[hit.passage.id] - whole
            found.append(_Candidate(hit, start, end, words, score, covered, cosine))
    return found


def _chosen(candidates: Sequence[_Candidate]) -> list[list[_Candidate]]:
    """Groups of sentences that say the same, best first: each group is one statement."""
    best = candidates[0].score
    groups: list[list[_Candidate]] = []
    words = 0
    for one in candidates:
        if one.score < NEAR_BEST * best:
            break
        same = next((group for group in groups if _same(group[0], one)), None)
        if same is not None:
            if all(one.hit.article.id != other.hit.article.id for other in same):
                same.append(one)
        elif len(groups) < MOST_STATEMENTS and (not groups or words + len(one.text.split()) <= MOST_WORDS):
            groups.append([one])
            words += len(one.text.split())
    return groups


def _same(one: _Candidate, other: _Candidate) -> bool:
    smaller = min(len(one.words), len(other.words))
    return smaller > 0 and len(one.words & other.words) / smaller >= NEAR_EQUAL


def _stated(groups: Sequence[Sequence[_Candidate]]) -> tuple[tuple[Statement, ...], tuple[Citation, ...]]:
    statements: list[Statement] = []
    citations: list[Citation] = []
    for group in groups:
        numbers = []
        for one in group:
            citation = _citation(one, len(citations) + 1)
            citations.append(citation)
            numbers.append(citation.number)
        text = " ".join(citations[numbers[0] - 1].quote.split())
        statements.append(Statement(text, tuple(numbers), Support.VERIFIED, min(1.0, max(0.0, group[0].score))))
    return tuple(statements), tuple(citations)


def _citation(one: _Candidate, number: int) -> Citation:
    passage = one.hit.passage
    start, end = _with_what_it_needs(passage.text, one.start, one.end)
    return Citation(
        number=number,
        quote=passage.text[start:end],
        start=passage.start + start,
        end=passage.start + end,
        passage=passage,
        article=one.hit.article,
        also_in=one.hit.also_in,
    )


def _with_what_it_needs(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence, with the one before where it leans on that ("It", "This"), and with the list that it announces."""
    if LEANING.match(text, start, end):
        before = sentence_spans(text[:start])
        if before and "\n" not in text[before[-1][1] : start]:
            start = before[-1][0]
    if text[start:end].endswith(":"):
        end += _list_length(text[end:], MOST_WORDS)
    return start, end


def _list_length(text: str, most_words: int) -> int:
    """Up to where the items go on that a text begins with: each but the last ends with a comma or semicolon."""
    length = 0
    for first, last in sentence_spans(text):
        if is_heading(text[first:last]) or len(text[:last].split()) > most_words:
            break
        length = last
        if not LISTED.search(text[first:last]):
            break
    return length
