"""A time in words -> the first and the last day of it: "in April 2025", "since 2024", "last month"."""

import re
from calendar import monthrange
from datetime import date, timedelta

from rag.dates import FIRST_YEAR, LAST_YEAR
from rag.tokens import Day, tokens

Period = tuple[date | None, date | None]  # inclusive; None: open on that side

# What stands before a year in which something was.
AT = frozenset(
    ("in", "on", "by", "since", "until", "during", "before", "after", "from", "late", "early", "mid", "around")
)
MOST_YEARS = 40  # of a time in words
UNITS = {"day": 1, "week": 7, "month": 30, "year": 365}
AGO = re.compile(
    r"(?:(?:in|during|over|from|within) )?the (?:last|past) (?:(?P<count>\d{1,3}) )?(?P<unit>day|week|month|year)s?"
)
NAMED = re.compile(r"(?:(?:in|during|of|from) )?(?P<which>this|last|past) (?P<unit>week|month|year)")
DAYS = {"today": 0, "yesterday": 1}
BETWEEN = re.compile(r"(?:between|from) (?P<first>.+?) (?:and|to|until|till|through) (?P<last>.+)")
SINCE = re.compile(r"(?:since|from|after) (?P<first>.+?)(?: on(?:wards?)?)?")
UNTIL = re.compile(r"(?:until|till|before|up to|by) (?P<last>.+)")
WITHIN = re.compile(
    r"(?:(?:in|on|during|of|from|for|throughout|over) )?(?:the )?(?:(?:month|year|day|course) of )?(?P<then>.+)"
)


def period(text: str, today: date) -> Period | None:
    """The days that `text` names; None where it is no time, or not for certain. A month without a year is the last."""
    said = " ".join(text.lower().split())
    if said in DAYS:
        day = today - timedelta(days=DAYS[said])
        return day, day
    if found := NAMED.fullmatch(said):
        return _named(found["unit"], today, before=found["which"] != "this")
    if found := AGO.fullmatch(said):
        return today - timedelta(days=UNITS[found["unit"]] * int(found["count"] or 1)), today
    return _told(said, today)


def first_day_in(text: str, since: date | None, until: date | None) -> date | None:
    """The first day between these on which a text says that something was, as far as it tells the day."""
    found = tokens(text)
    for at, token in enumerate(found):
        before = found[at - 1].text.lower() if at else ""
        for day in token.days:
            # "the treaty of 1967" is a name.
            if day.year and (day.month or before in AT) and (first := _first(day, since, until)):
                return first
    return None


def words_of(since: date | None, until: date | None) -> str:
    """A time in the words that a text may have for it."""
    months = [f"{day:%B} {day.year}" for day in (since, until) if day]
    if since and until and (since.year, since.month) != (until.year, until.month):
        months = [str(year) for year in range(since.year, until.year + 1)[:MOST_YEARS]]
    return " ".join(dict.fromkeys(months))


def _told(said: str, today: date) -> Period | None:
    """A time with a date in it."""
    if (found := BETWEEN.fullmatch(said)) and (first := _days(found["first"], today)):
        last = _days(found["last"], today)
        return (first[0], last[1]) if last else None
    if (found := UNTIL.fullmatch(said)) and (last := _days(found["last"], today)):
        return None, last[0] - timedelta(days=1) if said.startswith("before") else last[1]
    # "From April 2025" is that month, "from 2024 on" what came since.
    if (found := SINCE.fullmatch(said)) and (said.endswith(("on", "onward", "onwards")) or not said.startswith("from")):
        first = _days(found["first"], today)
        return (first[1] + timedelta(days=1) if said.startswith("after") else first[0], None) if first else None
    found = WITHIN.fullmatch(said)
    return _days(found["then"], today) if found else None


def _days(text: str, today: date) -> tuple[date, date] | None:
    """The first and the last day of a date that is the whole text."""
    found = tokens(text.title())
    return _span(found[0].days[0], today) if len(found) == 1 and len(found[0].days) == 1 else None


def _span(told: Day, today: date) -> tuple[date, date] | None:
    year, month, day = told.year, told.month, told.day
    if year is None:
        year = today.year if (month or 1, day or 1) <= (today.month, today.day) else today.year - 1
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    if month is None:
        return date(year, 1, 1), date(year, 12, 31)
    if day is None:
        return date(year, month, 1), date(year, month, monthrange(year, month)[1])
    return (date(year, month, day),) * 2 if day <= monthrange(year, month)[1] else None


def _named(unit: str, today: date, *, before: bool) -> Period:
    if unit == "week":
        monday = today - timedelta(days=today.weekday() + 7 * before)
        return monday, monday + timedelta(days=6)
    if unit == "year":
        return date(today.year - before, 1, 1), date(today.year - before, 12, 31)
    last = today.replace(day=1) - timedelta(days=1) if before else today
    return last.replace(day=1), last.replace(day=monthrange(last.year, last.month)[1])


def _first(day: Day, since: date | None, until: date | None) -> date | None:
    """The first day of a date, where all of that lies in the time."""
    year, month = day.year or 1, day.month
    try:
        first = date(year, month or 1, day.day or 1)
    except ValueError:
        return None
    last = first if day.day else date(year, month or 12, monthrange(year, month or 12)[1])
    return first if (since or date.min) <= first and last <= (until or date.max) else None
