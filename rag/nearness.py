"""How near the wording of a claim is to that of a passage: the plain mean of five shares in 0..1.

In a span of the passage: words of the claim, rarer ones counting more; the longest common subsequence (ROUGE-L, Lin
2004). In the whole passage: how unbroken the wording is (fragments, Grusky et al. 2018), its triples of words, and its
pairs with gaps (skip-bigrams, ROUGE-S). A source may put dates, asides and "he said that" elsewhere without being less
near. Measured in tests/quality on QAGS (Wang et al., ACL 2020).
"""

import functools
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.question import STOP_STEMS
from rag.sentences import sentence_spans
from rag.tokens import WHEN, all_stems
from rag.wording import Wording, wording

FUNCTION_WEIGHT = 0.3  # of a function word against a telling one
GAP = 4  # places over which a pair with a gap may reach in the source; in the claim it is 2
FEW = 3  # sources, and spans of each kind in a source, looked at closely: those that share most words with the claim

# "International Lunar Research Station (ILRS)" may be called ILRS.
SHORT_NAME = re.compile(
    r"(?:\b(?!The\b|An?\b)[A-Z][\w-]*\s+(?:(?:of|the|and|for|on)\s+)*){2,8}\(([A-Z][A-Za-z]*[A-Z]s?)\)"
)
BRACKETS = re.compile(r"\s*\([^()]*\)")
ASIDE = re.compile(r"(?:,\s|\s[–—-]\s)[^,;:–—]{1,120}(?:,\s|\s[–—-]\s)")
# "states", "notes" and "claims" may be nouns: they say something only where "that" follows.
_SAID = r"(?:said|says|told\s[^,]{2,30}|claimed|alleged|argued)"
_SAID_THAT = (
    rf"(?:{_SAID}|states?|stated|notes?|noted|adds?|added|claims?|argues?|alleges?|provides?|stipulates?|declares?)"
)
_ON = r"(?:\s(?:on|in)\s[^,]{2,20}\d)?"
SAID_BEFORE = re.compile(
    rf"^(?:According to [^,]{{2,60}},\s+|[^,;:]{{2,60}}?\s(?:{_SAID_THAT}{_ON}\sthat|{_SAID}{_ON}(?!\sthat\b))\s+)"
)
SAID_AFTER = re.compile(rf",\s+(?:according to [^,;:]{{2,60}}|[^,;:]{{2,40}}\s{_SAID}{_ON})\.?$")

Stems = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence to be checked, read."""

    wording: Wording
    core: Stems  # without dates and "... said that"
    telling: Stems  # the core without function words
    weights: Mapping[str, float]  # how much each stem counts

    @classmethod
    def read(cls, sentence: str, sources: Sequence["Source"]) -> "Claim":
        """The claim, with weights by how rare its stems are over the sentences of all sources."""
        said = wording(sentence)
        bare = SAID_AFTER.sub("", SAID_BEFORE.sub("", WHEN.sub("", f" {sentence}").strip(" ,")))
        core = all_stems(bare) or said.stems
        return cls(said, core, _telling(core), _weights(said, sources))


@dataclass(frozen=True, slots=True)
class Source:
    """A passage, read."""

    text: str
    spans: tuple[tuple[int, int], ...]  # of its sentences
    sentences: tuple[Wording, ...]
    stems: frozenset[str]
    line: str  # all its stems, each sentence between bars
    triples: frozenset[Stems]  # of adjoining stems
    pairs: frozenset[Stems]  # of telling stems, with gaps

    def worth(self, claim: Claim) -> float:
        """How much of the claim's words it has, by weight."""
        return sum(claim.weights[stem] for stem in self.stems.intersection(claim.weights))

    def spans_near(self, claim: Claim) -> list[tuple[int, int]]:
        """First and last sentence of the spans of one and of two sentences that share most with the claim."""
        wanted = set(claim.wording.stems)
        shared = [wanted.intersection(one.stems) for one in self.sentences]

        def worth(span: tuple[int, int]) -> float:
            return sum(claim.weights[stem] for stem in shared[span[0]] | shared[span[1]])

        single = sorted(((at, at) for at in range(len(shared))), key=worth, reverse=True)
        double = sorted(pairwise(range(len(shared))), key=worth, reverse=True)
        return single[:FEW] + double[:FEW]


