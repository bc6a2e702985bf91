"""A follow-up -> a question that stands by itself, asked of a chat model and believed only where it adds nothing."""

import contextlib
import logging
import re
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from rag.chat_model import ChatModel
from rag.domain import Turn, Usage
from rag.errors import ModelError
from rag.markup import THINKING
from rag.prompts import REWRITE, lay_out_turns
from rag.question import telling
from rag.wording import fold, wording

SECONDS = 10.0  # to wait for it: there is a rewrite by rule to fall back on
LONGEST = 300  # characters of a rewritten question
MOST_HEARD = 4000  # characters of a model that thinks aloud first
LABEL = re.compile(r"^(?:(?:stand-?alone|rewritten|new|search)\s+)*(?:question|query)\s*:\s*", re.IGNORECASE)
AROUND = " \t*_`\"'“”‘’"
NOT_ASKED = re.compile(r"[<>{}\[\]|\\]|https?:|www\.", re.IGNORECASE)  # what no question has
logger = logging.getLogger(__name__)
APART = re.compile(r"[^\W\d_]+|\d[\d.,]*")


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A question as a model has rewritten it so far."""

    question: str | None = None  # None: not yet, or not to be believed
    usage: Usage | None = None


def rewritten(question: str, history: Sequence[Turn], model: ChatModel) -> Generator[Rewritten, None, None]:
    """The question as the model rewrites it; the last one counts, and has none where it fails, dawdles or invents.

    Yields at least once a tenth of a second; closing the generator ends the request.
    """
    started = time.monotonic()
    raw, usage = "", None
    try:
        with contextlib.closing(model.stream(REWRITE, lay_out_turns(question, history))) as pieces:
            for piece in pieces:
                if isinstance(piece, Usage):
                    usage = piece
                    continue
                raw += piece
                if len(raw) > MOST_HEARD or time.monotonic() - started > SECONDS:
                    return
                yield Rewritten()
    except ModelError as error:
        logger.info("A follow-up is rewritten by rule: %s", error)
        return
    yield Rewritten(believed(raw, question, history), usage)


def believed(raw: str, question: str, history: Sequence[Turn]) -> str | None:
    """The question in what a model said, if it is one: a single line, of names and numbers that had been said."""
    lines = [line for line in THINKING.sub("", raw).strip().splitlines() if line.strip()]
    if len(lines) != 1:
        return None
    asked = LABEL.sub("", lines[0].strip(AROUND)).strip(AROUND)
    said = " ".join([question, *(f"{turn.question} {turn.answer}" for turn in history)])
    fit = 0 < len(asked) <= LONGEST and not NOT_ASKED.search(asked)
    return asked if fit and _of_this(asked, question, said) and not _new(asked, said) else None


def _of_this(asked: str, question: str, said: str) -> bool:
    """Whether it keeps most of what is asked, in words of the conversation."""
    words, before, now = telling(asked), set(telling(said)), telling(question)
    known = sum(word in before for word in words)
    kept = sum(word in words for word in now)
    return 2 * known > len(words) and 2 * kept >= len(now)


def _new(asked: str, said: str) -> bool:
    """Whether it names or counts what nobody has named or counted."""
    before = {fold(word).rstrip(".,") for word in APART.findall(said)}
    stems = set(wording(said).stems)
    told = wording(asked)
    names = [name.text for name in told.names if name.sure and name.text not in before]
    numbers = [word.rstrip(".,") for word in APART.findall(asked) if word[0].isdigit()]
    return any(not stems.issuperset(telling(name)) for name in names) or any(word not in before for word in numbers)
