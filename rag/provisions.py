"""Provisions by number: "Article IX of the Outer Space Treaty", "Guideline B.4", "§ 51302", numerals of both kinds."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from rag.lexical import stems

# As a provision is called -> its kind.
KINDS = {
    **{name: name for name in ("article", "guideline", "principle", "section", "rule", "regulation", "recommendation")},
    **{name: name for name in ("annex", "appendix", "chapter", "part", "title", "schedule")},
    **{"art": "article", "sec": "section", "§": "section", "annexe": "annex", "appendice": "appendix"},
}
VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
ROMAN = re.compile(r"(?=[ivxlc])c{0,3}(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})")
SYMBOLS = ((100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
MOST_ROMAN = 399
LONGEST = 30  # characters of a number; a longer one is none, and no index holds it

_NUMBER = r"(?:[A-Za-z][.-]?\d+(?:\.\d+)*|\d+(?:\.\d+)*[A-Za-z]?|[IVXLCivxlc]+|[A-Z])(?![\w’'])(?:\s?\(\w{1,4}\))*"
_KIND = (
    r"(?:\b(?i:" + "|".join(sorted((name for name in KINDS if name != "§"), key=len, reverse=True)) + r")s?\b\.?|§+)"
)
NAMED = re.compile(rf"(?P<kind>{_KIND})\s*(?P<numbers>{_NUMBER}(?:\s*(?:,|&|,?\s(?:and|or|to)\s)\s*{_NUMBER})*)")
NUMBER = re.compile(_NUMBER)
# "the article I read"
PERSON = re.compile(r"\s+(?:am|was|have|had|read|saw|want|need|mean|found|sent|gave|added|posted|asked|can|could)\b")
OF = re.compile(
    r"[\s,]*(?:\([^)]*\)|(?:sub)?paragraphs?\s[\w()]+|\bthe\b)*[\s,]*\b(?:of|in|under|from|to)\s+(?P<what>.+)", re.S
)


@dataclass(frozen=True, slots=True)
class Provision:
    """One provision that a question names, and what it says of where it stands."""

    kind: str  # "article"
    number: str  # "9", "b.4", "51302": Arabic, lower case
    of: str  # "the Outer Space Treaty ..."; "" where nothing follows it
    rest: str  # the question without its provisions

    @property
    def words(self) -> tuple[tuple[str, ...], ...]:
        """The stems that its heading holds: of each tuple one."""
        *before, last = stems(self.number)
        names = [name for name, kind in KINDS.items() if kind == self.kind and name != "§"]
        kinds = () if self.kind == "section" else (tuple(stems(" ".join(names))),)  # "§ 51302" has no word for it
        return (*kinds, *((stem,) for stem in before), (last, *filter(None, (in_roman(last),))))

    @property
    def pattern(self) -> re.Pattern[str]:
        """Finds it in a text, in either numeral."""
        names = "|".join(name for name, kind in KINDS.items() if kind == self.kind)
        numbers = "|".join(re.escape(name) for name in (self.number, in_roman(self.number)) if name)
        return re.compile(rf"(?<!\w)(?:{names})s?\.?\s*(?:{numbers})(?![\w’'])", re.IGNORECASE)

    def heads(self, section: str | None) -> bool:
        """Whether a passage's section is this provision, or stands in it."""
        found = NAMED.match(section or "")
        return found is not None and (self.kind, self.number) in _each(found)


def provisions(question: str) -> tuple[Provision, ...]:
    """The provisions that a question names, in order."""
    found = [one for one in NAMED.finditer(question) if not _person(question, one)]
    rest = NAMED.sub(" ", question)
    named = []
    for one, after in zip_longest(found, found[1:]):
        of = OF.match(question[one.end() : after.start() if after else None])
        named += [Provision(kind, number, of["what"] if of else "", rest) for kind, number in _each(one)]
    return tuple(dict.fromkeys(named))


def numerals(question: str) -> str:
    """The numbers of its provisions in the other kind of numeral: "Article 9" gives "IX"."""
    spellings = (name for one in provisions(question) for name in (one.number, in_roman(one.number).upper()))
    written = set(stems(question))
    return " ".join(dict.fromkeys(name for name in spellings if name and not written.issuperset(stems(name))))


def in_roman(number: str) -> str:
    """A whole number as a Roman numeral, lower case; "" for any other."""
    rest, numeral = int(number) if number.isdecimal() else 0, ""
    if not 0 < rest <= MOST_ROMAN:
        return ""
    for value, symbol in SYMBOLS:
        numeral, rest = numeral + symbol * (rest // value), rest % value
    return numeral


def _each(found: re.Match[str]) -> Iterator[tuple[str, str]]:
    """Kind and number, in one spelling, of each provision that is named."""
    kind = found["kind"].lower().rstrip(".")
    kind = KINDS.get(kind) or KINDS.get(kind.removesuffix("s")) or "section"
    return ((kind, _plain(one[0])) for one in NUMBER.finditer(found["numbers"]) if len(one[0]) <= LONGEST)


def _plain(number: str) -> str:
    number = number.split("(")[0].strip().lower()
    if re.fullmatch(r"[a-z][.-]?\d.*", number):
        return f"{number[0]}.{number[1:].lstrip('.-')}"
    # A single letter that stands for 50 or 100 is more often a letter: "Annex C".
    if ROMAN.fullmatch(number) and number not in ("c", "l"):
        values = [VALUES[letter] for letter in number]
        return str(sum(-one if one < after else one for one, after in zip_longest(values, values[1:], fillvalue=0)))
    return number


def _person(question: str, found: re.Match[str]) -> bool:
    return found["numbers"] in ("I", "i") and bool(PERSON.match(question, found.end()))
