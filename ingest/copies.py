"""Near-identical articles: one text under two headlines, cut, or with a paragraph more. Pure.

    likely = candidates(signature(text), [(article_id, its_signature), ...])  # cheap: 10,000 in milliseconds
    same = near_copies(text, [text_of(name) for name in likely])              # exact: positions in `likely`

Rewritten stories of one event are no copies, nor are two versions of a legal text.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

import numpy as np
from rensa import RMinHash

# Measured by `pytest tests/ingest/test_copies.py -s` with SPACE_POLICY_TEST_DATA, as the figures below.
SHINGLE = 5  # words
PERMUTATIONS = 128
SEED = 1967
VERSION = bytes((1, RMinHash.ALGORITHM_VERSION, SHINGLE, PERMUTATIONS))  # signatures of another one do not compare

# Of 128 equal values. An article cut to a tenth has 12.8 of them in the mean, and fewer than 6 in 1 of 100 cases; the
# two seeds, stories of one event, have 1, the nearest of 90 news stories 12, of 13 space laws 23. So this bar only
# saves work; the exact check keeps those apart.
LEAST_EQUAL = 6

MOST = 50_000  # words that are looked at
SHORT = 30  # words; shorter texts are copies only when they are equal
LONG = 3_000  # words; longer than any news story, and cut ones of those are excerpts
CUT = 0.1  # of the longer text's words, at least
ENDS = 0.2  # of the words: a dateline, an agency line, the first words of another headline
ENDS_MOST = 60  # words
HEAD_MOST = 100  # words that the longer one may have before the text that both share
PARAGRAPH = 15  # words in a row that are not in the other: fewer are an edit, more a paragraph that was put in
ADDED = 0.3  # of the words, in such paragraphs
# Edits for each 100 words, and some more. Copies have none or a few of a desk's; the nearest of the 90 stories share a
# quarter of their words and are paragraphs apart, not words.
EDITS = 1.0
EDITS_MORE = 2

WORD = re.compile(r"[^\W_]+")
PROVISION = re.compile(
    r"^\W*(?:annex|article|chapter|guideline|principle|rule|section|§)\s*(?:[ivxlc]+|[a-z]?[.\d]+)\b", re.I | re.M
)
LEGAL = 3  # provisions; in such a text a changed word is another law
NUMBER = re.compile(
    r"\d.*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen"
    r"|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundreds?|thousands?|millions?|billions?"
)


def signature(text: str) -> bytes:
    """A MinHash of a text's word shingles (Broder, 1997), 516 bytes; nothing for a text without words."""
    shingles = _Text.of(text).shingles
    if not shingles:
        return b""
    sketch = RMinHash(num_perm=PERMUTATIONS, seed=SEED)
    sketch.update([" ".join(shingle) for shingle in shingles])
    return VERSION + np.asarray(sketch.digest(), dtype="<u4").tobytes()


def is_current(known: bytes) -> bool:
    """Whether a stored signature compares with those made now; if not, make it anew."""
    return known.startswith(VERSION) and len(known) == len(VERSION) + 4 * PERMUTATIONS


def candidates(mark: bytes, others: Sequence[tuple[str, bytes]]) -> tuple[str, ...]:
    """The names in `others` (name, signature) whose texts may be copies, likeliest first."""
    signatures = Signatures()
    signatures.put(others)
    return signatures.candidates(mark)


