"""The sentences that show what an article is about: its lead, its summary, its best on a topic. Word for word."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.domain import ArticleCard, Filters, Hit, Passage
from rag.library import Library
from rag.sentence_scores import PREAMBLE, SOURCES
from rag.sentences import is_heading
from rag.whole import LEANING

FEWEST_WORDS, MOST_WORDS = 7, 70  # of a sentence that can stand alone
FIRST = 8  # passages in which the lead stands
ENDED = (".", "!", ".”", '."', ".)")
SAME = 0.5  # weight of the likeness to what is in a summary already, against that to the whole article
LENGTHS = ((8, 3), (20, 4))  # sentences that can stand alone -> of the summary
LONGEST = 5  # sentences of a summary
MOST_READ = 400  # passages of one article
# What is no sentence of its own: an item of a list, what a resolution does ("Adopts the principles ...").
NO_SUBJECT = re.compile(
    r"[^\w“\"‘$€£¥]|\d{3,}\w?\. |\(?\w{1,3}[.)] (?=[a-z])|"
    r"(?:Adopts|Affirms|Appeals|Approves|Calls|Commends|Decides|Declares|Encourages|Endorses|Expresses|Invites|Notes|"
    r"Notices|Reaffirms|Recalls|Recognizes|Recommends|Reiterates|Requests|Stresses|Takes note|Urges|Welcomes)\b"
)


@dataclass(frozen=True, slots=True)
class Picked:
    """One sentence of an article."""

    passage: Passage
    start: int  # in the passage
    end: int
    article: ArticleCard
    also_in: tuple[ArticleCard, ...]
    vector: NDArray[np.float32]

    @property
    def text(self) -> str:
        """Its words."""
        return self.passage.text[self.start : self.end]

    @property
    def hit(self) -> Hit:
        """Its passage as a hit that was not searched for."""
        return Hit(self.passage, self.article, 0.0, None, None, self.also_in)


def collapsed(cards: Sequence[ArticleCard], library: Library, filters: Filters) -> list[tuple[ArticleCard, ...]]:
    """The articles with their copies, each group once: the earliest that passes, then the others."""
    groups = library.copies([card.id for card in cards], filters)
    found = {groups.get(card.id, (card,))[0].id: groups.get(card.id, (card,)) for card in cards}
    return list(found.values())


def lead(group: Sequence[ArticleCard], library: Library) -> Picked | None:
    """The first sentence that can stand alone; None where an article has no sentence at all."""
    found = sentences(group, library.passages_of(group[0])[:FIRST], library)
    return next(filter(stands_alone, found), found[0] if found else None)


def summary(group: Sequence[ArticleCard], library: Library) -> list[Picked]:
    """The lead, and what is nearest to the whole article and not said yet, in the order of the text.

    Maximal marginal relevance (Carbonell and Goldstein 1998) to the mean of the sentence vectors.
    """
    found = sentences(group, library.passages_of(group[0])[:MOST_READ], library)
    fit = [one for one in found if stands_alone(one)] or found
    if not fit:
        return []
    vectors = np.array([one.vector for one in fit])
    mean = vectors.mean(axis=0)
    central = vectors @ (mean / (np.linalg.norm(mean) or 1.0))
    alike = vectors @ vectors.T
    taken = [0]
    most = next((count for length, count in LENGTHS if len(fit) <= length), LONGEST)
    while len(taken) < min(most, len(fit)):
        worth = central - SAME * alike[:, taken].max(axis=1)
        worth[taken] = -np.inf
        taken.append(int(worth.argmax()))
    return [fit[at] for at in sorted(taken)]


def sentences(group: Sequence[ArticleCard], passages: Sequence[Passage], library: Library) -> list[Picked]:
    """The sentences of passages of the first of these articles, in their order."""
    known = library.sentences([passage.id for passage in passages])
    return [
        Picked(passage, int(start), int(end), group[0], tuple(group[1:]), vector)
        for passage in passages
        if passage.id in known
        for (start, end), vector in zip(known[passage.id].spans, known[passage.id].vectors, strict=True)
    ]


def stands_alone(one: Picked) -> bool:
    """Whether it is a whole sentence that needs no other to be understood."""
    text = one.text
    return (
        FEWEST_WORDS <= len(text.split()) <= MOST_WORDS
        and text.endswith(ENDED)
        and not text[0].islower()
        and not SOURCES.match(one.passage.section or "")
        and not (is_heading(text) or LEANING.match(text) or PREAMBLE.match(text) or NO_SUBJECT.match(text))
    )
