"""Which articles of the collection are shown: searched, filtered, sorted, in pages."""

import threading
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from rag.domain import ArticleCard, Filters
from rag.library import Library

PAGE = 50  # articles
MOST_PASSAGES = 20_000  # in which a word is looked for
Order = Callable[[Sequence[ArticleCard]], list[ArticleCard]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader wants to see."""

    words: str = ""  # all of which stand in title, outlet, author or text; case and accents do not matter
    filters: Filters = field(default_factory=Filters)
    order: str = "Newest first"  # one of ORDERS
    page: int = 1


@dataclass(frozen=True, slots=True)
class Collected:
    """What is shown of the collection."""

    cards: tuple[ArticleCard, ...]  # of this page
    page: int  # 1, 2, ...
    pages: int  # one at least
    ids: tuple[str, ...]  # of the articles on all pages
    held: int  # articles in the library
    undated: int  # that only the dates leave out, for having none
    timed: tuple[ArticleCard, ...]  # what passes all but the dates: for the timeline
    outlets: tuple[str, ...]  # of the whole library


def _by_date(cards: Sequence[ArticleCard], *, newest: bool) -> list[ArticleCard]:
    dated = sorted((card for card in cards if card.published), key=_title)
    dated.sort(key=lambda card: card.published or date.min, reverse=newest)
    return [*dated, *sorted((card for card in cards if not card.published), key=_title)]


def _title(card: ArticleCard) -> str:
    return _plain(card.title)


ORDERS: Mapping[str, Order] = {
    "Newest first": lambda cards: _by_date(cards, newest=True),
    "Oldest first": lambda cards: _by_date(cards, newest=False),
    "Title": lambda cards: sorted(cards, key=_title),
    "Outlet": lambda cards: sorted(
        _by_date(cards, newest=True), key=lambda card: (not card.outlet, _plain(card.outlet or ""))
    ),
    "Added last": lambda cards: list(reversed(cards)),
}


class Collection:
    """Looks at a library; its cards are read anew only when it has changed. Safe to use from threads."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._read: tuple[int, tuple[ArticleCard, ...]] = (-1, ())

    def look(self, wanted: Wanted) -> Collected:
        """What is to be shown; a page beyond the last is the last. Raises LibraryError."""
        held = self._cards()
        words = [(_plain(word), self._with_word(word)) for word in wanted.words.split()]
        outlets = {outlet.lower() for outlet in wanted.filters.outlets}
        timed = tuple(card for card in held if _has(card, words) and _is_of(card, outlets))
        passing = [card for card in timed if _is_within(card, wanted.filters)]
        ordered = ORDERS.get(wanted.order, ORDERS["Newest first"])(passing)
        pages = max(1, -(-len(ordered) // PAGE))
        page = min(max(1, wanted.page), pages)
        bounded = bool(wanted.filters.since or wanted.filters.until)
        return Collected(
            cards=tuple(ordered[(page - 1) * PAGE : page * PAGE]),
            page=page,
            pages=pages,
            ids=tuple(card.id for card in ordered),
            held=len(held),
            undated=sum(card.published is None for card in timed) if bounded else 0,
            timed=timed,
            outlets=tuple(sorted({card.outlet for card in held if card.outlet}, key=_plain)),
        )

    def _with_word(self, word: str) -> frozenset[str]:
        """The ids of the articles in whose text a word stands, in any of its forms."""
        found = self._library.best_words(word, MOST_PASSAGES, Filters())
        # An article's id, its version, the number of the passage.
        return frozenset(name.rsplit(".", 2)[0] for name, _ in found)

    def those_of(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Those of these ids whose articles are still there."""
        held = {card.id for card in self._cards()} if ids else set()
        return tuple(one for one in ids if one in held)

    def _cards(self) -> tuple[ArticleCard, ...]:
        with self._lock:
            # Read first: what is written between the two is read again next time.
            revision = self._library.revision
            if revision != self._read[0]:
                self._read = (revision, tuple(self._library.cards().values()))
            return self._read[1]


def _has(card: ArticleCard, words: Sequence[tuple[str, frozenset[str]]]) -> bool:
    """Whether each word is part of what is known of the article, or stands in its text."""
    if not words:
        return True
    head = _plain(" ".join(filter(None, (card.title, card.outlet, card.author))))
    return all(word in head or card.id in among for word, among in words)


def _is_of(card: ArticleCard, outlets: set[str]) -> bool:
    return not outlets or (card.outlet or "").lower() in outlets


def _is_within(card: ArticleCard, filters: Filters) -> bool:
    if not (filters.since or filters.until):
        return True
    day = card.published
    return day is not None and (filters.since or date.min) <= day <= (filters.until or date.max)


def _plain(text: str) -> str:
    """Without case and accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in apart if not unicodedata.combining(character))
