"""The search for one question: its slips set right, and narrowed to the dates of publication that it names.

A window that the question names of what was said or happened may be the wrong guess: the answer can stand in an article
of another time. So all articles are searched where those of the window do not answer, and where they do so less surely.
"""

import time
from dataclasses import dataclass, replace
from datetime import date

from rag.domain import Filters, Hit
from rag.quotes import Quoted, quote
from rag.retriever import Retriever
from rag.spelling import spelled
from rag.windows import Window, window

SURER = 0.02  # by which an answer must be surer than one from the window


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for a question, and how it was searched for."""

    question: str  # its slips set right
    filters: Filters  # as applied
    hits: tuple[Hit, ...]
    quoted: Quoted
    notices: tuple[str, ...]
    seconds: float  # spent on searching


def find(question: str, filters: Filters, retriever: Retriever, today: date) -> Found:
    """The hits of a question that stands by itself, and what they answer."""
    right = spelled(question, retriever.library)
    wanted = window(question, today)
    if wanted is None or wanted.narrowed(filters) == filters:
        return _searched(right.text, filters, retriever, right.notices)
    narrowed = wanted.narrowed(filters)
    if narrowed is None:
        notice = f"The question is about articles published {wanted.when}, which the date filter leaves out."
        return _searched(right.text, filters, retriever, (*right.notices, notice))
    inside = _searched(right.text, narrowed, retriever, (*right.notices, _said(wanted)))
    if inside.quoted.answers and wanted.sure:
        return inside
    less = "answer this less well" if inside.quoted.answers else "do not answer this"
    notice = f"Articles published {wanted.when} (from the question) {less}, so all were searched."
    outside = _searched(right.text, filters, retriever, (*right.notices, notice), inside.seconds)
    better = outside.quoted.confidence > inside.quoted.confidence + SURER
    if not inside.hits or (outside.quoted.answers and (better or not inside.quoted.answers)):
        return outside
    return replace(inside, seconds=outside.seconds)


def _searched(
    question: str, filters: Filters, retriever: Retriever, notices: tuple[str, ...], before: float = 0.0
) -> Found:
    started = time.perf_counter()
    hits = retriever.search_as_it_is(question, retriever.library.settings.hits, filters)
    seconds = before + time.perf_counter() - started
    return Found(question, filters, hits, quote(question, hits, retriever.library), notices, seconds)


def _said(wanted: Window) -> str:
    return f"Searched articles published {wanted.when} (from the question)."
