"""Where sources give different numbers for the same thing.

Told only where much speaks for it: the sentences are near in meaning, share their words and names, count the same, name
no different times, and neither tells a plan, a part or a rule. A figure may have grown: the dates of both are shown.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from rag.comparable import Figure, apart, figures
from rag.domain import ArticleCard, Citation, Hit
from rag.figures import ALIKE
from rag.lexical import stems
from rag.library import Library
from rag.other_names import synonyms
from rag.tokens import MEASURES, Day
from rag.wording import Wording, is_named, wording

NEAR = 0.6  # cosine of the sentences
SHARED = 0.75  # of the telling words of the shorter, or of the shorter title
BOTH_WAYS = 0.45  # the same of both (Dice)
MOST_DAYS = 14  # between articles that may tell of one event
MOST_SOURCES, MOST_NOTICES = 3, 2

_SAYS = r"(?:said|says|told|claim(?:ed|s)|announced|noted|reported|stated|added|confirmed|asserted|wrote|explained)"
SAID_BEFORE = re.compile(rf"^(?:According to [^,]+, |.{{3,160}}?\b{_SAYS}\b[^,:]{{0,40}}?(?:,? that|:) )")
SAID_AFTER = re.compile(rf",? (?:according to .+|(?:[^,.;]{{2,80}} )?{_SAYS}\b[^,;]*)$")
NAMED_TOO = re.compile(r",? (?:including|such as|among them|like) .+?(?=, (?:ha[sd]|have|is|are|was|were)\b|[.;]|$)")
# Plans, and rules: two of them are two, not one thing told differently.
PLANNED = re.compile(
    r"\b(?:aim|plan|target|goal|hope|expect|could|would|may|might|will|intend|seek|propos|should|by (?:20|21)\d\d)",
    re.I,
)
RULE = re.compile(r"\bshall\b|\b(?:this|these|the present) [A-Z]|\bhere(?:in|under|of)\b")
RATE = re.compile(r"\b(?:per|each|every|average|annual(?:ly)?|a (?:year|month|week|day))\b", re.I)
# What holds for a time; what was done is done once, and told soon after.
STATE = re.compile(
    r"\b(?:ha(?:s|ve)|is|are|now|operates?|counts?|contains?|consists?|weighs?|costs?|will|planned|numbers)\b", re.I
)
UNITS = frozenset(stems(" ".join(MEASURES)))


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence of a hit."""

    text: str
    hit: Hit
    quoted: bool
    vector: NDArray[np.float32]

    @property
    def tells(self) -> bool:
        """Whether it holds a number that no rule sets. Costs more than to see that it is near no other."""
        return bool(wording(self.text).numbers) and not RULE.search(self.text)

    @property
    def core(self) -> str:
        """Without who says it, and without examples."""
        kept = SAID_AFTER.sub("", SAID_BEFORE.sub("", self.text.rstrip(" ."), count=1), count=1)
        return NAMED_TOO.sub("", kept if figures(kept) else self.text)


def disagreements(citations: Sequence[Citation], hits: Sequence[Hit], library: Library) -> tuple[str, ...]:
    """A notice for each quoted figure that another article of the hits, no copy of the first, has different."""
    found = list(_sentences(citations, hits, library))
    notices: dict[frozenset[str], str] = {}
    for one in found:
        if not one.quoted or not one.tells or not figures(one.core):
            continue
        said: dict[str, tuple[ArticleCard, str]] = {}
        for other in found:
            pair = _differing(one, other) if _other_source(one, other) and other.tells else None
            if pair:
                said.setdefault(one.hit.article.id, (one.hit.article, pair[0].text))
                said.setdefault(other.hit.article.id, (other.hit.article, pair[1].text))
        if said:
            notices.setdefault(frozenset(said), _notice(list(said.values())[:MOST_SOURCES]))
    return tuple(notices.values())[:MOST_NOTICES]


def _sentences(citations: Sequence[Citation], hits: Sequence[Hit], library: Library) -> Iterator[_Sentence]:
    """The sentences of the hits."""
    quoted = {one.passage.id: (one.start - one.passage.start, one.end - one.passage.start) for one in citations}
    known = library.sentences([hit.passage.id for hit in hits])
    for hit in hits:
        if hit.passage.id not in known:
            continue
        first, last = quoted.get(hit.passage.id, (0, 0))
        for (start, end), vector in zip(known[hit.passage.id].spans, known[hit.passage.id].vectors, strict=True):
            text = " ".join(hit.passage.text[start:end].split())
            yield _Sentence(text, hit, first <= start and end <= last, vector)


