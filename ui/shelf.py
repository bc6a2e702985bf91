"""The list of kept conversations, as HTML: open, rename, export, delete. What people wrote is escaped here."""

from collections.abc import Sequence

from ui.conversations import NAME_LENGTH, ConversationCard
from ui.sources import day, escape


def shelf(cards: Sequence[ConversationCard], current: str = "") -> str:
    """A reader's conversations; `current` is the id of the one that is open."""
    kept = "".join(_item(card, card.id == current) for card in cards)
    body = f"<ul>{kept}</ul>" if cards else '<p class="hint">What you ask is kept here, for this browser alone.</p>'
    return (
        f'<nav class="shelf" aria-label="Conversations" data-current="{escape(current)}">'
        '<div class="shelf-head"><h2>Conversations</h2>'
        '<button type="button" data-do="fresh" aria-label="New conversation">New</button></div>'
        f"{body}</nav>"
    )


def _item(card: ConversationCard, current: bool) -> str:
    name, mark = escape(card.name), ' aria-current="true"' if current else ""
    count = f"{card.questions} {'question' if card.questions == 1 else 'questions'}"
    return (
        f'<li data-id="{escape(card.id)}"><button type="button" class="open" data-do="open"{mark}>'
        f"<span>{name}</span><small>{count}, {day(card.changed.date())}</small></button>"
        f'<details class="menu"><summary aria-label="More: {name}">⋯</summary><div class="choices">'
        f'<form data-do="rename"><label>Name<input name="name" value="{name}" maxlength="{NAME_LENGTH}" required>'
        '</label><button type="submit">Rename</button></form>'
        f'<a href="/conversations/{escape(card.id)}.md" download>Export as Markdown</a>'
        f'<a href="/conversations/{escape(card.id)}.json" download>Export as JSON</a>'
        '<button type="button" data-do="delete" data-sure="Delete for good?">Delete</button></div></details></li>'
    )
