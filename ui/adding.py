"""The view that adds: files, pasted text, addresses; what was understood of them, corrected; what came of it."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from ingest.pipeline import Progress
from ingest.read import SUFFIXES
from rag.assistant import Assistant
from rag.errors import SpacePolicyError
from rag.library import Library
from rag.settings import Settings
from ui import preview
from ui.article_view import form_fields
from ui.body import with_line
from ui.changing import line, refusal
from ui.collection import QUICK, SCRIPTS
from ui.fields import Form, changed, whole_number
from ui.pending import MOST, MOST_CORRECTED, Batch, Given, Pending, looked_at
from ui.taking import Taken, Working, take_in
from ui.terminal import counts

LONGEST_PASTE = 5_000_000  # characters: more than one request may carry is refused before (ui/access.py)
WAITING = "Other work on the library comes first; this waits for its turn."
Values = tuple[Any, ...]
SLOW: dict[str, Any] = {
    "concurrency_limit": 4,
    "concurrency_id": "adding",
    "show_progress": "hidden",
    "api_visibility": "private",
}


@dataclass(frozen=True, slots=True)
class AddView:
    """What the rest of the page needs of the view."""

    changed: gr.State  # int, grows when the library has changed


class Adding:
    """What the view's events do. Each value is for the component of `build_adding` with the same place in `shown`."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def fresh(self, request: gr.Request) -> str:
        """Why nothing can be added, if so."""
        return line(refusal(self._library, request))

    def look(self, files: Sequence[str] | None, text: str, addresses: str, request: gr.Request) -> Iterator[Values]:
        """Reads what was given, and shows the first document of it."""
        given = Given(tuple(map(Path, files or ())), text or "", addresses or "")
        why_not = refusal(self._library, request)
        if why_not or not (given.files or given.text.strip() or given.addresses.strip()):
            yield self._says(line(why_not or "Give a file, a text or an address first.", wrong=True))
            return
        try:
            for step in looked_at(given, self._library):
                if isinstance(step, Batch):
                    yield self.show(step, 0)
                else:
                    what = f"Reading {step.done + 1} of {step.total}: {step.name}"
                    yield self._says(preview.progress(step.done, step.total, what))
        except (SpacePolicyError, OSError) as error:
            yield self._says(line(_said(error), wrong=True))

    def turn(self, batch: Batch, at: int, to: int | None, text: str, *typed: str) -> Values:
        """Another document of the batch; what was typed for this one is kept."""
        return self.show(batch.typed(at, Form.typed(typed), text), whole_number(to))

    def again(self, batch: Batch | None, at: int, text: str) -> str:
        """The page of a document whose text was corrected."""
        if batch is None or not 0 <= at < len(batch.pending):
            return ""
        return preview.preview(batch.typed(at, batch.pending[at].form, text).pending[at], "")

    def put_back(self, batch: Batch | None, at: int, text: str, event: gr.EventData) -> tuple[str, str]:
        """The page, and the text with a line of it that had been left out."""
        if batch is None or not 0 <= at < len(batch.pending):
            return "", text
        lines = batch.pending[at].understood.lines
        text = with_line(lines, whole_number(event.line), text)
        return self.again(batch, at, text), text

    def leave_out(self, batch: Batch, at: int) -> Values:
        """The batch without the document that is shown."""
        return self.show(batch.without(at), min(at, len(batch.pending) - 2), said=line("Left out."))

    def show(self, batch: Batch, at: int, said: str = "") -> Values:
        """One document of the batch. Without any, the fields to give others."""
        if not batch.pending:
            failed = said + preview.failures(batch.failures)
            return failed, None, 0, *_columns(looking=False), gr.skip(), gr.skip(), "", "", *Form().values(), gr.skip()
        at = min(max(0, at), len(batch.pending) - 1)
        one, many = batch.pending[at], len(batch.pending)
        choices = [(f"{number}. {each.name}", number - 1) for number, each in enumerate(batch.pending, 1)]
        return (
            said + preview.failures(batch.failures),
            batch,
            at,
            *_columns(looking=True),
            gr.Dropdown(choices=choices, value=at, visible=many > 1),
            gr.Button("Take it in" if many == 1 else f"Take these {many} in"),
            preview.preview(one, secrets.token_hex(6)),
            gr.Textbox(value=one.body, interactive=bool(one.text)),
            *one.form.values(),
            gr.Button(visible=many > 1),
        )

    def take(  # what it takes is what the page sends
        self, batch: Batch | None, at: int, count: int, text: str, request: gr.Request, *typed: str
    ) -> Iterator[Values]:
        """Takes the batch in, with what was typed. The last value is how often the library has changed."""
        wrong = refusal(self._library, request)
        if batch is None:
            yield *self._says(line(wrong or "Give a file, a text or an address first.", wrong=True)), count
            return
        batch = batch.typed(at, Form.typed(typed), text)
        wrong_at, why = (at, wrong) if wrong else _first_wrong(batch.pending)
        if why:
            yield *self.show(batch, wrong_at, said=line(why, wrong=True)), count
            return
        whole = batch
        work = Working(lambda tell: take_in(whole.pending, whole.scratch, self._library, tell))
        for shown in _steps(work.steps()):
            yield *self._says(shown), count
        try:
            yield *self._taken(work.result()), count + 1
        except (SpacePolicyError, OSError) as error:
            yield *self.show(batch, at, said=line(_said(error), wrong=True)), count + 1

    def _taken(self, taken: Taken) -> Values:
        """The empty fields under what came of it."""
        said = preview.result(taken, f"{counts(taken.report)}.")
        return said, None, 0, *_columns(looking=False), gr.skip(), gr.skip(), "", "", *Form().values(), gr.skip()

    def _says(self, said: str) -> Values:
        return (said, *(gr.skip(),) * 14)


