"""What a question asks for, told from its words alone: its parts, the telling words of each, what an answer holds."""

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
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty|sixty|seventy|"
    r"eighty|ninety|dozens?|half|third|hundreds?|thousands?|millions?|billions?|twice|single|equally|annual(?:ly)?|percent)\b",
    re.IGNORECASE,
)
TIME = re.compile(
    r"\b(?:1[89]|20)\d\d\b|\b(?:January|February|March|April|May|June|July|August|September|October|November|December)\b|"
    r"\b(?:years?|months?|weeks?|days?|hours?|decades?|century|annual(?:ly)?|immediately|promptly|as soon as|before|after|"
    r"until|upon|periodically|every|intervals?)\b",
)
DATE = re.compile(
    r"\b(?:1[89]|20)\d\d\b|\b(?:January|February|March|April|May|June|July|August|September|October|November|December)\b"
)
NAME = re.compile(r"(?<=[a-z,;:] )[A-Z][\w’'-]+|^[A-Z][\w’'-]+ [A-Z]|\b(?:States?|Part(?:y|ies)|Secretary|authorit)")
REASON = re.compile(
    r"\b(?:because|due to|owing|since|therefore|reasons?|so that|in order to|following|as a result|aim|purpose|caus|"
    r"blam|attribut|cit(?:ed|ing))",
    re.IGNORECASE,
)
PLACE = re.compile(r"\b(?:in|at|on|from|to) (?:the )?[A-Z]")
RULE = re.compile(r"\b(?:shall|should|must|may|can(?:not)?|prohibit|forbid|require|permi|allow|oblig|entitle|ban)", re.I)
MEANS = re.compile(
    r"\b(?:means?|defined as|definition of|refers? to|shall refer|includes?|denotes?|is understood|consists? of|known as|"
    r"stands for|(?:is|are|was) (?:an? |the )\w+)\b|[“\"‘']\w[^”\"’]{1,60}[”\"’] (?:means|is|are|shall)",
    re.IGNORECASE,
)
SAYS = re.compile(
    r"\b(?:said|says?|stated?|told|claim|alleg|argu|accus|not(?:ed|es)\b|add(?:ed|s)\b|assert|according to|emphasi|highlight|"
    r"indicat|attribut|announc|warn|insist|urg)",
    re.IGNORECASE,
)

LIST = re.compile(r"(?:\w+, (?:the )?){2,}|;|:\s")
LENGTH = re.compile(r"\d\s?(?:km|kilomet|miles?\b|met(?:er|re)|feet|foot|ft\b|m\b|nautical)", re.IGNORECASE)
MONEY = re.compile(r"[$€£¥]\s?\d|\b(?:dollars?|euros?|yuan|roubles?|rubles?|pounds|million|billion|trillion)\b", re.IGNORECASE)
MOMENT = re.compile(
    rf"{DATE.pattern}|\b(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve|thirty|sixty|ninety)(?:th)?[\s-]"
    r"(?:years?|months?|weeks?|days?|hours?|minutes?|decades?)\b|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b"
)
# What the question asks for outright -> what must be found, or nothing answers it.
OUTRIGHT = (
    (re.compile(r"\b(?:on|by|from|since) (?:what|which) (?:exact )?date\b|\bin (?:what|which) (?:year|month)\b|\bexact date\b", re.I), DATE),
    (re.compile(r"\bwhen (?:will|did|was|were)\b|\bhow long (?:did|will|was)\b", re.I), MOMENT),
    (re.compile(r"\bhow much (?:money|(?:do|does|did|has|have|will|was)\b.*\b(?:pay|paid|cost|spen[dt])\b)|\b(?:budget|price)\b", re.I), MONEY),
    (re.compile(r"\bhow many (?P<unit>year|month|week|day|hour|minute)s?\b", re.I), None),
    (re.compile(r"\b(?:what|which) (?:altitude|height|distance)\b|\bhow (?:high|far)\b|\bhow many (?:km|kilomet\w+|miles|met(?:er|re)s)\b", re.I), LENGTH),
    (re.compile(r"\bhow (?:many|much)\b|\b(?:percentage|number of)\b", re.I), FIGURE),
    (re.compile(r"^\W*(?:(?:please|can you|give me|show me) )*(?:the |a )?(?:full |complete )?list\b|\b(?:full|complete) list\b|^\W*name (?:all|the)\b", re.I), LIST),
)  # fmt: skip
# Numbers that count nothing: of items, provisions and documents.
NUMBERING = re.compile(
    r"^\W*(?:\d{1,3}\.|\(\w{1,3}\)|\w{1,3}\))\s|\b(?:articles?|paragraphs?|guidelines?|principles?|sections?|resolutions?|"
    r"annex(?:es)?|chapters?|laws?)\s+[\dIVX(][\w./()-]*",
    re.IGNORECASE,
)
ACTOR = re.compile(r"\b(?:did|does|do|has|have|according to) (?:the )?(?P<name>[A-Z]\w+(?: [A-Z]\w+)*)")

