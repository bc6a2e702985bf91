"""What a question asks for, told from its words alone: its parts, and the telling words of each."""

import functools
import re
from dataclasses import dataclass

from rag.answer_forms import ATTRIBUTED, actor, form, outright
from rag.lexical import stems

# Words that carry no subject: function words, question words, and the politeness around a question.
STOP_WORDS = """
a about above after again against all also am among an and any are as at be because been before being below between
both but by can could did do does doing don down during each ever exactly few for from further get gets give given had
has have having he her here hers him his how i if in into is it its itself just kind know let list many may me mean
means might more most much must my name named no nor not of off on once only or other our out over own please
precisely put s same say says said shall she should so some such t tell than that the their them then there these they
thing this those through to too under until up upon very was way we were what when where whether which while who whom
whose why will with would you your find
"""
STOP_STEMS = frozenset(stems(STOP_WORDS))

INTERROGATIVE = (
    r"(?:(?:to|by|from|for|with|on|in|at|under|of|since|until) )?(?:who|whom|whose|what|when|where|why|how|which)\b|"
    r"(?:does|do|did|is|are|was|were|can|could|may|must|should|shall|will|would|has|have)\b"
)
SENTENCE = re.compile(r"(?<=[?!;])\s+|(?<=[a-z0-9)”\"’]{2}\.)\s+(?=[A-Z])")
ALSO = re.compile(rf",?\s+(?:and|but|or)\s+(?:also\s+)?(?={INTERROGATIVE})", re.IGNORECASE)
LETTERED = re.compile(r"\(?\b[a-d1-4]\)\s*(.*?)(?=,?\s*(?:and|or)?\s*\(?\b[a-d1-4]\)|[?.]*\s*$)", re.IGNORECASE)
COMPARES = re.compile(
    r"\b(?:compar\w+|contrast\w*|versus|vs|differ(?:s|ed|ences?|ent|ently)?|each|both|(?:dis)?agree|consistent|"
    r"in common|whereas|conflict(?:s|ing)?|contradict\w*|alike|(?:set|hold|put|weigh)\b.{3,80}\bagainst)\b",
    re.IGNORECASE,
)
_A, _B = r"(?P<a>[^?.;]{3,80}?)", r"(?P<b>[^?.;]{2,80}?)"
_PLACED = r"(?:in|under|by|for|to|from|on)"
_END = r"(?=[?.,;:]|$|\s(?:each|both|differ\w*|compare\w*|on|when|regarding|(?:dis)?agree|treat|deal|say|define)\b)"
# How the two sides of a comparison are named: each has its groups a and b.
SIDES = tuple(
    re.compile(sides, re.IGNORECASE)
    for sides in (
        rf"\bbetween {_A} and {_B}{_END}",
        rf"(?P<a>[^?.;:,]{{2,60}}?),?\s(?:versus|vs\.?|as opposed to|compared (?:to|with)) {_B}{_END}",
        rf"\b(?:set|hold|put|weigh) {_A} against {_B}{_END}",
        rf"\b(?:do|does|did|is|are|was|were) {_A} (?:differ|(?:different|distinct)) from {_B}{_END}",
        rf"\b(?P<prep>{_PLACED}) (?P<a>(?:(?! {_PLACED} )[^?.;,]){{3,60}}?),? and (?P=prep) {_B}{_END}",
        rf"\b(?:do|does|did|are|were|both|compare|contrast) {_A} (?:and|with|to) {_B}{_END}",
    )
)
AGREEMENT = re.compile(
    r"(?:do|does|did|are|is)\b.{0,60}\b(?:agree|disagree|differ|consistent|say the same)\W*$", re.IGNORECASE
)
POINTING = re.compile(
    r"\b(?:it|its|they|them|their|theirs|he|she|him|his|her|this|that|these|those|there|then|one|ones|same|former|latter|"
    r"such|so|above|mentioned|others?|another)\b",
    re.IGNORECASE,
)
# A body or a thing.
_NAME = r"(?:the |an? )?(?:\d{4} )?[A-Z][\w’'-]*(?: (?:(?:of|for|on) (?:the )?)?(?:[A-Z][\w’'-]*|\d{4}))*"
# Names in a row of which the same is asked: "the seats of A, B and C"; not "the A and B draft".
ROW = re.compile(
    rf"(?P<names>{_NAME}(?:, {_NAME})*),? and (?P<last>{_NAME})"
    r"(?=\s*(?:[?.,;]|$)|\s(?:have|had|did|do|are|were|will|can|may|each|both|in|on|at|under|\w+ed)\b)"
)
# Two things in a row, each by its year: "the 2015 law and the 2022 act".
YEARS = re.compile(r"(?P<names>the \d{4} [^?.,;]{3,60}?) and (?P<last>the \d{4} [^?.,;]{3,60}?)(?=\s*(?:[?.,;]|$))")
MOST_NAMES = 4  # in a row
# Of "what is new in", "what is the latest on": says of when it is to be, not what it is about.
NEWS = re.compile(
    r"\bwhat(?:['’]s| is| has been) (?:new|the (?:latest|newest|news|latest news))(?= (?:about|at|for|from|in|of|on|"
    r"regarding|to|with)\b)",
    re.IGNORECASE,
)
OWNER = re.compile(r"\b[\w-]+(?:['’]s|s['’])(?!\w)")
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
    words = telling(NEWS.sub(" ", asked)) or telling(asked)
    context = tuple(stem for stem in telling(f"{before} {rest}") if stem not in words)
    kind, pattern = form(asked)
    return Wanted(
        asked=asked,
        text=f"{before} {asked}".strip(),
        subject=words,
        context=context,
        kind=kind,
        pattern=pattern,
        attributed=bool(ATTRIBUTED.search(asked)),
        outright=outright(asked),
        actor=frozenset(stems(actor(asked))),
    )