def _first_wrong(pending: Sequence[Pending]) -> tuple[int, str]:
    """The first document whose form cannot be meant so, and why; no reason where there is none."""
    for at, one in enumerate(pending):
        if one.text and not one.body:
            return at, "Text: an article needs one."
        try:
            changed(one.understood.metadata, one.form)
        except SpacePolicyError as error:
            return at, str(error)
    return 0, ""


def _steps(steps: Iterator[Progress | None]) -> Iterator[str]:
    begun = False
    for step in steps:
        if step is None:
            if not begun:
                yield preview.progress(0, 1, WAITING)
            continue
        begun = True
        at = f"{min(step.done + 1, step.total)} of {step.total}"
        yield preview.progress(step.done, step.total, f"Taking in {at}{': ' if step.source else ''}{step.source}")


def _said(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.strerror or error} ({error.filename}). Make room, or check permissions, and try again."
    return str(error)


def _columns(*, looking: bool) -> tuple[gr.Column, gr.Column]:
    return gr.Column(visible=not looking), gr.Column(visible=looking)


def build_adding(assistant: Assistant, page: gr.Blocks, tab: gr.Tab) -> AddView:
    """Builds the view inside `tab`, with its events."""
    adding = Adding(assistant.library)
    scripts = SCRIPTS.read_text(encoding="utf-8")
    batch, at, changes = gr.State(None), gr.State(0), gr.State(0)
    gr.HTML('<h2 id="adding-heading">Add articles</h2>', apply_default_css=False)
    rights = gr.HTML("", apply_default_css=False, elem_classes="col-said")
    said = gr.HTML("", elem_id="adding-said", elem_classes="col-said", apply_default_css=False, js_on_load=scripts)
    with gr.Column(elem_id="adding-give") as giving:
        files, text, addresses, go = _build_giving(assistant.library.settings)
    with gr.Column(visible=False, elem_id="adding-preview") as looking:
        which = gr.Dropdown([], label="Document", visible=False)
        form = form_fields()
        with gr.Accordion("Correct the text", open=False):
            text_of = gr.Textbox(
                label="The text as it is taken in",
                info="Change it, cut what does not belong; what was left out of the page can be put back below.",
                lines=10,
                max_lines=24,
                max_length=MOST_CORRECTED,
                elem_id="adding-body",
            )
        with gr.Row():
            take = gr.Button("Take it in", variant="primary")
            leave_out = gr.Button("Leave this one out", visible=False)
            over = gr.Button("Start over")
        body = gr.HTML("", apply_default_css=False, js_on_load=scripts)
    shown = [said, batch, at, giving, looking, which, take, body, text_of, *form, leave_out]
    tab.select(adding.fresh, None, rights, **QUICK)
    go.click(adding.look, [files, text, addresses], shown, **SLOW)
    addresses.submit(adding.look, [files, text, addresses], shown, **SLOW)
    which.input(adding.turn, [batch, at, which, text_of, *form], shown, **QUICK)
    leave_out.click(adding.leave_out, [batch, at], shown, **QUICK)
    text_of.blur(adding.again, [batch, at, text_of], body, **QUICK)
    body.kept(adding.put_back, [batch, at, text_of], [body, text_of], **QUICK)
    over.click(lambda: ("", None, *_columns(looking=False)), None, [said, batch, giving, looking], **QUICK)
    taken = take.click(adding.take, [batch, at, changes, text_of, *form], [*shown, changes], **SLOW)
    # What was given is emptied once it is in.
    taken.then(lambda left: (gr.skip(),) * 3 if left else (None, "", ""), batch, [files, text, addresses], **QUICK)
    return AddView(changes)


def _build_giving(settings: Settings) -> tuple[gr.File, gr.Textbox, gr.Textbox, gr.Button]:
    most = f"{settings.max_bytes / 1_000_000:g} MB"
    files = gr.File(label="Files", file_count="multiple", height=140, elem_id="adding-files")
    gr.HTML(
        f'<p class="col-hint">Known kinds: {", ".join(SUFFIXES)}; {most} each at most, {MOST} documents at once.</p>',
        apply_default_css=False,
    )
    text = gr.Textbox(
        label="Text, or a whole page copied from the browser",
        lines=5,
        max_lines=12,
        max_length=LONGEST_PASTE,
        elem_id="adding-text",
    )
    addresses = gr.Textbox(
        label="Addresses of pages, with a space between them",
        max_lines=1,
        placeholder="https://…",
        elem_id="adding-addresses",
    )
    go = gr.Button("Look at it first", variant="primary", elem_id="adding-look")
    return files, text, addresses, go
