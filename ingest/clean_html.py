"""Finds the article in a web page. The only file that knows how trafilatura finds one."""

import re
from collections.abc import Sequence
from copy import deepcopy

import numpy as np

from ingest.clean_article import Mask, article, doubtful, is_linked, is_page, log_odds, whole
from ingest.clean_lines import Row, key
from ingest.clean_page import Tree, rows_of_tree, tree_of
from ingest.clean_text import Found, assemble
from ingest.metadata_html import Head

SHINGLE = 4  # words
SAME = 0.8  # of a line's shingles that an extracted text holds, where the line is in it
ENOUGH = 0.6  # of the full extraction: a precise one that is shorter has lost text
DOUBT = -3.0  # log-odds; lower than for copied text, as trafilatura has chosen the line (by trying on marked pages)
SECOND_PART = 1.25  # times the words: so much more in one run of lines, and the extraction stopped half-way


def clean_html(content: str) -> Found:
    """The article in an HTML page."""
    tree = tree_of(content)
    rows = [] if tree is None else rows_of_tree(tree)
    if tree is None or not rows:
        return Found(None, "", ())
    headline = Head.of(tree).headline
    kept = _combined(rows, _lines_in(_extracted(tree), rows))
    return assemble(rows, kept, page=True, known=headline)


def clean_word(content: str) -> Found:
    """A Word file, as HTML: all of it, since nothing stands around the article."""
    tree = tree_of(content)
    rows = [] if tree is None else rows_of_tree(tree)
    return assemble(rows, whole(rows), page=False) if rows else Found(None, "", ())


def _extracted(tree: Tree) -> str:
    """What trafilatura takes for the article: the precise extraction, unless it has lost text."""
    full, precise = (_extract(deepcopy(tree), precise) for precise in (False, True))
    return precise if len(precise) >= ENOUGH * len(full) else full


def _extract(tree: Tree, precise: bool) -> str:
    import trafilatura  # 0.3 s

    try:
        return trafilatura.extract(tree, include_comments=False, favor_precision=precise) or ""
    except RecursionError:  # elements nested thousands deep; our own reading of the lines goes on
        return ""


def _lines_in(text: str, rows: Sequence[Row]) -> Mask:
    """The page's lines that `text` holds.

    The text itself is not used: trafilatura drops the second of two identical paragraphs and joins others.
    """
    lines, known = {key(line) for line in text.split("\n")}, set(_shingles(text))
    return np.array([key(row.text) in lines or _share(row.text, known) >= SAME for row in rows])


def _share(text: str, known: set[tuple[str, ...]]) -> float:
    own = _shingles(text)
    return sum(shingle in known for shingle in own) / len(own) if len(own) >= 3 else 0.0


def _shingles(text: str) -> list[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return [tuple(words[at : at + SHINGLE]) for at in range(len(words) - SHINGLE + 1)]


def _combined(rows: Sequence[Row], extracted: Mask) -> Mask:
    """The extraction without doubtful lines; with the rest of the article where it stopped half-way."""
    links = np.array([is_linked(row) for row in rows])
    kept = extracted & ~links & ~doubtful(rows, log_odds(rows), DOUBT)
    other = article(rows) if is_page(rows) else ~links
    words = np.array([len(row.text.split()) for row in rows])
    if not kept.any():
        return other
    both = words[kept & other].sum() > 0.8 * words[kept].sum()
    return np.asarray(kept | other) if both and words[other].sum() > SECOND_PART * words[kept].sum() else kept
