"""What a sentence must state to be an answer at all: the quantity asked for, of whom it is asked, the first, the most.

Rules, not weights: a figure told of somebody else, a country that is not said to be the first, passages that never
speak of somebody whom the question names, and articles without the resolution whose number it gives, answer nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.acronyms import names
from rag.answer_forms import NUMBERING
from rag.domain import Filters
from rag.extremes import picked, tells
from rag.lexical import stems
from rag.library import Library
from rag.named import named, speaks_of, spoken_of
from rag.newest import last_told
from rag.quantities import States, asks_for_money, quantity
from rag.question import Wanted
from rag.sentence_scores import Candidate
from rag.singled_out import DOCUMENT, with_the_number

NEAR_BEST = 3.0  # under the best score, down to which a sentence may be the answer
FARTHER = 6.0  # the same where other parts of the question are answered
LOOKED_AT = 3  # sentences, among which stands who is asked to have said something
# The date under a treaty is that of its signing.
CLOSING = re.compile(r"\b(?:IN WITNESS WHEREOF|In witness whereof|DONE (?:at|in)|Done (?:at|in))\b")
SIGNING = re.compile(r"\b(?:sign|open|done|conclu|adopt|agreed|made)", re.IGNORECASE)
# May be answered without a number: "how much warning", "how high should".
LOOSE = re.compile(r"(?<!by )\bhow much\b|\bhow (?:large|big|far|high)\b.*\b(?:should|must|may)\b", re.IGNORECASE)


def of_documents(part: Wanted, found: Sequence[Candidate], library: Library) -> list[Candidate]:
    """Those from articles in which a number of a document stands that this part gives; all, where it gives none."""
    if not DOCUMENT.search(part.text):
        return list(found)
    among = Filters(articles=tuple(dict.fromkeys(one.hit.article.id for one in found)))
    holding = with_the_number(part.text, library, among) if among else ()
    return [one for one in found if one.hit.article.id in holding]


def answering(part: Wanted, found: Sequence[Candidate], library: Library, within: float = NEAR_BEST) -> list[Candidate]:
    """Those within this of the best that state what an answer to this part must, best first; none where none does."""
    near = [one for one in found if one.score >= found[0].score - within] if found else []
    if part.actor and not any(_acts(part, one) for one in near[:LOOKED_AT]):
        return []
    # Whether an article has the number of a document is told by `of_documents`; each sentence need not.
    others = names(part.text, library)
    called = [one for one in named(part.asked, others) if not DOCUMENT.fullmatch(one.word)]
    if not spoken_of(found, called):
        return []
    states = _states(part)
    wanted = picked(part.asked)
    if states is not None:
        near = [one for one in near if states(one.text) and speaks_of(one, called)]
    return [one for one in near if tells(wanted, part.asked, f"{one.hit.article.title}. {one.text}", others)]


def beside(part: Wanted, first: Candidate, found: Sequence[Candidate]) -> list[Candidate]:
    """The others, in their order; where the first was picked as the first or the most, those of the same day before.

    Of the first who signed on some day, another sentence may give the names.
    """
    day = last_told(first.text)
    if not all(day) or not picked(part.asked):
        return list(found)
    same = [replace(one, score=first.score) for one in found if last_told(one.text) == day]
    return [*same, *(one for one in found if last_told(one.text) != day)]


def _acts(part: Wanted, one: Candidate) -> bool:
    return part.actor <= one.words | frozenset(stems(one.hit.article.title))


def _states(part: Wanted) -> States | None:
    """Tells of a text whether it states the quantity, the date or the list that is asked for outright."""
    loose = LOOSE.search(part.asked) and not asks_for_money(part.asked)
    states, outright = None if loose else quantity(part.asked), part.outright
    if states is None and outright is None:
        return None

    signing = bool(SIGNING.search(part.asked))

    def both(text: str) -> bool:
        plain = NUMBERING.sub(" ", text)
        if CLOSING.search(text) and not signing:
            return False
        return (states is None or states(plain)) and (outright is None or bool(outright.search(plain)))

    return both
