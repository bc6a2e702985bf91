"""What a message wants when it asks for no fact: a greeting, a summary, what there is on a topic, in a time, by whom.

Recognised by its whole wording, never by a word of it: "What happened in 2025?" is one; "What happened to the satellite
in 2025?" asks for a fact and is none.
"""

import re
from dataclasses import dataclass
from datetime import date

from rag.message_forms import AFTER, ASKING, BEFORE, COMPILED, HELLO, PART, Kind
from rag.periods import period
from rag.question import COMPARES, telling

CHATTING = frozenset({Kind.GREETING, Kind.THANKS, Kind.ABILITIES, Kind.HOLDINGS})  # they speak of no subject
QUOTES = "“”\"'‘ "
IS = re.compile(r"\b(what|how|who|that)['’]s\b", re.IGNORECASE)
MOST_WORDS = 30  # of a message with a title in it


@dataclass(frozen=True, slots=True)
class Message:
    """A message that asks for no fact."""

    kind: Kind
    topic: str = ""  # "": none; of a summary, the article that was spoken of last
    outlet: str = ""  # as it was typed
    since: date | None = None
    until: date | None = None


def read_message(text: str, today: date) -> Message | None:
    """What a message wants that asks for no fact; None for every other."""
    said = IS.sub(r"\1 is", " ".join(text.split()))
    if len(said.split()) > MOST_WORDS:
        return None
    rest = BEFORE.sub("", AFTER.sub("", said), count=1)
    if not rest and HELLO.match(said):
        return Message(Kind.GREETING)
    for kind, form in COMPILED:
        # "OK" is a form, and what may stand before one.
        found = form.fullmatch(rest) or form.fullmatch(AFTER.sub("", said))
        if found and (message := _message(kind, found, today)):
            return message
    return None


def _message(kind: Kind, found: re.Match[str], today: date) -> Message | None:
    """The message that a form found; None where what it is about makes a question of it."""
    parts = {name: value.strip(QUOTES) for name, value in found.groupdict().items() if value}
    topic = parts.get("topic", "")
    if topic and _asks(topic):
        return None
    since = until = None
    if "when" in parts:
        days = period(parts["when"], today)
        if days is None:
            return None
        since, until = days
    return Message(kind, topic, parts.get("outlet", ""), since, until)


def _asks(topic: str) -> bool:
    """Whether a topic is a question, part of a document, or nothing that can be looked for."""
    return bool(PART.search(topic) or ASKING.match(topic) or COMPARES.search(topic)) or not telling(topic)