class Signatures:
    """Many signatures in one table that grows, so that another is compared with all in one step."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}  # name -> its row
        self._table = np.empty((0, PERMUTATIONS), dtype="<u4")

    def put(self, named: Sequence[tuple[str, bytes]]) -> None:
        """Takes signatures; another one of the same name takes its place. One that does not compare is left out."""
        current = {name: known for name, known in named if is_current(known)}
        for name in current:
            self._rows.setdefault(name, len(self._rows))
        if len(self._rows) > len(self._table):
            more = np.empty((2 * len(self._rows) - len(self._table), PERMUTATIONS), dtype="<u4")
            self._table = np.concatenate([self._table, more])
        for name, known in current.items():
            self._table[self._rows[name]] = np.frombuffer(known[len(VERSION) :], dtype="<u4")

    def candidates(self, mark: bytes) -> tuple[str, ...]:
        """The names whose texts may be copies of the one with this signature, likeliest first."""
        if not is_current(mark) or not self._rows:
            return ()
        table = self._table[: len(self._rows)]
        equal = (table == np.frombuffer(mark[len(VERSION) :], dtype="<u4")).sum(axis=1)
        names = list(self._rows)
        return tuple(names[at] for at in np.argsort(-equal, kind="stable") if equal[at] >= LEAST_EQUAL)


def near_copies(text: str, candidates: Sequence[str]) -> tuple[int, ...]:
    """The positions of the texts in `candidates` that are near-identical with `text`, in their order."""
    own = _Text.of(text)
    return tuple(at for at, other in enumerate(candidates) if _are_copies(own, _Text.of(other)))


@dataclass(frozen=True)
class _Text:
    """A text as words, without case, accents of typography and punctuation."""

    words: tuple[str, ...]
    is_legal: bool

    @classmethod
    def of(cls, text: str) -> "_Text":
        plain = unicodedata.normalize("NFKC", text).casefold()
        return cls(tuple(WORD.findall(plain)[:MOST]), len(PROVISION.findall(plain)) >= LEGAL)

    @cached_property
    def shingles(self) -> frozenset[tuple[str, ...]]:
        """Runs of five words; a shorter text is one shingle."""
        return frozenset(self.runs)

    @cached_property
    def runs(self) -> list[tuple[str, ...]]:
        last = max(1, len(self.words) - SHINGLE + 1) if self.words else 0
        return [self.words[at : at + SHINGLE] for at in range(last)]


@dataclass(frozen=True, slots=True)
class _Gap:
    """Words between two stretches that both texts have; `mine` of the shorter text, `theirs` of the longer."""

    mine: tuple[str, ...]
    theirs: tuple[str, ...]

    @property
    def size(self) -> int:
        return max(len(self.mine), len(self.theirs))

    @property
    def changes_number(self) -> bool:
        mine, theirs = ([word for word in words if NUMBER.fullmatch(word)] for words in (self.mine, self.theirs))
        return mine != theirs


def _are_copies(one: _Text, other: _Text) -> bool:
    shorter, longer = sorted((one, other), key=lambda text: len(text.words))
    size, most = len(shorter.words), len(longer.words)
    if size < SHORT:
        return size > 0 and shorter.words == longer.words
    if shorter.shingles.isdisjoint(longer.shingles):
        return False
    gaps = _gaps(shorter, longer)
    if len(gaps) < 2:  # what they share is repeated so often that the matcher passes over it
        return False
    head, *inner, tail = gaps
    if len(head.mine) + len(tail.mine) > min(ENDS * size, ENDS_MOST) or len(head.theirs) > HEAD_MOST:
        return False
    if shorter.is_legal and longer.is_legal:
        return not any(gap.size for gap in inner) and len(tail.theirs) <= ENDS * most
    is_whole = size > CUT * most if most <= LONG else len(tail.theirs) <= ENDS * most
    return is_whole and _differ_little(inner, size, most - len(tail.theirs))


def _differ_little(inner: Sequence[_Gap], size: int, most: int) -> bool:
    """Whether few words are changed, no number is, and few paragraphs are put in."""
    edits = [gap for gap in inner if 0 < gap.size < PARAGRAPH]
    added = [gap for gap in inner if gap.size >= PARAGRAPH]
    if len(edits) > EDITS_MORE + EDITS * size / 100 or any(gap.changes_number for gap in edits):
        return False
    return all(
        sum(sizes) <= ADDED * whole
        for sizes, whole in (([len(gap.mine) for gap in added], size), ([len(gap.theirs) for gap in added], most))
    )


def _gaps(shorter: _Text, longer: _Text) -> list[_Gap]:
    """What is before, between and after the stretches that both texts have, in order."""
    blocks = SequenceMatcher(None, shorter.runs, longer.runs).get_matching_blocks()[:-1]
    gaps, mine, theirs = list[_Gap](), 0, 0
    for block in blocks:
        gaps.append(_Gap(shorter.words[mine : block.a], longer.words[theirs : block.b]))
        mine, theirs = block.a + block.size + SHINGLE - 1, block.b + block.size + SHINGLE - 1
    return [*gaps, _Gap(shorter.words[mine:], longer.words[theirs:])]
