"""The source panel, as HTML. All that documents, questions and models say is escaped here."""

import html
from collections.abc import Iterable, Sequence
from datetime import date
from urllib.parse import urlsplit

from rag.domain import Answer, Article, ArticleCard, Citation, Hit, Passage

NEAREST = 3  # misses shown with a refusal
EMPTY = '<p class="hint">The sources of each answer appear here, with the quoted words marked.</p>'
NO_QUOTES = '<p class="hint">This answer quotes no source.</p>'
# gr.HTML reads its template twice, as a JavaScript template and by Handlebars: what either would act on is escaped too.
TEMPLATE_MARKS = str.maketrans({mark: f"&#{ord(mark)};" for mark in "{}$`\\"})


def panel(answers: Sequence[Answer | None]) -> str:
    """The sources of a conversation's answers, the latest first and open; None: a question that got no answer."""
    numbered = [(turn, answer) for turn, answer in enumerate(answers, 1) if answer is not None]
    if not numbered:
        return _section(EMPTY)
    (turn, latest), earlier = numbered[-1], numbered[-2::-1]
    folded = "".join(_folded(answer, turn) for turn, answer in earlier)
    return _section(f'<div class="of-answer">{_cards(latest, turn)}</div>{folded}')


def _section(content: str) -> str:
    return (
        '<section class="sources" aria-label="Sources"><div class="sources-head"><h2>Sources</h2>'
        '<div class="steps" role="group" aria-label="Sources of this answer" hidden>'
        '<button type="button" data-step="-1" aria-label="Previous source">‹</button>'
        '<span class="step" role="status"></span>'
        '<button type="button" data-step="1" aria-label="Next source">›</button></div>'
        '<button type="button" class="close" aria-label="Back to the answer" data-do="close-sources">Back</button>'
        "</div>"
        f"{content}</section>"
    )


def whole_article(article: Article, start: int, end: int) -> str:
    """An article's whole text with `text[start:end]` marked."""
    return f'<div class="text">{_marked(article.text, start, end)}</div>'


def nearest(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """What a refusal shows: the best passage of each article, of at most NEAREST of them."""
    best: dict[str, Hit] = {}
    for hit in hits:
        best.setdefault(hit.article.id, hit)
    return tuple(best.values())[:NEAREST]


def anchor(turn: int, number: int) -> str:
    """The id of the card of citation `number` in the answer to question `turn` (1, 2, ...)."""
    return f"source-{turn}-{number}"


def byline(card: ArticleCard) -> str:
    """Outlet, author and date as plain text."""
    return ", ".join(part for part in (card.outlet, card.author, day(card.published)) if part)


def day(when: date | None) -> str:
    """A date as people write it."""
    return f"{when.day} {when:%B %Y}" if when else "no date"


def escape(text: str) -> str:
    """Text that shows as it is, in HTML and in attributes, whatever stands in it."""
    return html.escape(text).translate(TEMPLATE_MARKS)


def _folded(answer: Answer, turn: int) -> str:
    summary = f"<summary>Earlier: {escape(answer.question)}</summary>"
    return f'<details class="earlier">{summary}<div class="of-answer">{_cards(answer, turn)}</div></details>'


def _cards(answer: Answer, turn: int) -> str:
    if answer.abstained:
        return _misses(nearest(answer.hits), turn)
    quotes_none = answer.complete and not answer.citations
    return NO_QUOTES if quotes_none else "".join(_citation(citation, turn) for citation in answer.citations)


def _misses(hits: Sequence[Hit], turn: int) -> str:
    if not hits:
        return '<p class="hint">Nothing near the question was found. Is the scope too narrow?</p>'
    cards = "".join(
        _card(anchor(turn, number), None, hit.article, hit.passage, None, hit.also_in)
        for number, hit in enumerate(hits, 1)
    )
    return f'<p class="hint nearest">Nearest passages (they do not answer the question)</p>{cards}'


def _citation(citation: Citation, turn: int) -> str:
    span = (citation.start - citation.passage.start, citation.end - citation.passage.start)
    name = anchor(turn, citation.number)
    return _card(name, citation.number, citation.article, citation.passage, span, citation.also_in)


def _card(
    name: str,
    number: int | None,
    article: ArticleCard,
    passage: Passage,
    span: tuple[int, int] | None,
    also_in: Sequence[ArticleCard],
) -> str:
    """`span`: the quoted part of the passage; None where nothing is quoted."""
    chip = f'<span class="number">{number}</span>' if number else ""
    return (
        f'<article class="card" id="{name}" tabindex="-1" aria-labelledby="{name}-title">'
        f'<p class="byline">{chip}{_byline(article)}</p>'
        f'<h3 id="{name}-title">{escape(article.title)}</h3>'
        f"{_place(passage)}"
        f'<blockquote class="text">{_marked(passage.text, *(span or (0, 0)))}</blockquote>'
        f"{_copies(also_in)}"
        f'<div class="more">{_whole(passage, span)}{_only(article)}{_link(article.url)}</div>'
        "</article>"
    )


def _byline(article: ArticleCard) -> str:
    when = f'<time datetime="{article.published}">{day(article.published)}</time>' if article.published else "no date"
    outlet = f"<strong>{escape(article.outlet)}</strong>" if article.outlet else ""
    author = escape(article.author) if article.author else ""
    return _dotted((outlet, author, when))


def _place(passage: Passage) -> str:
    page = f"p. {passage.page}" if passage.page is not None else ""
    place = _dotted((escape(passage.section or ""), page))
    return f'<p class="place">{place}</p>' if place else ""


def _copies(also_in: Sequence[ArticleCard]) -> str:
    if not also_in:
        return ""
    names = ", ".join(escape(f"{card.outlet or card.title} ({day(card.published)})") for card in also_in)
    return f'<p class="copies">also carried by {names}</p>'


def _whole(passage: Passage, span: tuple[int, int] | None) -> str:
    """A button that opens the whole article: page.js asks for its text."""
    start, end = (passage.start + span[0], passage.start + span[1]) if span else (passage.start, passage.end)
    return (
        f'<button type="button" data-do="whole" data-article="{escape(passage.article_id)}" '
        f'data-version="{passage.version}" data-start="{start}" data-end="{end}">Whole article</button>'
    )


def _only(article: ArticleCard) -> str:
    """A button that asks this article alone from now on."""
    name = escape(f"{article.title} ({byline(article)})")
    button = f'<button type="button" data-do="only" data-article="{escape(article.id)}" data-title="{name}">'
    return f"{button}Ask it alone</button>"


def _link(url: str | None) -> str:
    """A link to the original; nothing where the address is not one of the web."""
    try:
        parts = urlsplit(url or "")
        host = parts.hostname
    except ValueError:  # as in http://[
        return ""
    if parts.scheme not in ("http", "https") or not host:
        return ""
    address = escape(url or "")
    return f'<a href="{address}" target="_blank" rel="noopener noreferrer">Original at {escape(host)}</a>'


def _marked(text: str, start: int, end: int) -> str:
    if start >= end:
        return escape(text)
    return f"{escape(text[:start])}<mark>{escape(text[start:end])}</mark>{escape(text[end:])}"


def _dotted(parts: Iterable[str]) -> str:
    return " · ".join(part for part in parts if part)
