"""What the lines of a copied page look like, in numbers. The only file that holds words that furniture is made of."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float64]

# Control characters but tab and line end; soft hyphens and zero-width marks, which break words for search; what is
# no character, or half of one. No line of a document has any.
UNSEEN = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f\x80-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u2060\ufeff\ufffe\uffff\ud800-\udfff]"
)

BULLET = re.compile(r"^\s*(?:[*+•·▪‣◦■►»›|]+|o|[-–—#](?=\s|$))(?:\s+|$)")
# A sentence's end, with the quotation marks and brackets that may close after it.
END = re.compile(r"[.!?…:;][\"'”’»)\]]*$")
CUT_OFF = re.compile(r"(?:\.\.\.|…)$")
CLOCK = re.compile(r"\b(?:19|20)\d\d\b|\b\d{1,2}:\d\d\b|\b(?:hours?|minutes?|mins?|days?) (?:ago|read)\b", re.I)
BYLINE = re.compile(r"^by\b|\bby [A-Z]|^(?:von|por|text:|текст:)", re.I)
AUTHOR = re.compile(
    r"^(?:by|von|por|reporting by|text:?) "
    r"|\b(?:is an?|writes?|writer|reporter|correspondent|journalist|author|columnist|covers|editor|contributed)\b",
    re.I,
)
CAPTION = re.compile(
    r"\b(?:photo(?:graph)?s?|images?|pictures?|credits?|courtesy|illustration|video|caption|pictured|captured|shown)\b"
    r"|\((?:[A-Z][\w.]*[ /]?){1,5}\)$|©",
    re.I,
)
# Whose picture it is, at a caption's beginning or end. Sentences speak of images by somebody too, in their middle.
_PICTURE = r"(?:image|photo|photograph|picture)s?"
CREDIT = re.compile(
    rf"^{_PICTURE}:? ?(?:copyright|caption|credit|by|courtesy)\b|^(?:{_PICTURE}|credits?): "
    rf"|\((?:[\w./ ]{{0,30}}\b)?(?:{_PICTURE}|credits?|courtesy)\b(?::| by | of |/| credit)[^()]{{0,120}}\)?\W*$"
    rf"|\b{_PICTURE} (?:by|credit|courtesy(?: of)?):? (?-i:[A-Z])[^.]{{0,80}}$"
    r"|\bcredit(?::|\.\.\.) ?(?-i:[A-Z])[^.]{0,80}$",
    re.I,
)
# Lines that begin so, and are short, stand around an article: its end, its boxes, its buttons.
MARK = re.compile(
    r"^(?:related\b|more (?:from|on|stories|news|in)\b|most (?:read|popular|viewed|shared)|comments?\b|\d* ?comments?$"
    r"|leave a (?:reply|comment)|trending|recommended|you (?:may|might)|about the author|share\b|tags?\b|topics?\b"
    r"|next\b|previous\b|read (?:next|more)|sign up|subscribe|newsletters?\b|sponsored|promoted|up next|latest\b"
    r"|popular\b|filed under|also read|see also|advertis|follow\b(?!-)|get the|post navigation|join\b|about us"
    r"|contact\b|copyright|©|all rights|load more|view comments|back to|print\b|e-?mail|what do you think"
    r"|top (?:stories|news)|privacy|cookie)",
    re.I,
)
FURNITURE = re.compile(
    r"\b(?:advertis\w+|subscri\w+|newsletters?|sign(?:ed)? (?:in|up)|log ?in|cookies?|privacy|terms (?:of|and)"
    r"|copyright|all rights reserved|read more|learn more|click here|share|follow (?:us|the)|comments?|related|trending"
    r"|most (?:read|popular|viewed)|loading|skip to|menu|search|contact us|e-?mail|facebook|twitter|instagram|linkedin"
    r"|whatsapp|print|registered|gallery|sponsored|promoted|recommended|updated|published|posted|min read|editor"
    r"|topics?|tags?|filed under|more (?:from|on|stories)|back to|download|app|inbox|browser|javascript)"
    r"\b|©",
    re.I,
)
WORD = re.compile(r"[^\W\d_]{5,}")
# Furniture is short: what a line is shows in its beginning, and a line of a million characters costs no more.
SEEN = 3000


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a page that is not blank."""

    text: str
    blank_before: bool = True
    links: float = 0.0  # the share of the line that was links, 0..1
    heading: bool = False  # marked as one

    @property
    def bare(self) -> str:
        """The beginning of the text without its bullet."""
        return BULLET.sub("", self.text[:SEEN], count=1).strip()


def key(text: str) -> str:
    """The letters and digits of a line's beginning, to compare lines by."""
    return re.sub(r"\W+", "", text[:SEEN]).lower()


def columns(rows: Sequence[Row]) -> Mapping[str, Column]:
    """Each feature's value for each row (there must be one at least)."""
    texts = [row.bare for row in rows]
    split = [text.split() for text in texts]
    words = np.array([len(row.text.split()) for row in rows], dtype=np.float64)
    own = _own(texts, split, words, rows)
    own |= _repeats(texts, split) | _cohesion(texts, words)
    return own | _around(own, words)


def _flags(texts: Sequence[str], test: Callable[[str], object]) -> Column:
    return np.array([bool(test(text)) for text in texts], dtype=np.float64)


