"""Does this text support this sentence? By words alone, without a library or a model.

A span of at most two adjoining sentences verifies a sentence if it holds all its figures, dates, names and negations,
says nothing against it, and is near enough in wording (rag/nearness.py).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean
from typing import TypeVar

from rag.domain import Check, Support
from rag.figures import Number
from rag.nearness import FEW, Claim, Source, read, shares_of_passage, shares_of_span
from rag.tokens import LABELS, Day
from rag.wording import OPPOSITE, PRONOUNS, Name, Wording, is_named, wording

# Chosen on QAGS, see tests/quality/test_verify_quality.py: 9 % of the unsupported sentences are verified, 56 % of the
# supported. Those with less are near in wording, and a person must read whether they say the same.
BAR = 0.95  # from which a span verifies
PASSAGE_BAR = 0.65  # from which a whole passage supports
MISSING = 0.03  # what each figure, date, name or negation that the source lacks takes off the score
AGAINST = 0.05  # what a contradiction takes off the score
SUBJECT_NEAR = 3  # words from the start of a sentence within which a name is its subject
NEAR_BEST = 0.5  # of the most of the claim's words that a passage has: passages with less are not looked at closely

Key = TypeVar("Key", str, float)
UNSUPPORTED = Check(Support.UNSUPPORTED, 0.0, None, 0, 0, "")
ORDER = (Support.UNSUPPORTED, Support.PASSAGE_ONLY, Support.VERIFIED)


@dataclass(frozen=True, slots=True)
class _Span:
    """One sentence of a passage, or two adjoining ones, held against the claim."""

    first: int
    last: int
    nearness: float
    missing: int
    against: bool

    @property
    def score(self) -> float:
        """The nearness, less what is missing or speaks against it."""
        return max(0.0, self.nearness - MISSING * self.missing - AGAINST * self.against)

    @property
    def rank(self) -> tuple[bool, bool, float]:
        """Higher is better."""
        return not self.against, not self.missing, self.score


def check(sentence: str, passages: Sequence[str], headings: Sequence[str] = ()) -> Check:
    """Whether one of the passages supports the sentence, and the words that do. Pure.

    VERIFIED: a span of at most two adjoining sentences holds every number (with its unit and bound), date, name and
    negation of the sentence, and the score reaches `BAR`; the span is quoted. PASSAGE_ONLY: one passage supports the
    sentence, but no such span does; the whole passage is quoted. UNSUPPORTED: else; nothing is quoted. The score is in
    0..1. `headings` are what stands over each passage (outlet, title, section; "" for none): they may lend names, dates
    and provision numbers, which then stand beside the quote and not in it.
    """
    sources = [read(passage) for passage in passages]
    claim = Claim.read(sentence, sources)
    if not claim.wording.stems:
        return UNSUPPORTED
    over = [wording(heading) if heading else None for heading in headings] + [None] * len(sources)
    worth = [source.worth(claim) for source in sources]
    near = sorted(range(len(sources)), key=lambda index: -worth[index])[:FEW]
    checks = [
        _checked(claim, index, sources[index], over[index])
        for index in near
        if sources[index].sentences and worth[index] >= NEAR_BEST * worth[near[0]]
    ]
    return max(checks, key=lambda one: (ORDER.index(one.support), one.score), default=UNSUPPORTED)


def _checked(claim: Claim, index: int, source: Source, heading: Wording | None) -> Check:
    shares = shares_of_passage(claim, source)
    held = [_held(claim, source.sentences, span, heading, shares) for span in source.spans_near(claim)]
    best, nearest = max(held, key=lambda one: one.rank), max(held, key=lambda one: one.nearness)
    start, end = source.spans[best.first][0], source.spans[best.last][1]
    if not best.against and not best.missing and best.score >= BAR:
        return Check(Support.VERIFIED, best.score, index, start, end, source.text[start:end])
    if not nearest.against and _held_by_all(claim, source, heading, shares):
        return Check(Support.PASSAGE_ONLY, best.score, index, 0, len(source.text), source.text)
    return Check(Support.UNSUPPORTED, best.score, None, 0, 0, "")


def _held_by_all(claim: Claim, source: Source, heading: Wording | None, shares: tuple[float, float, float]) -> bool:
    """Whether the passage as a whole supports the claim."""
    if _missing(claim.wording, source.sentences, heading):
        return False
    return fmean((*shares_of_span(claim, source.sentences, heading, gathered=True), *shares)) >= PASSAGE_BAR


def _held(
    claim: Claim,
    sentences: Sequence[Wording],
    span: tuple[int, int],
    heading: Wording | None,
    shares: tuple[float, float, float],
) -> _Span:
    told = sentences[span[0] : span[1] + 1]
    return _Span(
        *span,
        nearness=fmean((*shares_of_span(claim, told, heading), *shares)),
        missing=_missing(claim.wording, told, heading),
        against=_contradicted(claim.wording, told),
    )


def _missing(claim: Wording, sentences: Sequence[Wording], heading: Wording | None) -> int:
    """How many figures, dates, names and negations of the claim the sentences do not hold."""
    told = [*sentences, heading] if heading else list(sentences)
    figures = [number for one in sentences for number in one.numbers]
    days = [day for one in told for day in one.days]
    if heading:
        figures += [number for number in heading.numbers if number.label in LABELS]
    years = {day.year for day in days}
    lacking = sum(not (number.value in years or any(one.holds(number) for one in figures)) for number in claim.numbers)
    lacking += sum(not _dated(wanted, days, figures) for wanted in claim.days)
    lacking += sum(not is_named(name, told) for name in claim.names)
    denials = [denial for one in sentences for denial in one.denials]
    lacking += not claim.reports and _main(claim, sentences).alleges  # whose word it is must be told
    return lacking + sum(not _denied_too(denial, denials) for denial in claim.denials)


def _dated(wanted: Day, days: Sequence[Day], figures: Sequence[Number]) -> bool:
    if any(day.holds(wanted) for day in days):
        return True
    return wanted.month is None and any(figure.value == wanted.year for figure in figures)  # "1935 objects"


def _main(claim: Wording, sentences: Sequence[Wording]) -> Wording:
    """The sentence that shares most words with the claim."""
    wanted = set(claim.telling)
    return max(sentences, key=lambda one: len(wanted.intersection(one.telling)))


def _denied_too(denial: Sequence[str], denials: Collection[Sequence[str]]) -> bool:
    return any(not denial or not other or set(denial) & set(other) for other in denials)


# Contradictions ------------------------------------------------------------------------------------------------------


def _contradicted(claim: Wording, sentences: Sequence[Wording]) -> bool:
    """Whether the sentences say otherwise: a negation dropped, an opposite word, another speaker, subject or order."""
    main = _main(claim, sentences)
    if any(_negation_dropped(claim, denial) for one in sentences for denial in one.denials):
        return True
    return (
        _opposite(claim, sentences)
        or _other_figure(claim, main)
        or _other_speaker(claim, main, sentences)
        or _other_subject(claim, main)
        or _swapped(claim, main)
    )


def _negation_dropped(claim: Wording, denial: Sequence[str]) -> bool:
    heads = denial[:3]
    said = [stem for stem in heads if stem in claim.stems and stem not in claim.denied]
    return 2 * len(said) > len(heads)


def _opposite(claim: Wording, sentences: Sequence[Wording]) -> bool:
    told = {stem for one in sentences for stem in one.stems}
    mine = set(claim.stems)
    return any(not OPPOSITE[stem].isdisjoint(told - mine) for stem in OPPOSITE.keys() & (mine - told))


def _other_speaker(claim: Wording, main: Wording, sentences: Sequence[Wording]) -> bool:
    """Whether someone else than the claim's speaker says what the claim says."""
    speakers = [name for name in claim.names if name.text in claim.speakers]
    if not speakers or not main.speakers or any(is_named(name, [main]) for name in speakers):
        return False
    return not (main.speakers & PRONOUNS and any(is_named(name, sentences) for name in speakers))


