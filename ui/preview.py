"""What was understood of a document that is not taken in yet, and what came of taking documents in, as HTML."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from ingest.clean_text import Line
from rag.domain import ArticleCard, Failure
from ui.body import kept
from ui.pending import MOST_CORRECTED, MOST_SHOWN, Pending
from ui.sources import day, escape
from ui.taking import Taken

MOST_OPEN = 6  # lines left out in a row; more are folded
MOST_LISTED = 50  # articles, or failures
NAMED = 60  # characters of a line that name it
FIELDS = ("title", "outlet", "author", "published", "url", "language")
STATES = {  # tuple of the Report -> what it says of an article
    "added": "added",
    "updated": "new version",
    "unchanged": "was there already",
    "moved": "moved",
    "copies": "near-identical to one that is there",
}


def preview(pending: Pending, focus: str) -> str:
    """The page line by line: what becomes the article, and greyed what is left out. `focus`: new for each document."""
    known = pending.understood.metadata
    found = [f"{name} from {known.found[name]}" for name in FIELDS if getattr(known, name) and name in known.found]
    notes = [
        f"Understood: {', '.join(found)}." if found else "",
        "" if known.published else "No certain date was found: give one if you know it.",
        ""
        if known.language == "en"
        else f"It is in another language than English ({known.language}): found less well.",
        f"The library holds this already: “{pending.same_as.title}”." if pending.same_as else "",
        "" if pending.text else f"Its text has more than {MOST_CORRECTED:,} characters, and cannot be corrected here.",
    ]
    hints = "".join(f'<p class="col-hint">{escape(note)}</p>' for note in notes if note)
    head = f'<h3 tabindex="-1" data-focus="{escape(focus)}">What was understood of {escape(pending.name)}</h3>'
    return f'{head}{hints}<div class="add-page" tabindex="0" role="region" aria-label="The page">{_page(pending)}</div>'


def failures(found: Sequence[Failure]) -> str:
    """What could not be read, why, and what to do."""
    if not found:
        return ""
    rows = "".join(
        f"<li><strong>{escape(one.source)}</strong><br>{escape(f'{one.reason}. {one.cure}.')}</li>"
        for one in found[:MOST_LISTED]
    )
    what = "One document" if len(found) == 1 else f"{len(found)} documents"
    said = f'<p class="col-notice col-wrong">{what} could not be taken in.</p>'
    return f'<div role="alert">{said}<ul class="col-lines">{rows}</ul>{_more(len(found))}</div>'


def progress(done: int, total: int, what: str) -> str:
    """How far it is, for the eye and for screen readers."""
    said = escape(what)
    return (
        f'<div class="add-progress" role="status"><progress max="{max(1, total)}" value="{done}" aria-label="Progress">'
        f"</progress> <span>{said}</span></div>"
    )


def result(taken: Taken, counts: str) -> str:
    """What came of it."""
    cards = [(STATES[name], card) for name in STATES for card in getattr(taken.report, name)]
    corrected = {card.id: card for card in taken.corrected}
    rows = "".join(
        _taken(state, corrected.get(card.id, card), card.id in corrected) for state, card in cards[:MOST_LISTED]
    )
    notices = "".join(f'<p class="col-hint">{escape(one)}</p>' for one in taken.report.notices)
    head = f'<h3 tabindex="-1">Result</h3><p class="col-notice" role="status">{escape(counts)}</p>'
    listed = f'<ul class="col-lines">{rows}</ul>{_more(len(cards))}' if cards else ""
    return f"{head}{listed}{failures(taken.failures)}{notices}"


def _taken(state: str, card: ArticleCard, corrected: bool) -> str:
    said = ", ".join(filter(None, (state, "corrected" if corrected else "", card.outlet or "", day(card.published))))
    return f'<li><strong>{escape(card.title)}</strong> <span class="col-quiet">{escape(said)}</span></li>'


def _page(pending: Pending) -> str:
    understood = pending.understood
    if understood.lines:
        lines = understood.lines if pending.body == pending.text else kept(understood.lines, pending.body)
        shown = _runs(lines, understood.metadata.title, can_put_back=bool(pending.text))
        return "".join(shown) + _rest(pending.rest, "lines")
    said = "Page numbers and running heads of a PDF are left out already. A corrected text is cited without its pages."
    text = pending.body[:MOST_SHOWN] if pending.text else understood.text
    hint = f'<p class="col-hint">{said}</p>'
    return f'{hint}<div class="text">{escape(text)}</div>{_rest(pending.rest, "characters")}'


def _runs(lines: Sequence[Line], title: str, *, can_put_back: bool) -> Iterator[str]:
    for kind, run in groupby(enumerate(lines), key=lambda pair: _kind(pair[1], title)):
        back = can_put_back and kind == "out"
        parts = [f"<p>{escape(line.text)}{_put_back(at, line) if back else ''}</p>" for at, line in run]
        said = "".join(parts)
        if kind == "kept":
            yield said
        elif len(parts) > MOST_OPEN:
            summary = f"<summary>Left out: {len(parts)} lines</summary>"
            yield f'<details class="add-out">{summary}{said}</details>'
        else:
            label = "Title" if kind == "title" else "Left out"
            yield f'<div class="add-{kind}"><span class="add-label">{label}</span>{said}</div>'


def _put_back(at: int, line: Line) -> str:
    return (
        f' <button type="button" data-do="kept" data-line="{at}" data-key="line-{at}" '
        f'aria-label="Put back: {escape(line.text[:NAMED])}">Put back</button>'
    )


def _kind(line: Line, title: str) -> str:
    if line.kept:
        return "kept"
    return "title" if " ".join(line.text.split()) == title else "out"


def _rest(count: int, what: str) -> str:
    return f'<p class="col-hint">And {count:,} more {what}.</p>' if count > 0 else ""


def _more(count: int) -> str:
    return f'<p class="col-hint">And {count - MOST_LISTED} more.</p>' if count > MOST_LISTED else ""
