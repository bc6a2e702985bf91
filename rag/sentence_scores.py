"""How likely each sentence of the hits is to answer a part of a question: a weighted sum of what can be seen of it.

The weights are in `rag.quote_weights`, fitted by tests/quality/fit_quotes.py.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from rag.acronyms import names
from rag.domain import Hit
from rag.embedding import Embedding
from rag.lexical import stems
from rag.library import Library
from rag.minilm import MiniLM
from rag.other_names import OtherName, synonyms
from rag.provisions import in_roman, provisions
from rag.quantities import States, quantity
from rag.question import STOP_STEMS, Wanted, telling
from rag.quote_weights import WEIGHTS
from rag.remembered import remembered
from rag.sentences import is_heading
from rag.whole import LEANING, with_list

LOOKED_AT = 20  # sentences of a part: those best at first sight
CLOSELY = 1400  # characters of the best of them, which are embedded by themselves
GUESS = {"late": 0.76, "covered": 0.27, "context": -0.18}  # makes `own` of the others; least squares, residual 0.09
SYNONYM = 0.7  # of a word that means the same, against the word itself
CONTEXT = 0.4  # weight of a word of the rest of the question, against one of its own
FEWEST_WORDS = 3  # of a sentence

PREAMBLE = re.compile(
    r"(?:[A-Z]\w+ing|Convinced|Mindful|Aware|Determined|Inspired|Concerned|Guided|Conscious|Deeply \w+)\b[^.]*[,;]$|"
    r"[^.]*\bhave agreed\b.{0,40}:$"
)
SOURCES = re.compile(r"(?:sources?|references?|bibliography|further reading|notes|see also|links)\W*$", re.IGNORECASE)
ENDED = (".", "!", "?", ":", ";", "”", '"', ")")
WORD = re.compile(r"\w[\w’'-]*")
SAYS = re.compile(
    r"\b(?:said|says|stat(?:ed|es)|told|claim(?:ed|s)|alleg|argu|accus|noted|notes|added|assert|according to|"
    r"emphasi|highlight|indicat|attribut|announc|warn|insist|urg|oppos)"
)
# Sides of a dispute, and what is open.
DIFFERS = re.compile(
    r"\b(?:disagree|differ(?:s|ed)?\b|disput|contest|controvers|doubt|not (?:yet )?agreed|no (?:agreement|consensus)|"
    r"while (?:others?|some)|(?:other|some|press) reports|on the other hand|others? (?:say|said|argue|see|want))",
    re.IGNORECASE,
)
DENIES = re.compile(
    r"\b(?:not|never|without|nor|neither|none|nobody|nothing|no|refus\w+|reject\w*|oppos\w+|cannot|stay(?:ed)? out)\b|"
    r"n['’]t\b",
    re.IGNORECASE,
)
MEANS = re.compile(
    r"(?P<sure>\b(?:means?|(?:is|are|was|were) (?:defined|understood|known|regarded)|refers? to|shall (?:refer|mean)|"
    r"includes?|denotes?|stands? for)\b)|\b(?:is|are|was|were|shall be)\b"
)
DEFINED = 50  # characters before such a word in which the defined term stands
CLAUSE = re.compile(r".*[,;:]|.*\bterm\b")
UNSURE = 0.3  # of "is" as a sign of a definition, against "means"

COLUMNS = (
    "late", "own", "bare", "asked", "covered", "context", "new", "fits", "lacks", "defines", "says",
    "preamble", "heading", "unended", "leans", "short", "question", "place", "stated", "unstated", "differs",
    "denies", "affirms",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer."""

    hit: Hit
    start: int  # in the passage
    end: int
    text: str
    words: frozenset[str]  # telling stems
    features: NDArray[np.float64]  # see COLUMNS
    score: float

    def feature(self, name: str) -> float:
        """One of COLUMNS."""
        return float(self.features[COLUMNS.index(name)])


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a part of a question looks like to the sentences."""

    part: Wanted
    weights: Mapping[str, float]  # stem -> how much it counts
    other_names: tuple[OtherName, ...]
    vector: NDArray[np.float32]  # of its text
    asked: NDArray[np.float32]  # of its own words
    states: States | None  # whether a sentence states the quantity that it asks for


@dataclass(frozen=True, slots=True)
class _Place:
    """What all sentences of a passage have in common."""

    hit: Hit
    rank: int
    title: frozenset[str]
    around: frozenset[str]  # stems of title and section


def candidates(part: Wanted, hits: Sequence[Hit], library: Library) -> list[Candidate]:
    """The sentences of the hits, most likely to answer first."""
    vectors = remembered(library.embedding).vectors([part.text, part.asked])
    weights = library.weights(part.subject + part.context)
    counted = {stem: value * (1 if stem in part.subject else CONTEXT) for stem, value in weights.items()}
    called = (*names(part.text, library), *_by_number(part))
    seen = _Seen(part, counted, called, vectors[0], vectors[1], quantity(part.asked))
    ids = [hit.passage.id for hit in hits]
    known = library.sentences(ids)
    rows, places = [], []
    for rank, hit in enumerate(hits):
        if hit.passage.id in known and not SOURCES.match(hit.passage.section or ""):
            title = frozenset(stems(hit.article.title))
            around = title | frozenset(stems(hit.passage.section or ""))
            places.append(_Place(hit, rank, title, around))
            sentences = known[hit.passage.id]
            rows += _rows(seen, places[-1], sentences.spans.tolist(), (sentences.vectors @ seen.vector).tolist())
    return _closely(seen, _at_first_sight(rows)[:LOOKED_AT], places, library.embedding)


def _at_first_sight(rows: Sequence[Candidate]) -> list[Candidate]:
    """The best first, as far as can be told while none is embedded by itself: `own` is guessed."""
    if not rows:
        return []
    features = np.array([one.features for one in rows])
    features[:, COLUMNS.index("own")] = features @ np.array([GUESS.get(name, 0.0) for name in COLUMNS])
    order = np.argsort(-(features @ _weights()), kind="stable")
    return [replace(rows[place], features=features[place]) for place in order]


def _weights() -> NDArray[np.float64]:
    return np.array([WEIGHTS.get(name, 0.0) for name in COLUMNS])


def _rows(seen: _Seen, place: _Place, spans: Sequence[Sequence[int]], cosines: Sequence[float]) -> list[Candidate]:
    found = []
    before: frozenset[str] = frozenset()
    for (start, end), cosine in zip(spans, cosines, strict=True):
        end = with_list(place.hit.passage.text, start, end)
        text = place.hit.passage.text[start:end]
        words = frozenset(stems(text)) | _called_otherwise(seen, text)
        if len(text.split()) >= FEWEST_WORDS:
            values = {"late": cosine, **_shares(seen, words, place, before), **_form(seen.part, text, words)}
            values["place"] = -math.log(1 + place.rank)
            if seen.states is not None:
                values["stated" if seen.states(text) else "unstated"] = 1.0
            row = np.array([values.get(name, 0.0) for name in COLUMNS])
            found.append(Candidate(place.hit, start, end, text, words - STOP_STEMS, row, 0.0))
        before = words
    return found


def _shares(seen: _Seen, words: frozenset[str], place: _Place, before: frozenset[str]) -> dict[str, float]:
    """How much of what the question names the sentence holds, and what stands around it adds."""
    around = place.around | before
    covered = _share(seen.weights, words)
    new = {stem: weight for stem, weight in seen.weights.items() if stem not in place.title}
    return {
        "covered": covered,
        "context": _share(seen.weights, words | around) - covered,
        "new": _share(new, words) if new else covered,
    }


def _by_number(part: Wanted) -> list[OtherName]:
    """The provisions that it names, in either numeral, as it has them."""
    own = frozenset(part.subject + part.context)
    named = provisions(part.text)
    return [OtherName(one.pattern, own & {*stems(one.number), *stems(in_roman(one.number))}, "") for one in named]


def _called_otherwise(seen: _Seen, text: str) -> frozenset[str]:
    return frozenset(stem for name in seen.other_names if name.pattern.search(text) for stem in name.stems)


def _share(weights: Mapping[str, float], words: frozenset[str]) -> float:
    total = sum(weights.values())
    held = sum(weight * _held(stem, words) for stem, weight in weights.items())
    return held / total if total else 0.0


def _held(stem: str, words: frozenset[str]) -> float:
    return 1.0 if stem in words else SYNONYM if words & synonyms().get(stem, frozenset()) else 0.0


def _form(part: Wanted, text: str, words: frozenset[str]) -> dict[str, float]:
    """What can be seen of a sentence without knowing its meaning."""
    holds = bool(part.pattern and part.pattern.search(text))
    asks_form = part.pattern is not None and part.kind != "definition"
    return {
        "fits": float(asks_form and holds),
        "lacks": float(asks_form and not holds),
        "defines": _defines(part, text) if part.kind == "definition" else 0.0,
        "says": float(part.attributed and bool(SAYS.search(text))),
        "preamble": float(bool(PREAMBLE.match(text))),
        "heading": float(is_heading(text)),
        "unended": float(not text.endswith(ENDED)),
        "leans": float(bool(LEANING.match(text))),
        "short": float(len(words) < 7),
        "question": float(text.endswith("?")),
        "differs": float(bool(DIFFERS.search(text))),
        **_denied(part, text),
    }


def _denied(part: Wanted, text: str) -> dict[str, float]:
    """Where the question asks for what is not so: whether the sentence denies something, too."""
    if not DENIES.search(part.asked):
        return {}
    return {"denies" if DENIES.search(text) else "affirms": 1.0}


def _defines(part: Wanted, text: str) -> float:
    """The best share of the question's words in what stands right before a word like "means"."""
    best = 0.0
    for found in MEANS.finditer(text):
        term = telling(CLAUSE.sub("", text[max(0, found.start() - DEFINED) : found.start()]))
        if term:
            known = sum(stem in part.subject for stem in term) / len(term)
            best = max(best, known * (1 if found["sure"] else UNSURE))
    return best


