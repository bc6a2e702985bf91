"""Whether the best sentences answer at all: a probability from what can be seen of them.

The weights are in `rag.quote_weights`, fitted by tests/quality/fit_quotes.py to answerable and unanswerable questions,
among them those whose answer was taken away and all around it left.
"""

import math
from collections.abc import Mapping, Sequence

from rag.lexical import stems
from rag.library import Library
from rag.question import Wanted
from rag.quote_weights import CERTAINTY
from rag.sentence_scores import Candidate

LOOKED_AT = 3  # sentences of an answer


def confidence(part: Wanted, found: Sequence[Candidate], library: Library) -> float:
    """How likely it is that the first of these sentences answer this part of a question: 0..1."""
    seen = signs(part, found, library)
    total = CERTAINTY[""] + sum(CERTAINTY.get(name, 0.0) * value for name, value in seen.items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def signs(part: Wanted, found: Sequence[Candidate], library: Library) -> dict[str, float]:
    """What can be seen of the best sentences together."""
    best, first = found[0], found[:LOOKED_AT]
    weights = library.weights(part.subject)
    held = frozenset[str]().union(*(one.words for one in first))
    around = held.union(*(stems(f"{one.hit.article.title} {one.hit.passage.section or ''}") for one in first))
    return {
        "score": best.score,
        "own": best.feature("own"),
        "late": best.feature("late"),
        "held": _share(weights, held),
        "around": _share(weights, around),
        "new": _union_new(weights, first),
        "rarest": float(max(weights, key=weights.__getitem__, default="") in around) if weights else 1.0,
    }


def _union_new(weights: Mapping[str, float], first: Sequence[Candidate]) -> float:
    """How much of what is asked about the first article, its title aside, the sentences hold."""
    title = frozenset(stems(first[0].hit.article.title))
    new = {stem: weight for stem, weight in weights.items() if stem not in title}
    held = frozenset[str]().union(*(one.words for one in first))
    return _share(new or weights, held)


def _share(weights: Mapping[str, float], words: frozenset[str]) -> float:
    total = sum(weights.values())
    return sum(weight for stem, weight in weights.items() if stem in words) / total if total else 1.0
