"""An HTML page to the lines that a browser would show."""

import re
from typing import Any, TypeAlias

import lxml.html
from lxml import etree

from ingest.clean_lines import UNSEEN, Row

Tree: TypeAlias = Any  # an lxml element; lxml has no type hints

# Not shown, or shown by a control and no text.
UNSHOWN = {"script", "style", "noscript", "template", "svg", "math", "head", "iframe", "object"}
UNSHOWN |= {"select", "textarea", "button", "audio", "video", "canvas"}
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
APART = HEADINGS | {"p", "blockquote", "ul", "ol", "dl", "table", "pre", "figure", "section", "article"}
AROUND = {"nav", "footer", "aside"}
BLOCKS = APART | AROUND | {"div", "header", "main", "li", "tr", "br", "hr", "form", "fieldset", "figcaption", "caption"}
BLOCKS |= {"address", "dt", "dd", "details", "summary", "legend", "body", "thead", "tbody", "tfoot", "center"}
CELL = "\x1f"  # no document holds it: control characters are taken out first
HIDDEN = re.compile(r"display\s*:\s*none", re.I)
PAGE_BREAK = re.compile("[\x0b\x0c]")  # lxml takes none
DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")  # lxml takes no decoded text that declares an encoding


def tree_of(content: str) -> Tree | None:
    """The page's tree; None where there is none to be made."""
    try:
        # Without huge_tree, what is nested deeper than 255 elements is lost, and so is all after a text of 10 MB.
        tree = lxml.html.document_fromstring(DECLARATION.sub("", content), parser=lxml.html.HTMLParser(huge_tree=True))
    except (etree.ParserError, ValueError):
        return None
    for element in tree.iter():  # what was written as a reference ("&shy;") could not be taken out before
        for part in ("text", "tail"):
            text = getattr(element, part)
            if text and UNSEEN.search(text):
                setattr(element, part, PAGE_BREAK.sub("\n", UNSEEN.sub("", text)))
    return tree


def rows_of_tree(tree: Tree) -> list[Row]:
    """The page's lines, in the order they stand."""
    return _Lines().read(tree)


class _Lines:
    """Puts the texts of a tree together to lines. A loop and no recursion: pages may be nested without end."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._parts: list[tuple[str, bool]] = []  # text, and whether it is in a link
        self._apart = True
        self._inside = {"link": 0, "heading": 0, "around": 0, "unshown": 0}

    def read(self, tree: Tree) -> list[Row]:
        for event, element in etree.iterwalk(tree, events=("start", "end", "comment", "pi")):
            if event == "start":
                self._count(element, 1)
                self._edge(element)
                self._add(element.text)
                continue
            if event == "end":
                self._edge(element)
                self._count(element, -1)
            self._add(element.tail)
        self._break(apart=True)
        return self._rows

    def _count(self, element: Tree, step: int) -> None:
        tag = element.tag
        # What is about to change must not colour the line before it.
        if tag in BLOCKS and step == 1:
            self._break(tag in APART)
        self._inside["link"] += step * (tag == "a")
        self._inside["heading"] += step * (tag in HEADINGS)
        self._inside["around"] += step * (tag in AROUND)
        self._inside["unshown"] += step * _is_unshown(element)

    def _edge(self, element: Tree) -> None:
        if element.tag in BLOCKS:
            self._break(element.tag in APART)
        elif element.tag in ("td", "th"):
            self._parts.append((CELL, False))

    def _add(self, text: str | None) -> None:
        if text and not self._inside["unshown"]:
            self._parts.append((text, self._inside["link"] > 0))

    def _break(self, apart: bool) -> None:
        text = re.sub(r"\s+", " ", "".join(part for part, _ in self._parts))
        # A tab between cells, as browsers copy tables.
        text = re.sub(rf" ?{CELL}[ {CELL}]*", "\t", text).strip()
        if text:
            linked = sum(len(part.strip()) for part, is_link in self._parts if is_link)
            share = 1.0 if self._inside["around"] else min(1.0, linked / len(text))
            self._rows.append(Row(text, self._apart, share, self._inside["heading"] > 0))
            self._apart = False
        self._apart = self._apart or apart
        self._parts.clear()


def _is_unshown(element: Tree) -> bool:
    hidden = element.get("hidden") is not None or HIDDEN.search(element.get("style", "")) is not None
    return hidden or element.tag in UNSHOWN
