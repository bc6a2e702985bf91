"""The chat page, built and served. The only file that knows how Gradio and its server are set up."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# Read when these packages are imported: with them, nothing asks gradio.app or huggingface.co for anything.
os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HF_HUB_DISABLE_TELEMETRY="1", HF_HUB_OFFLINE="1")

import gradio as gr
from fastapi import FastAPI, Response
from gradio.events import api

from rag import __version__
from rag.assistant import Assistant
from rag.errors import LibraryError
from rag.settings import Settings
from ui import chat, downloads, scope, server, sources
from ui.access import Guard, Visitor, visitor_of
from ui.adding import AddView, build_adding
from ui.chat_view import AT_ONCE, QUICK, ChatView, chat_view, wire
from ui.collection import CollectionView, build_collection
from ui.conversations import Conversations
from ui.feedback import FeedbackBox
from ui.hosts import is_loopback
from ui.kept import Kept
from ui.limits import Pace
from ui.programs import Page, Programs
from ui.sign_in import Role, SignIn
from ui.talk import Talk

NAME = "Space Policy Chat"
HERE = Path(__file__).parent
WAITING = 64  # questions that wait; more are told to come back
PAGES = 200  # open pages of which is remembered what is going on in them; of more, those used last
FULL = f"{WAITING} questions are waiting already, and no more are taken. Ask again in a minute."
CACHED = (3600, 24 * 3600)  # seconds: how often uploads are looked through, and how old they may become
STYLES = [HERE / "style.css", HERE / "thread.css", HERE / "collection.css"]
FONTS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Ubuntu", "sans-serif"]  # of the machine: none is fetched


def serve(
    assistant: Assistant, host: str, port: int, on_ready: Callable[[str], None], *, open_to_all: bool = False
) -> None:
    """Serves the page until SIGINT or SIGTERM; `on_ready` gets its address once it answers. Port 0 takes a free one.

    `open_to_all`: nobody is asked for the password, even where the settings have one.
    The assistant stays open: whoever opened it closes it. Raises SettingsError when the port cannot be had.
    """
    with server.listen(host, port) as listening:
        shown_host = f"[{host}]" if ":" in host else host
        address = f"http://{shown_host}:{listening.getsockname()[1]}"
        settings = assistant.library.settings
        kept = Kept.of(settings.home)
        conversations = Conversations(kept)
        guarded = Guard(
            web_app(build(assistant, conversations, FeedbackBox(kept)), assistant, conversations),
            loopback=is_loopback(host),
            sign_in=None if open_to_all else _sign_in(settings),
            max_bytes=settings.max_bytes,
        )
        server.run(guarded, listening, lambda: on_ready(address))


def _sign_in(settings: Settings) -> SignIn | None:
    given = {Role.READER: settings.reader_auth, Role.CURATOR: settings.auth}
    passwords = {role: password for role, password in given.items() if password}
    return SignIn(passwords) if passwords else None


def web_app(page: gr.Blocks, assistant: Assistant, conversations: Conversations) -> FastAPI:
    """The page with the routes beside it."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/health")  # before mounting: what comes after it is shadowed
    def health(response: Response) -> dict[str, str | int | None]:
        try:
            return {"status": "ok", "articles": assistant.library.count()[0], "version": __version__}
        except LibraryError:
            response.status_code = 503
            return {"status": "the library cannot be read", "articles": None, "version": __version__}

    app.include_router(downloads.router(conversations))
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        footer_links=[],
        run_history=False,
        show_error=False,  # True would send the text of any exception to the page
        max_file_size=assistant.library.settings.max_bytes,  # of one file; ui/access.py limits whole uploads
        ssr_mode=False,
        theme=_theme(),
        css_paths=[file for file in STYLES if file.exists()],
    )
    return app


