"""What quantity a question asks for, and whether a sentence states one: a length, a sum, a count."""

import re
from collections.abc import Callable

from rag.answer_forms import COUNTS, DATE, LENGTH, MONEY, form
from rag.lexical import stems

NUMBER = rf"(?:\d[\d.,]*|\b(?:{COUNTS}|seventy|eighty|ninety|hundreds?|thousands?|millions?|dozens?|half|none|both)\b)"
SPAN = (
    rf"(?:{NUMBER})(?:th)?[\s-](?:\w+ )?(?:years?|months?|weeks?|days?|hours?|minutes?|seconds?|decades?|times)\b|"
    r"\b(?:annual|year|month|dai|week|immediate|prompt|until|indefinite)\w*"
)
# What the question says -> what a sentence that states it holds.
UNITS = tuple(
    (re.compile(asked, re.IGNORECASE), re.compile(stated, re.IGNORECASE))
    for asked, stated in (
        (
            r"\bhow (?:heavy|massive)\b|\bweighs?\b|\bmass of\b",
            r"\d[\d.,]*\s?(?:kg|kilogram|gram|ton|lb|pound)|\b(?:tonnes|kilograms|grams|tons)\b",
        ),
        (r"\bhow old\b|\bat what age\b", r"\b(?:aged|age of|years? old|year-old|years of age|born)\b"),
        (
            r"\bvot(?:e|es|ed|ing)\b",
            rf"{NUMBER}\s(?:votes?|to\b|in favou?r|against|abstentions?|(?:states? )?voted|members?)|without a vote|"
            r"\bconsensus\b|\bunanim",
        ),
        (
            r"\bhow (?:high|far|tall|deep|wide|sharp|big)\b|"
            r"\b(?:altitude|height|distance|resolution|diameter|length)\b",
            LENGTH.pattern,
        ),
        (r"\bhow (?:long|soon|quickly|often)\b|\bfor how\b|\bwithin (?:what|how)\b", SPAN),
        (
            r"\bhow much (?:money|funding)\b|\b(?:costs?|price|budget|pa(?:y|ys|id)|fines?|fined|penalty|fees?|"
            r"spen[dt]|worth|dollars|euros)\b",
            MONEY.pattern,
        ),
        (r"\b(?:percent|percentage|per cent|share|proportion)\b", r"%|\bper ?cent\b|\b(?:half|third|quarter)\b"),
        (r"\btemperature\b|\bhow (?:hot|cold|warm)\b", r"\bdegrees\b|°|\bkelvin\b|\bcelsius\b"),
        (r"\bhow fast\b|\bspeed\b|\bvelocity\b", r"(?:km|kilomet\w+|miles|met(?:er|re)s) (?:per|an?) |km/h|m/s"),
    )
)
COUNTED = re.compile(
    r"\b(?:how many|number of) (?P<what>(?:(?!(?:is|are|was|were|do|does|did|has|have|had|can|must|should|may|will|of|"
    r"to|in|on|for|by|at|from|it|its|there)\b)[\w’'-]+ ?){1,4})",
    re.IGNORECASE,
)
MEMBERS = (
    r"countr(?:y|ies)|states?|nations?|members?|part(?:y|ies)|signator(?:y|ies)|partners?"  # often one and the same
)
MOMENT = re.compile(
    rf"{DATE.pattern}|(?:{NUMBER})[\s-](?:years?|months?|weeks?|days?|hours?|decades?)\b", re.IGNORECASE
)
FIGURE = re.compile(rf"(?<![\w-])(?!(?:1[89]|20)\d\d\b)\d[\d.,]*|\b(?:{COUNTS})\b", re.IGNORECASE)  # no year
WORD = re.compile(r"\w+")
FEWEST_LETTERS = 3  # of a word that is news

States = Callable[[str], bool]


def quantity(asked: str) -> States | None:
    """Tells of a text whether it states a quantity of the kind asked for; None where the question asks for none.

    Dates and plain figures that the question names itself do not count.
    """
    for cue, stated in UNITS:
        if cue.search(asked):
            return lambda text: bool(stated.search(text))
    if (counted := COUNTED.search(asked)) and (pattern := _counting(counted["what"])):
        return lambda text: bool(pattern.search(text))
    kind = form(asked)[0]
    if kind in ("date", "time", "figure"):
        known = frozenset(word.lower() for word in WORD.findall(asked))
        wanted = FIGURE if kind == "figure" else DATE if kind == "date" else MOMENT
        return lambda text: any(_is_news(found[0], known) for found in wanted.finditer(text))
    return None


def _counting(what: str) -> re.Pattern[str] | None:
    """A number of what is counted: right before its last word, in singular or plural, or behind "the number of"."""
    words = stems(what)
    if not words:
        return None
    root = rf"{re.escape(words[-1][: max(3, len(words[-1]) - 1)])}\w*"
    thing = f"(?:{MEMBERS})" if re.fullmatch(MEMBERS, what.split()[-1], re.IGNORECASE) else root
    before = rf"{NUMBER}(?:[\s-]+\w+){{0,3}}?[\s-]+{thing}"
    after = rf"\bnumber of {thing}(?:\W+\w+){{0,6}}?\W+(?:to|is|was|at|reached|exceeds?|exceeded) {NUMBER}"
    return re.compile(f"{before}|{after}", re.IGNORECASE)


def _is_news(found: str, known: frozenset[str]) -> bool:
    words = [word.lower() for word in WORD.findall(found)]
    return any(word not in known and (len(word) >= FEWEST_LETTERS or word.isdigit()) for word in words)