def _closely(seen: _Seen, rows: Sequence[Candidate], places: Sequence[_Place], embedding: Embedding) -> list[Candidate]:
    """The same with their scores, once the best are embedded by themselves."""
    if not rows:
        return []
    features = np.array([one.features for one in rows])
    best = [one for one, ends in zip(rows, accumulate(len(one.text) for one in rows), strict=True) if ends <= CLOSELY]
    best = best or list(rows[:1])
    own, bare, asked = (COLUMNS.index(name) for name in ("own", "bare", "asked"))
    if isinstance(embedding, MiniLM):
        named, text = _without_title(seen.part, places)
        vectors = remembered(embedding).vectors([*(one.text for one in best), *([text] if text else [])])
        alone = vectors[: len(best)]
        features[: len(best), own] = alone @ seen.vector
        features[: len(best), asked] = alone @ seen.asked - alone @ seen.vector
        if text:
            inside = np.array([one.hit.article.id == named for one in best])
            features[: len(best), bare] = inside * (alone @ vectors[-1] - alone @ seen.vector)
    else:  # a model elsewhere: no sentence is sent there while a question waits
        features[:, own] = features[:, COLUMNS.index("late")]
    scores = features @ _weights()
    found = [
        Candidate(one.hit, one.start, one.end, one.text, one.words, row, float(score))
        for one, row, score in zip(rows, features, scores, strict=True)
    ]
    return sorted(found, key=lambda one: -one.score)


def _without_title(part: Wanted, places: Sequence[_Place]) -> tuple[str, str]:
    """The article that the question names by its title, and what it asks about it; "" where it names none."""
    best = ("", "")
    most = 1
    for place in places:
        words = [(found.span(), stems(found[0])) for found in WORD.finditer(part.asked)]
        kept, gone, run = [], 0, 0
        for (start, end), own in words:
            inside = all(stem in place.title for stem in own) and bool(set(own) - STOP_STEMS)
            run = run + 1 if inside else 0
            gone += inside
            if not inside:
                kept.append(part.asked[start:end])
        if gone > most and telling(" ".join(kept)):
            best, most = (place.hit.article.id, " ".join(kept)), gone
    return best
