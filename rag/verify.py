"""Does this text support this sentence? By words alone, without a library or a model.

A span of at most two adjoining sentences verifies a sentence if it holds all its figures, dates, names and negations,
contradicts none of it, and its wording is near enough. Nearness is the plain mean of five shares in 0..1: telling words
(rarer ones count more), pairs of words, triples of words, pairs with gaps (skip-bigrams, as in ROUGE-S, Lin 2004), and
the longest common subsequence (ROUGE-L). Measured in tests/quality on QAGS (Wang et al., ACL 2020).
"""

import functools
import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.domain import Check, Support
from rag.question import STOP_STEMS
from rag.sentences import sentence_spans
from rag.tokens import LABELS
from rag.wording import OPPOSITE, PRONOUNS, Wording, is_named, wording

BAR = 0.5  # from which a span verifies; see tests/quality/test_verify_quality.py
PASSAGE_BAR = 0.4  # from which a whole passage supports
FEW = 4  # spans of a passage looked at closely: those that share most words with the sentence
FUNCTION_WEIGHT = 0.3  # of a function word against a telling one
GAP = 4  # places over which a pair with a gap may reach in the source; 2 in the sentence
MISSING = 0.05  # what each figure or name that the source lacks takes off the score
AGAINST = 0.1  # what a contradiction takes off the score

Weights = dict[str, float]
UNSUPPORTED = Check(Support.UNSUPPORTED, 0.0, None, 0, 0, "")


@dataclass(frozen=True, slots=True)
class _Source:
    """A passage, read."""

    text: str
    spans: tuple[tuple[int, int], ...]
    sentences: tuple[Wording, ...]
    stems: frozenset[str]
    runs: frozenset[tuple[str, ...]]  # of two and three stems
    gapped: frozenset[tuple[str, ...]]  # pairs of telling stems


@dataclass(frozen=True, slots=True)
class _Span:
    """One sentence of a passage, or two adjoining ones, held against the claim."""

    first: int
    last: int
    score: float
    missing: int
    against: bool

    @property
    def rank(self) -> tuple[bool, bool, float]:
        """Higher is better."""
        return not self.against, not self.missing, self.score


def check(sentence: str, passages: Sequence[str], headings: Sequence[str] = ()) -> Check:
    """Whether one of the passages supports the sentence, and the words that do. Pure.

    VERIFIED: a span of at most two adjoining sentences holds every number (with its unit and bound), date, name and
    negation of the sentence, and the score reaches `BAR`; the span is quoted. PASSAGE_ONLY: one passage supports the
    sentence, but no such span does; the whole passage is quoted. UNSUPPORTED: else; nothing is quoted. The score is in
    0..1. `headings` are what stands over each passage (outlet, title, section): they may lend names, years and
    provision numbers.
    """
    claim = wording(sentence)
    if not claim.stems:
        return UNSUPPORTED
    sources = [_read(passage) for passage in passages]
    weights = _weights(claim, sources)
    checks = [
        _checked(claim, weights, source, index, wording(heading) if heading else None)
        for index, (source, heading) in enumerate(zip(sources, [*headings, *[""] * len(sources)], strict=False))
    ]
    order = (Support.UNSUPPORTED, Support.PASSAGE_ONLY, Support.VERIFIED)
    return max(checks, key=lambda one: (order.index(one.support), one.score), default=UNSUPPORTED)


@functools.lru_cache(maxsize=256)
def _read(text: str) -> _Source:
    spans = sentence_spans(text)
    sentences = tuple(wording(text[start:end]) for start, end in spans)
    told = [stem for one in sentences for stem in one.stems]
    telling = [stem for one in sentences for stem in one.telling]
    return _Source(
        text,
        spans,
        sentences,
        frozenset(told),
        frozenset({*_runs(told, 2), *_runs(told, 3)}),
        frozenset(_gapped(telling, GAP)),
    )


