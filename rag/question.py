"""What a question asks for, told from its words alone."""

import re
from dataclasses import dataclass

from rag.lexical import stems

# Words that carry no subject: function words, question words, and the politeness around a question.
STOP_WORDS = """
a about above after again against all also am an and any are as at be because been before being below between both but
by can could did do does doing don down during each ever exactly few for from further get gets give given had has have
having he her here hers him his how i if in into is it its itself just kind know let list many may me mean means might
more most much must my name named no nor not of off on once only or other our out over own please precisely put s same
say says said shall she should so some such t tell than that the their them then there these they thing this those
through to too under until up upon very was way we were what when where whether which while who whom whose why will
with would you your find
"""
STOP_STEMS = frozenset(stems(STOP_WORDS))

FIGURE = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|half|third|hundreds?|thousands?|"
    r"millions?|billions?|twice|single)\b",
    re.IGNORECASE,
)
TIME = re.compile(
    r"\b(?:1[89]|20)\d\d\b|\b(?:January|February|March|April|May|June|July|August|September|October|November|December)\b|"
    r"\b(?:years?|months?|weeks?|days?|hours?|decades?|immediately|promptly|as soon as|before|after|until|upon)\b",
    re.IGNORECASE,
)
NAME = re.compile(r"(?<=[a-z,;:] )[A-Z][\w’'-]+|^[A-Z][\w’'-]+ [A-Z]|\b(?:States?|Part(?:y|ies)|Secretary|authorit)")
REASON = re.compile(
    r"\b(?:because|due to|owing|since|therefore|reasons?|so that|in order to|following|as a result|aim|purpose|caus)",
    re.IGNORECASE,
)
PLACE = re.compile(r"\b(?:in|at|on|from|to) (?:the )?[A-Z]")

# What the question begins with or holds -> what a sentence that answers it holds.
KINDS = (
    (re.compile(r"\bhow (?:many|much|large|big|few|high|far|heavy)\b|\bnumber of\b", re.IGNORECASE), FIGURE),
    (
        re.compile(
            r"\bwhen\b|\b(?:what|which) (?:year|date|day|month)\b|\bhow (?:long|soon|quickly|old|often)\b|"
            r"\bsince\b|\bby when\b|\bdeadline\b|\bwithin\b",
            re.IGNORECASE,
        ),
        re.compile(f"{TIME.pattern}|{FIGURE.pattern}", re.IGNORECASE),
    ),
    (re.compile(r"\bwho(?:m|se)?\b|\bwhich (?:countr|stat|nation|organi|agenc|compan|bod)", re.IGNORECASE), NAME),
    (re.compile(r"\bwhy\b|\bwhat (?:reason|caus)", re.IGNORECASE), REASON),
    (re.compile(r"\bwhere\b", re.IGNORECASE), PLACE),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a question asks for."""

    subject: tuple[str, ...]  # the stems of its telling words, each once, in order
    pattern: re.Pattern[str] | None  # what an answer holds, where the question tells


def wanted(question: str) -> Wanted:
    """What a question asks for."""
    words = tuple(dict.fromkeys(stem for stem in stems(question) if stem not in STOP_STEMS))
    pattern = next((answer for asked, answer in KINDS if asked.search(question)), None)
    return Wanted(words, pattern)
