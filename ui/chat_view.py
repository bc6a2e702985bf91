"""The Chat view: three columns, and which event does what."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from rag.assistant import Assistant
from rag.errors import SpacePolicyError
from ui import scope, sources
from ui.programs import LONGEST
from ui.shelf import shelf
from ui.talk import Talk
from ui.thread import thread

HERE = Path(__file__).parent
AT_ONCE = 8  # questions answered at the same time
# Of events that only the page uses. `private`: programs cannot call them.
QUICK: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
QUEUED: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}  # can show a message
ASKING: dict[str, Any] = {**QUEUED, "concurrency_limit": AT_ONCE, "concurrency_id": "ask"}
REOPENED = '() => [sessionStorage.getItem("conversation") ?? ""]'  # kept by shelf.js


@dataclass(frozen=True, slots=True)
class ChatView:
    """The components that events touch."""

    composer: gr.Textbox
    conversation: gr.State  # the Exchanges
    current: gr.Textbox  # the id of the conversation, which the browser keeps
    thread: gr.HTML
    panel: gr.HTML
    shelf: gr.HTML
    scope: gr.HTML
    line: gr.HTML

    @property
    def shown(self) -> list[Any]:
        """What an answer changes, in the order of `ui.talk.Shown`."""
        return [self.composer, self.conversation, self.current, self.thread, self.panel, self.shelf]


def chat_view(talk: Talk, assistant: Assistant) -> ChatView:
    """Scope and conversations left, the chat in the middle, sources right; on a phone the two sides are drawers."""
    conversation = gr.State(())
    current = gr.Textbox(visible="hidden", label="Open conversation", elem_id="current")
    with gr.Row(elem_id="columns"):
        with gr.Column(scale=1, min_width=230, elem_id="aside"):
            fields = scope.fields(talk.outlets())
            kept = _html(shelf(()), "shelf.js", elem_id="shelf")
        with gr.Column(scale=3, min_width=300, elem_id="talk"):
            answers = _html(
                thread((), talk.examples()),
                "thread.js",
                elem_id="chat",
                html_template='<div class="thread"></div><p class="unseen" role="status"></p>',
            )
            line = _html(scope.line({}), None, elem_id="scope-line")
            composer = _composer()
        with gr.Column(scale=2, min_width=280, elem_id="panel"):
            panel = _html(sources.panel(()), "page.js", server_functions=[_article_of(assistant)])
    return ChatView(composer, conversation, current, answers, panel, kept, fields, line)


def wire(page: gr.Blocks, view: ChatView, talk: Talk) -> None:
    """Which event does what."""
    kept = [view.conversation, view.current]
    asked = gr.on(
        [view.composer.submit, view.thread.submit],
        talk.ask,
        [view.composer, *kept, view.scope],
        view.shown,
        **ASKING,
    )
    view.composer.stop(talk.stop, kept, view.shown, cancels=asked, **QUEUED)
    view.thread.like(talk.judge, kept, None, **QUEUED)
    view.shelf.select(talk.leave, kept, view.shown, cancels=asked, **QUEUED)
    view.shelf.edit(talk.rename, view.current, view.shelf, **QUEUED)
    view.scope.change(scope.line, view.scope, view.line, **QUICK)
    page.load(talk.open, [view.current], [*view.shown, view.scope], js=REOPENED, **QUEUED)


def _html(value: object, script: str | None, **options: Any) -> gr.HTML:  # noqa: ANN401 - of gr.HTML
    code = (HERE / script).read_text(encoding="utf-8") if script else None
    return gr.HTML(value, apply_default_css=False, js_on_load=code, **options)


def _composer() -> gr.Textbox:
    return gr.Textbox(
        elem_id="composer",
        label="Question",
        show_label=False,
        placeholder="Ask a question",
        lines=1,
        max_lines=6,
        max_length=LONGEST,
        submit_btn=True,
        autofocus=True,
    )


def _article_of(assistant: Assistant) -> Callable[[dict[str, Any]], str]:
    def article(wanted: dict[str, Any]) -> str:
        """The whole text of an article with a span of it marked, for page.js."""
        try:
            found = assistant.library.article(str(wanted["article"]), int(wanted["version"]))
        except SpacePolicyError as error:
            return f'<p class="hint">{sources.escape(str(error))}</p>'
        return sources.whole_article(found, int(wanted["start"]), int(wanted["end"]))

    return article  # Gradio marks it, which a method would not bear