# What the question begins with or holds -> the kind of answer, and what a sentence that gives it holds.
KINDS = (
    ("date", re.compile(r"\b(?:on )?(?:what|which) (?:date|day|month|year)\b|\bsince when\b", re.I), DATE),
    (
        "time",
        re.compile(
            r"\b(?:by |until )?when\b(?! (?:the|a|an|it|they)\b.*\?)|\bhow (?:long|soon|quickly|old|often)\b|\bdeadline\b|"
            r"\bwithin\b|\bintervals?\b|\btime limit\b",
            re.I,
        ),
        re.compile(f"(?:{TIME.pattern})|(?i:{FIGURE.pattern})"),
    ),
    ("figure", re.compile(r"\bhow (?:many|much|large|big|few|high|far|heavy)\b|\bnumber of\b|\bat what \w+\b|"
                          r"\b(?:limit|altitude|percentage|amount|dose|cost|price|share)\b", re.I), FIGURE),
    ("definition", re.compile(
        r"\bdefin|\bmeant by\b|\bwhat (?:does .* mean|counts? as|qualifies as)\b|\bwho counts as\b|\bmeaning of\b|"
        r"^\W*(?:what|who) (?:exactly )?(?:is|are) (?:an? |the )?[\w“\"'’ -]{2,40}(?:\?|$| (?:under|in|according))", re.I), MEANS),
    ("name", re.compile(r"\bwho(?:m|se)?\b|\bwhich (?:\w+ )?(?:countr|stat|nation|organi|agenc|compan|bod|official|person)", re.I), NAME),
    ("reason", re.compile(r"\bwhy\b|\bwhat (?:reason|caus)|\bblam", re.I), REASON),
    ("place", re.compile(r"\bwhere\b", re.I), PLACE),
    ("rule", re.compile(r"\b(?:may|must|should|shall|can|could|allowed|permitted|have to|has to|required|prohibit|forbid|obliged|bound)\b", re.I), RULE),
)  # fmt: skip
ATTRIBUTED = re.compile(r"\b(?:who|what|how) .*\b(?:say|said|claims?\b|claimed|accus|respond|repl|react|argue|comment|blame|assert|according)|\baccording to\b", re.I)

INTERROGATIVE = (
    r"(?:(?:to|by|from|for|with|on|in|at|under|of|since|until) )?(?:who|whom|whose|what|when|where|why|how|which)\b|"
    r"(?:does|do|did|is|are|was|were|can|could|may|must|should|shall|will|would|has|have)\b"
)
SENTENCE = re.compile(r"(?<=[?!;])\s+|(?<=[a-z0-9)”\"’]{2}\.)\s+(?=[A-Z])")
ALSO = re.compile(rf",?\s+(?:and|but|or)\s+(?:also\s+)?(?={INTERROGATIVE})", re.IGNORECASE)
LETTERED = re.compile(r"\(?\b[a-d1-4]\)\s*(.*?)(?=,?\s*(?:and|or)?\s*\(?\b[a-d1-4]\)|[?.]*\s*$)", re.IGNORECASE)
COMPARES = re.compile(
    r"\b(?:compar\w+|contrast\w*|versus|vs|differ(?:s|ed|ences?|ently)?|each|both|(?:dis)?agree|consistent|in common|"
    r"whereas|conflict(?:s|ing)?|contradict\w*|alike|(?:set|hold|put|weigh)\b.{3,80}\bagainst)\b", re.I)  # fmt: skip
