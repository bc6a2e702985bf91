"""What the events of the collection's list do."""

import secrets
from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from ingest.failed import failed, forget
from rag.errors import SpacePolicyError
from rag.library import KEPT, Library
from ui import listing, timeline
from ui.changing import line, refusal
from ui.chat import read_filters
from ui.collected import Collected, Collection, Wanted

Values = tuple[Any, ...]


class Browsing:
    """What the list's events do. Values come and go in the order of ui/collection.py."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._collection = Collection(library)

    def look(  # what it takes is what the page sends
        self,
        words: str,
        outlets: Sequence[str],
        since: str,
        until: str,
        order: str,
        picked: Sequence[str],
        page: int = 1,
        back_from: str = "",
    ) -> Values:
        """Notice, timeline, list, page, and what a question can be narrowed to. What is wrong stands in the notice."""
        try:
            wanted = Wanted(words, read_filters(outlets or (), since, until), order, page)
            found = self._collection.look(wanted)
        except SpacePolicyError as error:
            return (line(str(error), wrong=True), *(gr.skip(),) * 7)
        return (
            "",
            timeline.as_html(timeline.timeline(found.timed, wanted.filters), wanted.filters),
            listing.listing(found, picked, back_from, secrets.token_hex(6)),
            found.page,
            *self.scope(wanted, found, picked),
        )

    def scope(self, wanted: Wanted, found: Collected, picked: Sequence[str]) -> Values:
        """The button that asks, and the articles and dates it asks about."""
        filters = wanted.filters
        since, until = (day.isoformat() if day else "" for day in (filters.since, filters.until))
        picked = self._collection.those_of(picked)
        if picked:
            what = "the chosen article" if len(picked) == 1 else f"the {len(picked)} chosen articles"
            return gr.Button(f"Ask about {what}", interactive=True), picked, "", ""
        narrowed = bool(wanted.words.strip() or filters.outlets)
        what = "all articles" if len(found.ids) == found.held else f"these {len(found.ids)}"
        button = gr.Button(f"Ask about {what}", interactive=bool(found.ids))
        return button, found.ids if narrowed else (), since, until

    def pick(self, picked: Sequence[str], event: gr.EventData) -> tuple[str, ...]:
        """The chosen articles with one more, or one fewer."""
        article = str(event.article)
        rest = tuple(one for one in picked if one != article)
        return (*rest, article) if event.checked else rest

    def fresh(self, request: gr.Request) -> Values:
        """What may have changed: notice on who may change it, outlets, what failed, what was removed."""
        try:
            why_not = refusal(self._library, request)
            removed = self._library.removed()
            outlets = self._collection.look(Wanted()).outlets
        except SpacePolicyError as error:
            return (line(str(error), wrong=True), *(gr.skip(),) * 6)
        found = failed(self._library.settings.home)
        return (
            line(why_not),
            gr.Dropdown(choices=list(outlets)),
            listing.failures(found),
            gr.Accordion(label=f"Could not be taken in ({len(found)})"),
            gr.Button(visible=bool(found) and not why_not),
            listing.removed(removed, KEPT, writable=not why_not),
            gr.Accordion(label=f"Removed articles ({len(removed)})"),
        )

    def restore(self, event: gr.EventData, request: gr.Request) -> str:
        """Brings one article back. Returns what came of it, as HTML."""
        return self._changed(request, lambda: f"“{self._library.restore([str(event.article)])[0].title}” is back.")

    def forget(self, request: gr.Request) -> str:
        """Forgets what failed."""

        def done() -> str:
            forget(self._library.settings.home)
            return "What failed is forgotten."

        return self._changed(request, done)

    def _changed(self, request: gr.Request, change: Callable[[], str]) -> str:
        why_not = refusal(self._library, request)
        if why_not:
            return line(why_not, wrong=True)
        try:
            return line(change())
        except SpacePolicyError as error:
            return line(str(error), wrong=True)