def _other_figure(claim: Wording, main: Wording) -> bool:
    """Whether the sentence has another date or number in the place of one of the claim's."""
    for wanted in claim.days:
        if not any(day.holds(wanted) for day in main.days) and any(
            day.told == wanted.told and day not in claim.days for day in main.days
        ):
            return True
    values = {number.value for number in claim.numbers}
    return any(
        other.like(wanted) and other.value not in values
        for wanted in claim.numbers
        if not any(number.holds(wanted) for number in main.numbers)
        for other in main.numbers
    )


def _other_subject(claim: Wording, main: Wording) -> bool:
    """Whether both begin with a name, each with one that the other lacks."""
    mine, theirs = _subject(claim), _subject(main)
    if not mine or not theirs:
        return False
    return not any(is_named(name, [main]) for name in mine) and not any(is_named(name, [claim]) for name in theirs)


def _subject(one: Wording) -> list[Name]:
    near = [name for name in one.names if name.free and name.at < SUBJECT_NEAR]
    return [name for name in near if name.sure or not name.text.endswith("s")]  # "Scientists" is no name


def _swapped(claim: Wording, main: Wording) -> bool:
    """Whether names, or numbers, stand in another order that no preposition and no "and" accounts for."""
    mine = {name.text: name.at for name in claim.names if name.free}
    theirs = {name.text: name.at for name in main.names if name.free}
    names = _inverted(mine, theirs)
    values = _inverted(
        {number.value: at for number, at in zip(claim.numbers, claim.number_places, strict=True)},
        {number.value: at for number, at in zip(main.numbers, main.number_places, strict=True)},
    )
    return names != values and bool(names or values)


def _inverted(mine: Mapping[Key, int], theirs: Mapping[Key, int]) -> bool:
    both = [key for key in mine if key in theirs]
    return any((mine[one] < mine[other]) != (theirs[one] < theirs[other]) for one, other in pairwise(both))
