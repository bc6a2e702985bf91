"""What form an answer has, told from the question: a date, a figure, a name, a definition, a list."""

import re

MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
COUNTS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\\w+teen|twenty|thirty|forty|fifty|sixty|ninety"
)

FIGURE = re.compile(
    rf"\d|\b(?:{COUNTS}|seventy|eighty|ninety|dozens?|half|third|hundreds?|thousands?|millions?|billions?|twice|single|equally|"
    r"annual(?:ly)?|percent)\b",
    re.IGNORECASE,
)
DATE = re.compile(rf"\b(?:1[89]|20)\d\d\b|\b(?:{MONTHS})\b")
MOMENT = re.compile(
    rf"{DATE.pattern}|\b(?:\d+|{COUNTS})(?:th)?[\s-](?:years?|months?|weeks?|days?|hours?|minutes?|decades?)\b|"
    r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|\bcentur(?:y|ies)\b|\bseason\b"
)
TIME = re.compile(
    rf"{DATE.pattern}|\b(?:years?|months?|weeks?|days?|hours?|decades?|century|annual(?:ly)?|immediately|promptly|"
    r"as soon as|before|after|until|upon|periodically|every|intervals?)\b"
)
NAME = re.compile(r"(?<=[a-z,;:] )[A-Z][\w’'-]+|^[A-Z][\w’'-]+ [A-Z]|\b(?:States?|Part(?:y|ies)|Secretary|authorit)")
REASON = re.compile(
    r"\b(?:because|due to|owing|since|therefore|reasons?|so that|in order to|following|as a result|aim|purpose|caus|"
    r"blam|attribut|cit(?:ed|ing))",
    re.IGNORECASE,
)
PLACE = re.compile(r"\b(?:in|at|on|from|to) (?:the )?[A-Z]")
RULE = re.compile(
    r"\b(?:shall|should|must|may|can(?:not)?|prohibit|forbid|require|permi|allow|oblig|entitle|ban)", re.IGNORECASE
)
MEANS = re.compile(
    r"\b(?:means?|defined as|definition of|refers? to|shall refer|includes?|denotes?|is understood|consists? of|"
    r"known as|stands for|(?:is|are|was) (?:an? |the )\w+)\b|[“\"‘']\w[^”\"’]{1,60}[”\"’] (?:means|is|are|shall)",
    re.IGNORECASE,
)
LIST = re.compile(r"(?:\w+, (?:the )?){2,}|;|:\s")
LENGTH = re.compile(r"\d\s?(?:km|kilomet|miles?\b|met(?:er|re)|feet|foot|ft\b|m\b|nautical)", re.IGNORECASE)
MONEY = re.compile(r"[$€£¥]\s?\d|\b(?:dollars?|euros?|yuan|rou?bles?|pounds|million|billion|trillion)\b", re.IGNORECASE)

# The kind of answer, what the question begins with or holds, what a sentence that answers it holds.
KINDS = (
    ("date", r"\b(?:on )?(?:what|which) (?:date|day|month|year)s?\b|\bsince when\b", DATE),
    (
        "time",
        r"\b(?:by |until )?when\b(?! (?:the|a|an|it|they)\b.*\?)|\bhow (?:long|soon|quickly|old|often)\b|"
        r"\bdeadline\b|\bwithin\b|\bintervals?\b|\btime limit\b",
        re.compile(f"(?:{TIME.pattern})|(?i:{FIGURE.pattern})"),
    ),
    (
        "figure",
        r"\bhow (?:many|much|large|big|few|high|far|heavy)\b|\bnumber of\b|\bat what \w+\b|"
        r"\b(?:limit|altitude|percentage|amount|dose|cost|price|share)\b",
        FIGURE,
    ),
    (
        "definition",
        r"\bdefin|\bmeant by\b|\bwhat (?:does .* mean|counts? as|qualifies as)\b|\bwho counts as\b|\bmeaning of\b|"
        r"^\W*(?:what|who) (?:exactly )?(?:is|are) (?:an? |the )?[\w“\"'’ -]{2,40}(?:\?|$| (?:under|in|according))",
        MEANS,
    ),
    (
        "name",
        r"\bwho(?:m|se)?\b|\bwhich (?:\w+ )?(?:countr|stat|nation|organi|agenc|compan|bod|official|person|"
        r"authorit|office|firm|ministr|universit|newspaper|institut|power)",
        NAME,
    ),
    ("reason", r"\bwhy\b|\bwhat (?:reason|caus)|\bblam", REASON),
    ("place", r"\bwhere\b", PLACE),
    (
        "rule",
        r"\b(?:may|must|should|shall|can|could|allowed|permitted|ha(?:ve|s) to|required|prohibit|forbid|obliged)\b",
        RULE,
    ),
)
ATTRIBUTED = re.compile(
    r"\b(?:who|what|how) .*\b(?:say|said|claims?\b|claimed|accus|respond|repl|react|argue|comment|blame|assert)|"
    r"\baccording\b",
    re.IGNORECASE,
)
ACTOR = re.compile(r"\b(?:did|does|do|has|have|according to) (?:the )?(?P<name>[A-Z]\w+(?: [A-Z]\w+)*)")

