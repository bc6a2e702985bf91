"""One article of the collection: read, compared with what it was, corrected, removed."""

import secrets
from dataclasses import dataclass
from typing import Any

import gradio as gr

from rag.changes import changes
from rag.corrections import correct, take_back
from rag.domain import Filters
from rag.errors import SpacePolicyError
from rag.library import KEPT, Library
from ui import reader
from ui.changing import line, refusal
from ui.fields import Form, changed, whole_number
from ui.sources import escape

Values = tuple[Any, ...]
SKIP = gr.skip()


@dataclass(frozen=True, slots=True)
class ArticleParts:
    """The components of the view, in the order in which `Reading.open` fills them."""

    article: gr.State  # its id
    notice: gr.HTML
    heading: gr.HTML
    text: gr.HTML
    versions: gr.HTML
    difference: gr.HTML
    question: gr.HTML  # whether it is to be removed
    tools: gr.Column  # what only those see who may change it
    sure: gr.Column  # the question, and the buttons that answer it
    form: tuple[gr.Textbox, ...]

    @property
    def all(self) -> list[Any]:
        """Where `Reading.open` puts its values."""
        return [
            self.article,
            self.notice,
            self.heading,
            self.text,
            self.versions,
            self.difference,
            self.question,
            self.tools,
            self.sure,
            *self.form,
        ]