def _own(texts: Sequence[str], split: Sequence[Sequence[str]], words: Column, rows: Sequence[Row]) -> dict[str, Column]:
    """What a line shows by itself."""
    ends, furniture = _flags(texts, END.search), _counts(texts, FURNITURE, 3)
    long = (words >= 12).astype(np.float64)
    starts = [sum(word[:1].isalpha() for word in line) for line in split]
    lower = [sum(word[:1].islower() for word in line) for line in split]
    return {
        "words 1-3": _flags_of(words <= 3),
        "words 4-9": _flags_of((words >= 4) & (words <= 9)),
        "words 10-19": _flags_of((words >= 10) & (words <= 19)),
        "words 40+": _flags_of(words >= 40),
        "ends": ends,
        "prose": ends * long,
        "long without end": (1 - ends) * long,
        "cut off": _flags(texts, CUT_OFF.search),
        "lower case": np.array(lower) / np.maximum(1, starts),
        "clock": _flags(texts, CLOCK.search) * (words < 25),
        "byline": _flags(texts, BYLINE.search) * (words < 15),
        "author": _flags(texts, AUTHOR.search),
        "caption": _flags(texts, CAPTION.search),
        "mark": _flags(texts, MARK.match) * (words <= 8),
        "furniture": furniture,
        "furniture in short": furniture * (words < 25),
        "furniture share": np.minimum(1, 3 * furniture / np.maximum(3, words)),
        "commas": np.minimum(3, [text.count(",") for text in texts]),
        "blank before": np.array([row.blank_before for row in rows], dtype=np.float64),
    }


def _flags_of(truth: NDArray[np.bool_]) -> Column:
    return truth.astype(np.float64)


def _counts(texts: Sequence[str], pattern: re.Pattern[str], most: int) -> Column:
    return np.minimum(most, [len(pattern.findall(text)) for text in texts]).astype(np.float64)


def _repeats(texts: Sequence[str], split: Sequence[Sequence[str]]) -> dict[str, Column]:
    """Whether a line stands elsewhere too; for headlines also at the end of another, as in the path to a page."""
    seen = Counter(text.lower() for text in texts)
    short = [tuple(word.lower() for word in line) for line in split if 3 <= len(line) <= 40]
    endings = Counter(line[at:] for line in short for at in range(len(line) - 2))
    headline = [3 <= len(line) < 25 and endings[tuple(word.lower() for word in line)] > 1 for line in split]
    return {
        "repeated": _flags(texts, lambda text: seen[text.lower()] > 1),
        "repeated headline": np.array(headline, dtype=np.float64),
    }


def _cohesion(texts: Sequence[str], words: Column) -> dict[str, Column]:
    """How much of a line's vocabulary other long lines share: teasers of other stories stand alone."""
    long = words >= 12
    bags = [set(WORD.findall(text.lower())) for text in texts]
    shared = Counter(word for bag, is_long in zip(bags, long, strict=True) if is_long for word in bag)
    share = [
        sum(shared[word] - is_long >= 2 for word in bag) / max(2, len(bag))
        for bag, is_long in zip(bags, long.tolist(), strict=True)
    ]
    return {"cohesion": np.array(share, dtype=np.float64)}


def _around(own: Mapping[str, Column], words: Column) -> dict[str, Column]:
    """What a line's neighbours show, and where in the page's prose it stands."""
    size, prose_words = np.log1p(words), words * own["prose"]
    found = {f"size {step:+d}": _shifted(size, step) for step in (-3, -2, -1, 1, 2, 3)}
    for name in ("mark", "ends", "furniture", "clock", "cohesion"):
        found |= {f"{name} {step:+d}": _shifted(own[name], step) for step in (-1, 1)}
    for reach in (5, 12):
        found |= _near(own, words, prose_words, reach)
    before = np.concatenate([[0.0], np.cumsum(prose_words)[:-1]]) / max(1.0, prose_words.sum())
    density = np.full(len(words), prose_words.sum() / max(1.0, words.sum()))
    return found | {
        "prose before": before,
        "in first prose": _flags_of(before < 0.05),
        "in last prose": _flags_of(before > 0.8),
        "prose of page": density,
    }


def _near(own: Mapping[str, Column], words: Column, prose_words: Column, reach: int) -> dict[str, Column]:
    prose = _window(prose_words, -reach, reach)
    found = {
        f"prose within {reach}": prose / np.maximum(1, _window(words, -reach, reach)),
        f"cohesion within {reach}": _window(own["cohesion"] * prose_words, -reach, reach) / np.maximum(1, prose),
        f"furniture within {reach}": _window(own["furniture"], -reach, reach) / reach,
        f"byline in {reach} before": np.minimum(1, _window(own["byline"], -reach, -1)),
    }
    for name, most in (("mark", 2), ("clock", 2), ("repeated headline", 1)):
        found[f"{name} in {reach} before"] = np.minimum(most, _window(own[name], -reach, -1))
        found[f"{name} in {reach} after"] = np.minimum(most, _window(own[name], 1, reach))
    return found


def _shifted(column: Column, step: int) -> Column:
    shifted = np.zeros_like(column)
    if step > 0:
        shifted[:-step] = column[step:]
    else:
        shifted[-step:] = column[:step]
    return shifted


def _window(column: Column, first: int, last: int) -> Column:
    """For each row, the sum over the rows `first` to `last` from it."""
    sums, places = np.concatenate([[0.0], np.cumsum(column)]), np.arange(len(column))
    ends, starts = (np.clip(places + offset, 0, len(column)) for offset in (last + 1, first))
    return np.asarray(sums[ends] - sums[starts])
