"""A file of questions with known answers -> measured quality.

The format is that of the golden questions: one JSON object a line with `id`, `kind`, `question`, `history`,
`answerable`, `sources` (file stems), `evidence`, `must_match` and `must_not_match` (regular expressions). Only
`question` and `answerable` must be there.
"""

import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from rag.assistant import Assistant
from rag.domain import Answer, Citation, Hit, Turn
from rag.errors import SpacePolicyError

# Kinds whose sources prove the answer together; in all others each source, each piece, proves it alone.
TOGETHER = ("multi_document", "comparison", "conflict_or_nuance")
DEPTHS = (1, 4, 8)
CHARACTERS = 6000
EDGE = 60  # characters of the beginning or end of a piece of evidence that count as the piece
MOST_HITS = 30


class QuestionsUnreadable(SpacePolicyError):
    """A file of questions cannot be read."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question with what is known of its answer."""

    id: str
    kind: str
    question: str
    history: tuple[Turn, ...]
    answerable: bool
    sources: tuple[str, ...]
    evidence: tuple[str, ...]
    must_match: tuple[str, ...]
    must_not_match: tuple[str, ...]

    @classmethod
    def read(cls, row: Mapping[str, Any], number: int) -> "Asked":
        """From one line of the file. Raises ValueError, TypeError, KeyError, AttributeError."""
        lists = {name: _texts(row.get(name, ())) for name in ("sources", "evidence", "must_match", "must_not_match")}
        history = tuple(Turn(*_texts(turn)) for turn in row.get("history", ()))
        name, kind = str(row.get("id", number)), str(row.get("kind", "question"))
        (question,) = _texts([row["question"]])
        if not isinstance(row["answerable"], bool):
            raise TypeError("answerable is true or false")
        for pattern in (*lists["must_match"], *lists["must_not_match"]):
            _compiled(pattern)
        return cls(name, kind, question, history, row["answerable"], **lists)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question."""

    asked: Asked
    text: str
    abstained: bool
    wrong: str  # why; "" when right
    score: float  # of the best statement, 0..1; 0 when abstained
    words: int
    statements: int
    citations: int
    exact: int  # of them, whose quote stands in its article word for word
    found: Mapping[
        str, bool
    ]  # "1", "4", "8", "6000" -> whether the evidence is in that many hits, or characters of them
    seconds: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What came of all questions. Shares are None where there is nothing to share."""

    outcomes: tuple[Outcome, ...]

    @property
    def kinds(self) -> dict[str, tuple[int, int]]:
        """Kind -> how many are right, of how many."""
        counts: dict[str, tuple[int, int]] = {}
        for one in self.outcomes:
            right, total = counts.get(one.asked.kind, (0, 0))
            counts[one.asked.kind] = (right + (not one.wrong), total + 1)
        return counts

    @property
    def recall(self) -> dict[str, float | None]:
        """How much of the evidence is found in the first 1, 4, 8 hits, and in their first 6,000 characters."""
        names = (*map(str, DEPTHS), str(CHARACTERS))
        with_evidence = [one for one in self.outcomes if one.found]
        return {name: _share([one.found[name] for one in with_evidence]) for name in names}

    @property
    def figures(self) -> dict[str, float | None]:
        """Name -> value."""
        answerable = [one for one in self.outcomes if one.asked.answerable]
        unanswerable = [one for one in self.outcomes if not one.asked.answerable]
        refused = [one for one in self.outcomes if one.abstained]
        seconds = sorted(one.seconds for one in self.outcomes)
        cited = sum(one.citations for one in self.outcomes)
        return {
            "answerable right": _share([not one.wrong for one in answerable]),
            "answerable refused": _share([one.abstained for one in answerable]),
            "unanswerable refused": _share([one.abstained for one in unanswerable]),
            "refusals right": _share([not one.asked.answerable for one in refused]),
            **{f"evidence in {name}": value for name, value in self.recall.items()},
            "quotes exact": sum(one.exact for one in self.outcomes) / cited if cited else None,
            "median words": median(one.words for one in answerable) if answerable else None,
            "most statements": max((one.statements for one in self.outcomes), default=None),
            "milliseconds, median": 1000 * seconds[len(seconds) // 2] if seconds else None,
            "milliseconds, 95 %": 1000 * seconds[int(0.95 * (len(seconds) - 1))] if seconds else None,
        }

    @property
    def table(self) -> tuple[str, ...]:
        """Lines to print."""
        kinds = [f"{kind:22} {right:3} of {total:3}" for kind, (right, total) in self.kinds.items()]
        figures = [f"{name:22} {_shown(value)}" for name, value in self.figures.items()]
        wrong = [f"{one.asked.id:6} {one.asked.question[:70]}: {one.wrong}" for one in self.outcomes if one.wrong]
        return (*kinds, "", *figures, *(["", "Wrong:", *wrong] if wrong else []))


def evaluate(questions: Path | Sequence[Mapping[str, Any]], assistant: Assistant) -> Evaluation:
    """Asks all questions. Raises QuestionsUnreadable, EmptyLibrary."""
    asked = tuple(
        _read(questions) if isinstance(questions, Path) else map(Asked.read, questions, range(len(questions)))
    )
    stems = {article.id: Path(article.source).stem for article in assistant.library.articles()}
    if asked:
        assistant.answer(asked[0].question)  # warm-up: the model is opened
    return Evaluation(tuple(_outcome(one, assistant, stems) for one in asked))


def _read(path: Path) -> Iterator[Asked]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionsUnreadable(
            f"{path} cannot be read ({error}). Name a file with one JSON object a line."
        ) from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield Asked.read(json.loads(line), number)
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
                message = f'{path}, line {number} is no question ({error!r}). It needs "question" and "answerable".'
                raise QuestionsUnreadable(message) from error


def _texts(value: str | Sequence[object]) -> tuple[str, ...]:
    found = (value,) if isinstance(value, str) else tuple(value)
    if not all(isinstance(one, str) for one in found):
        raise TypeError(f"{value!r} is no list of texts")
    return tuple(map(str, found))


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from error


def _outcome(asked: Asked, assistant: Assistant, stems: Mapping[str, str]) -> Outcome:
    started = time.perf_counter()
    answer = assistant.answer(asked.question, asked.history)
    seconds = time.perf_counter() - started
    found: dict[str, bool] = {}
    if asked.evidence:
        hits = assistant.retriever.search(answer.standalone_question, MOST_HITS)
        found = {str(depth): _proven(asked, hits[:depth], stems) for depth in DEPTHS}
        found[str(CHARACTERS)] = _proven(asked, _within(hits, CHARACTERS), stems)
    return Outcome(
        asked=asked,
        text=answer.text,
        abstained=answer.abstained,
        wrong=_wrong(asked, answer, stems),
        score=max((statement.score for statement in answer.statements), default=0.0),
        words=len(answer.text.split()),
        statements=len(answer.statements),
        citations=len(answer.citations),
        exact=sum(_exact(citation, assistant) for citation in answer.citations),
        found=found,
        seconds=seconds,
    )


def _wrong(asked: Asked, answer: Answer, stems: Mapping[str, str]) -> str:
    """Why the answer is wrong; "" when it is right."""
    if not asked.answerable:
        return "" if answer.abstained else "answered"
    if answer.abstained:
        return "refused"
    text = " ".join(answer.text.split())
    missing = [pattern for pattern in asked.must_match if not re.search(pattern, text, re.IGNORECASE)]
    bait = [pattern for pattern in asked.must_not_match if re.search(pattern, text, re.IGNORECASE)]
    if missing or bait:
        return " and ".join([*(f"lacks {pattern}" for pattern in missing), *(f"says {pattern}" for pattern in bait)])
    cited = [(stems.get(one.article.id), one.passage.text) for one in answer.citations]
    return "" if not asked.evidence or any(map(any, _pieces(asked, cited))) else "cites no evidence"


def _proven(asked: Asked, hits: Sequence[Hit], stems: Mapping[str, str]) -> bool:
    pieces = _pieces(asked, [(stems.get(hit.article.id), hit.passage.text) for hit in hits])
    return all(map(any, pieces)) if asked.kind in TOGETHER else any(map(any, pieces))


def _pieces(asked: Asked, passages: Sequence[tuple[str | None, str]]) -> list[list[bool]]:
    """For each piece of evidence, whether each passage holds it."""
    flat = [(stem, _flat(text)) for stem, text in passages]
    pieces = [_flat(piece) for piece in asked.evidence]
    return [
        [stem in asked.sources and (piece[:EDGE] in text or piece[-EDGE:] in text) for stem, text in flat]
        for piece in pieces
    ]


def _flat(text: str) -> str:
    return " ".join(text.split())


def _within(hits: Sequence[Hit], characters: int) -> list[Hit]:
    taken = []
    for hit in hits:
        characters -= len(hit.passage.text)
        if characters < 0:
            break
        taken.append(hit)
    return taken


def _exact(citation: Citation, assistant: Assistant) -> bool:
    article = assistant.library.article(citation.article.id, citation.article.version)
    return article.text[citation.start : citation.end] == citation.quote


def _share(values: Sequence[bool]) -> float | None:
    return sum(values) / len(values) if values else None


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}" if value > 1 else f"{value:.3f}"