@functools.lru_cache(maxsize=64)  # the search and the quotes read the same
def read(question: str) -> Question:
    """The parts of a question, in their order."""
    about = ABOUT.match(question)
    before = f"{about['before']} {about['names'] or ''}".strip() if about else ""
    now = about["now"] if about else question
    compares = bool(COMPARES.search(now))
    sides = _sides(now) if compares else ()
    if sides:
        return Question(question, tuple(wanted(side, before, now) for side in sides), True)
    if not compares and (each := _each(now)):
        return Question(question, tuple(wanted(one, before, now) for one in each), False)
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
    for naming in SIDES:
        if found := naming.search(text):
            shared = _shared(found["a"], found["b"])
            cuts = ((found.end("a"), found.end("b"), shared), (found.start("a"), found.start("b"), ""))
            sides = tuple(
                " ".join(f"{text[:start]} {more} {text[end:]}".split()).replace(" ?", "?") for start, end, more in cuts
            )
            if other := _in_place(found["a"], found["b"]):
                sides = (sides[0], f"{text[: found.start('a')]}{other}{text[found.end('b') :]}")
            if all(telling(found[side]) for side in "ab"):
                return sides
    return ()


def _each(text: str) -> tuple[str, ...]:
    """The text once for each of the names in a row, without the others; nothing where it names none."""
    row = ROW.search(text) or YEARS.search(text)
    if not row or not telling(f"{text[: row.start()]} {text[row.end() :]}"):
        return ()
    names = (*row["names"].split(", "), row["last"])
    if len(names) > MOST_NAMES or not all(map(telling, names)):
        return ()
    return tuple(f"{text[: row.start()]}{name}{text[row.end() :]}" for name in names)


def _in_place(one: str, other: str) -> str:
    """One side with the other in its place: "how were the old rules made", "the new rules"; "" where none fits."""
    last = other.split()[-1]
    found = re.search(rf"\b(?:the|an?|its) (?:[\w’'-]+ ){{0,4}}{re.escape(last)}(?= \w)", one)
    return f"{one[: found.start()]}{other}{one[found.end() :]}" if found and telling(last) else ""


def _shared(one: str, other: str) -> str:
    """What is compared, where only the second side says it: "the laws" of "Japan's and Luxembourg's laws"."""
    owner = OWNER.search(other)
    return other[owner.end() :].strip() if owner and OWNER.fullmatch(one.split()[-1]) else ""


def _pieces(text: str) -> tuple[str, tuple[str, ...]]:
    """What is said before the asking begins, and what is asked, in pieces."""
    lettered = list(LETTERED.finditer(text))
    if len(lettered) > 1:
        return "", tuple(f"{text[: lettered[0].start()]}{one[1]}" for one in lettered)
    sentences = [one.strip() for one in SENTENCE.split(text) if one.strip() and not AGREEMENT.match(one)]
    asking = [one for one in sentences if one.endswith("?")] or sentences
    lead = " ".join(one for one in sentences if one not in asking)
    pieces = [piece.strip() for one in asking for piece in ALSO.split(one) if telling(piece)]
    if len(pieces) > 1:
        return lead, tuple(pieces)
    return lead, (" ".join(asking) or text,)
