"""Whether an answer is right: each quote exact against the library, each question answered by its own fact."""

import threading
from collections.abc import Iterator
from typing import Any

from material import Site
from model import FALSE

from rag.library import Library


def tells(answer: dict[str, Any], site: Site) -> bool:
    """Whether an answer quotes the fact that was asked for."""
    return any(site.fact in one["quote"] for one in answer["citations"])


class Checker:
    """Holds answers against the library, which it reads as any other process may."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._texts: dict[tuple[str, int], str] = {}
        self._lock = threading.Lock()

    def wrong(self, answer: dict[str, Any]) -> list[str]:
        """What is wrong with an answer; nothing, where it is right."""
        return list(self._wrong(answer))

    def _wrong(self, answer: dict[str, Any]) -> Iterator[str]:
        numbers = {one["number"] for one in answer["citations"]}
        for one in answer["citations"]:
            text = self._text(one["article"]["id"], one["article"]["version"])
            if text[one["start"] : one["end"]] != one["quote"] or one["quote"] not in one["passage"]["text"]:
                yield f"a quote that is not in its article: {one['quote']!r}"
        for statement in answer["statements"]:
            if not set(statement["citations"]) <= numbers:
                yield f"a mark without a citation: {statement['text']!r}"
            if FALSE in statement["text"] and statement["support"] != "unsupported":
                yield f"a false sentence shown as {statement['support']}"
        if not answer["complete"]:
            yield "an answer that is not complete"

    def _text(self, article: str, version: int) -> str:
        with self._lock:
            if (article, version) not in self._texts:
                self._texts[article, version] = self._library.article(article, version).text
            return self._texts[article, version]