def _other_source(one: _Sentence, other: _Sentence) -> bool:
    """Whether the sentences are of different articles and near each other."""
    mine = {card.id for card in (one.hit.article, *one.hit.also_in)}
    return other.hit.article.id not in mine and float(one.vector @ other.vector) >= NEAR


def _differing(one: _Sentence, other: _Sentence) -> tuple[Figure, Figure] | None:
    """The two figures for the same thing that cannot both be right at one time; None where it is not sure."""
    mine, theirs = one.core, other.core
    if any(bool(sign.search(mine)) != bool(sign.search(theirs)) for sign in (PLANNED, RATE)):
        return None
    said, told = wording(mine), wording(theirs)
    if bool(said.denials) != bool(told.denials) or _labels(said) != _labels(told):
        return None
    if _days(one, said) != _days(other, told) or not (_long_true(mine, theirs) or _one_time(one, other)):
        return None
    pairs = [
        (a, b)
        for a in figures(mine)
        for b in figures(theirs)
        if a.number.like(b.number) and a.kinds == b.kinds and a.joined == b.joined
    ]
    # Of several that count alike, it is not sure which belongs to which.
    if len(pairs) != 1 or not apart(*pairs[0]) or not _same_subject(one, other, pairs[0]):
        return None
    return pairs[0]


def _same_subject(one: _Sentence, other: _Sentence, pair: tuple[Figure, Figure]) -> bool:
    """Whether both sentences have the same names, and share their telling words."""
    said, told = wording(one.core), wording(other.core)
    titles = wording(one.hit.article.title), wording(other.hit.article.title)
    if not (_names_kept(said, (told, titles[1])) and _names_kept(told, (said, titles[0]))):
        return False
    mine, theirs = _words(said), _words(told)
    shared = sum(any(word == word_ or word_ in synonyms().get(word, ()) for word_ in theirs) for word in mine)
    counted = len(pair[0].number.counted & pair[1].number.counted)
    shorter = min(len(mine), len(theirs))
    if not any(name.sure for name in (*said.names, *told.names)) and not _alike(*titles):
        return False
    return shared > counted and shared >= SHARED * shorter and 2 * shared >= BOTH_WAYS * (len(mine) + len(theirs))


def _names_kept(one: Wording, others: Sequence[Wording]) -> bool:
    return all(is_named(name, others) for name in one.names if name.sure)


def _words(one: Wording) -> frozenset[str]:
    """The telling stems, numbers and their units left out, those that are counted alike as one."""
    return frozenset(ALIKE.get(stem, stem) for stem in one.telling if not stem[:1].isdigit() and stem not in UNITS)


def _days(one: _Sentence, said: Wording) -> frozenset[Day]:
    """The times that the sentence names, the day of its article left out."""
    published = one.hit.article.published
    own = Day(published.year, published.month, published.day) if published else None
    return frozenset(day for day in said.days if not (own and own.holds(day)))


def _labels(one: Wording) -> frozenset[tuple[str, float]]:
    """What is told apart by a number: Shenzhou-19, Artemis II."""
    return frozenset((number.label, number.value) for number in one.numbers if number.label)


def _long_true(mine: str, theirs: str) -> bool:
    return bool(STATE.search(mine) and STATE.search(theirs))


def _one_time(one: _Sentence, other: _Sentence) -> bool:
    """Whether the articles may tell of the same event."""
    first, second = one.hit.article.published, other.hit.article.published
    return first is not None and second is not None and abs((first - second).days) <= MOST_DAYS


def _alike(one: Wording, other: Wording) -> bool:
    """Whether two titles share most of their words."""
    mine, theirs = frozenset(one.telling), frozenset(other.telling)
    return bool(mine and theirs) and len(mine & theirs) >= SHARED * min(len(mine), len(theirs))


def _notice(said: Sequence[tuple[ArticleCard, str]]) -> str:
    """In the order of publication, undated last."""
    ordered = sorted(said, key=lambda one: (one[0].published is None, one[0].published or date.min))
    return f"Sources differ: {', '.join(f'{_who(card)} says {figure}' for card, figure in ordered)}."


def _who(card: ArticleCard) -> str:
    return f"{card.outlet or f'“{card.title}”'} ({card.published or 'undated'})"