def _weights(claim: Wording, sources: Sequence[_Source]) -> Weights:
    """How much each stem of the claim counts: rare ones, over the sentences of all passages, more."""
    total = sum(len(source.sentences) for source in sources)
    found: Counter[str] = Counter()
    for source in sources:
        wanted = source.stems & set(claim.stems)
        if wanted:
            found.update(stem for one in source.sentences for stem in wanted.intersection(one.stems))
    return {
        stem: math.log(1 + (total + 1) / (found[stem] + 0.5)) * (FUNCTION_WEIGHT if stem in STOP_STEMS else 1.0)
        for stem in claim.stems
    }


def _checked(claim: Wording, weights: Weights, source: _Source, index: int, heading: Wording | None) -> Check:
    best = max(
        (_held(claim, weights, source, heading, one) for one in _near(claim, weights, source)),
        key=lambda one: one.rank,
        default=None,
    )
    if best is None:
        return UNSUPPORTED
    start, end = source.spans[best.first][0], source.spans[best.last][1]
    if not best.against and not best.missing and best.score >= BAR:
        return Check(Support.VERIFIED, best.score, index, start, end, source.text[start:end])
    if not best.against and best.score >= PASSAGE_BAR and not _missing(claim, source.sentences, heading):
        return Check(Support.PASSAGE_ONLY, best.score, index, 0, len(source.text), source.text)
    return Check(Support.UNSUPPORTED, best.score, None, 0, 0, "")


def _near(claim: Wording, weights: Weights, source: _Source) -> list[tuple[int, int]]:
    """The spans, first and last sentence, that share most with the claim."""
    wanted = set(claim.stems)
    shared = [wanted.intersection(one.stems) for one in source.sentences]
    spans = [(at, at) for at in range(len(shared))] + list(pairwise(range(len(shared))))
    worth = {span: sum(weights[stem] for stem in shared[span[0]] | shared[span[1]]) for span in spans}
    near = sorted(spans, key=lambda span: -worth[span])
    single = [span for span in near if span[0] == span[1]][:FEW]
    return single + [span for span in near if span[0] != span[1]][:FEW]


def _held(claim: Wording, weights: Weights, source: _Source, heading: Wording | None, span: tuple[int, int]) -> _Span:
    sentences = source.sentences[span[0] : span[1] + 1]
    missing = _missing(claim, sentences, heading)
    against = _contradicted(claim, sentences)
    nearness = (_near_span(claim, weights, sentences, heading) + _near_passage(claim, source)) / 5
    return _Span(*span, max(0.0, nearness - MISSING * missing - AGAINST * against), missing, against)


def _near_span(claim: Wording, weights: Weights, sentences: Sequence[Wording], heading: Wording | None) -> float:
    """Two of the shares: words, and the longest common subsequence."""
    known = {stem for one in sentences for stem in one.stems} | set(heading.stems if heading else ())
    recall = sum(weights[stem] for stem in claim.stems if stem in known) / sum(weights[stem] for stem in claim.stems)
    if not claim.telling:
        return 2 * recall
    return recall + _common(claim.telling, [stem for one in sentences for stem in one.telling]) / len(claim.telling)


def _near_passage(claim: Wording, source: _Source) -> float:
    """Three of the shares: runs of two and of three words, and pairs with gaps."""
    alone = float(source.stems.issuperset(claim.stems))  # where a claim is too short for a run
    kinds = (
        (_runs(claim.stems, 2), source.runs),
        (_runs(claim.stems, 3), source.runs),
        (_gapped(claim.telling, 2), source.gapped),
    )
    shares = []
    for wanted, known in ((list(runs), known) for runs, known in kinds):
        shares.append(sum(run in known for run in wanted) / len(wanted) if wanted else alone)
    return sum(shares)


def _runs(stems: Sequence[str], length: int) -> Iterator[tuple[str, ...]]:
    return zip(*(stems[at:] for at in range(length)), strict=False)


