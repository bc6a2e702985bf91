"""A follow-up -> a question that stands by itself, without a model."""

import re
from collections.abc import Sequence
from datetime import date

from rag.domain import Turn
from rag.leaning import leans, opens
from rag.messages import CHATTING, read_message
from rag.question import telling

MOST_BACK = 6  # turns that are gone back to the one that began the subject
MOST_NAMES = 3
NAME = re.compile(r"\b[A-Z][\w’'-]+(?:(?: of(?: the)?)? [A-Z][\w’'-]+)*")
ARTICLE = re.compile(
    r"(?:The|A|An|In|On|At|For|This|That|It|He|She|But|And)\s+(?=[A-Z])|(?:What|Who|When|Where|Why|How|Which)\b"
)
ASKS_NAME = re.compile(r"\W*(?:\w+ )?(?:who|whom|whose|which)\b", re.IGNORECASE)
ASKS_THING = re.compile(r"\W*(?:\w+ )?what\b", re.IGNORECASE)
PERSON = re.compile(r"\b(?:he|she|him|his|hers?|they|them|their)\b", re.IGNORECASE)
# "And the Moon Agreement?": a name in the place of another.
INSTEAD = re.compile(
    r"\W*(?i:(?:and |but |or |so )?(?:what about |how about )?(?:(?:in|for|under|by|of|to|with|from|on) )?)"
    r"(?P<new>(?P<the>the )?"
    r"(?P<name>[A-Z][\w’'.-]*(?:(?: (?:of(?: the)?|on(?: the)?|and|for))? [A-Z0-9][\w’'.-]*)*))\W*$"
)
PART = re.compile(
    r"\b(?P<kind>Article|Guideline|Principle|Section|Paragraph|Chapter|Annex)\s+(?P<number>[\dA-Z][\w.]*)"
)
MEMBERS = re.compile(r"\W*(?:which|what) (?:countr|stat|nation|member|government|compan|firm|agenc)", re.IGNORECASE)
IT = re.compile(r"\b(?:it|they)\b", re.IGNORECASE)


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The question with the subject of the turns before, where it leans on it; else as it is.

    `About “what was asked before” (names in its answer): what is asked now`, which `rag.question.read` understands; or,
    where only a name changes, the question before with the new one.
    """
    turns = _spoken(history)
    if not turns or not leans(question):
        return question
    last = _asked(turns)
    if swapped := _swapped(question, last):
        return swapped
    before = _before(question, [*(turn.question for turn in turns[:-1]), last])
    asked_name = ASKS_NAME.match(last) or (ASKS_THING.match(last) and not _named(last))
    names = _names(turns[-1].answer, before) if asked_name or PERSON.search(question) else []
    told = f" ({', '.join(names)})" if names else ""
    return f"About “{before}”{told}: {question}"


def _spoken(history: Sequence[Turn]) -> list[Turn]:
    """The turns that speak of a subject."""
    return [turn for turn in history if not _chatting(turn.question)]


def _chatting(question: str) -> bool:
    message = read_message(question, date.min.replace(year=2000))  # what day it is makes no difference here
    return message is not None and message.kind in CHATTING


def _asked(turns: Sequence[Turn]) -> str:
    """The last question as it was understood, where it took a name from the one before."""
    last = turns[-1].question
    if len(turns) > 1 and leans(last):
        return _swapped(last, _asked(turns[:-1][-MOST_BACK:])) or last
    return last


def _swapped(question: str, before: str) -> str:
    """The question before with the one name of this in the place of its own; "" where that is not sure."""
    new = INSTEAD.match(question)
    if not new:
        return ""
    if part := PART.fullmatch(new["name"]):
        old = [found for found in PART.finditer(before) if found["kind"] == part["kind"]]
        return before.replace(old[0][0], part[0]) if len(old) == 1 else ""
    names = _named(before)
    if not names and len(IT.findall(before)) == 1:
        return IT.sub(new["new"], before)
    if len(names) != 1 or not telling(before.replace(names[0][0], "")):
        return ""
    start, rest = names[0].start(), before[names[0].end() :]
    if not _alike(before[:start], names[0][0], new):
        return ""
    kind = " " + new["name"].split()[-1].lower()  # "the LTS guidelines", "the Debris Mitigation Guidelines"
    return before[:start] + new["name"] + rest.removeprefix(kind)


def _named(question: str) -> list[re.Match[str]]:
    uncapitalised = question[:1].lower() + question[1:]  # "Did China" is no name
    return [found for found in NAME.finditer(uncapitalised) if not ARTICLE.match(found[0])]


def _alike(ahead: str, old: str, new: re.Match[str]) -> bool:
    """Whether two names are of one kind, as far as their looks tell: a country is no treaty, and no agency."""
    if ahead.endswith("the ") or new["the"]:
        return ahead.endswith("the ") and bool(new["the"])
    return old.isupper() == new["name"].isupper() and not MEMBERS.match(ahead)


def _before(question: str, asked: Sequence[str]) -> str:
    """What was asked before: the last question, after the one that began the subject where it leans on that."""
    last = asked[-1]
    if not leans(last):
        return last
    first = next((one for one in asked[-2 : -MOST_BACK - 2 : -1] if not leans(one)), asked[0])
    if first is last:
        return last
    # "And in orbit?", "What about aircraft?": both go on with the first.
    return first if opens(question) and opens(last) else f"{first} {last}"


def _names(answer: str, before: str) -> list[str]:
    """What the answer names that was not named before."""
    known = set(telling(before))
    found = (ARTICLE.sub("", match[0]) for match in NAME.finditer(answer))
    names = dict.fromkeys(name for name in found if " " in name or name.isupper())
    return [name for name in names if name and not known.issuperset(telling(name))][:MOST_NAMES]
