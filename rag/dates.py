"""Text to dates. Only what a date says for certain: an ambiguous, impossible or far-off one is no date.

Numbers alone (03-04-2025) are read only where their order is certain: one of them is over 12, both are equal, or the
caller knows the habit of the page they stand on (`day_first`, which `day_first_habit` finds).
"""

import re
from collections.abc import Iterator
from datetime import date

FIRST_YEAR, LAST_YEAR = 1900, 2100

NAMES = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october")
MONTHS = {name: number for number, name in enumerate((*NAMES, "november", "december"), start=1)}
# "Apr", "Apr." and the four-letter "Sept" as newspapers write it.
MONTHS |= {name[:3]: number for name, number in MONTHS.items()} | {"sept": 9}

_MONTH = r"(?P<month>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\b\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4})"
# A digit, or a digit and a separator, on either side makes it part of a longer number, a version or an address.
_START, _END = r"(?<!\d)(?<!\d[./-])", r"(?!\d)(?![./-]\d)"
_ISO_TIME = r"(?:T\d{2}(?::?\d{2}){0,2}(?:[.,]\d+)?\s*(?:Z\b|[+-]\d{2}:?\d{2})?)?"

FORMS = (
    re.compile(
        rf"{_START}{_YEAR}(?P<mark>[-/.])(?P<month>\d{{1,2}})(?P=mark)(?P<day>\d{{1,2}}){_ISO_TIME}{_END}", re.I
    ),
    re.compile(rf"{_START}(?P<first>\d{{1,2}})(?P<mark>[-/.])(?P<second>\d{{1,2}})(?P=mark){_YEAR}{_END}"),
    re.compile(rf"\b{_MONTH}\s*{_DAY}(?:\s*,\s*|\s+){_YEAR}(?!\d)", re.I),
    re.compile(rf"{_START}{_DAY}(?:\s+of)?[\s-]*{_MONTH}(?:\s*,\s*|[\s-]+){_YEAR}(?!\d)", re.I),
)
# What may stand around a date that is "the whole text": a weekday before, a clock and a zone after.
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?[.,]?\s+)?"
_ZONE = r"(?:\(?[A-Z]{1,5}\)?(?:[+-]\d{1,4})?|[+-]\d{2}:?\d{2})?"
_CLOCK = rf"(?:[\s,|]*(?:at\s+)?\d{{1,2}}[:.]\d{{2}}(?::\d{{2}}(?:\.\d+)?)?(?:\s*[ap]\.?m\.?)?\s*{_ZONE})?"
_BEFORE, _AFTER = re.compile(_WEEKDAY, re.I), re.compile(_CLOCK, re.I)


def parse_date(text: str, *, day_first: bool | None = None) -> date | None:
    """The date that `text` is, a weekday and a time of day aside; None where it is none, or not for certain.

    The date is as written: a time zone does not move it. Years from 1900 to 2100.
    """
    text = text.strip()[:100]
    start = _BEFORE.match(text)
    for form in FORMS:
        if (match := form.match(text, start.end() if start else 0)) and _AFTER.fullmatch(text, match.end()):
            return _read(match, day_first)
    return None


def dates_in(text: str, *, day_first: bool | None = None) -> tuple[date, ...]:
    """The certain dates in `text`, in the order they stand."""
    found = [(match.start(), _read(match, day_first)) for form in FORMS for match in form.finditer(text)]
    return tuple(value for _, value in sorted((at, value) for at, value in found if value is not None))


def day_first_habit(text: str) -> bool | None:
    """Whether dates in numbers put the day first in `text`; None when none shows it, or they disagree."""
    habits = {first > 12 for first, second in _pairs(text) if first > 12 >= second or second > 12 >= first}
    return habits.pop() if len(habits) == 1 else None


def _pairs(text: str) -> Iterator[tuple[int, int]]:
    for match in FORMS[1].finditer(text):
        yield int(match["first"]), int(match["second"])


def _read(match: re.Match[str], day_first: bool | None) -> date | None:
    parts = match.groupdict()
    if "first" in parts:
        return _numbers(int(parts["first"]), int(parts["second"]), int(parts["year"]), day_first)
    month = parts["month"].lower()
    return _date(int(parts["year"]), MONTHS.get(month) or int(month), int(parts["day"]))


def _numbers(first: int, second: int, year: int, day_first: bool | None) -> date | None:
    day_month, month_day = _date(year, second, first), _date(year, first, second)
    if day_month is None or month_day is None or day_month == month_day:
        return day_month or month_day
    return None if day_first is None else day_month if day_first else month_day


def _date(year: int, month: int, day: int) -> date | None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