def _gapped(stems: Sequence[str], gap: int) -> Iterator[tuple[str, str]]:
    for at, stem in enumerate(stems):
        yield from ((stem, other) for other in stems[at + 1 : at + 1 + gap])


def _common(mine: Sequence[str], theirs: Sequence[str]) -> int:
    """The length of the longest common subsequence."""
    row = [0] * (len(theirs) + 1)
    for stem in mine:
        diagonal = 0
        for at, other in enumerate(theirs, 1):
            diagonal, row[at] = row[at], diagonal + 1 if stem == other else max(row[at], row[at - 1])
    return row[-1]


def _missing(claim: Wording, sentences: Sequence[Wording], heading: Wording | None) -> int:
    """How many figures, dates, names and negations of the claim the sentences do not hold."""
    told = [*sentences, heading] if heading else list(sentences)
    figures = [number for one in sentences for number in one.numbers]
    days = [day for one in told for day in one.days]
    if heading:
        figures += [number for number in heading.numbers if number.label in LABELS]
    lacking = sum(not any(figure.holds(number) for figure in figures) for number in claim.numbers)
    lacking += sum(not any(day.holds(wanted) for day in days) for wanted in claim.days)
    lacking += sum(not is_named(name, told) for name in claim.names)
    denials = [denial for one in sentences for denial in one.denials]
    lacking += not claim.reports and all(one.alleges for one in sentences)  # whose word it is must be told
    return lacking + sum(not _denied_too(denial, denials) for denial in claim.denials)


def _denied_too(denial: Sequence[str], denials: Collection[Sequence[str]]) -> bool:
    return any(not denial or not other or set(denial) & set(other) for other in denials)


# Contradictions ------------------------------------------------------------------------------------------------------


def _contradicted(claim: Wording, sentences: Sequence[Wording]) -> bool:
    """Whether the sentences say otherwise: a negation or speaker dropped, an opposite word, names or numbers swapped."""
    wanted = set(claim.telling)
    main = max(sentences, key=lambda one: len(wanted.intersection(one.telling)))
    if any(_negation_dropped(claim, denial) for one in sentences for denial in one.denials):
        return True
    return _opposite(claim, sentences) or _other_speaker(claim, main, sentences) or _swapped(claim, main)


def _negation_dropped(claim: Wording, denial: Sequence[str]) -> bool:
    heads = denial[:3]
    said = [stem for stem in heads if stem in claim.stems and stem not in claim.denied]
    return 2 * len(said) > len(heads)


def _opposite(claim: Wording, sentences: Sequence[Wording]) -> bool:
    told = {stem for one in sentences for stem in one.stems}
    mine = set(claim.stems)
    return any(one in mine and one not in told and other in told and other not in mine for one, other in OPPOSITE)


def _other_speaker(claim: Wording, main: Wording, sentences: Sequence[Wording]) -> bool:
    """Whether someone else than the claim's speaker says what the claim says."""
    speakers = [name for name in claim.names if name.text in claim.speakers]
    if not speakers or not main.speakers or any(is_named(name, [main]) for name in speakers):
        return False
    return not (main.speakers & PRONOUNS and any(is_named(name, sentences) for name in speakers))


def _swapped(claim: Wording, main: Wording) -> bool:
    """Whether names, or numbers, stand in the other order without the passive, "and" or a preposition to account for it."""
    mine = {name.text: name.at for name in claim.names if name.free}
    theirs = {name.text: name.at for name in main.names if name.free}
    names = _inverted(mine, theirs)
    values = _inverted(
        {number.value: at for number, at in zip(claim.numbers, claim.number_places, strict=True)},
        {number.value: at for number, at in zip(main.numbers, main.number_places, strict=True)},
    )
    return names != values and bool(names or values)


def _inverted(mine: Mapping[object, int], theirs: Mapping[object, int]) -> bool:
    both = [key for key in mine if key in theirs]
    return any((mine[one] < mine[other]) != (theirs[one] < theirs[other]) for one, other in pairwise(both))
