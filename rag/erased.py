"""What becomes of the likeness of question and sentences when one word of the question is erased.

A word that the sentences speak of holds them together: without it they are less like. Where all become more like, the
word is about something else (representation erasure: Li, Monroe, Jurafsky 2016).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.embedding import Embedding
from rag.minilm import MiniLM
from rag.question import Question, telling
from rag.remembered import remembered

WORD = re.compile(r"\w[\w’'-]*")
MOST_WORDS = 10  # of a question that are tried, each an embedding


@dataclass(frozen=True, slots=True)
class Erased:
    """What the words of a question show."""

    lost: float  # how much more like (cosine) all become without the word that fits them least; less is better
    nearest: float  # -1..1: the cosine of the word that is farthest from all sentences with the nearest of them


def expect(question: Question, embedding: Embedding) -> None:
    """Has the question, then what `erased` needs of it, embedded in the background, while passages are looked for."""
    if isinstance(embedding, MiniLM):  # else nothing is sent there twice, should it fail
        known = remembered(embedding)
        known.expect([text for part in question.parts for text in (part.text, part.asked)])
        known.expect([text for part in question.parts for texts in _apart(part.asked) for text in texts])


def erased(asked: str, sentences: Sequence[str], embedding: Embedding) -> Erased:
    """Looks at each telling word of the question, against at least one sentence.

    All 0 with a model elsewhere, since nothing is sent there while a question waits, and without telling words.
    """
    left, words = _apart(asked)
    if not words or not isinstance(embedding, MiniLM):
        return Erased(0.0, 0.0)
    vectors = remembered(embedding).vectors([asked, *left, *words, *sentences])
    whole, count = vectors[0], len(words)
    without, alone, said = vectors[1 : count + 1], vectors[count + 1 : 2 * count + 1], vectors[2 * count + 1 :]
    gains = said @ without.T - (said @ whole)[:, None]  # (sentences, words)
    return Erased(float(gains.min(axis=0).max()), float((said @ alone.T).max(axis=0).min()))


def _apart(asked: str) -> tuple[list[str], list[str]]:
    """The question without each of its telling words, and those words."""
    spans = [found.span() for found in WORD.finditer(asked) if telling(found[0])][:MOST_WORDS]
    return [f"{asked[:start]}{asked[end:]}" for start, end in spans], [asked[start:end] for start, end in spans]
