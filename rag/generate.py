"""An answer written by a chat model, every sentence checked against the passages that it cites."""

import contextlib
import re
from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

from rag.chat_model import ChatModel
from rag.dates import parse_date
from rag.domain import Check, Citation, Hit, Statement, Support, Usage, marked
from rag.errors import ModelCutOff, ModelUnsupported, PromptTooLong
from rag.lexical import stems
from rag.markup import Sentence, cut, sentences
from rag.prompts import REFUSAL, UNSUPPORTED_NOTE, Budget, Prompt, lay_out
from rag.verify import check

# "as of 23 April 2025", "(2025-04-23)": the date of the article, which the prompt shows and the passage may not.
AS_OF = re.compile(
    r"\s*(?:\(|\b(?:as of|dated|published(?: on)?)\s+)([^();]{3,20}?\b\d{4}|\d{4}-\d\d-\d\d)(?:\)|(?=[\s.,;]|$)),?",
    re.IGNORECASE,
)
REFUSING = re.compile(
    r"(?:unfortunately,?\s|sorry,?\s(?:but\s)?|based on [^,]{1,60},\s)?(?:"
    r"(?:the|these|those|none of the|no)\s(?:\w+\s)?(?:documents?|passages?|context|sources?)\b.{0,40}?"
    r"\b(?:do(?:es)?\s?(?:not|n[’']t)|cannot|can[’']t|answers?)\b|i (?:can(?:not|[’']t)|am unable to)\b"
    r"|there is (?:no|not enough) information\b).{0,40}?"
    r"(?:\b(?:answer|contain|mention|provide|address|include|specify|say|state|cover)|information\b|question\b)",
    re.IGNORECASE,
)
ALIKE = 0.7  # share of stems from which a sentence is the refusal in other words
MOST_CITED = 3  # passages behind one sentence
MOST_SENTENCES = 20  # of an answer; five are asked for
MOST_REPEATED = 3  # times that one sentence may come
TOO_LONG = "The chat model reads less than SPACE_POLICY_WINDOW says"
ENDLESS = "The chat model did not come to an end and was stopped."
CLOSING = "\"”’')]"  # what may stand behind the end of a sentence
ORDER = (Support.UNSUPPORTED, Support.PASSAGE_ONLY, Support.VERIFIED)


@dataclass(frozen=True, slots=True)
class Written:
    """An answer while it is written; each one replaces the one before."""

    statements: tuple[Statement, ...]
    citations: tuple[Citation, ...]
    rest: str = ""  # of a sentence that is not complete, and so not checked
    abstained: bool = False
    notices: tuple[str, ...] = ()
    usage: Usage | None = None
    complete: bool = False

    @property
    def text(self) -> str:
        """The statements with their marks and the rest, or the refusal."""
        return REFUSAL if self.abstained else " ".join(filter(None, (marked(self.statements), self.rest)))


def generate(
    question: str, hits: Sequence[Hit], model: ChatModel, budget: Budget, *, drop: bool = False
) -> Generator[Written, None, None]:
    """The answer to a question that stands by itself, while it grows; the last one is `complete`.

    While nothing new arrives the same Written comes again every tenth of a second; closing the generator ends the
    request. An answer without a sentence is an abstention. `drop` leaves out what nothing supports and says how much
    that was. Where the prompt is too long for the model, it is asked once more with fewer passages; `budget` learns.
    Where the model has no room to end its answer, what is whole of it is kept, and that is said.
    Raises ModelError, after what had been written; ModelUnsupported where `drop` leaves nothing.
    """
    if not hits:
        yield Written((), (), abstained=True, complete=True)
        return
    prompt = lay_out(question, hits, budget.characters)
    try:
        yield from _write(prompt, _Draft(prompt.hits, drop), model, budget)
    except PromptTooLong:
        budget.refuse(prompt)
        shorter = lay_out(question, hits, budget.characters)
        if len(shorter.hits) == len(prompt.hits):
            raise
        notices = [f"{TOO_LONG}: only the best {len(shorter.hits)} of {len(hits)} were sent."]
        yield from _write(shorter, _Draft(shorter.hits, drop, notices), model, budget)


def _write(prompt: Prompt, draft: "_Draft", model: ChatModel, budget: Budget) -> Generator[Written, None, None]:
    raw, usage, cut_off = "", None, None
    # `closing` also where this generator is left in the middle: the request must not go on.
    with contextlib.closing(model.stream(prompt.system, prompt.user)) as pieces:
        try:
            for piece in pieces:
                if isinstance(piece, Usage):
                    usage = piece
                    budget.learn(prompt, usage)
                    continue
                raw += piece
                if piece:
                    draft.take(*cut(raw))
                if draft.ended:
                    break
                yield draft.written()
        except ModelCutOff as error:
            cut_off = error
    draft.finish(raw, cut_off)
    if draft.dropped and not draft.refused and not draft.statements:
        message = f"The documents support none of the sentences ({draft.dropped}) that {model.name} wrote."
        raise ModelUnsupported(" ".join([message, *draft.notices]))
    yield draft.written(usage=usage, complete=True)