# What the question asks for outright -> what must be found, or nothing answers it.
OUTRIGHT = (
    (
        r"\b(?:on|by|from|since) (?:what|which) (?:exact )?date\b|\bin (?:what|which) (?:year|month)s?\b|"
        r"\bexact date\b",
        DATE,
    ),
    (r"\bwhen (?:will|did|was|were)\b|\bhow long (?:did|will|was)\b", MOMENT),
    (
        r"\bhow much (?:money|(?:do|does|did|has|have|will|was)\b.*\b(?:pay|paid|cost|spen[dt])\b)",
        MONEY,
    ),
    (
        r"\b(?:what|which) (?:altitude|height|distance)\b|\bhow (?:high|far)\b|"
        r"\bhow many (?:km|kilomet\w+|miles|met(?:er|re)s)\b",
        LENGTH,
    ),
    (r"\bhow many\b|\b(?:percentage|number of)\b", FIGURE),
    (
        r"^\W*(?:(?:please|can you|give me|show me) )*(?:the |a )?(?:full |complete )?list\b|"
        r"\b(?:full|complete) list\b|^\W*name (?:all|the)\b",
        LIST,
    ),
)
SPANS = re.compile(r"\bhow many (?P<unit>year|month|week|day|hour|minute)s?\b", re.IGNORECASE)
# Numbers that count nothing: of items, provisions and documents.
NUMBERING = re.compile(
    r"^\W*(?:\d{1,3}\.|\(\w{1,3}\)|\w{1,3}\))\s|\b(?:articles?|paragraphs?|guidelines?|principles?|sections?|"
    r"resolutions?|annex(?:es)?|chapters?|laws?)\s+[\dIVX(][\w./()-]*|"
    rf"\b(?:treaty|convention|declaration|agreement|accords?|laws?|acts?|orders?|rules?|regulations?|polic(?:y|ies)|"
    rf"guidelines|memorandum|protocol) of (?:(?:\d\d? )?(?:{MONTHS}) )?(?:1[89]|20)\d\d\b",
    re.IGNORECASE,
)


def form(asked: str) -> tuple[str | None, re.Pattern[str] | None]:
    """The kind of answer that a question wants, and what a sentence that gives it holds."""
    return next(((kind, holds) for kind, cue, holds in KINDS if re.search(cue, asked, re.IGNORECASE)), (None, None))


def outright(asked: str) -> re.Pattern[str] | None:
    """What must be found, or nothing answers."""
    if span := SPANS.search(asked):
        return re.compile(rf"(?:{FIGURE.pattern}).{{0,20}}\b{span['unit']}", re.IGNORECASE)
    return next((holds for cue, holds in OUTRIGHT if re.search(cue, asked, re.IGNORECASE)), None)


def actor(asked: str) -> str:
    """Who is asked to have said something; "" where nobody is."""
    found = ACTOR.search(asked) if ATTRIBUTED.search(asked) else None
    return found["name"] if found else ""
