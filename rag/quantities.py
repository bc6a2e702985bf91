"""What a question asks for outright, and whether a sentence states it: a length, a sum, a count, a date, a person.

What is found here must be stated, or nothing answers (`rag.required`): so a cue is what asks, not what is spoken of.
"""

import re
from collections.abc import Callable

from rag.answer_forms import COUNTS, DATE, LENGTH, MONEY, MONTHS, form
from rag.lexical import stems
from rag.tokens import SMALL

NUMBER = rf"(?:\d[\d.,]*|\b(?:{COUNTS}|seventy|eighty|ninety|hundreds?|thousands?|millions?|dozens?|half|none|both)\b)"
YEAR = r"(?:1[89]|20)\d\d\b"
SPAN = (
    rf"(?:{NUMBER})(?:th)?[\s-](?:\w+ )?(?:years?|months?|weeks?|days?|hours?|minutes?|seconds?|decades?|times)\b|"
    r"\b(?:annual|year|month|dai|week|immediate|prompt|until|indefinite)\w*"
)
VOTES = (
    rf"{NUMBER}\s(?:votes?|in favou?r|against|abstentions?|(?:states? )?voted)|\b\d{{1,3}} to \d{{1,3}}\b|"
    r"without a vote|\bconsensus\b|\bunanim"
)
MASS = r"\d[\d.,]*\s?(?:kg|kilogram|gram|ton|lb|pound)|\b(?:tonnes|kilograms|grams|tons)\b"
_SUM = r"(?:cost|price|budget|fine|fee|penalty|rent|salary|funding)"
# "What (is the maximum) ...": the thing that is measured is asked for itself, not spoken of in a question about others.
_WHAT = (
    r"\b(?:what|which)(?: (?:is|was|are|were|would|will))?(?: (?:the|an?))?"
    r"(?: (?!(?:say|do|does|did|must|should|shall|may|can)\b)[\w’'-]+){0,2}"
)
_NO_WH = r"^(?!.*\b(?:what|which|who|whom|whose|how|when|where|why)\b).*"  # words thrown in: "annual fee of the club"
MONEY_ASKED = (
    r"\bhow much (?:money|funding|rent|tax|compensation)\b|"
    r"\bhow much\b.*\b(?:pa(?:y|ys|id)|costs?|spen[dt]s?|worth|charged?|earns?|owes?|insured|claim(?:ed)?|fined?|"
    rf"raise)\b|{_WHAT} {_SUM}\b|\bwhat (?:does|did|will|would) (?:(?!say\b)[\w’'-]+ ){{1,5}}cost\b|"
    rf"\bwhat (?:is|was|are) charged\b|{_NO_WH}\b{_SUM}\b|\bhow (?:high|large|big) .*\b{_SUM}\b"
)
# Whoever asks who, why or whether asks for no quantity, whatever else the question names.
NO_QUANTITY = re.compile(
    r"^\W*(?:and |but |so )?(?:(?:in|by|to|for|with|on|of|under|from) )?(?:who|whom|whose|why|where|is|are|was|were|do|"
    r"does|did|can|could|may|must|should|shall|will|would|has|have|had)\b",
    re.IGNORECASE,
)
# What the question says -> what a sentence that states it holds.
UNITS = tuple(
    (re.compile(asked, re.IGNORECASE), re.compile(stated, re.IGNORECASE))
    for asked, stated in (
        (r"\bhow (?:heavy|massive)\b|\bweighs?\b|\b(?:mass|weight) of\b", MASS),
        (r"\bhow old\b|\bat what age\b", r"\b(?:aged|age of|years? old|year-old|years of age|born)\b"),
        (
            r"\b(?:what|which) (?:was|is|were) the (?:\w+ )?vote\b|\b(?:what|how many|number of) votes?\b|"
            r"\bhow many\b.*\b(?:vot|oppos|abstain)|^\W*(?:the )?vote\b",
            VOTES,
        ),
        (
            r"\b(?:how|what) (?:high|far|tall|deep|wide|sharp|big)\b|"
            rf"(?:{_WHAT}|{_NO_WH}) (?:altitude|height|distance|diameter)\b(?! (?:rule|limit|of the (?:rule|law)))",
            LENGTH.pattern,
        ),
        (
            r"\bhow (?:long|soon|quickly|often)\b|\bwithin how (?:many|long)\b|\bwithin what (?:time|period)\b|"
            r"\b(?:jail|prison) (?:term|sentence|time)\b",
            SPAN,
        ),
        (
            MONEY_ASKED,
            rf"{MONEY.pattern}|\b(?:im)?prison|\bjail|\bnothing\b|\bfree of charge\b|"
            r"\bno (?:fee|charge|cost|price)s?\b",
        ),
        (
            rf"(?:{_WHAT}|{_NO_WH}) (?:percent|percentage|per cent|share|proportion)\b",
            r"%|\bper ?cent\b|\b(?:half|third|quarter)\b",
        ),
        (rf"(?:{_WHAT}|{_NO_WH}) temperature\b|\bhow (?:hot|cold|warm)\b", r"\bdegrees\b|°|\bkelvin\b|\bcelsius\b"),
        (rf"\bhow fast\b|{_WHAT} (?:speed|velocity)\b", r"(?:km|kilomet\w+|miles|met(?:er|re)s) (?:per|an?) |km/h|m/s"),
    )
)
_ROLES = (
    r"(?:president|director|minister|administrator|spokes\w+|general(?! assembly)|judge|lawyer|ambassador|author|"
    r"scientist|astronaut|cosmonaut|engineer|chair(?:man|woman|person)?)s?"
)
# Who holds an office, or which of the people of an office: their names are asked for.
PERSON_ASKED = re.compile(
    rf"\b(?:which|what) (?:[\w-]+ )?{_ROLES}\b|\bwho (?:is|was|were|are) (?:the |its |their )(?:\w+ ){{0,2}}{_ROLES}\b|"
    rf"\bwho (?:is|was|were|are) (?:the |its )head of\b|\bwho (?:chairs?|chaired|presides?|presided|heads?|headed)\b|"
    rf"\bnames? of (?:the |its )?{_ROLES}\b",
    re.IGNORECASE,
)
PERSON = re.compile(r"\b[A-Z][\w’'-]+(?: (?:[A-Z]\.|de|von|van|al|bin|der|Al))*(?: [A-Z][\w’'-]+)+")
NO_PERSON = re.compile(
    r"\b(?:The|Space|Outer|United|States|Nations|European|Federal|National|International|Agency|Act|Office|Committee|"
    r"Subcommittee|Treaty|Commission|Council|Court|Department|House|Cent(?:er|re)|Station|Moon|Lunar|Law|Agreement|"
    r"University|Ministry|Force|Command|Governments?|Members?|Federation|Union|Republic|Convention|Accords|Assembly|Code|"
    r"Working|Group|Party|Parties|Article|Guidelines?|Principles?|Secretary|General|Security|Earth|Protocol|Declaration|"
    rf"Public|New|South|North|Latin|{MONTHS})\b"
)
COUNTED = re.compile(
    r"\b(?:how many|number of) (?P<what>(?:(?!(?:is|are|was|were|do|does|did|has|have|had|can|must|should|may|will|of|"
    r"to|in|on|for|by|at|from|it|its|there)\b)[\w’'-]+ ?){1,4})",
    re.IGNORECASE,
)
# "Which three countries ...": as many must be told.
LISTED = re.compile(rf"\b(?:which|what) (?P<count>{'|'.join(SMALL)}|\d{{1,2}}) (?P<what>[\w’'-]+s)\b", re.IGNORECASE)
BETWEEN = re.compile(r"[,;]|\b(?:and|or)\b")  # those that are named
MEMBERS = (
    r"countr(?:y|ies)|states?|nations?|members?|part(?:y|ies)|signator(?:y|ies)|partners?"  # often one and the same
)
MOMENT = re.compile(
    rf"{DATE.pattern}|(?:{NUMBER})[\s-](?:years?|months?|weeks?|days?|hours?|decades?)\b|\bcentur(?:y|ies)\b|"
    r"\b\d{3,4}s?\b",
    re.IGNORECASE,
)
# "When do they", "within the group", "the debris limit": no moment and no figure that must be told.
TIME_ASKED = re.compile(r"\bwhen (?:did|was|were|will|has|have|had)\b|\b(?:by|since|until|from) when\b", re.IGNORECASE)
FIGURE_ASKED = re.compile(
    r"\bhow (?:many|much|large|big|few|high|far|heavy)\b|\bnumber of\b|\bat what\b", re.IGNORECASE
)
ASKED = {"date": re.compile(""), "time": TIME_ASKED, "figure": FIGURE_ASKED}  # kind of answer -> what must be asked
FIGURE = re.compile(rf"(?<![\w-])(?!(?:1[89]|20)\d\d\b)\d[\d.,]*|\b(?:{COUNTS})\b", re.IGNORECASE)  # no year
STATED = {"date": DATE, "time": MOMENT, "figure": FIGURE}  # kind of answer -> what a sentence that gives it holds
WORD = re.compile(r"\w+")
FEWEST_LETTERS = 3  # of a word that is news

