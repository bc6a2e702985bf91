"""The articles of the collection, those that were removed, and what could not be taken in, as HTML. All escaped.

What can be clicked has `data-do`, the event that ui/collection.js makes of it, and `data-key`, its name for the focus.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from ingest.failed import Failed
from rag.domain import ArticleCard, RemovedArticle
from ui.collected import Collected
from ui.sources import day, escape

MOST = 50  # removed articles, or failures, that are listed
EMPTY = "The library holds no articles. Add some under “Add”, or with: space-policy ingest FOLDER"


def listing(shown: Collected, chosen: Collection[str], back_from: str = "", focus: str = "") -> str:
    """One page of articles, with what leads to the others.

    `back_from`: the id of the article that takes the focus, once for each value of `focus`.
    """
    if not shown.held:
        return f'<p class="col-hint" role="status">{EMPTY}</p>'
    rows = "".join(_row(card, card.id in chosen, focus if card.id == back_from else "") for card in shown.cards)
    table = (
        '<div class="col-scroll" tabindex="0" role="region" aria-label="Articles"><table class="col-list">'
        '<thead><tr><th scope="col">Choose</th><th scope="col">Date</th><th scope="col">Outlet</th>'
        f'<th scope="col">Title</th></tr></thead><tbody>{rows}</tbody></table></div>'
    )
    return f'<p class="col-hint" role="status">{_counted(shown)}</p>{table if rows else ""}{_pages(shown)}'


def removed(articles: Sequence[RemovedArticle], kept: timedelta, *, writable: bool) -> str:
    """The articles that can be brought back."""
    if not articles:
        return '<p class="col-hint">No removed article can be restored.</p>'
    rows = "".join(_removed(one, kept, writable=writable) for one in articles[:MOST])
    return f'<ul class="col-lines">{rows}</ul>{_more(len(articles))}'


def failures(found: Sequence[Failed]) -> str:
    """What could not be taken in, why, and what to do."""
    if not found:
        return '<p class="col-hint">Nothing has failed.</p>'
    rows = "".join(_failure(one) for one in found[:MOST])
    return f'<ul class="col-lines">{rows}</ul>{_more(len(found))}'


def when(moment: datetime) -> str:
    """Day and time, UTC."""
    return f"{day(moment.date())}, {moment:%H:%M} UTC"


def published(when: date | None) -> str:
    """A date for people and programs."""
    return f'<time datetime="{when}">{day(when)}</time>' if when else "no date"


def _counted(shown: Collected) -> str:
    what = f"{shown.held} {'article' if shown.held == 1 else 'articles'}"
    if len(shown.ids) < shown.held:
        what = f"{len(shown.ids) or 'None'} of {what}"
    undated = f", {shown.undated} without a date left out" if shown.undated else ""
    page = f", page {shown.page} of {shown.pages}" if shown.pages > 1 else ""
    return f"{what}{undated}{page}"


def _row(card: ArticleCard, chosen: bool, focus: str) -> str:
    name, title = escape(card.id), escape(card.title)
    return (
        f'<tr><td><input type="checkbox" data-do="chosen" data-article="{name}" data-key="choose-{name}" '
        f'aria-label="Choose {title}"{" checked" if chosen else ""}></td>'
        f"<td>{published(card.published)}</td><td>{escape(card.outlet or '')}</td>"
        f'<td><button type="button" class="col-open" data-do="opened" data-article="{name}" '
        f'data-key="open-{name}" data-focus="{escape(focus)}">{title}</button></td></tr>'
    )


def _pages(shown: Collected) -> str:
    if shown.pages == 1:
        return ""
    steps = (("First", 1), ("Previous", shown.page - 1), ("Next", shown.page + 1), ("Last", shown.pages))
    buttons = "".join(
        f'<button type="button" data-do="paged" data-page="{page}" data-key="page-{name}"'
        f"{'' if 1 <= page <= shown.pages and page != shown.page else ' disabled'}>{name}</button>"
        for name, page in steps
    )
    return f'<nav class="col-pages" aria-label="Pages of articles">{buttons}</nav>'


def _removed(one: RemovedArticle, kept: timedelta, *, writable: bool) -> str:
    name, title = escape(one.article.id), escape(one.article.title)
    back = (
        f'<button type="button" data-do="restored" data-article="{name}" aria-label="Restore {title}">Restore</button>'
    )
    until = day((one.removed + kept).date())
    said = f"{_byline(one.article)}; removed on {day(one.removed.date())}, can be restored until {until}"
    return f'<li><strong>{title}</strong> <span class="col-quiet">{said}</span> {back if writable else ""}</li>'


def _byline(card: ArticleCard) -> str:
    return ", ".join(filter(None, (escape(card.outlet or ""), day(card.published))))


def _failure(one: Failed) -> str:
    failure = one.failure
    why = escape(f"{failure.reason}. {failure.cure}.")
    return (
        f'<li><strong>{escape(failure.source)}</strong> <span class="col-quiet">{when(one.when)}</span><br>{why}</li>'
    )


def _more(count: int) -> str:
    return f'<p class="col-hint">And {count - MOST} more.</p>' if count > MOST else ""