class Reading:
    """What the events of one article do."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def open(self, article_id: str, request: gr.Request, said: str = "") -> Values:
        """The whole view of an article; what is wrong, where there is none. `said`: a line over it."""
        try:
            article = self._library.article(article_id)
            history = self._library.history(article_id)
            copies = self._library.copies([article_id], Filters()).get(article_id, ())
        except SpacePolicyError as error:
            return ("", line(str(error), wrong=True), "", "", "", "", "", *_shown(tools=False), *Form().values())
        others = [card for card in copies if card.id != article_id]
        return (
            article_id,
            line(said),
            reader.heading(article, _new()) + reader.carriers(others),
            reader.text(article, current=True),
            reader.versions(history),
            "",
            _question(article.title),
            *_shown(tools=not refusal(self._library, request)),
            *Form.of(article).values(),
        )

    def read(self, article_id: str, event: gr.EventData) -> str:
        """The text of one version."""
        try:
            number = whole_number(event.number)
            current = self._library.article(article_id).version
            return reader.text(self._library.article(article_id, number), current=number == current)
        except SpacePolicyError as error:
            return line(str(error), wrong=True)

    def compare(self, article_id: str, event: gr.EventData) -> str:
        """What changed between two versions."""
        try:
            before, after = (
                self._library.article(article_id, whole_number(one)) for one in (event.before, event.after)
            )
            return reader.changes(changes(before, after), _new())
        except SpacePolicyError as error:
            return line(str(error), wrong=True)

    def save(  # what it takes is what the page sends
        self, article_id: str, title: str, outlet: str, author: str, published: str, url: str, request: gr.Request
    ) -> Values:
        """The article as corrected; or what is wrong with the correction."""
        try:
            self._check(request)
            fields = changed(self._library.article(article_id), Form.typed((title, outlet, author, published, url)))
            if not fields:
                return self._says("Nothing was changed.")
            correct(self._library, article_id, **fields)
        except SpacePolicyError as error:
            return self._says(str(error), wrong=True)
        return self.open(article_id, request, f"Corrected: {', '.join(fields)}.")

    def take_back(self, article_id: str, request: gr.Request) -> Values:
        """The article as its document has it."""
        try:
            self._check(request)
            if take_back(self._library, article_id) is None:
                return self._says("Nothing of this article has been corrected.")
        except SpacePolicyError as error:
            return self._says(str(error), wrong=True)
        return self.open(article_id, request, "It is again as its document says.")

    def remove(self, article_id: str, request: gr.Request) -> tuple[bool, str]:
        """Whether the article is removed, and what came of it, as HTML."""
        try:
            self._check(request)
            (card,) = self._library.remove([article_id])
        except SpacePolicyError as error:
            return False, line(str(error), wrong=True)
        return True, line(f"“{card.title}” is removed. It can be restored below for {KEPT.days} days.")

    def _check(self, request: gr.Request) -> None:
        why_not = refusal(self._library, request)
        if why_not:
            raise SpacePolicyError(why_not)

    def _says(self, text: str, *, wrong: bool = False) -> Values:
        """The view as it is, under one line."""
        return (SKIP, line(text, wrong=wrong), *(SKIP,) * (len(Form().values()) + 7))


def build_article(scripts: str) -> tuple[ArticleParts, dict[str, gr.Button]]:
    """The components, and the buttons by name. `scripts`: for what can be clicked in the HTML."""
    buttons = {"back": gr.Button("Back to the list", size="sm", scale=0)}
    notice = gr.HTML("", elem_classes="col-said", elem_id="collection-article-notice", apply_default_css=False)
    heading = gr.HTML("", elem_id="collection-article-heading", apply_default_css=False, js_on_load=scripts)
    with gr.Row(elem_id="collection-desk"):
        with gr.Column(scale=3, min_width=320):
            text = gr.HTML("", elem_id="collection-article-text", apply_default_css=False)
        with gr.Column(scale=2, min_width=320):
            beside = _build_beside(scripts, buttons)
    return ArticleParts(gr.State(""), notice, heading, text, *beside), buttons


def _build_beside(
    scripts: str, buttons: dict[str, gr.Button]
) -> tuple[gr.HTML, gr.HTML, gr.HTML, gr.Column, gr.Column, tuple[gr.Textbox, ...]]:
    with gr.Accordion("Versions", open=False, elem_id="collection-versions"):
        versions = gr.HTML("", apply_default_css=False, js_on_load=scripts)
        difference = gr.HTML("", apply_default_css=False, js_on_load=scripts)
    with gr.Column(visible=False, elem_id="collection-tools") as tools:
        with gr.Accordion("Correct it", open=False):
            form = form_fields()
            with gr.Row():
                buttons["save"] = gr.Button("Save", variant="primary", size="sm")
                buttons["take back"] = gr.Button("Take all corrections back", size="sm")
        buttons["remove"] = gr.Button("Remove this article", variant="stop", size="sm", scale=0)
    with gr.Column(visible=False, elem_id="collection-sure") as sure:
        question = gr.HTML("", apply_default_css=False, js_on_load=scripts)
        with gr.Row():
            buttons["yes"] = gr.Button("Yes, remove it", variant="stop", size="sm")
            buttons["no"] = gr.Button("No, keep it", size="sm")
    return versions, difference, question, tools, sure, form


def form_fields() -> tuple[gr.Textbox, ...]:
    """Fields for what can be corrected of a document, in the order of `Form`."""
    with gr.Row():
        title = gr.Textbox(label="Title", lines=1, scale=3, min_width=240)
        outlet = gr.Textbox(label="Outlet", max_lines=1, scale=1, min_width=160)
    with gr.Row():
        author = gr.Textbox(label="Author", max_lines=1, min_width=160)
        published = gr.Textbox(label="Published", max_lines=1, placeholder="YYYY-MM-DD", min_width=140)
        url = gr.Textbox(label="Address of the original", max_lines=1, placeholder="https://…", min_width=220)
    return title, outlet, author, published, url


def _question(title: str) -> str:
    said = f"Remove “{title}”? No answer will use it any more; it can be restored for {KEPT.days} days."
    return f'<p class="col-notice" tabindex="-1" data-focus="{_new()}">{escape(said)}</p>'


def _shown(*, tools: bool) -> tuple[gr.Column, gr.Column]:
    return gr.Column(visible=tools), gr.Column(visible=False)


def _new() -> str:
    return secrets.token_hex(6)
