"""Markdown to plain text: front matter off, marks off, words as they are."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from ingest.clean_lines import Row
from rag.errors import UnreadableDocument

# What PyYAML raises beside its own error: on impossible dates (2025-02-30), on values that are not what their tag says
# ("!!int x"), on lists nested a thousand deep.
ODD_VALUE = "it does not fit its tag, or is nested too deep"
NO_YAML = (ValueError, TypeError, AttributeError, LookupError, OverflowError, RecursionError)
FENCE = re.compile(r"^\s{0,3}(```+|~~~+)")
HEADING = re.compile(r"^\s{0,3}#{1,6}(?:\s+|$)(?P<text>.*?)(?:\s+#+)?\s*$")
UNDERLINE = re.compile(r"^\s{0,3}(?:=+|-{2,})\s*$")
RULE = re.compile(r"^\s{0,3}(?:(?:\*\s*){3,}|(?:-\s*){3,}|(?:_\s*){3,})$")
TABLE_RULE = re.compile(r"^\s*\|?(?:\s*:?-{2,}:?\s*\|)+(?:\s*:?-{2,}:?\s*)?$")
DEFINITION = re.compile(r"^\s{0,3}\[[^\]]{1,200}\]:\s*\S+")
QUOTE = re.compile(r"^\s{0,3}(?:>\s?)+")
# Addresses hold no white space, and one pair of brackets at most; the limits keep a hostile line linear.
_TARGET = r"\((?:[^()\s]|\([^()\s]{0,500}\)){0,2000}(?:\s+[\"'][^\"']{0,500}[\"'])?\s*\)"
IMAGE = re.compile(r"!\[[^\[\]]{0,1000}\]" + _TARGET)
# [1](#note), [^1], [Back](#top): a mark for the eye, or a way around the page, not words of the text.
NOTE_MARK = re.compile(r"\s?\[\^?[\d*†‡]{1,4}\]\(#[^()\s]{0,200}\)|\[\^[^\]\s]{1,30}\]")
LINK = re.compile(r"\[(?P<text>[^\[\]]{0,2000})\]" + _TARGET)
ADDRESS = re.compile(r"<(?P<text>(?:https?://|mailto:)[^<>\s]{1,2000})>")
TAG = re.compile(r"</?[a-zA-Z][^<>]{0,500}>|<!--.{0,2000}?-->")
CODE = re.compile(r"(?P<ticks>`{1,3})(?P<text>[^`]{1,2000})(?P=ticks)")
STRONG = re.compile(r"(?<![\w*\\])(?P<mark>\*{1,3})(?=[^\s*])(?P<text>[^*]{1,5000}?)(?<=[^\s*\\])(?P=mark)(?!\*)")
UNDERSCORED = re.compile(r"(?<![\w\\])(?P<mark>_{1,3})(?=[^\s_])(?P<text>[^_]{1,5000}?)(?<=[^\s_\\])(?P=mark)(?!\w)")
STRUCK = re.compile(r"~~(?=\S)(?P<text>[^~]{1,5000}?)~~")
ESCAPE = re.compile(r"\\(?P<text>[!-/:-@\[-`{-~])")
INLINE = (CODE, STRONG, UNDERSCORED, STRONG, STRUCK, ESCAPE)


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The YAML block at the top of a file, and the text under it."""

    fields: Mapping[str, Any]  # keys in lower case
    rest: str


def front_matter(content: str) -> FrontMatter:
    """Splits `content` at its front matter. Raises UnreadableDocument, with the line, where it is no YAML mapping."""
    lines = content.lstrip("\n").split("\n")
    # Looked for near the top only, so that a rule as first line does not make a long text one block.
    close = next((at for at, line in enumerate(lines[1:200], 1) if line.rstrip() in ("---", "...")), None)
    if lines[0].rstrip() != "---" or close is None:
        return FrontMatter({}, content)
    block = "\n".join(lines[1:close])
    try:
        fields = yaml.safe_load(block)
    except (yaml.YAMLError, *NO_YAML) as error:
        mark = getattr(error, "problem_mark", None)
        problem = str(error) if isinstance(error, yaml.YAMLError | ValueError) else ODD_VALUE
        raise _unreadable(f"line {mark.line + 2}" if mark else "a value in it", problem) from error
    if fields is not None and not isinstance(fields, dict):
        raise _unreadable("line 2", "it holds no names with values")
    return FrontMatter(
        {str(key).lower(): value for key, value in (fields or {}).items()}, "\n".join(lines[close + 1 :])
    )


def _unreadable(where: str, problem: str) -> UnreadableDocument:
    problem = problem.split("\n")[0]
    return UnreadableDocument(
        f"Its front matter cannot be read at {where} ({problem})", "Correct the YAML between the --- lines"
    )


def plain(text: str) -> str:
    """One line without inline marks: links and emphasis become their words, images and note marks go."""
    text = NOTE_MARK.sub("", IMAGE.sub("", text))
    # Twice: an image inside a link leaves the link's own brackets.
    text = LINK.sub(r"\g<text>", LINK.sub(r"\g<text>", text))
    text = TAG.sub("", ADDRESS.sub(r"\g<text>", text))
    for pattern in INLINE:
        text = pattern.sub(r"\g<text>", text)
    return text.strip()


def linked(text: str) -> float:
    """The share of the line's letters that lie in links, 0..1."""
    in_links = sum(_letters(match["text"]) or 1 for match in LINK.finditer(text))
    return min(1.0, in_links / max(1, _letters(plain(text))))


def _letters(text: str) -> int:
    return sum(character.isalnum() for character in text)


def is_marked_up(content: str) -> bool:
    """Whether a plain text file holds a page copied as Markdown: it has links or headings as Markdown writes them."""
    return len(re.findall(r"^\s{0,12}(?:#{1,6} |.{0,300}\]\((?:https?://|#))", content[:500_000], re.M)) >= 3


def rows(content: str) -> Iterator[Row]:
    """The lines of `content` without marks. Lines of a fenced block stay as they are."""
    fence, blank = "", True
    for line, below in _with_next(content):
        mark = FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):  # within a fence, another one is text
            fence = "" if fence else mark[1]
            continue
        row = Row(line.rstrip(), blank) if fence else _row(line, below, blank)
        blank = row is None
        if row:
            yield row


def _with_next(content: str) -> Iterator[tuple[str, str]]:
    lines = content.split("\n")
    return zip(lines, [*lines[1:], ""], strict=True)


def _row(line: str, below: str, blank: bool) -> Row | None:
    if any(pattern.match(line) for pattern in (RULE, UNDERLINE, TABLE_RULE, DEFINITION)):
        return None
    heading = HEADING.match(line)
    level_line = (
        UNDERLINE.match(below) is not None and bool(line.strip()) and not line.lstrip().startswith(("-", "*", "|"))
    )
    text = plain(heading["text"] if heading else QUOTE.sub("", line))
    if not text:
        return None
    return Row(text, blank or heading is not None, linked(line), heading is not None or level_line)
