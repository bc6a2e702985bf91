"""Whether a question leans on what was said before, told from its words alone."""

import re

from rag.question import ALSO, telling

OPENING = re.compile(
    r"\s*(?:and|but|so|also|or|what about|how about|what else|why(?: not)?\s*\?|since when|by when)\b", re.I
)
FEW = 2  # telling words with which a question hardly stands by itself
OWN = 4  # telling words, a name among them, with which it does in spite of an "and" before it
NAMED = re.compile(r"(?<=[a-z,] )[A-Z][\w’'-]+|\b[A-Z]{2,}\b")

_AUXILIARY = r"(?:is|are|was|were|do|does|did|has|have|had|can|could|may|might|must|shall|should|will|would)(?:n['’]t)?"
# "Is it legal to ...", "how long does it take to ...": this "it" is nobody.
_NOBODY = (
    r"(?!\s+(?:be )?(?:\w+ly )?(?:legal|lawful|illegal|unlawful|allowed|permitted|permissible|forbidden|prohibited|"
    r"possible|true|necessary|required|obligatory|okay|ok|fair|right|safe|mean|take|cost|matter|clear|known)\b"
    r"(?=[^?]*\b(?:to|that|for|if|when|whether)\b))"
)
DEPENDING = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"\b(?:he|she|him|his|hers?|himself|herself|theirs|itself|themselves)\b",
        rf"\b{_AUXILIARY}\s+(?:it{_NOBODY}|they)\b",
        r"\b(?:this|these|those)\b(?! (?:who|that|which|years?|months?|weeks?|century|decade)\b)",
        r"\b(?:do|does|did|is|was|are|were|has|have|will|can|than|of|about|after|before|under|for|on|at|by|like|from|with|"
        r"to|through|despite|since|until|all|why|how)\s+that\b(?! (?:is|are|was|were|have|has|had|can|may|must|"
        r"will|do|does)\b)",
        r"^\W*that\b|\bthat\s*[?.!]*$",
        r"(?<!is )(?<!are )(?<!was )(?<!were )\bthere\s*(?:[?.!,]|$)|\b(?:from|in|over|out) there\b",
        r"\b(?:the|that|this|which|other|first|second|last) ones?\b|\bones\b|^\W*(?:which|what) one\b|\bone of them\b",
        r"(?<!at )\bthe same\b(?! (?:as|time|way as)\b)",
        r"\bthe (?:former|latter|above)\b|\b(?:mentioned|as) above\b",
        r"\bsuch\b(?! as\b)",
        r"\b(?:do|does|did|done|think|say|said|why|how) so\s*(?:[?.!,]|$)|\bif so\b",
        r"\b(?:the|any|which|what|all|these|those) others?\s*[?.!,]|\b(?:any|some) more\s*[?.!]|\bany other\s*\?",
        r"\b(?:mentioned|just said|you said|you say)\b",
    )
)
POSSESSIVE = re.compile(r"\b(?:its|their|it|them|they)\b", re.IGNORECASE)
# What "its" or "their" may belong to in the question itself: "a State", "must satellites", a name.
INSIDE = re.compile(
    rf"\b(?:an?|the|each|every|any|all|no|some|which|how many)\s+(?:\w+\s+)*?\w{{3,}}|(?i:\b{_AUXILIARY})\s+\w+s\b|"
    r"(?<!^)(?<![.?!] )\b[A-Z]\w+"
)
CLAUSE = re.compile(
    r"\W*(?:(?:in|on|by|to|from|for|with|at|under|of|since)\s+)?(?:who|whom|whose|what|which|how|when|where|why)\b",
    re.I,
)
YES_NO = re.compile(rf"\W*{_AUXILIARY}\b", re.IGNORECASE)
DEFINITION = re.compile(
    r"\W*(?:what|who)(?: is| are| was| were|['’]s)\b(?! (?:the|it|they|he|she|this|that|there)\b)", re.IGNORECASE
)
DEFINITE = re.compile(r"\bthe (?:\w+ )?[a-z]+\b")
UNENDED = re.compile(r"\b(?:\w+ed|pay|pays|apply|applies|mean|happen|happens|joined|left|signed)\W*$", re.IGNORECASE)


def leans(question: str) -> bool:
    """Whether a question cannot be understood without the one before."""
    first = ALSO.split(question)[0]  # what comes after it leans on that
    question = first if telling(first) else question
    words = telling(question)
    named = bool(NAMED.search(question))
    if _points(question):
        return True
    if OPENING.match(question):
        return not (named and len(words) >= OWN)
    return len(words) <= FEW and _is_short_of(question, words, named=named)


def opens(question: str) -> bool:
    """Whether it goes on with the question before: "And for Europe?"."""
    return bool(OPENING.match(question)) or not (CLAUSE.match(question) or YES_NO.match(question))


def _points(question: str) -> bool:
    """Whether a word of it stands for something said before."""
    if any(form.search(question) for form in DEPENDING):
        return True
    return any(not INSIDE.search(question[: found.start()]) for found in POSSESSIVE.finditer(question)) and not _idle(
        question
    )


def _idle(question: str) -> bool:
    """Whether its "it" is nobody."""
    return (
        bool(re.search(rf"\b{_AUXILIARY}\s+it\b", question, re.IGNORECASE)) and len(POSSESSIVE.findall(question)) == 1
    )


def _is_short_of(question: str, words: tuple[str, ...], *, named: bool) -> bool:
    """Whether a question of few words lacks what it is about."""
    if not words:
        return True
    if DEFINITION.match(question) or _idle(question):
        return False
    if not CLAUSE.match(question):  # "In orbit?", "Is Pakistan a member?"
        return True
    return len(words) < FEW or (not named and bool(DEFINITE.search(question) or UNENDED.search(question)))
