"""A model's raw text, while it grows, into plain sentences with the numbers that they cite."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.prompts import INVISIBLE
from rag.sentences import sentence_spans

# [1] [1, 2] [1-3] [^1] [Passage 1] 【1】
_NUMBER = r"(?:passages?\s*)?\d{1,3}"
_MARK = rf"[\[【]\s*\^?{_NUMBER}(?:\s*(?:,|;|and|-|–)\s*{_NUMBER})*\s*(?:†[^\]】]{{0,40}})?[\]】]"
MARK = re.compile(_MARK, re.IGNORECASE)
RANGE = re.compile(r"(\d{1,3})\s*[-–]\s*(\d{1,3})")
NUMBER = re.compile(r"\d{1,3}")
# What has not wholly arrived: a mark, a link, a tag.
PARTIAL_END = re.compile(r"\s*(?:!?[\[【][^\[\]【】]*(?:[\]】](?:\([^)]*)?)?|<[^<>]{0,200})$")
# The last word of a growing text, where it may become an address or a list's number, or a mark may come before its end.
UNSURE_END = re.compile(
    r"\s*(?:\S*[^\w\s,;’'\"“”()–-]\S*|(?:www|https?|data|file|mailto|javascript|vbscript)\S*)$", re.IGNORECASE
)
# "said it. [1] Then": the mark belongs to the sentence before.
BEHIND = re.compile(rf"([.!?][\"”’)]*)((?:\s*{_MARK})+)", re.IGNORECASE)
SPACE_BEFORE_END = re.compile(r"\s+(?=[.,;:!?](?:\s|$))")

# Any address, also one without a scheme where a path or a query shows that it is one. Whoever shows an answer may make
# a link of it, and then it would tell a stranger what was asked; what a source says of addresses stands in its quote.
_END = r"[^\s.,;:!?)\]}'\"”’]"
ADDRESS = re.compile(
    rf"""(?: \b[a-z][a-z0-9+.-]{{1,20}}:[/\\]+ | \bwww\. | (?<![\w:])//(?=[\w-]+\.) | \bhttps?%3a
           | \b(?:javascript|vbscript|data|blob|file|mailto):(?=\S)
           | \b(?:[a-z0-9-]+\.)+[a-z]{{2,24}}(?::\d+)?[/?#]+(?=\w) )
        (?:\S*{_END})?""",
    re.IGNORECASE | re.VERBOSE,
)
NO_ADDRESS = "(address left out)"
_HERE = re.escape(NO_ADDRESS)

THINKING = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
CLEANED = (
    (re.compile(r"\[?\[\^?(\d{1,3})\]\]?\([^)]*\)"), r"[\1]"),  # a mark as a link
    (re.compile(r"!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])"), ""),  # an image; its text is no claim
    (re.compile(r"\[([^\]]+)\]\([^)]*\)"), r"\1"),  # a link
    (re.compile(r"\[([^\]\d^][^\]]*)\]\[[^\]\d][^\]]*\]"), r"\1"),  # a link whose address stands elsewhere
    (re.compile(r"<([a-z][a-z0-9+.-]*:[^<>\s]+)>", re.IGNORECASE), r"\1"),  # an address that is to be a link
    (re.compile(r"</?[A-Za-z!?][^<>]*>"), ""),  # a tag
    (re.compile(r"<+(?=[A-Za-z!?/])"), ""),  # a tag that does not end
    (ADDRESS, NO_ADDRESS),
    (re.compile(rf"^[ \t]*!?\[[^\]]+\]:[ \t]*{_HERE}.*$", re.MULTILINE), ""),  # the address that stands elsewhere
    (re.compile(r"!(?=\[)|(?<=\])(?=\()"), " "),  # what is left of the like
    (re.compile(r"^[ \t]*(?:#{1,6}[ \t][^\n]*|[-*_]{3,}[ \t]*)$", re.MULTILINE), ""),  # a heading or a rule
    (re.compile(r"^[ \t]*(?:[-*+•>][ \t]+|\d{1,2}[.)][ \t]+(?=[A-Z]))+", re.MULTILINE), ""),  # a list item, a quotation
    (re.compile(r"\*\*|~~|`+|(?<!\w)__|__(?!\w)"), ""),
    (re.compile(r"(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])"), ""),
)
AHEAD = 12  # characters that must stand behind a sentence before it is taken as complete


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a model's text, without marks, and the numbers of its marks in order, each once."""

    text: str
    numbers: tuple[int, ...]


def sentences(raw: str, *, ended: bool) -> tuple[Sentence, ...]:
    """The complete sentences of a text that may still grow; all of them once it has `ended`.

    Images, addresses and what cannot be seen are dropped, links, tags and emphasis reduced to their text. What has been
    given out does not change as the text grows, and a mark that has not wholly arrived is never shown.
    """
    return cut(raw)[0] if not ended else _cut(_cleaned(raw), 0)[0]


def cut(raw: str) -> tuple[tuple[Sentence, ...], str]:
    """The complete sentences of a text that still grows, and what there is of the next one, without marks."""
    found, rest = _cut(_cleaned(PARTIAL_END.sub("", raw)).rstrip(), AHEAD)
    return found, UNSURE_END.sub("", _plain(rest))


def _cleaned(raw: str) -> str:
    text = INVISIBLE.sub("", THINKING.sub("", raw))
    for pattern, replacement in CLEANED:
        text = pattern.sub(replacement, text)
    return BEHIND.sub(lambda match: f" {match[2].strip()}{match[1]}", text)


def _cut(text: str, ahead: int) -> tuple[tuple[Sentence, ...], str]:
    spans = tuple((start, end) for start, end in sentence_spans(text) if len(text) - end > ahead or not ahead)
    return tuple(_sentences(text, spans)), text[spans[-1][1] :] if spans else text


def _sentences(text: str, spans: tuple[tuple[int, int], ...]) -> Iterator[Sentence]:
    for start, end in spans:
        marked = text[start:end]
        plain = _plain(marked)
        if any(map(str.isalnum, plain)):
            yield Sentence(plain, _numbers(marked))


def _plain(marked: str) -> str:
    return SPACE_BEFORE_END.sub("", " ".join(MARK.sub(" ", marked).split()))


def _numbers(marked: str) -> tuple[int, ...]:
    found: list[int] = []
    for mark in MARK.findall(marked):
        for first, last in RANGE.findall(mark):
            found += range(int(first), min(int(last), int(first) + 20) + 1)
        found += map(int, NUMBER.findall(RANGE.sub("", mark)))
    return tuple(dict.fromkeys(found))
