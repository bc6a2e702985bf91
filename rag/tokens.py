"""A sentence as words, numbers, dates and marks, each in one normal form.

"seventeen" is 17, "Article IX" is Article 9, "April 23, 2025" is "23 April 2025".
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rag.dates import MONTHS, parse_date
from rag.lexical import stems

QUOTES = str.maketrans({**dict.fromkeys("’‘‛`´ʼ", "'"), **dict.fromkeys("“”„«»", '"'), **dict.fromkeys("‐‑‒–—−", "-")})
# What a text must have for the pattern to be tried, the pattern, and what takes its place.
SPELLING = (
    (".", re.compile(r"\b(?:[A-Z]\.){2,}"), lambda found: found[0].replace(".", "") + " "),  # "U.S." is "US"
    ("United", re.compile(r"\bUnited States(?: of America)?\b"), "US"),
    ("United", re.compile(r"\bUnited Kingdom\b"), "UK"),
    ("United", re.compile(r"\bUnited Nations\b"), "UN"),
    ("European", re.compile(r"\bEuropean Union\b"), "EU"),
    ("is", re.compile(r"(?<=[a-z]{2}[a-z])is(?=(?:e[ds]?|ing|ations?)\b)"), "iz"),  # British and American spelling
    ("rogramme", re.compile(r"(?<=rogram)me(?=s?\b)"), ""),
    ("over", re.compile(r"\bover(?= (?:\d|[$€£]))"), "more than"),
    ("er cent", re.compile(r"\bper cent\b", re.IGNORECASE), "percent"),
    ("annot", re.compile(r"\b([Cc])annot\b"), r"\1an not"),
    ("n't", re.compile(r"(?<=\w)n't\b"), " not"),
    ("'", re.compile(r"(?<=\w)'s?(?!\w)"), " "),  # the possessive
    ("on", re.compile(r"\b[Nn]on-?(?=[a-z]{5})"), "non "),
)

_SPELLINGS = {
    "%": "percent percentage pct",
    "dollar": "$ US$ dollar dollars usd",
    "euro": "€ euro euros eur",
    "pound": "£ pound pounds",
    "yen": "¥ yen",
    "yuan": "yuan rmb renminbi",
    "km": "km kilometer kilometers kilometre kilometres",
    "m": "m meter meters metre metres",
    "cm": "cm centimeter centimeters centimetre centimetres",
    "mile": "mile miles",
    "foot": "foot feet ft",
    "gram": "g gram grams",
    "kg": "kg kilogram kilograms kilogramme kilogrammes kilos",
    "tonne": "t tonne tonnes ton tons",
    "year": "year years yr yrs",
    "month": "month months",
    "week": "week weeks",
    "day": "day days",
    "hour": "hour hours",
    "minute": "minute minutes",
    "second": "second seconds",
    "century": "century centuries",
    "decade": "decade decades",
    "degree": "degree degrees °",
    "watt": "watt watts",
    "kilowatt": "kw kilowatt kilowatts",
    "megawatt": "mw megawatt megawatts",
}
MEASURES = {spelling: unit for unit, spellings in _SPELLINGS.items() for spelling in spellings.split()}

_CAPITAL = ("mar", "march", "may", "sun")  # words of their own in lower case
_NAMES = sorted((name for name in MONTHS if name not in _CAPITAL), key=len, reverse=True)
_MONTH = rf"(?:(?i:{'|'.join(_NAMES)})|March|Mar|May)\b\.?"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?(?!\d|[.,]\d)"
_DAYS = rf"{_DAY}(?:\s*(?:-|and|to)\s*{_DAY})?"
_YEAR = r"(?:1[89]|20)\d\d(?![%\ds]|,\d|\.\d)"
_COUNTED = rf"(?!\s(?:{'|'.join(word for word in MEASURES if word.isalpha() and len(word) > 1)})\b)"  # "1935 grams"
_AFTER_IN = (
    "(?:" + "|".join(f"(?<={word} )" for word in ("in", "by", "since", "until", "last", "late", "early", "next")) + ")"
)
DATE = rf"""(?:
          (?<![\w.])(?:\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}[-/.]\d{{1,2}}[-/.]\d{{4}})(?![\d-])
         |\b{_MONTH}\s+{_DAYS}(?:,?\s+{_YEAR})?
         |(?<![\w.,]){_DAYS}[\s-]+(?:of\s+)?{_MONTH}(?:,?[\s-]+{_YEAR})?
         |\b{_MONTH},?\s+(?:of\s+)?{_YEAR}
         |\b(?i:january|february|april|june|july|august|september|october|november|december)\b
         |{_AFTER_IN}(?:May|March)\b
         |(?<![\w.,$€£¥]){_YEAR}{_COUNTED})"""
TOKEN = re.compile(
    rf"""(?P<date>{DATE})
       |(?P<number>(?:(?P<money>US\$|[$€£¥])\s?)?(?P<digits>\d{{1,3}}(?:[,\u00a0\u2009\u202f]\d{{2,3}})+(?:\.\d+)?|\d{{1,3}}(?:,\s\d{{3}}\b)+|\d+(?:\.\d+)?)(?P<suffix>[^\W\d_]{{0,4}}\b|%)?)
       |(?P<word>[^\W\d_]+(?:'[^\W\d_]+)*\d*)
       |(?P<mark>[^\w\s])""",
    re.VERBOSE,
)
WHEN = re.compile(rf",?\s(?i:on|in|by|since|until|of|as\sof)\s{DATE}(?:,(?=\s))?", re.VERBOSE)
PARTS = re.compile(rf"(?P<year>{_YEAR})|(?P<month>{_MONTH})|(?P<day>\d{{1,2}})")


def _table(words: str) -> list[str]:
    return words.split()


ONES = _table("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen")
SMALL = {word: value for value, word in enumerate([*ONES, "seventeen", "eighteen", "nineteen"])}
SMALL |= {
    word: 10 * value for value, word in enumerate(_table("twenty thirty forty fifty sixty seventy eighty ninety"), 2)
}
SCALES = {"dozen": 12.0, "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
MANY = {f"{word}s": value for word, value in SCALES.items()}  # "dozens of": only itself
SUFFIXES = {"m": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9, "k": 1e3, "tn": 1e12}
ORDINALS = _table("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth")
ROMAN = re.compile(r"(?=[IVX])X{0,3}(?:IX|IV|V?I{0,3})$")
NOT_ONE_BEFORE = frozenset(_table("no any every some the this that each which only"))
NOT_ONE_AFTER = frozenset(_table("of another day"))

CURRENCIES = ("dollar", "euro", "pound", "yen", "yuan")
MONEY = frozenset(spelling for spelling, unit in MEASURES.items() if unit in CURRENCIES)
LABELS = frozenset(
    _table(
        "article articles annex chapter guideline guidelines paragraph part phase principle principles resolution rule"
        " section stage title"
    )
)


@dataclass(frozen=True, slots=True)
class Day:
    """A date, as far as it is told; at least one part is."""

    year: int | None
    month: int | None
    day: int | None

    @property
    def told(self) -> tuple[bool, bool, bool]:
        """Which parts are told."""
        return self.year is not None, self.month is not None, self.day is not None

    def holds(self, other: "Day") -> bool:
        """Whether this date tells all that the other, of a claim, tells."""
        pairs = ((self.year, other.year), (self.month, other.month), (self.day, other.day))
        return all(theirs in (None, mine) for mine, theirs in pairs)


class Token(NamedTuple):  # thousands are made for one answer: a dataclass takes four times as long
    """A word, number, date or mark in the order of a sentence; a word unless it is one of the others."""

    text: str
    is_mark: bool = False
    days: tuple[Day, ...] = ()
    number: float | None = None
    measure: str = ""

    @property
    def is_word(self) -> bool:
        """Whether it is a plain word."""
        return self.number is None and not self.days and not self.is_mark

    @property
    def words(self) -> str:
        """Its normal form as words to compare."""
        if self.number is not None:
            kind = (
                f" {self.measure}"
                if self.measure in CURRENCIES
                else self.measure
                if self.measure in ("th", "s")
                else ""
            )
            return f"{self.number:.12g}{kind}"
        if self.days:
            return " ".join(str(part) for day in self.days for part in (day.year, day.month, day.day) if part)
        return "" if self.is_mark else self.text


def normal(text: str) -> str:
    """The text with one spelling for quotes, dashes, dotted abbreviations, negations and possessives."""
    text = text.translate(QUOTES)
    for needed, pattern, replacement in SPELLING:
        if needed in text:
            text = pattern.sub(replacement, text)
    return text


def tokens(text: str) -> tuple[Token, ...]:
    """The words, numbers, dates and marks of a text, in order."""
    return tuple(_spelled_out([_token(match) for match in TOKEN.finditer(normal(text))]))


def stems_of(found: Sequence[Token]) -> tuple[str, ...]:
    """The stems of tokens, in order."""
    return tuple(stems(" ".join(token.words for token in found)))


def all_stems(text: str) -> tuple[str, ...]:
    """The stems of a text in normal form, in order."""
    return stems_of(tokens(text))


def _token(match: re.Match[str]) -> Token:
    text = match[0]
    if match["date"]:
        return Token(text, days=_days(text))
    if match["number"]:
        return _digits(match)
    return Token(text, is_mark=bool(match["mark"]))


def _days(text: str) -> tuple[Day, ...]:
    if exact := parse_date(text, day_first=True):
        return (Day(exact.year, exact.month, exact.day),)
    year: int | None = None
    month: int | None = None
    days: list[int] = []
    for part in PARTS.finditer(text):
        if part["year"]:
            year = int(part["year"])
        elif part["month"]:
            month = MONTHS[part["month"].rstrip(".").lower()]
        else:
            days.append(int(part["day"]))
    return tuple(Day(year, month, day) for day in days) or (Day(year, month, None),)


def _digits(match: re.Match[str]) -> Token:
    value, suffix, money = float(re.sub(r"[^\d.]", "", match["digits"])), match["suffix"] or "", match["money"]
    if money:
        return Token(match[0], number=value * SUFFIXES.get(suffix, 1.0), measure=MEASURES[money])
    if suffix in ("st", "nd", "rd", "th"):
        return Token(match[0], number=value, measure="th")
    if suffix in ("bn", "tn"):
        return Token(match[0], number=value * SUFFIXES[suffix])
    return Token(match[0], number=value, measure="%" if suffix == "%" else MEASURES.get(suffix.lower(), suffix))


def _spelled_out(found: Sequence[Token]) -> Iterator[Token]:
    """The tokens with number words, scales and Roman numbers read as numbers."""
    at = 0
    while at < len(found):
        value, measure, used = _number_at(found, at)
        if used:
            yield Token(" ".join(token.text for token in found[at : at + used]), number=value, measure=measure)
        else:
            yield found[at]
        at += used or 1


def _number_at(found: Sequence[Token], at: int) -> tuple[float, str, int]:
    """The number that begins here, its measure, and how many tokens it takes; 0 where there is none."""
    token = found[at]
    word, before = token.text.lower(), found[at - 1].text if at else ""
    after = found[at + 1].text.lower() if at + 1 < len(found) else ""
    if token.number is not None:
        if token.measure == "m" and after in MONEY:  # "93m euros"
            return 1e6 * token.number, MEASURES[after], 1
        scale, used = _scales(found, at + 1)
        return (token.number * scale, token.measure, 1 + used) if used else (0.0, "", 0)
    if not token.is_word:
        return 0.0, "", 0
    if word in ORDINALS:
        return float(ORDINALS.index(word) + 1), "th", 1
    if word in MANY:
        return MANY[word], "s", 1
    if before[:1].isupper() and ROMAN.match(token.text) and (len(token.text) > 1 or before.lower() in LABELS):
        return float(_roman(token.text)), "", 1
    return _words_at(found, at, before.lower(), after)


def _words_at(found: Sequence[Token], at: int, before: str, after: str) -> tuple[float, str, int]:
    word = found[at].text.lower()
    if word in SCALES or (word in ("a", "an") and after in SCALES):
        scale, used = _scales(found, at + (word not in SCALES))
        return scale, "", used + (word not in SCALES)
    if word not in SMALL or (word == "one" and (before in NOT_ONE_BEFORE or after in NOT_ONE_AFTER)):
        return 0.0, "", 0
    total, used = float(SMALL[word]), 1
    step = 2 if after == "-" else 1
    following = found[at + step].text.lower() if at + step < len(found) else ""
    if total >= 20 and 0 < SMALL.get(following, 0) < 10:
        total, used = total + SMALL[following], 1 + step
    scale, more = _scales(found, at + used)
    return total * scale, "", used + more


def _scales(found: Sequence[Token], at: int) -> tuple[float, int]:
    scale, used = 1.0, 0
    while at + used < len(found) and found[at + used].text.lower() in SCALES:
        scale *= SCALES[found[at + used].text.lower()]
        used += 1
    return scale, used


def _roman(text: str) -> int:
    values = [{"I": 1, "V": 5, "X": 10}[letter] for letter in text]
    return sum(-value if value < after else value for value, after in zip(values, [*values[1:], 0], strict=True))
