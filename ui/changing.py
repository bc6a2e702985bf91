"""Who may change the library from the page, and why not."""

from rag.library import Library
from rag.ownership import owner
from ui.access import visitor_of
from ui.sign_in import ONLY_READS, Role
from ui.sources import escape


def refusal(library: Library, request: object) -> str:
    """Why who sent this request can change nothing, in one line; empty where they can."""
    if not library.writable:
        who = owner(library.settings.home)
        writer = f"process {who.pid} writes to it" if who else "nobody can write to it from here"
        return f"The library is only read on this page: {writer}. Add articles there, or with: space-policy ingest"
    return "" if visitor_of(request).role is Role.CURATOR else ONLY_READS


def line(text: str, *, wrong: bool = False) -> str:
    """One line that screen readers say when it appears; nothing for no text."""
    if not text:
        return ""
    kind, role = ("col-notice col-wrong", "alert") if wrong else ("col-notice", "status")
    return f'<p class="{kind}" role="{role}">{escape(text)}</p>'