def _theme() -> gr.themes.Base:
    theme = gr.themes.Default(primary_hue="blue", neutral_hue="slate", font=FONTS, font_mono=["monospace"])
    # Gradio's own colours are too pale to be read by many (WCAG 2.2, 1.4.3: a contrast of 4.5).
    return theme.set(
        body_text_color_subdued="#526077",
        body_text_color_subdued_dark="#a9b4c4",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_hover_dark="*primary_800",
    )


def build(assistant: Assistant, conversations: Conversations, box: FeedbackBox) -> gr.Blocks:
    """The page."""
    pace = Pace(assistant.library.settings.questions_per_minute)
    talk = Talk(assistant, pace, conversations, box)
    programs = Programs(assistant, pace)
    page = Page(title=NAME, analytics_enabled=False, fill_width=True, delete_cache=CACHED)
    with page:
        head = gr.HTML(heading(assistant), elem_id="heading", apply_default_css=False)
        with gr.Tabs(elem_id="views") as tabs:
            with gr.Tab("Chat", id="chat", elem_id="view-chat"):
                parts = chat_view(talk, assistant)
            with gr.Tab("Collection", id="collection", elem_id="view-collection") as tab:
                collection = build_collection(assistant, page, tab)
            with gr.Tab("Add", id="add", elem_id="view-add") as tab:
                adding = build_adding(assistant, page, tab)
        wire(page, parts, talk)
        _join(_Views(page, head, tabs, parts, collection, adding), assistant, talk)
        api(programs.answer, api_name="answer", concurrency_limit=AT_ONCE, concurrency_id="ask")
        api(programs.search, api_name="search", concurrency_limit=AT_ONCE, concurrency_id="ask")
    # api_open would let programs past the queue.
    page.queue(max_size=WAITING, default_concurrency_limit=AT_ONCE, api_open=False)
    page.look_after_queue(FULL)
    page.state_session_capacity = PAGES
    return page


@dataclass(frozen=True, slots=True)
class _Views:
    page: gr.Blocks
    head: gr.HTML
    tabs: gr.Tabs
    chat: ChatView
    collection: CollectionView
    adding: AddView


def _join(views: _Views, assistant: Assistant, talk: Talk) -> None:
    """What one view does to the others: a changed library shows everywhere, and what was chosen becomes the scope."""

    def headed(request: gr.Request) -> str:
        return heading(assistant, visitor_of(request))

    def changed() -> scope.Scope:
        return scope.of_outlets(talk.outlets())

    def ask_about(chosen: tuple[str, ...], since: str, until: str) -> tuple[scope.Scope, gr.Tabs]:
        cards = assistant.library.cards()
        found = [cards[one] for one in chosen if one in cards]
        return scope.of_articles(found, since, until, talk.outlets()), gr.Tabs(selected="chat")

    collection, fields = views.collection, views.chat.scope
    views.page.load(headed, None, views.head, **QUICK)
    for change in (views.adding.changed.change, collection.changed.change):
        change(headed, None, views.head, **QUICK)
        change(changed, None, fields, **QUICK)
    chosen = [collection.chosen, collection.since, collection.until]
    collection.ask.click(ask_about, chosen, [fields, views.tabs], **QUICK)


def heading(assistant: Assistant, visitor: Visitor | None = None) -> str:
    """The header line: what this is, how much it holds, what leaves this computer, and how to sign out."""
    count = assistant.library.count()[0]
    leaves = sources.escape(chat.leaving(assistant.library.settings))
    told = f'<p class="leaving">{leaves}</p>' if leaves else ""
    leave = '<form method="post" action="/logout"><button type="submit">Sign out</button></form>'
    leave = leave if visitor and visitor.signed_in else ""
    # Its class hides what adds (style.css); that it is refused is ui/changing.py's.
    only_reads = '<p class="only-reads">signed in to read</p>' if visitor and visitor.role is Role.READER else ""
    articles = f"{count} {'article' if count == 1 else 'articles'}"
    return f"<header><h1>{NAME}</h1><p>{articles}</p>{only_reads}{told}{leave}</header>"
