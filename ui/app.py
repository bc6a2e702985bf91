"""The chat page, built and served. The only file that knows how Gradio and its server are set up."""

import os
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

# Read when these packages are imported: with them, nothing asks gradio.app or huggingface.co for anything.
os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HF_HUB_DISABLE_TELEMETRY="1", HF_HUB_OFFLINE="1")

import gradio as gr
from fastapi import FastAPI
from gradio.events import api

from rag.assistant import Assistant
from rag.domain import to_json
from rag.errors import SpacePolicyError
from ui import chat, server, sources
from ui.chat import Exchange

NAME = "Space Policy Chat"
HERE = Path(__file__).parent
AT_ONCE = 8  # questions answered at the same time
WAITING = 64  # and waiting; more are told to come back
LONGEST = 2000  # characters of a question
EXAMPLES = 4
FONTS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Ubuntu", "sans-serif"]  # of the machine: none is fetched
Shown = tuple[object, ...]  # composer, conversation, chat, panel
AS_IT_WAS: Shown = (gr.skip(),) * 4


def serve(assistant: Assistant, host: str, port: int, on_ready: Callable[[str], None]) -> None:
    """Serves the page until SIGINT or SIGTERM; `on_ready` gets its address once it answers. Port 0 takes a free one.

    The assistant stays open: whoever opened it closes it. Raises SettingsError when the port cannot be had.
    """
    with server.listen(host, port) as listening:
        shown_host = f"[{host}]" if ":" in host else host
        address = f"http://{shown_host}:{listening.getsockname()[1]}"
        server.run(web_app(build(assistant)), listening, lambda: on_ready(address))


