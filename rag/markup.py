"""A model's raw text, while it grows, into plain sentences with the numbers that they cite."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.sentences import sentence_spans

# [1] [1, 2] [1-3] [^1] [Passage 1] 【1】
_NUMBER = r"(?:passages?\s*)?\d{1,3}"
_MARK = rf"[\[【]\s*\^?{_NUMBER}(?:\s*(?:,|;|and|-|–)\s*{_NUMBER})*\s*(?:†[^\]】]{{0,40}})?[\]】]"
MARK = re.compile(_MARK, re.IGNORECASE)
RANGE = re.compile(r"(\d{1,3})\s*[-–]\s*(\d{1,3})")
NUMBER = re.compile(r"\d{1,3}")
# What has not wholly arrived: a mark, a link, a tag.
PARTIAL_END = re.compile(r"\s*(?:!?[\[【][^\[\]【】]*(?:[\]】](?:\([^)]*)?)?|<[^<>]{0,200})$")
# "said it. [1] Then": the mark belongs to the sentence before.
BEHIND = re.compile(rf"([.!?][\"”’)]*)((?:\s*{_MARK})+)", re.IGNORECASE)
SPACE_BEFORE_END = re.compile(r"\s+(?=[.,;:!?](?:\s|$))")

THINKING = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
CLEANED = (
    (re.compile(r"!\[[^\]]*\]\([^)]*\)"), ""),  # an image; its text is no claim
    (re.compile(r"\[([^\]]+)\]\([^)]*\)"), r"\1"),  # a link
    (re.compile(r"<(https?://[^>\s]+)>"), r"\1"),
    (re.compile(r"</?[A-Za-z!][^<>]*>"), ""),  # a tag
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

    Images are dropped, links, tags and emphasis reduced to their text. What has been given out does not change as the
    text grows, and a mark that has not wholly arrived is never shown.
    """
    text = THINKING.sub("", raw)
    if not ended:
        text = PARTIAL_END.sub("", text)
    for pattern, replacement in CLEANED:
        text = pattern.sub(replacement, text)
    text = BEHIND.sub(lambda match: f" {match[2].strip()}{match[1]}", text)
    spans = sentence_spans(text)
    if not ended:
        spans = tuple((start, end) for start, end in spans if len(text) - end > AHEAD)
    return tuple(_sentences(text, spans))


def _sentences(text: str, spans: tuple[tuple[int, int], ...]) -> Iterator[Sentence]:
    for start, end in spans:
        marked = text[start:end]
        plain = SPACE_BEFORE_END.sub("", " ".join(MARK.sub(" ", marked).split()))
        if any(map(str.isalnum, plain)):
            yield Sentence(plain, _numbers(marked))


def _numbers(marked: str) -> tuple[int, ...]:
    found: list[int] = []
    for mark in MARK.findall(marked):
        for first, last in RANGE.findall(mark):
            found += range(int(first), min(int(last), int(first) + 20) + 1)
        found += map(int, NUMBER.findall(RANGE.sub("", mark)))
    return tuple(dict.fromkeys(found))