States = Callable[[str], bool]


def quantity(asked: str) -> States | None:
    """Tells of a text whether it states a quantity, or a person, of the kind asked for; None where none is asked for.

    Dates and plain figures that the question names itself do not count.
    """
    if NO_QUANTITY.search(asked) and not PERSON_ASKED.search(asked):
        return None
    for cue, stated in UNITS:
        if cue.search(asked):
            return lambda text: bool(stated.search(text))
    if PERSON_ASKED.search(asked):
        own = frozenset(stems(asked))
        return lambda text: any(not own.issuperset(stems(name)) for name in people(text))
    if listed := LISTED.search(asked):
        return _listing(listed["count"].lower())
    if (counted := COUNTED.search(asked)) and (pattern := _counting(counted["what"])):
        return lambda text: bool(pattern.search(text))
    kind = form(asked)[0]
    if kind in STATED and ASKED[kind].search(asked):
        known = frozenset(word.lower() for word in WORD.findall(asked))
        return lambda text: any(_is_news(found[0], known) for found in STATED[kind].finditer(text))
    return None


def people(text: str) -> list[str]:
    """What may be names of people: capitalised words in a row, none of which belongs to a body, a place or a text."""
    return [name for name in PERSON.findall(text) if not NO_PERSON.search(name)]


