"""An answer written by a chat model, every sentence checked against the passages that it cites."""

import contextlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rag.chat_model import ChatModel
from rag.dates import parse_date
from rag.domain import Citation, Hit, Statement, Support, Usage
from rag.lexical import stems
from rag.markup import Sentence, sentences
from rag.prompts import REFUSAL, UNSUPPORTED_NOTE, lay_out
from rag.verify import check

# "as of 23 April 2025", "(23 April 2025)": the date of the article, which the prompt shows, not the passage.
AS_OF = re.compile(r"\s*(?:\(|\b(?:as of|dated|published(?: on)?)\s+)([^(),;]{6,30}?\d)(?:\)|(?=[\s.,;]|$)),?", re.IGNORECASE)
REFUSING = re.compile(
    r"\b(?:documents?|passages?|librar(?:y|ies)|sources?|texts?|context|information)\b.{0,60}?"
    r"\b(?:do(?:es)?\s?(?:not|n[’']t)|did not|cannot|can[’']t|no)\b.{0,40}?"
    r"\b(?:answer|contain|mention|say|include|provide|address|information|specify|state|cover)",
    re.IGNORECASE,
)
ALIKE = 0.75  # share of stems from which a sentence is the refusal in other words


@dataclass(frozen=True, slots=True)
class Written:
    """An answer while it is written; each one replaces the one before."""

    statements: tuple[Statement, ...]
    citations: tuple[Citation, ...]
    abstained: bool = False
    usage: Usage | None = None
    complete: bool = False

    @property
    def text(self) -> str:
        """The statements with their marks, or the refusal."""
        if self.abstained:
            return REFUSAL
        return " ".join(
            " ".join(filter(None, (one.text, "".join(f"[{number}]" for number in one.citations))))
            for one in self.statements
        )


def generate(question: str, hits: Sequence[Hit], model: ChatModel, window: int) -> Iterator[Written]:
    """The answer to a question that stands by itself, while it grows; the last one is `complete`.

    While nothing new arrives the same Written comes again every tenth of a second; closing the generator ends the
    request. An answer without a sentence is an abstention. Raises ModelError, after what had been written.
    """
    if not hits:
        yield Written((), (), abstained=True, complete=True)
        return
    prompt = lay_out(question, hits, window)
    draft = _Draft(prompt.hits)
    raw, usage = "", None
    # `closing` also where this generator is left in the middle: the request must not go on.
    with contextlib.closing(model.stream(prompt.system, prompt.user)) as pieces:
        for piece in pieces:
            if isinstance(piece, Usage):
                usage = piece
                continue
            raw += piece
            if piece:
                draft.take(sentences(raw, ended=False))
            if draft.refused:
                break
            yield draft.written()
    draft.take(sentences(raw, ended=True))
    yield draft.written(usage=usage, complete=True)


@dataclass
class _Draft:
    """The sentences taken so far, and what they cite."""

    hits: tuple[Hit, ...]
    refused: bool = False
    _taken: int = 0
    _statements: list[Statement] = field(default_factory=list)
    _citations: dict[tuple[str, int, int, int], Citation] = field(default_factory=dict)  # in the order of numbers

    def take(self, found: Sequence[Sentence]) -> None:
        """Checks the sentences that are new."""
        for sentence in found[self._taken :]:
            if is_refusal(sentence.text) and not sentence.numbers:
                # Behind an answer it only says that this is all.
                self.refused = self.refused or not self._statements
            else:
                self._statements.append(self._statement(sentence))
        self._taken = max(self._taken, len(found))

    def written(self, *, usage: Usage | None = None, complete: bool = False) -> Written:
        """What there is."""
        if self.refused or (complete and not self._statements):
            return Written((), (), abstained=True, usage=usage, complete=complete)
        return Written(tuple(self._statements), tuple(self._citations.values()), usage=usage, complete=complete)

    def _statement(self, sentence: Sentence) -> Statement:
        # Models make numbers up: those are dropped, and a sentence left without any is held against every passage.
        cited = [self.hits[number - 1] for number in sentence.numbers if 1 <= number <= len(self.hits)]
        found = self._supported(sentence.text, cited)
        if found.support is not Support.VERIFIED:
            # A wrong mark is no reason to call a true sentence unsupported.
            anywhere = self._supported(sentence.text, self.hits)
            found = anywhere if cited == [] or _better(anywhere, found) else found
        return found

    def _supported(self, text: str, hits: Sequence[Hit]) -> Statement:
        checks = [(hit, check(_undated(text, hit), [hit.passage.text], [_heading(hit)])) for hit in hits]
        best = max((one.support for _, one in checks), key=_ORDER.index, default=Support.UNSUPPORTED)
        score = max((one.score for _, one in checks if one.support is best), default=0.0)
        if best is Support.UNSUPPORTED:
            return Statement(text + UNSUPPORTED_NOTE, (), best, score)
        supporting = [(hit, one) for hit, one in checks if one.support is best]
        if best is Support.PASSAGE_ONLY:  # a whole passage is much to read: one is enough
            supporting = [max(supporting, key=lambda pair: pair[1].score)]
        numbers = tuple(self._cite(hit, one.start, one.end) for hit, one in supporting[:MOST_CITED])
        return Statement(text, tuple(sorted(set(numbers))), best, score)

    def _cite(self, hit: Hit, start: int, end: int) -> int:
        passage = hit.passage
        key = (passage.article_id, passage.version, passage.start + start, passage.start + end)
        if key not in self._citations:
            self._citations[key] = Citation(
                number=len(self._citations) + 1,
                quote=passage.text[start:end],
                start=key[2],
                end=key[3],
                passage=passage,
                article=hit.article,
                also_in=hit.also_in,
            )
        return self._citations[key].number
