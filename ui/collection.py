"""The view of the collection: articles over time and in a list, one in full, what failed and what was removed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from rag.assistant import Assistant
from ui.article_view import ArticleParts, Reading, build_article
from ui.browsing import Browsing, Values
from ui.collected import ORDERS
from ui.fields import whole_number

SCRIPTS = Path(__file__).with_name("collection.js")
NEWEST = next(iter(ORDERS))
QUICK: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
QUEUED: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
LATEST: dict[str, Any] = {**QUICK, "trigger_mode": "always_last"}
WRITES: dict[str, Any] = {"concurrency_limit": 4, "concurrency_id": "change", "api_visibility": "private"}


@dataclass(frozen=True, slots=True)
class CollectionView:
    """What the rest of the page needs of the view."""

    ask: gr.Button  # questions are to be about what is chosen: the three below
    chosen: gr.State  # tuple[str, ...]: ids of articles; none: all of these dates
    since: gr.State  # "YYYY-MM-DD" or ""
    until: gr.State
    changed: gr.State  # int, grows when the library may have changed


@dataclass(frozen=True, slots=True)
class _Fields:
    """What says which articles are wanted."""

    words: gr.Textbox
    outlets: gr.Dropdown
    since: gr.Textbox
    until: gr.Textbox
    order: gr.Dropdown
    reset: gr.Button
    none: gr.Button  # no article is to be chosen any more
    page: gr.State  # 1, 2, ...
    picked: gr.State  # ids of chosen articles

    @property
    def all(self) -> list[Any]:
        """What `Browsing.look` takes."""
        return [self.words, self.outlets, self.since, self.until, self.order, self.picked, self.page]


@dataclass(frozen=True, slots=True)
class _List:
    """What shows them, and what stands below."""

    notice: gr.HTML
    timeline: gr.HTML
    articles: gr.HTML
    rights: gr.HTML  # who may change the library
    done: gr.HTML  # what came of a change
    failed: gr.HTML
    failed_head: gr.Accordion
    forget: gr.Button
    removed: gr.HTML
    removed_head: gr.Accordion


def build_collection(assistant: Assistant, page: gr.Blocks, tab: gr.Tab) -> CollectionView:
    """Builds the view inside `tab`, with its events. It is filled when the tab is chosen."""
    scripts = SCRIPTS.read_text(encoding="utf-8")
    with gr.Column(elem_id="collection-list") as shelf:
        gr.HTML('<h2 id="collection-heading">Collection</h2>', apply_default_css=False)
        rights, done, notice = (gr.HTML("", apply_default_css=False, elem_classes="col-said") for _ in range(3))
        fields = _build_fields()
        plot = gr.HTML("", elem_id="collection-timeline", apply_default_css=False, js_on_load=scripts)
        with gr.Row(elem_id="collection-chosen"):
            ask = gr.Button("Ask about all articles", variant="primary", size="sm", scale=0, min_width=220)
            fields.none.render()  # type: ignore[no-untyped-call]  # Gradio's
        articles = gr.HTML("", elem_id="collection-articles", apply_default_css=False, js_on_load=scripts)
        beside = _build_beside(scripts)
    with gr.Column(visible=False, elem_id="collection-article") as desk:
        parts, buttons = build_article(scripts)
    view = CollectionView(ask, gr.State(()), gr.State(""), gr.State(""), gr.State(0))
    shown = _List(notice, plot, articles, rights, done, *beside)
    events = _Events(Browsing(assistant.library), Reading(assistant.library), fields, shown, view, (shelf, desk))
    events.of_list(tab)
    events.of_changes()
    events.of_article(parts, buttons)
    return view


def _build_fields() -> _Fields:
    with gr.Row(elem_id="collection-fields"):
        words = gr.Textbox(
            label="Search titles, outlets, authors and texts", max_lines=1, scale=2, min_width=220, max_length=200
        )
        outlets = gr.Dropdown([], multiselect=True, label="Outlets", scale=2, min_width=200)
        since = gr.Textbox(label="Since", placeholder="YYYY-MM-DD", max_lines=1, max_length=10, min_width=120)
        until = gr.Textbox(label="Until", placeholder="YYYY-MM-DD", max_lines=1, max_length=10, min_width=120)
        order = gr.Dropdown(list(ORDERS), value=NEWEST, label="Order", min_width=140)
        reset = gr.Button("Reset", size="sm", min_width=80, scale=0)
    none = gr.Button("Choose none", size="sm", scale=0, min_width=120, render=False)
    return _Fields(words, outlets, since, until, order, reset, none, gr.State(1), gr.State(()))


def _build_beside(scripts: str) -> tuple[gr.HTML, gr.Accordion, gr.Button, gr.HTML, gr.Accordion]:
    with gr.Accordion("Could not be taken in", open=False, elem_id="collection-failed") as failed_head:
        failed = gr.HTML("", apply_default_css=False)
        forget = gr.Button("Forget these", size="sm", visible=False, scale=0)
    with gr.Accordion("Removed articles", open=False, elem_id="collection-removed") as removed_head:
        removed = gr.HTML("", apply_default_css=False, js_on_load=scripts)
    return failed, failed_head, forget, removed, removed_head


class _Events:
    """Connects the components with what they do."""

    def __init__(
        self,
        browsing: Browsing,
        reading: Reading,
        fields: _Fields,
        shown: _List,
        view: CollectionView,
        columns: tuple[gr.Column, gr.Column],
    ) -> None:
        self._browsing = browsing
        self._reading = reading
        self._fields = fields
        self._shown = shown
        self._view = view
        self._columns = list(columns)  # the list, one article

    def of_list(self, tab: gr.Tab) -> None:
        """Searching, filtering, sorting, turning pages, choosing."""
        fields, look = self._fields, self._browsing.look
        self._look_again(tab.select(self._browsing.fresh, None, self._beside, **QUICK))
        # Not `input`: Gradio swallows the first one of a field.
        for part in (fields.words, fields.outlets, fields.order):
            part.change(self._first_page, fields.all, self._outputs, **LATEST)
        for day in (fields.since, fields.until):
            day.submit(self._first_page, fields.all, self._outputs, **QUICK)
            day.blur(self._first_page, fields.all, self._outputs, **QUICK)
        empty: Values = ("", [], "", "", NEWEST, (), 1)
        self._look_again(fields.reset.click(lambda: empty, None, fields.all, **QUICK))
        self._look_again(fields.none.click(lambda: (), None, fields.picked, **QUICK))
        dated = [fields.words, fields.outlets, fields.order, fields.picked]
        self._shown.timeline.picked(self._dated, dated, [fields.since, fields.until, *self._outputs], **QUICK)
        self._shown.articles.paged(self._paged, fields.all, self._outputs, **QUICK)
        # The list itself stays as it is: its boxes show already what was chosen.
        self._shown.articles.chosen(self._browsing.pick, fields.picked, fields.picked, **QUICK).then(
            lambda *values: look(*values)[4:], fields.all, self._outputs[4:], **QUICK
        )

    def of_changes(self) -> None:
        """Restoring, and forgetting what failed."""
        shown = self._shown
        restored = shown.removed.restored(self._browsing.restore, None, shown.done, **WRITES)
        self._renew(self._counted(restored))
        self._renew(shown.forget.click(self._browsing.forget, None, shown.done, **WRITES))

    def of_article(self, parts: ArticleParts, buttons: dict[str, gr.Button]) -> None:
        """Opening one article, and what is done with it."""
        reading, shown = self._reading, self._shown
        for part in (shown.articles, parts.heading):
            part.opened(self._opened, None, [*self._columns, shown.done, *parts.all], **QUICK)
        parts.versions.read(reading.read, parts.article, parts.text, **QUICK)
        parts.versions.compared(reading.compare, parts.article, parts.difference, **QUICK)
        buttons["back"].click(lambda: _columns(article=False), None, self._columns, **QUICK).then(
            self._browsing.look, [*self._fields.all, parts.article], self._outputs, **QUICK
        )
        saved = buttons["save"].click(reading.save, [parts.article, *parts.form], parts.all, **WRITES)
        self._counted(saved)
        self._counted(buttons["take back"].click(reading.take_back, parts.article, parts.all, **WRITES))
        buttons["remove"].click(lambda: gr.Column(visible=True), None, parts.sure, **QUICK)
        buttons["no"].click(lambda: gr.Column(visible=False), None, parts.sure, **QUICK)
        gone = [*self._columns, parts.notice, shown.done]
        self._renew(self._counted(buttons["yes"].click(self._removed, parts.article, gone, **WRITES)))

    # What they share --------------------------------------------------------------------------------------------------

    @property
    def _outputs(self) -> list[Any]:
        """What `Browsing.look` gives."""
        shown, view = self._shown, self._view
        return [
            shown.notice,
            shown.timeline,
            shown.articles,
            self._fields.page,
            view.ask,
            view.chosen,
            view.since,
            view.until,
        ]

    @property
    def _beside(self) -> list[Any]:
        """What `Browsing.fresh` gives."""
        shown = self._shown
        rest = [shown.failed, shown.failed_head, shown.forget, shown.removed, shown.removed_head]
        return [shown.rights, self._fields.outlets, *rest]

    def _look_again(self, event: Any) -> Any:  # noqa: ANN401 - a chain of Gradio's events has no public type
        return event.then(self._browsing.look, self._fields.all, self._outputs, **QUICK)

    def _renew(self, event: Any) -> None:  # noqa: ANN401
        self._look_again(event).then(self._browsing.fresh, None, self._beside, **QUICK)

    def _counted(self, event: Any) -> Any:  # noqa: ANN401
        # Queued: the change of a State that comes about outside the queue reaches no one.
        return event.then(lambda count: count + 1, self._view.changed, self._view.changed, **QUEUED)

    def _first_page(self, *values: Any) -> Values:  # noqa: ANN401 - as the page sends them
        return self._browsing.look(*values[:6])

    def _paged(self, event: gr.EventData, *values: Any) -> Values:  # noqa: ANN401
        words, outlets, since, until, order, picked, _ = values
        return self._browsing.look(words, outlets, since, until, order, picked, whole_number(event.page))

    def _dated(
        self, event: gr.EventData, words: str, outlets: list[str], order: str, picked: tuple[str, ...]
    ) -> Values:
        since, until = str(event.since), str(event.until)
        return since, until, *self._browsing.look(words, outlets, since, until, order, picked)

    def _opened(self, event: gr.EventData, request: gr.Request) -> Values:
        return *_columns(article=True), "", *self._reading.open(str(event.article), request)

    def _removed(self, article_id: str, request: gr.Request) -> Values:
        done, said = self._reading.remove(article_id, request)
        return (*_columns(article=False), "", said) if done else (gr.skip(), gr.skip(), said, gr.skip())


def _columns(*, article: bool) -> tuple[gr.Column, gr.Column]:
    return gr.Column(visible=not article), gr.Column(visible=article)
