"""Several documents that one question names by their titles, and that are all wanted."""

import re
from collections.abc import Mapping

from rag.lexical import stems
from rag.question import telling

BETWEEN = re.compile(r"[,;?:]|\b(?:and|or|versus|vs\.?|with|against|from|to|than|in|under|by|of)\b", re.IGNORECASE)
NAME = re.compile(r"\b[A-Z][\w’'-]*(?:\s+[A-Z][\w’'-]*)+")
COVERED = 0.6  # of a piece of the question, from which a title names it
FEWEST = 2  # words of a title that name it


def named_together(question: str, titles: Mapping[str, str], *, compares: bool) -> tuple[frozenset[str], ...]:
    """For each document that the question names, the articles that may be it; nothing where it names only one.

    `titles`: article id -> title. Only where a question `compares` is a name believed that is written small.
    """
    held = {article: frozenset(stems(title)) for article, title in titles.items()}
    groups = dict.fromkeys(found for piece in BETWEEN.split(question) if (found := _named(piece, held, compares)))
    return tuple(groups) if len(groups) > 1 else ()


def _named(piece: str, held: Mapping[str, frozenset[str]], small: bool) -> frozenset[str]:
    """The articles whose title has most words of a piece of the question, if those are enough."""
    name = NAME.search(piece)
    if name is None and not small:
        return frozenset()
    words = telling(name[0] if name else piece)
    counts = {article: sum(word in title for word in words) for article, title in held.items()}
    most = max(counts.values(), default=0)
    if most < FEWEST or most < COVERED * len(words):
        return frozenset()
    return frozenset(article for article, count in counts.items() if count == most)
