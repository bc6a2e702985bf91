"""What the library holds, in a sentence: how many articles, of which outlets, of what time."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date

from rag.domain import ArticleCard

NAMED = 8  # outlets that are listed by name


def holdings(cards: Collection[ArticleCard], *, filtered: bool) -> str:
    """Like "The library holds 3 articles from 1 outlet: Agency (3), published between ... and ..."."""
    if not cards:
        return "No article passes the filters." if filtered else "The library holds no articles."
    days = sorted(card.published for card in cards if card.published)
    what = "1 article" if len(cards) == 1 else f"{len(cards)} articles"
    undated = len(cards) - len(days)
    parts = [
        f"{'The scope' if filtered else 'The library'} holds {what}{_outlets(cards)}",
        f"published {_span(days)}" if days else "",
        f"{undated} without a date" if undated else "",
    ]
    return ", ".join(filter(None, parts)) + "."


def _outlets(cards: Collection[ArticleCard]) -> str:
    counts = Counter(card.outlet for card in cards if card.outlet)
    if not counts:
        return ""
    names = sorted(counts, key=lambda name: (-counts[name], name))
    shown = [f"{name} ({counts[name]})" for name in names[:NAMED]]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f" from {len(names)} {'outlet' if len(names) == 1 else 'outlets'}: {', '.join(shown)}{more}"


def _span(days: Sequence[date]) -> str:
    return f"on {days[0]}" if days[0] == days[-1] else f"between {days[0]} and {days[-1]}"
