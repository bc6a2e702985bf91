"""The dates of publication that a question names: "what was said since 2024", "news from April 2025", "last month".

A date in a question often belongs to what is asked about ("the guidelines adopted in 2007") and says nothing of when
the article was published that tells of it. So a date counts only where the question speaks of articles, of what was
said or of what happened; and `sure` tells whether it speaks of the articles themselves.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from rag.dates import MONTHS
from rag.domain import Filters
from rag.periods import Period, period
from rag.question import ABOUT

NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
FEW, COUPLE = 3, 2  # what "the last few months" and "a couple of weeks" are taken for
DAY = timedelta(days=1)
OPEN: Period = (None, None)
ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th)\b|\s+of\s+|,", re.IGNORECASE)

_MONTH = r"(?:" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\b\.?"
_ORDINAL = r"\d{1,2}(?:st|nd|rd|th)?\b"
_YEAR = r"(?:19|20)\d\d\b(?!-\d)"
_PERIOD = (
    rf"(?:\d{{4}}-\d{{2}}-\d{{2}}\b|{_ORDINAL}(?:\s+of)?\s+{_MONTH},?\s+{_YEAR}|{_MONTH}\s+{_ORDINAL},?\s+{_YEAR}|"
    rf"{_MONTH},?(?:\s+of)?\s+{_YEAR}|{_YEAR}|{_MONTH}(?!\s+\d))"
)
_COUNT = rf"(?:\d{{1,3}}|{'|'.join(NUMBERS)}|few|couple of|several)"
_EARLY = r"(?:the\s+)?(?:(?:early|mid|late|start of|beginning of|end of|year)[\s-]+)?"

# What a question says of a time -> the groups a and b of its periods, or count and unit.
FORMS = tuple(
    (kind, re.compile(rf"\b{form}", re.IGNORECASE))
    for kind, form in (
        ("span", rf"(?:between|from)\s+(?P<a>{_PERIOD})\s+(?:and|to|until|till|through)\s+(?P<b>{_PERIOD})"),
        ("span", rf"(?:in|during)\s+(?P<a>{_YEAR}|(?:19|20)\d\d)\s?[-–]\s?(?P<b>{_YEAR})"),
        ("since", rf"(?:since|starting (?:in|from)|from(?=\s+{_EARLY}{_PERIOD}\s+on))\s+{_EARLY}(?P<a>{_PERIOD})"),
        ("after", rf"after\s+(?P<a>{_PERIOD})"),
        ("before", rf"(?:before|prior to)\s+(?P<a>{_PERIOD})"),
        ("until", rf"(?:until|till|up to|as of|as at)\s+{_EARLY}(?P<a>{_PERIOD})"),
        ("in", rf"(?:in|during|on|from|throughout|for|dated)\s+{_EARLY}(?P<a>{_PERIOD})"),
        ("rolling", rf"(?:the|these)\s+(?:last|past)\s+(?:(?P<count>{_COUNT})\s+)?(?P<unit>day|week|month|year)s?\b"),
        ("named", r"(?:this|last)\s+(?:week|month|year)\b|\b(?:today|yesterday)\b"),
    )
)
ARTICLES = re.compile(
    r"\b(?:articles|reports|news|coverage|reporting|stories|headlines|press|media|newspapers|publications)\b",
    re.IGNORECASE,
)
SAID = re.compile(
    r"\b(?:sa(?:y|id|ying)|told|stated|announc\w+|claimed|reported|published|warned|declared|accused|responded|replied|"
    r"comment(?:s|ed)?|criticis\w+|criticiz\w+|argued|mentioned|revealed|confirmed|denied|remark\w*|wr(?:ote|itten)|"
    r"statements?|interviews?|announcements?)\b",
    re.IGNORECASE,
)
HAPPENED = re.compile(
    r"\b(?:happen\w*|took place|taken place|occurr\w+|going on|gone on|develop(?:ed|ments?)|changed|new|updates?)\b",
    re.IGNORECASE,
)
# "objects launched in 2019": the date belongs to what is asked about.
BELONGS = re.compile(
    r"\b(?!(?:said|told|stated|announced|claimed|reported|published|warned|declared|commented|written|happened|occurred|"
    r"developed|changed)\b)(?:\w{3,}ed|built|held|sent|made|signed|begun|flown|lost|force|effect)\s+(?:\w+ly\s+)?$",
    re.IGNORECASE,
)
ASKS_DATE = re.compile(
    r"^\W*(?:and |but )?(?:when|since when|(?:in|on|by) (?:what|which)|(?:what|which) (?:day|date|year|month))\b", re.I
)
NEAR = 80  # characters between a word for articles and the time that is said of them


@dataclass(frozen=True, slots=True)
class Window:
    """Days of publication, both inclusive; one of them may be open."""

    since: date | None
    until: date | None
    sure: bool  # whether the question says it of the articles, not of what they tell

    @property
    def when(self) -> str:
        """In words: "since 2024-01-01"."""
        if self.since and self.until:
            return f"on {self.since}" if self.since == self.until else f"from {self.since} to {self.until}"
        return f"since {self.since}" if self.since else f"until {self.until}"

    def narrowed(self, filters: Filters) -> Filters | None:
        """The filters with this window inside their own dates; None where none of its days is."""
        since = max(filter(None, (filters.since, self.since)), default=None)
        until = min(filter(None, (filters.until, self.until)), default=None)
        return None if since and until and since > until else replace(filters, since=since, until=until)


def window(question: str, today: date) -> Window | None:
    """The window that a question asks for; None where it names no date, or one that is not of publication.

    Of a follow-up with what stands before it, what is asked now counts first.
    """
    about = ABOUT.match(question)
    if about is None:
        return _window(question, today)
    return _window(about["now"], today) or _window(about["before"], today)


def _window(text: str, today: date) -> Window | None:
    found = _time(text, today)
    if found is None:
        return None
    match, since, until = found
    around = f"{text[max(0, match.start() - NEAR) : match.start()]} {text[match.end() :][:NEAR]}"
    if ARTICLES.search(around):
        return Window(since, until, sure=True)
    if ASKS_DATE.match(text):
        return None
    # What happened since a day is told on or after it; what happened on it can be told of at any time after.
    opening = match[0].lower()
    open_ended = opening.startswith("as ") or (until is None and not opening.startswith("after"))
    told = SAID.search(text) or HAPPENED.search(text)
    if open_ended or (told and not BELONGS.search(text[: match.start()])):
        return Window(since, until, sure=False)
    return None


def _time(text: str, today: date) -> tuple[re.Match[str], date | None, date | None] | None:
    """The first time that is named, with its days."""
    for kind, form in FORMS:
        for match in form.finditer(text):
            since, until = DAYS_OF[kind](match, today)
            if (since or until) and (since is None or since <= today):
                # An end that is still to come leaves nothing out.
                until = None if until and until >= today and since else until
                if since or (until and until < today):
                    return match, since, until
    return None


def _span(match: re.Match[str], today: date) -> Period:
    last = _days(match["b"], today)
    year = re.search(r"\d{4}", match["b"])  # "between April and June 2025"
    first = _days(match["a"] if re.search(r"\d{4}", match["a"]) or not year else f"{match['a']} {year[0]}", today)
    return (first[0], last[1]) if first and last and first[0] <= last[1] else OPEN


def _since(match: re.Match[str], today: date) -> Period:
    found = _days(match["a"], today)
    return (found[0], None) if found else OPEN


def _after(match: re.Match[str], today: date) -> Period:
    found = _days(match["a"], today)
    return (found[1] + DAY, None) if found else OPEN


def _before(match: re.Match[str], today: date) -> Period:
    found = _days(match["a"], today)
    return (None, found[0] - DAY) if found else OPEN


def _until(match: re.Match[str], today: date) -> Period:
    found = _days(match["a"], today)
    return (None, found[1]) if found else OPEN


def _within(match: re.Match[str], today: date) -> Period:
    return _days(match["a"], today) or OPEN


def _rolling(match: re.Match[str], today: date) -> Period:
    said = (match["count"] or "1").lower()
    count = {"few": FEW, "several": FEW, "couple of": COUPLE}.get(said, said)
    number = NUMBERS.index(count) + 1 if count in NUMBERS else count
    return period(f"the last {number} {match['unit']}", today) or OPEN


def _named(match: re.Match[str], today: date) -> Period:
    return period(match[0], today) or OPEN


DAYS_OF: dict[str, Callable[[re.Match[str], date], Period]] = {
    "span": _span,
    "since": _since,
    "after": _after,
    "before": _before,
    "until": _until,
    "in": _within,
    "rolling": _rolling,
    "named": _named,
}


def _days(text: str, today: date) -> tuple[date, date] | None:
    """The first and the last day of a day, a month or a year; a month without a year is the last that has begun."""
    first, last = period(ORDINAL.sub(" ", text), today) or OPEN
    return (first, last) if first and last else None