@functools.lru_cache(maxsize=64)
def read(text: str) -> Source:
    """A passage, read; the last ones are remembered."""
    spans = sentence_spans(text)
    sentences = tuple(wording(text[start:end]) for start, end in spans)
    told = [one.stems for one in sentences]
    told += [all_stems(bare) for start, end in spans for bare in _shortened(text[start:end])]
    return Source(
        text=text,
        spans=spans,
        sentences=sentences,
        stems=frozenset(stem for stems in told for stem in stems),
        line="| " + " | ".join(" ".join(stems) for stems in told) + " |",
        triples=frozenset(triple for stems in told for triple in _triples(stems)),
        pairs=frozenset(pair for stems in told for pair in _pairs(_telling(stems), GAP)),
    )


def _shortened(sentence: str) -> set[str]:
    """The sentence again without dates and brackets, and without what stands between commas or dashes."""
    undated = WHEN.sub("", f" {sentence}")[1:]
    bare = BRACKETS.sub("", undated)
    return {bare, ASIDE.sub(" ", bare), BRACKETS.sub("", SHORT_NAME.sub(r"\1", undated))} - {sentence}


def _weights(claim: Wording, sources: Sequence[Source]) -> dict[str, float]:
    total = sum(len(source.sentences) for source in sources)
    found: Counter[str] = Counter()
    for source in sources:
        if wanted := source.stems.intersection(claim.stems):
            found.update(stem for one in source.sentences for stem in wanted.intersection(one.stems))
    return {
        stem: math.log(1 + (total + 1) / (found[stem] + 0.5)) * (FUNCTION_WEIGHT if stem in STOP_STEMS else 1.0)
        for stem in claim.stems
    }


def shares_of_span(
    claim: Claim, sentences: Sequence[Wording], heading: Wording | None, *, gathered: bool = False
) -> tuple[float, float]:
    """How near the claim is to these sentences: words, and the common subsequence. The heading lends its words.

    Words count as far as one of the sentences has them, or all together where the claim may be `gathered`: one that is
    put together from several sentences is more often a wrong mixture.
    """
    stems = [each.stems for each in sentences]
    if gathered:
        stems = [tuple(stem for each in stems for stem in each)]
    recall = max(_known(claim, each + (heading.stems if heading else ())) for each in stems)
    telling = [stem for one in sentences for stem in one.telling]
    common = _common(claim.telling, telling) / len(claim.telling) if claim.telling else recall
    return recall, common


def _known(claim: Claim, stems: Stems) -> float:
    """The share of the claim's words, by weight, among the stems."""
    weights = [(stem, claim.weights[stem]) for stem in claim.wording.stems]
    known = set(stems)
    return sum(weight for stem, weight in weights if stem in known) / sum(weight for _, weight in weights)


def shares_of_passage(claim: Claim, source: Source) -> tuple[float, float, float]:
    """How near the claim is to a whole passage: unbroken wording, triples, and pairs with gaps."""
    alone = float(source.stems.issuperset(claim.core))  # where a claim is too short for more
    triples, pairs = list(_triples(claim.core)), list(_pairs(claim.telling, 2))
    return (
        _unbroken(claim.core, source.line),
        sum(triple in source.triples for triple in triples) / len(triples) if triples else alone,
        sum(pair in source.pairs for pair in pairs) / len(pairs) if pairs else alone,
    )


def _unbroken(stems: Sequence[str], line: str) -> float:
    """1 for a whole sentence of the source; else less the more pieces of the source it takes to make the claim."""
    if f"| {' '.join(stems)} |" in line:
        return 1.0
    pieces = at = 0
    while at < len(stems):
        end = at + 1
        while end < len(stems) and f" {' '.join(stems[at : end + 1])} " in line:
            end += 1
        at, pieces = end, pieces + 1
    return 1 - pieces / len(stems)


def _telling(stems: Sequence[str]) -> Stems:
    return tuple(stem for stem in stems if stem not in STOP_STEMS)


def _triples(stems: Sequence[str]) -> Iterator[Stems]:
    return zip(stems, stems[1:], stems[2:], strict=False)


def _pairs(stems: Sequence[str], gap: int) -> Iterator[Stems]:
    for at, stem in enumerate(stems):
        yield from ((stem, other) for other in stems[at + 1 : at + 1 + gap])


def _common(mine: Sequence[str], theirs: Sequence[str]) -> int:
    """The length of the longest common subsequence."""
    row = [0] * (len(theirs) + 1)
    for stem in mine:
        diagonal = 0
        for at, other in enumerate(theirs, 1):
            above = row[at]
            if stem == other:
                row[at] = diagonal + 1
            elif row[at - 1] > above:
                row[at] = row[at - 1]
            diagonal = above
    return row[-1]
