"""The first, the ninth, the most: where a question picks its answer by one of them, and whether a sentence tells of it.

"The first African states" are not the first states, "its first satellite" is not the first satellite, and the first
rocket is no satellite: a first of some kind answers only where the question names the kind.
"""

import re
from collections.abc import Sequence

from rag.lexical import stems
from rag.other_names import OtherName, synonyms
from rag.places import countries_in
from rag.question import telling

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_MEMBERS = r"(?= (?:signator|member|part(?:y|ies)\b|state|countr|nation))"
EXTREME = re.compile(
    rf"\b(?:{'|'.join(ORDINALS)}|\d+(?:st|nd|rd|th)|last(?= (?:time|country|state|nation|one)\b)|"
    r"(?:oldest|largest|biggest|highest|smallest|lowest)|(?<=the )(?:most|least)|(?:maximum|minimum|total)|"
    rf"(?:original|founding){_MEMBERS})\b",
    re.IGNORECASE,
)
_FIRST = rf"first|(?:original|founding){_MEMBERS}"
# How else a text may say so.
SAID_AS = {
    "first": _FIRST,
    "original": rf"{_FIRST}|originally",
    "founding": rf"{_FIRST}|founded",
    "biggest": r"largest|biggest",
    "largest": r"largest|biggest",
    "maximum": r"maximum|up to|at most|no more than|not exceed",
    "minimum": r"minimum|at least|no less than",
    "total": r"total|in all\b|altogether|overall|combined|together",
}
OF_A_KIND = frozenset(("first", "original", "founding"))  # that are often said of some kind only
# Where the first or the most is asked for, and not only when or where it was.
PICKS = re.compile(r"\b(?:who|whom|whose|which|what)\b", re.IGNORECASE)
OWNED = re.compile(
    r"(?:\b(?P<owner>[\w-]+)(?:['’]s|(?<=s)['’])|\b(?:its|their|his|her|our))\s+(?:very )?$", re.IGNORECASE
)
IN_TIME = re.compile(r"\b(?:without|before|after|by|when)\s+$", re.IGNORECASE)
DOING = re.compile(r" \w+ing\b")
_JOINING = (
    r"(?:to|of|for|from|by|in|on|at|with|under|near|since|after|before|during|into|over|through|around|against|as|than|"
    r"that|who|which|when|and|is|are|was|were|ha[sd]|have)\b"
)
THING = re.compile(
    rf"(?P<words>(?! {_JOINING})(?: [\w-]+){{1,4}}?(?: of(?: [\w-]+){{1,3}}?)?)(?=\W*$|[,.;:?]| {_JOINING})"
)
ASKED_FOR = re.compile(r"\b(?:which|what) (?P<words>[\w-]+(?: [\w-]+){0,2})", re.IGNORECASE)
ROOT = 4  # letters, in which words of one root agree: landing, lander
DONE = re.compile(r"\w+ed\b")


def picked(asked: str) -> frozenset[str]:
    """By what of this kind the question picks its answer, in lower case."""
    return frozenset(one.lower() for one in EXTREME.findall(asked) if PICKS.search(asked))


def tells(wanted: frozenset[str], asked: str, text: str, others: Sequence[OtherName]) -> bool:
    """Whether a text has each of the `wanted`, of the kind that the question asks for.

    `others`: how else the names of the question are written.
    """
    return all(any(_of_that_kind(word, asked, text, one, others) for one in _mentions(word, text)) for word in wanted)


def _mentions(word: str, text: str) -> list[re.Match[str]]:
    return list(re.finditer(rf"(?:{SAID_AS.get(word, re.escape(word))})", text, re.IGNORECASE))


def _of_that_kind(word: str, asked: str, text: str, mention: re.Match[str], others: Sequence[OtherName]) -> bool:
    if word not in OF_A_KIND or mention[0].lower() not in OF_A_KIND:
        return True
    before, behind = text[: mention.start()], text[mention.end() :]
    if IN_TIME.search(before) and DOING.match(behind):  # "without first telling"
        return False
    asked_of = [(asked[: one.start()], asked[one.end() :]) for one in _mentions(word, asked)]
    owned = OWNED.search(before)
    if owned and not (_known(owned["owner"], asked, others) if owned["owner"] else any(map(_narrowed, asked_of))):
        return False
    if not all(_known(name, asked, others) for name in _where(behind)):
        return False
    sought = ASKED_FOR.search(asked)
    return any(_same_thing(what, sought["words"] if sought else "", behind) for _, what in asked_of)


def _known(name: str, asked: str, others: Sequence[OtherName]) -> bool:
    """Whether the question has a name, in whatever form."""
    return set(stems(name)) <= set(stems(asked)) or any(one.pattern.search(name) for one in others)


def _narrowed(around: tuple[str, str]) -> bool:
    return bool(OWNED.search(around[0]) or _where(around[1]))


def _where(behind: str) -> tuple[str, ...]:
    """The countries and parts of the world of which something is the first: African, Kenya."""
    thing = THING.match(behind)
    return countries_in(thing["words"]) if thing else ()


def _same_thing(asked: str, sought: str, behind: str) -> bool:
    """Whether what is first in a text is what the question wants the first of, as far as both say it.

    "Which country passed the first law" wants the first law, or the first country.
    """
    thing, other = THING.match(asked), THING.match(behind)
    words = telling(thing["words"].partition(" of ")[0]) if thing and not DONE.search(thing["words"]) else ()
    if not words or not other:
        return True
    wanted = {words[-1], *telling(sought)}
    wanted = wanted.union(*(synonyms().get(one, frozenset()) for one in wanted))
    return any(one[:ROOT] == word[:ROOT] for one in wanted for word in stems(other["words"]))