_EDGE = r"(?=[?.,;:]|$|\s(?:each|both|differ\w*|compare\w*|on|when|regarding|agree|disagree|treat|deal|handle|say|define)\b)"
SIDES = (
    re.compile(rf"\bbetween (?P<a>[^?.;]{{3,80}}?) and (?P<b>[^?.;]{{3,80}}?){_EDGE}", re.I),
    re.compile(rf"(?P<a>[^?.;:,]{{2,60}}?),?\s(?:versus|vs\.?|as opposed to|compared (?:to|with)) (?P<b>[^?.;]{{2,80}}?){_EDGE}", re.I),
    re.compile(rf"\b(?:set|hold|put|weigh) (?P<a>[^?.;]{{3,80}}?) against (?P<b>[^?.;]{{3,80}}?){_EDGE}", re.I),
    re.compile(rf"\b(?P<prep>in|under|by|for|to|from|on) (?P<a>(?:(?! (?:in|under|by|for|to|from|on) )[^?.;,]){{3,60}}?),? and (?P=prep) (?P<b>[^?.;]{{3,80}}?){_EDGE}", re.I),
    re.compile(rf"\b(?:do|does|did|are|were|both|compare|contrast) (?P<a>[^?.;]{{3,80}}?) (?:and|with|to) (?P<b>[^?.;]{{3,80}}?){_EDGE}", re.I),
)  # fmt: skip
AGREEMENT = re.compile(r"(?:do|does|did|are|is)\b.{0,60}\b(?:agree|disagree|differ|consistent|say the same)\W*$", re.I)
POINTING = re.compile(
    r"\b(?:it|its|they|them|their|theirs|he|she|him|his|her|this|that|these|those|there|then|one|ones|same|former|latter|"
    r"such|so|above|mentioned|others?|another)\b",
    re.IGNORECASE,
)
ABOUT = re.compile(r"^About “(?P<before>.*)” ?(?:\((?P<names>[^()]*)\))?: (?P<now>.*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one part of a question asks for."""

    asked: str  # its own words
    text: str  # with what stands before, where that makes it clear: what is searched for
    subject: tuple[str, ...]  # the stems of its telling words, each once, in order
    context: tuple[str, ...]  # those of the rest of the question, and of the turn before
    kind: str | None  # one of KINDS' names
    pattern: re.Pattern[str] | None  # what an answer holds, where the question tells
    attributed: bool  # whether it asks who says what
    outright: re.Pattern[str] | None  # what must be found, or nothing answers it
    actor: frozenset[str]  # the stems of who is asked to have said or done something


@dataclass(frozen=True, slots=True)
class Question:
    """A question that stands by itself, read."""

    text: str
    parts: tuple[Wanted, ...]  # at least one
    compares: bool  # whether several sides, or several documents, are to be set side by side


def wanted(asked: str, before: str = "", rest: str = "") -> Wanted:
    """What a question of one part asks for; `before` makes it clear, the `rest` of the question colours it."""
    words = telling(asked)
    context = tuple(stem for stem in telling(f"{before} {rest}") if stem not in words)
    kind, pattern = next(((kind, answer) for kind, cue, answer in KINDS if cue.search(asked)), (None, None))
    text = f"{before} {asked}".strip()
    attributed = bool(ATTRIBUTED.search(asked))
    actor = ACTOR.search(asked) if attributed else None
    names = frozenset(stems(actor["name"])) if actor else frozenset()
    return Wanted(asked, text, words, context, kind, pattern, attributed, _outright(asked), names)


def _outright(asked: str) -> re.Pattern[str] | None:
    for cue, pattern in OUTRIGHT:
        if found := cue.search(asked):
            return pattern or re.compile(rf"(?:{FIGURE.pattern}).{{0,20}}\b{found['unit']}", re.IGNORECASE)
    return None


def read(question: str) -> Question:
    """The parts of a question, in their order."""
    about = ABOUT.match(question)
    before = f"{about['before']} {about['names'] or ''}".strip() if about else ""
    now = about["now"] if about else question
    compares = bool(COMPARES.search(now))
    sides = _sides(now) if compares else ()
    if sides:
        return Question(question, tuple(wanted(side, before, now) for side in sides), True)
    lead, pieces = _pieces(now)
    parts = []
    for at, piece in enumerate(pieces):
        clear = lead or (pieces[at - 1] if at and POINTING.search(piece) else "")
        parts.append(wanted(piece, f"{before} {clear}".strip(), now))
    return Question(question, tuple(parts), compares)


def telling(text: str) -> tuple[str, ...]:
    """The stems of the words that carry a subject, each once, in order."""
    return tuple(dict.fromkeys(stem for stem in stems(text) if stem not in STOP_STEMS))


def _sides(text: str) -> tuple[str, ...]:
    """The text once for each of the sides that are compared, without the other."""
    for form in SIDES:
        if found := form.search(text):
            cuts = ((found.end("a"), found.end("b")), (found.start("a"), found.start("b")))
            sides = tuple(" ".join(f"{text[:start]}{text[end:]}".split()) for start, end in cuts)
            if all(telling(found[side]) for side in "ab"):
                return sides
    return ()


def _pieces(text: str) -> tuple[str, tuple[str, ...]]:
    """What is said before the asking begins, and what is asked, in pieces."""
    lettered = list(LETTERED.finditer(text))
    if len(lettered) > 1:
        return "", tuple(f"{text[: lettered[0].start()]}{one[1]}" for one in lettered)
    sentences = [one.strip() for one in SENTENCE.split(text) if one.strip() and not AGREEMENT.match(one)]
    asking = [one for one in sentences if one.endswith("?")] or sentences
    lead = " ".join(one for one in sentences if one not in asking)
    pieces = [piece.strip() for one in asking for piece in ALSO.split(one) if len(telling(piece)) > 1]
    if len(pieces) > 1:
        return lead, tuple(pieces)
    return lead, (" ".join(asking) or text,)