def _whole(found: tuple[Sentence, ...]) -> tuple[Sentence, ...]:
    """Without a last sentence that has no end."""
    return found if not found or found[-1].text.rstrip(CLOSING).endswith((".", "!", "?")) else found[:-1]


def _left_out(count: int) -> str:
    what = (
        "1 sentence that the documents do not support was"
        if count == 1
        else f"{count} sentences that the documents do not support were"
    )
    return f"{what} left out."


@dataclass(frozen=True, slots=True)
class _Held:
    """A sentence held against one hit."""

    hit: Hit
    check: Check

    @property
    def worth(self) -> tuple[int, float]:
        """Higher is better."""
        return ORDER.index(self.check.support), self.check.score


def _held(text: str, hits: Sequence[Hit]) -> list[_Held]:
    """The sentence against each hit by itself, best first."""
    held = [_Held(hit, check(_undated(text, hit), [hit.passage.text], [_heading(hit)])) for hit in hits]
    return sorted(held, key=lambda one: one.worth, reverse=True)


def _heading(hit: Hit) -> str:
    return " | ".join(filter(None, (hit.article.title, hit.passage.section, hit.article.outlet)))


def _undated(text: str, hit: Hit) -> str:
    """The sentence without the date of the hit's article, where it is given as just that."""

    def kept(match: re.Match[str]) -> str:
        published = hit.article.published
        return "" if published and parse_date(match[1]) == published else match[0]

    return AS_OF.sub(kept, text)


def is_refusal(sentence: str) -> bool:
    """Whether a sentence is the refusal, also in somewhat other words."""
    mine, theirs = set(stems(sentence)), set(stems(REFUSAL))
    return bool(REFUSING.match(sentence)) or len(mine & theirs) >= ALIKE * len(mine | theirs)


@dataclass
class _Draft:
    """The sentences taken so far, and what they cite."""

    hits: tuple[Hit, ...]
    drop: bool = False  # what nothing supports
    notices: list[str] = field(default_factory=list)
    refused: bool = False
    ended: bool = False  # nothing more is wanted of the model
    dropped: int = 0  # sentences
    rest: str = ""  # of the text, not yet checked
    statements: list[Statement] = field(default_factory=list)
    _taken: Counter[str] = field(default_factory=Counter)
    _citations: dict[tuple[str, int, int, int], Citation] = field(default_factory=dict)  # in the order of numbers

    def take(self, found: Sequence[Sentence], rest: str = "") -> None:
        """Checks the sentences that are new; the `rest` is what there is of the next one."""
        # What may have to be left out is not shown before that is known.
        self.rest = "" if self.drop else rest
        for sentence in found[self._taken.total() :]:
            self._taken[sentence.text] += 1
            if self._taken[sentence.text] == MOST_REPEATED or self._taken.total() > MOST_SENTENCES:
                self.notices.append(ENDLESS)
                self.ended = True
                return
            if is_refusal(sentence.text) and not sentence.numbers:
                # Behind an answer it only says that this is all.
                self.ended = self.refused = self.refused or not self.statements
            else:
                self._take(self._statement(sentence))

    def finish(self, raw: str, cut_off: ModelCutOff | None) -> None:
        """Takes what is left of all that was said. Raises `cut_off`, where no sentence came to its end before it."""
        if self.ended:
            return
        found = sentences(raw, ended=True)
        if cut_off:
            found = _whole(found)
            if not found:
                raise cut_off
            self.notices.append(f"{cut_off} What there was of its last sentence is left out.")
        self.take(found)

    def written(self, *, usage: Usage | None = None, complete: bool = False) -> Written:
        """What there is."""
        if self.refused or (complete and not self.statements):
            return Written((), (), abstained=True, usage=usage, complete=complete)
        return Written(
            tuple(self.statements),
            tuple(self._citations.values()),
            rest="" if complete else self.rest,
            notices=(*self.notices, *([_left_out(self.dropped)] if self.dropped else [])),
            usage=usage,
            complete=complete,
        )

    def _take(self, statement: Statement) -> None:
        if self.drop and statement.support is Support.UNSUPPORTED:
            self.dropped += 1
        else:
            self.statements.append(statement)

    def _statement(self, sentence: Sentence) -> Statement:
        # Models make numbers up: those are dropped, and a sentence left without any is held against every passage.
        cited = [self.hits[number - 1] for number in sentence.numbers if 1 <= number <= len(self.hits)]
        found = _held(sentence.text, cited)[:MOST_CITED]
        if not found or found[0].check.support is not Support.VERIFIED:
            # A wrong mark is no reason to call a true sentence unsupported.
            anywhere = _held(sentence.text, self.hits)[:1]
            found = max(found[:1], anywhere, key=lambda held: held[0].worth if held else (-1, 0.0))
        best = found[0].check
        if best.support is Support.UNSUPPORTED:
            return Statement(sentence.text + UNSUPPORTED_NOTE, (), best.support, best.score)
        alike = [held for held in found if held.check.support is best.support]
        if best.support is Support.PASSAGE_ONLY:  # a whole passage is much to read: one is enough
            alike = alike[:1]
        numbers = {self._cite(held.hit, held.check.start, held.check.end) for held in alike}
        return Statement(sentence.text, tuple(sorted(numbers)), best.support, best.score)

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
