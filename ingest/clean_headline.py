"""Where a text's headline stands, and the standfirst under it."""

import re
from collections import Counter
from collections.abc import Sequence

from ingest.clean_article import HEADER, Mask, is_linked
from ingest.clean_lines import BULLET, BYLINE, CAPTION, CLOCK, END, FURNITURE, MARK, WORD, Row, key
from ingest.clean_wrap import RUNS_ON

REACH = 25  # lines above the article in which its headline stands
FACTS = re.compile(
    r"(?i:by):? +[A-Z][\w.'’-]* +[A-Z]|(?i:(?:first |last )?(?:published|updated|posted|created|modified)\b.*\d)"
)
# "B.  Agreement on ...": the place of a chapter in the book it was taken from.
PLACE = re.compile(r"^[A-Z\d]{1,3}\.\s{2,}(?=[A-Z])")


def top(rows: Sequence[Row], kept: Mask) -> tuple[str | None, list[int]]:
    """The title of a clean text and the lines it takes: the first line, and those it runs on over."""
    first = int(kept.argmax())
    named = [match["value"] for row in rows[:first] if (match := HEADER.match(row.text)) and match["name"][0] in "tThH"]
    if named:
        return named[0], [first] if key(rows[first].text) == key(named[0]) else []
    last = first
    while last < min(first + 4, len(rows) - 1) and _continues(rows[last], rows[last + 1]):
        last += 1
    title = PLACE.sub("", " ".join(row.text for row in rows[first : last + 1]))
    if last + 1 >= len(rows) or not _could_be_headline(title):
        return None, []
    return title, list(range(first, last + 1))


def _continues(row: Row, below: Row) -> bool:
    return not below.blank_before and (bool(RUNS_ON.search(row.text[-40:])) or below.text[:1].islower())


def _could_be_headline(text: str) -> bool:
    fits = len(text) <= 300 and len(text.split()) <= 40
    return fits and not text.rstrip("\"'”’").endswith((".", ":", ";", ",")) and not BULLET.match(text)


def headline(rows: Sequence[Row], kept: Mask, known: str | None) -> tuple[str | None, list[int]]:
    """The headline of a page and the lines where it stands: the likeliest line at the article's beginning.

    `known` is the headline that the page declares elsewhere, if it does.
    """
    first = int(kept.argmax())
    shown = _likeliest(rows, kept, first)
    title = known or shown
    # What a page shows may differ from what it declares; as a heading it is still the headline.
    own = {key(title or "")} | {key(row.text) for row in rows if row.heading and row.text == shown}
    return title, [at for at, row in enumerate(rows) if title and key(row.text) in own]


def _likeliest(rows: Sequence[Row], kept: Mask, first: int) -> str | None:
    seen = Counter(key(row.text) for row in rows)
    body = " ".join(row.text for row, keep in zip(rows, kept, strict=True) if keep)[:20_000]
    words = set(WORD.findall(body.lower()))
    places = range(max(0, first - REACH), min(len(rows), first + 3))
    marks = {at: _mark(rows[at], seen[key(rows[at].text)], words) - 0.06 * abs(first - at) for at in places}
    best = max(marks, key=lambda at: marks[at])
    return rows[best].text if marks[best] > 0 else None


def _mark(row: Row, times: int, body: set[str]) -> float:
    """How much a line looks like the headline: it says what the article says, and pages show theirs more than once."""
    text, words = row.bare, len(row.bare.split())
    if not 3 <= words <= 30 or is_linked(row) or not _could_be_headline(text) or _is_fact(text, words):
        return 0.0
    own = set(WORD.findall(text.lower()))
    return 2 * len(own & body) / max(2, len(own)) + 1.5 * (times > 1) + 2 * row.heading + 0.05 * min(words, 10)


def _is_fact(text: str, words: int) -> bool:
    return bool(BYLINE.match(text) or (words < 12 and CLOCK.search(text)) or (words <= 6 and MARK.match(text)))


def standfirst(rows: Sequence[Row], title: str, kept: Mask) -> list[int]:
    """The place of the sentence or two right under the headline, where the article starts further down."""
    first, own = int(kept.argmax()), key(title)
    for at in range(max(0, first - REACH), first - 1):
        below = rows[at + 1].text
        if key(rows[at].text) == own and len(below.split()) >= 8 and END.search(below) and not _is_row_of_facts(below):
            return [at + 1]
    return []


def facts_on_top(rows: Sequence[Row], kept: Mask) -> list[int]:
    """The places of bylines and lines of publication that the text would begin with."""
    found: list[int] = []
    for at in (at for at, keep in enumerate(kept[: int(kept.argmax()) + 6]) if keep):
        text = rows[at].text[:300]
        if len(text.split()) > 15 or END.search(text) or not FACTS.match(text):
            break
        found.append(at)
    return found


def _is_row_of_facts(text: str) -> bool:
    return any(pattern.search(text[:3000]) for pattern in (FURNITURE, CAPTION, CLOCK, BYLINE))