def asks_for_money(asked: str) -> bool:
    """Whether the quantity that a question asks for is a sum of money."""
    return not NO_QUANTITY.search(asked) and bool(re.search(MONEY_ASKED, asked, re.IGNORECASE))


def _listing(count: str) -> States:
    """As many as that, one by one."""
    many = SMALL[count] if count in SMALL else int(count)
    return lambda text: len(BETWEEN.findall(text)) >= max(1, many - 1)


def _counting(what: str) -> re.Pattern[str] | None:
    """A number of what is counted: right before one of its words, in singular or plural, or behind "the number of"."""
    things = [_in_any_number(word) for word in what.split() if stems(word)]
    if not things:
        return None
    thing = f"(?:{'|'.join(things)})"
    before = rf"(?<![\d.,])(?!{YEAR}){NUMBER}(?:[\s-]+[\w’'-]+){{0,3}}?[\s-]+{thing}"
    after = rf"\bnumber of {thing}(?:\W+\w+){{0,6}}?\W+(?:to|is|was|at|reached|exceeds?|exceeded) {NUMBER}"
    joined = r"(?:is|are|was|were|by|from|of)(?: (?:at least|up to|about|some))?"
    told = rf"{thing} {joined} (?!{YEAR}){NUMBER}(?! (?:{MONTHS})\b)"
    return re.compile(f"{before}|{after}|{told}", re.IGNORECASE)


def _in_any_number(word: str) -> str:
    """A word in singular or plural; one for members of anything finds the others, too."""
    if re.fullmatch(MEMBERS, word, re.IGNORECASE):
        return f"(?:{MEMBERS})"
    (stem, *_) = stems(word)
    return rf"{re.escape(stem[: max(3, len(stem) - 1)])}\w*"


def _is_news(found: str, known: frozenset[str]) -> bool:
    words = [word.lower() for word in WORD.findall(found)]
    return any(word not in known and (len(word) >= FEWEST_LETTERS or word.isdigit()) for word in words)