def web_app(page: gr.Blocks) -> FastAPI:
    """The page with its health route."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/health")  # before mounting: what comes after it is shadowed
    def health() -> dict[str, str]:
        return {"status": "ok"}

    gr.mount_gradio_app(
        app,
        page,
        path="/",
        footer_links=[],
        run_history=False,
        show_error=False,  # True would send the text of any exception to the page
        max_file_size="100kb",  # the upload route is there even though the page takes no files
        ssr_mode=False,
        theme=gr.themes.Default(primary_hue="blue", neutral_hue="slate", font=FONTS, font_mono=["monospace"]),
        css_paths=HERE / "style.css",
    )
    return app


def build(assistant: Assistant) -> gr.Blocks:
    """The page."""
    talk = _Talk(assistant)
    page = gr.Blocks(title=NAME, analytics_enabled=False, fill_width=True)
    with page:
        head = gr.HTML(talk.heading(), elem_id="heading", apply_default_css=False)
        conversation = gr.State(())
        with gr.Row(elem_id="columns"):
            with gr.Column(scale=3, min_width=320, elem_id="talk"):
                answers = _chatbot(chat.examples(assistant, EXAMPLES))
                with gr.Accordion("Scope: all articles", open=False, elem_id="scope") as scope:
                    outlets, since, until, reset = _scope_fields(talk.outlets())
                composer = _composer()
            with gr.Column(scale=2, min_width=320, elem_id="panel"):
                panel = gr.HTML(
                    sources.panel(()),
                    apply_default_css=False,
                    js_on_load=(HERE / "page.js").read_text(encoding="utf-8"),
                    server_functions=[_article_of(assistant)],
                )
        limits: dict[str, Any] = {
            "concurrency_limit": AT_ONCE,
            "concurrency_id": "ask",
            "show_progress": "hidden",
            "api_visibility": "private",
        }
        quick: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
        fields = [outlets, since, until]
        shown = [composer, conversation, answers, panel]

        asked: list[Any] = [
            composer.submit(talk.ask, [composer, conversation, *fields], shown, **limits),
            answers.retry(talk.retry, [conversation, *fields], shown, **limits),
            answers.example_select(talk.example, [conversation, *fields], shown, **limits),
        ]
        composer.stop(talk.stop, conversation, shown, cancels=asked, **quick)
        answers.clear(lambda: _shown((), ended=True), None, shown, **quick)

        for change in (outlets.change, since.blur, until.blur):
            change(talk.scope, fields, scope, **quick)
        reset.click(lambda: ([], "", "", gr.Accordion(label="Scope: all articles")), None, [*fields, scope], **quick)
        page.load(talk.fresh, None, [head, outlets], **quick)
        api(talk.answer, api_name="answer", concurrency_limit=AT_ONCE, concurrency_id="ask")
    page.queue(max_size=WAITING, default_concurrency_limit=AT_ONCE)
    return page


def _chatbot(examples: Sequence[str]) -> gr.Chatbot:
    return gr.Chatbot(
        elem_id="chat",
        label="Conversation",
        show_label=False,
        height="100%",
        layout="panel",
        buttons=["copy"],
        latex_delimiters=[],
        allow_tags=False,
        group_consecutive_messages=False,
        placeholder="Ask about the articles. Every sentence of an answer shows the words of its source.",
        examples=[{"text": question} for question in examples],
    )


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


def _scope_fields(outlets: Sequence[str]) -> tuple[gr.Dropdown, gr.Textbox, gr.Textbox, gr.Button]:
    with gr.Row():
        chosen = gr.Dropdown(list(outlets), multiselect=True, label="Outlets", min_width=220, scale=2)
        since = gr.Textbox("", label="Since", placeholder="YYYY-MM-DD", max_length=10, min_width=120)
        until = gr.Textbox("", label="Until", placeholder="YYYY-MM-DD", max_length=10, min_width=120)
        reset = gr.Button("Reset", size="sm", min_width=80, scale=0)
    return chosen, since, until, reset


class _Talk:
    """What the page's events do."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._seen = (-1, -1)  # how much the library held when its outlets were last read
        self._outlets: tuple[str, ...] = ()

    async def ask(
        self, question: str, earlier: Sequence[Exchange], outlets: Sequence[str], since: str, until: str
    ) -> AsyncGenerator[Shown, None]:
        """A question and its growing answer."""
        if not question.strip():
            yield AS_IT_WAS
            return
        try:
            filters = chat.read_filters(outlets, since, until)
        except SpacePolicyError as error:
            gr.Warning(str(error), title="Scope")
            yield AS_IT_WAS
            return
        async with aclosing(chat.ask(self._assistant, question.strip(), earlier, filters)) as exchanges:
            async for exchange in exchanges:
                yield _shown((*earlier, exchange), ended=exchange.ended, started=exchange.answer is None)

    async def retry(
        self, exchanges: Sequence[Exchange], outlets: Sequence[str], since: str, until: str, event: gr.RetryData
    ) -> AsyncGenerator[Shown, None]:
        """A question asked once more; what came after it goes."""
        index = event.index[0] if isinstance(event.index, Sequence) else event.index
        earlier = exchanges[: index // 2]  # a question and a reply each
        question = exchanges[len(earlier)].question if len(earlier) < len(exchanges) else ""
        async with aclosing(self.ask(question, earlier, outlets, since, until)) as growing:
            async for shown in growing:
                yield shown

    async def example(
        self, earlier: Sequence[Exchange], outlets: Sequence[str], since: str, until: str, event: gr.SelectData
    ) -> AsyncGenerator[Shown, None]:
        """One of the questions of the empty page."""
        async with aclosing(self.ask(event.value["text"], earlier, outlets, since, until)) as growing:
            async for shown in growing:
                yield shown

    def stop(self, exchanges: Sequence[Exchange]) -> Shown:
        """What is there when the reader has enough."""
        return _shown(chat.ended(exchanges), ended=True)

    def scope(self, outlets: Sequence[str], since: str, until: str) -> gr.Accordion:
        """The scope in words, or what is wrong with it."""
        try:
            words = chat.describe(chat.read_filters(outlets, since, until))
        except SpacePolicyError as error:
            words = str(error)
        return gr.Accordion(label=f"Scope: {words}")

    def fresh(self) -> tuple[str, gr.Dropdown]:
        """What may have changed since the page was built."""
        return self.heading(), gr.Dropdown(choices=list(self.outlets()))

    def heading(self) -> str:
        """The header line."""
        count = self._assistant.library.count()[0]
        return f"<header><h1>{NAME}</h1><p>{count} {'article' if count == 1 else 'articles'}</p></header>"

    def outlets(self) -> tuple[str, ...]:
        """The outlets that can be chosen."""
        count = self._assistant.library.count()
        if count != self._seen:
            found = {article.outlet for article in self._assistant.library.articles() if article.outlet}
            self._seen, self._outlets = count, tuple(sorted(found))
        return self._outlets

    def answer(self, question: str) -> dict[str, Any]:
        """The answer to one question, as JSON."""
        try:
            answer = to_json(self._assistant.answer(question))
        except SpacePolicyError as error:
            raise gr.Error(str(error), print_exception=False) from error
        return answer if isinstance(answer, dict) else {}


def _article_of(assistant: Assistant) -> Callable[[dict[str, Any]], str]:
    def article(wanted: dict[str, Any]) -> str:
        """The whole text of an article with a span of it marked, for page.js."""
        try:
            found = assistant.library.article(str(wanted["article"]), int(wanted["version"]))
        except SpacePolicyError as error:
            return f'<p class="hint">{sources.escape(str(error))}</p>'
        return sources.whole_article(found, int(wanted["start"]), int(wanted["end"]))

    return article  # Gradio marks it, which a method would not bear


def _shown(exchanges: Sequence[Exchange], *, ended: bool, started: bool = False) -> Shown:
    composer: object = gr.skip()
    if ended:
        composer = _idle()
    elif started:
        composer = gr.Textbox(value="", submit_btn=False, stop_btn=True)
    panel = sources.panel([exchange.answer for exchange in exchanges])
    return composer, tuple(exchanges), chat.messages(exchanges), panel


def _idle() -> gr.Textbox:
    return gr.Textbox(submit_btn=True, stop_btn=False)
