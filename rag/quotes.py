"""An answer made of quotes: the sentences of the hits that answer the question, word for word.

`rag.sentence_scores` says how likely each sentence is to answer each part of the question. Of each part the best is
quoted, then others that come near it and add something; of a comparison, one for each side.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.domain import Citation, Hit, Statement, Support
from rag.lexical import stems
from rag.library import Library
from rag.newest import counts_now, last_told
from rag.question import Question, Wanted, read
from rag.refusal import confidence
from rag.required import FARTHER, answering, beside, of_documents
from rag.sentence_scores import Candidate, candidates
from rag.whole import with_before

MOST_STATEMENTS = 6
FEW = 3  # statements, after which only short answers go on
MOST_OF_PART = 5  # statements for each part of a question
ENOUGH_WORDS = 78  # after which an answer to one question is complete
ENOUGH_OF_SHORT = 55  # the same once three statements are made
ENOUGH_OF_NEAR = 66  # the same for a sentence that comes near the best
ENOUGH_WORDS_OF_PART = 55  # the same for each part of a question that has several
MOST_WORDS = 140  # that a sentence may bring the answer to, beyond the first; for each part
NEAR_EQUAL = 0.72  # overlap of telling words from which two sentences say the same
EQUAL = 0.95  # the same between the sides of a comparison, where wording matters
NEAR_BEST = 5.4  # under the best score, down to which a sentence is quoted too
NEARER = 2.0  # the same, where three statements are made
NEAR_NOW = 3.0  # the same for a sentence that tells of a later time, where the present is asked about
NEAR_OTHER = 4.0  # the same for the best of another document, where documents are compared
TITLED = 0.6  # of the words that one side of a comparison has for itself, from which a title names it
NAMED = re.compile(r"\b[A-Z][\w’'-]*|\b\d[\d.,]*")
WEEKDAY = re.compile(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b")
BAR = 0.19  # of the confidence, under which the answer is a refusal; see tests/quality


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


def quote(question: str, hits: Sequence[Hit], library: Library) -> Quoted:
    """The answer to a question that stands by itself, from these hits."""
    asked = read(question)
    pairs = [(part, of_documents(part, candidates(part, hits, library), library)) for part in asked.parts]
    pairs = [(part, _of_side(asked, part, found)) for part, found in pairs]
    pairs = [(part, _last_first(part, found)) for part, found in pairs if found]
    answers = [(part, found, answering(part, found, library)) for part, found in pairs]
    sure = max((confidence(part, stating, library) for part, _, stating in answers if stating), default=0.0)
    pairs = [
        (part, _first(part, stating or answering(part, found, library, FARTHER), found))
        for part, found, stating in answers
    ]
    if not pairs:
        return Quoted((), (), 0.0)
    statements, citations = _stated(_chosen(asked, [found for _, found in pairs]), sure)
    return Quoted(statements, citations, sure)


def _of_side(asked: Question, part: Wanted, found: Sequence[Candidate]) -> list[Candidate]:
    """Of a comparison of documents, the sentences of the one that this side names by its title."""
    others = {stem for other in asked.parts if other is not part for stem in other.subject}
    own = set(part.subject) - others
    if not asked.compares or not others or not own:
        return list(found)
    titled = {one.hit.article.id: len(own & set(stems(one.hit.article.title))) for one in found}
    most = max(titled.values(), default=0)
    return [one for one in found if titled[one.hit.article.id] == most] if most >= TITLED * len(own) else list(found)


def _last_first(part: Wanted, found: list[Candidate]) -> list[Candidate]:
    """Where a number is asked for as it is now: of those near the best that state it, the last told."""
    stating = [one for one in found if one.feature("stated") and one.score >= found[0].score - NEAR_NOW]
    if not stating or not counts_now(part.asked):
        return found
    last = max(stating, key=lambda one: last_told(one.text))
    return [replace(last, score=found[0].score), *(one for one in found if one is not last)]


def _first(part: Wanted, stating: Sequence[Candidate], found: list[Candidate]) -> list[Candidate]:
    """The best of those that state what must be stated, then the others."""
    if not stating:
        return found
    first = replace(stating[0], score=found[0].score)
    return [first, *beside(part, first, [one for one in found if one is not stating[0]])]


def _chosen(asked: Question, ranked: Sequence[Sequence[Candidate]]) -> list[list[Candidate]]:
    """Groups of sentences that say the same: each group is one statement, in the words of whom the question names."""
    answer = _Growing(len(ranked), EQUAL if asked.compares else NEAR_EQUAL)
    for found in ranked:
        answer.take(found[0])
    if asked.compares:
        for found in ranked:
            answer.take_other(found, one_document=len(ranked) > 1)
    for place in range(1, max(map(len, ranked))):
        for found in ranked:
            if place < len(found) and found[place].score >= found[0].score - NEAR_BEST:
                answer.take(found[place], near=found[place].score >= found[0].score - NEARER)
    named = frozenset(stems(asked.text))
    groups = [
        sorted(group, key=lambda one: -len(named.intersection(stems(one.hit.article.title)))) for group in answer.groups
    ]
    return _in_order(groups, first=int(counts_now(asked.text)))


def _in_order(groups: Sequence[list[Candidate]], first: int) -> list[list[Candidate]]:
    """The `first` as they are; then articles in the order of their best sentence, each in that of its text."""
    places: dict[str, int] = {}
    for group in groups:
        places.setdefault(group[0].hit.article.id, len(places))
    rest = sorted(groups[first:], key=lambda group: (places[group[0].hit.article.id], _at(group[0])))
    return [*groups[:first], *rest]


def _at(one: Candidate) -> int:
    return one.hit.passage.start + one.start


class _Growing:
    """An answer while sentences are taken into it."""

    def __init__(self, parts: int, equal: float) -> None:
        self.groups: list[list[Candidate]] = []
        self._equal = equal
        self._words = 0
        self._parts = parts
        self._most = min(MOST_STATEMENTS, MOST_OF_PART * parts)
        self._enough = ENOUGH_WORDS if parts == 1 else ENOUGH_WORDS_OF_PART * parts
        self._most_words = MOST_WORDS * parts

    def take(self, one: Candidate, *, near: bool = True) -> None:
        """Takes a sentence, where it adds something and there is room."""
        same = next((group for group in self.groups if _overlap(group[0], one) >= self._equal), None)
        if same is not None:
            if _says_all(one, same[0]) and all(one.hit.article.id != other.hit.article.id for other in same):
                same.append(one)
            return
        words = len(one.hit.passage.text[_begin(one) : one.end].split())
        if not self.groups or (self._has_room(near) and self._words + words <= self._most_words):
            self.groups.append([one])
            self._words += words

    def _has_room(self, near: bool) -> bool:
        most = ENOUGH_OF_NEAR if near else ENOUGH_OF_SHORT
        enough = self._enough if len(self.groups) < FEW else min(self._enough, self._parts * most)
        return len(self.groups) < self._most and self._words < enough

    def take_other(self, found: Sequence[Candidate], *, one_document: bool) -> None:
        """Takes the best sentence of a document that is not quoted yet, where it comes near."""
        quoted = {one.hit.article.id for group in self.groups for one in group}
        if one_document and len(quoted) > 1:
            return
        other = next((one for one in found if one.hit.article.id not in quoted), None)
        if other is not None and other.score >= found[0].score - NEAR_OTHER:
            self.take(other)


def _overlap(one: Candidate, other: Candidate) -> float:
    """The share of the telling words of the shorter in the other; 1 where the other stands inside the one."""
    if one.hit.passage.id == other.hit.passage.id and one.start <= other.start and other.end <= one.end:
        return 1.0
    smaller = min(len(one.words), len(other.words))
    return len(one.words & other.words) / smaller if smaller else 0.0


def _says_all(one: Candidate, of: Candidate) -> bool:
    """Whether it bears out the other, too: it has every name and number of that, days of the week apart."""
    named = {stem for found in NAMED.findall(WEEKDAY.sub("", of.text)) for stem in stems(found)}
    return named & of.words <= one.words


def _stated(groups: Sequence[Sequence[Candidate]], sure: float) -> tuple[tuple[Statement, ...], tuple[Citation, ...]]:
    statements: list[Statement] = []
    citations: list[Citation] = []
    quoted: dict[str, int] = {}  # passage id -> up to where it is quoted by now
    for group in groups:
        numbers = []
        for one in group:
            citation = _citation(one, len(citations) + 1, _begin(one, quoted.get(one.hit.passage.id, 0)))
            quoted[one.hit.passage.id] = one.end
            citations.append(citation)
            numbers.append(citation.number)
        text = " ".join(citations[numbers[0] - 1].quote.split())
        statements.append(Statement(text, tuple(numbers), Support.VERIFIED, sure))
    return tuple(statements), tuple(citations)


def _begin(one: Candidate, quoted: int = 0) -> int:
    """Where its quote begins in the passage: with the sentence it leans on, unless that is `quoted` right before."""
    start = with_before(one.hit.passage.text, one.start, one.end)
    return one.start if start < quoted <= one.start else start


def _citation(one: Candidate, number: int, start: int) -> Citation:
    passage = one.hit.passage
    return Citation(
        number=number,
        quote=passage.text[start : one.end],
        start=passage.start + start,
        end=passage.start + one.end,
        passage=passage,
        article=one.hit.article,
        also_in=one.hit.also_in,
    )
