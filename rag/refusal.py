"""Whether the best sentences answer at all: a probability from what can be seen of them.

The weights are in `rag.quote_weights`, fitted by tests/quality/fit_quotes.py to answerable and unanswerable questions,
among them those whose answer was taken away and all around it left.
"""

import math
import re
from collections.abc import Mapping, Sequence

from rag.acronyms import names
from rag.erased import erased
from rag.lexical import stems
from rag.library import Library
from rag.named import missing, named
from rag.question import Wanted, telling
from rag.quote_weights import CERTAINTY
from rag.sentence_scores import Candidate

FOCUS = re.compile(
    r"\b(?:what|which|whose|how many|how much) (?P<what>(?:(?!(?:is|are|was|were|do|does|did|has|have|can|must|should|"
    r"may|will|of|to|in|on|for|by)\b)[\w’'-]+ ?){1,4})",
    re.IGNORECASE,
)
_ROLES = "chair|head|president|director|minister|administrator|secretary|spokes|general|judge|lawyer|ambassador|author|scientist"
PERSON_ASKED = re.compile(
    r"^\W*who (?:is|was|are|were|heads?|leads?|led|chairs?|chaired|presides?|presided|wrote|drafted|invented|built|runs?|"
    rf"ran|founded|became|commands?)\b|\b(?:which|what) (?:\w+ )?(?:{_ROLES})|\bwho\b.*\b(?:{_ROLES})",
    re.IGNORECASE,
)
PERSON = re.compile(r"\b[A-Z][\w’'-]+ (?:[A-Z]\. )?(?:(?:de|von|van|al|bin|der) )?[A-Z][\w’'-]+\b")
LOOKED_AT = 3  # sentences of an answer
UNSEEN = "\0"  # a word that no document holds


def confidence(part: Wanted, found: Sequence[Candidate], library: Library) -> float:
    """How likely it is that the first of these sentences answer this part of a question: 0..1."""
    seen = signs(part, found, library)
    total = CERTAINTY[""] + sum(CERTAINTY.get(name, 0.0) * value for name, value in seen.items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def signs(part: Wanted, found: Sequence[Candidate], library: Library) -> dict[str, float]:
    """What can be seen of the best sentences together."""
    best, first = found[0], found[:LOOKED_AT]
    weights = library.weights((*part.subject, UNSEEN))
    unseen = weights.pop(UNSEEN)
    seen = erased(part.asked, [one.text for one in first], library.embedding)
    held = frozenset[str]().union(*(one.words for one in first))
    around = held.union(*(stems(f"{one.hit.article.title} {one.hit.passage.section or ''}") for one in first))
    return {
        "score": best.score,
        "own": best.feature("own"),
        "late": best.feature("late"),
        "held": _share(weights, held),
        "around": _share(weights, around),
        "new": _union_new(weights, first),
        "focus": _focus(part, around),
        "rarest": float(max(weights, key=weights.__getitem__, default="") in around) if weights else 1.0,
        "unseen": _share_of(weights, [stem for stem, weight in weights.items() if weight >= unseen]),
        "fits": max(one.feature("fits") for one in first),
        "telling": math.log(1 + len(part.subject)),
        "unstated": min(one.feature("unstated") for one in first),
        "lost": seen.lost,
        "nearest": seen.nearest,
        "nobody": float(bool(PERSON_ASKED.search(part.asked)) and not _new_name(part, first)),
        "names": _unnamed(part, best, library),
    }


def _new_name(part: Wanted, first: Sequence[Candidate]) -> bool:
    """Whether a person may be named whom the question does not name."""
    own = frozenset(part.subject)
    return any(not own.issuperset(stems(name)) for one in first for name in PERSON.findall(one.text))


def _unnamed(part: Wanted, best: Candidate, library: Library) -> float:
    """The share of the question's names and numbers of which the sentence and what stands around it do not speak."""
    called = named(part.asked, names(part.text, library))
    return missing(best, called) / len(called) if called else 0.0


def _union_new(weights: Mapping[str, float], first: Sequence[Candidate]) -> float:
    """How much of what is asked about the first article, its title aside, the sentences hold."""
    title = frozenset(stems(first[0].hit.article.title))
    new = {stem: weight for stem, weight in weights.items() if stem not in title}
    held = frozenset[str]().union(*(one.words for one in first))
    return _share(new or weights, held)


def _focus(part: Wanted, around: frozenset[str]) -> float:
    """1 where the question says what it wants ("which judge") and the sentences do not name it, else 0."""
    found = FOCUS.search(part.asked)
    wanted = telling(found["what"]) if found else ()
    return float(bool(wanted) and wanted[-1] not in around)


def _share(weights: Mapping[str, float], words: frozenset[str]) -> float:
    return _share_of(weights, [stem for stem in weights if stem in words])


def _share_of(weights: Mapping[str, float], stems_: Sequence[str]) -> float:
    total = sum(weights.values())
    return sum(weights[stem] for stem in stems_) / total if total else 1.0
