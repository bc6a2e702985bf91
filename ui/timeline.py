"""When articles were published, by outlet: a plot as SVG, whose columns can be chosen. Everything escaped.

Months where they fit side by side; else years, decades. Each column that has articles is a link that ui/collection.js
turns into a choice of its dates; the same figures stand below as a table.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from rag.domain import ArticleCard, Filters
from ui.sources import escape

MOST = 72  # columns
STEPS = (1, 12, 120)  # months in a column
NAMED = 6  # outlets with a colour of their own; the rest share one
HEIGHT, FOOT = 120, 22  # pixels: of the tallest column; below the columns, for the labels
WIDTH, NARROWEST, WIDEST = 960, 14, 56  # pixels: of the plot where it can be chosen; of a column
LABEL = 44  # pixels that a label needs
NO_OUTLET = "no outlet"
OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Column:
    """One stretch of time."""

    first: date
    last: date
    name: str
    counts: tuple[int, ...]  # of each series

    @property
    def total(self) -> int:
        """Its articles."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Timeline:
    """The articles that have a date, over time."""

    columns: tuple[Column, ...]  # without gaps, in order
    series: tuple[str, ...]  # outlets, those with most articles first; perhaps OTHERS at the end
    narrowed: bool  # whether only the chosen dates are shown
    undated: int


def timeline(cards: Sequence[ArticleCard], filters: Filters) -> Timeline:
    """The articles over time. Chosen dates are shown closer where that gives shorter columns."""
    days = [card.published for card in cards if card.published]
    undated = len(cards) - len(days)
    if not days:
        return Timeline((), (), narrowed=False, undated=undated)
    first, last = min(days), max(days)
    near_first, near_last = max(first, filters.since or first), min(last, filters.until or last)
    whole, near = _step(first, last), _step(near_first, near_last)
    narrowed = near_first <= near_last and near < whole
    series = _series(cards)
    if narrowed:
        first, last, whole = near_first.replace(month=1, day=1), near_last.replace(month=12, day=31), near
    return Timeline(tuple(_columns(cards, series, (first, last), whole)), series, narrowed, undated)


def _step(first: date, last: date) -> int:
    months = (last.year - first.year) * 12 + 12
    return next((step for step in STEPS if months / step <= MOST), STEPS[-1])


def _series(cards: Sequence[ArticleCard]) -> tuple[str, ...]:
    counts = Counter(card.outlet or NO_OUTLET for card in cards if card.published)
    names = sorted(counts, key=lambda name: (-counts[name], name))
    return tuple(names) if len(names) <= NAMED + 1 else (*names[:NAMED], OTHERS)


def _columns(
    cards: Sequence[ArticleCard], series: Sequence[str], over: tuple[date, date], step: int
) -> Iterator[Column]:
    place = {name: at for at, name in enumerate(series)}
    counts: Counter[tuple[int, int]] = Counter()
    for card in cards:
        if card.published:
            counts[_number(card.published, step), place.get(card.outlet or NO_OUTLET, len(series) - 1)] += 1
    for number in range(_number(over[0], step), _number(over[1], step) + 1):
        first, after = _month(number * step), _month((number + 1) * step)
        held = tuple(counts[number, at] for at in range(len(series)))
        yield Column(first, after - timedelta(days=1), _name(first, step), held)


def _number(day: date, step: int) -> int:
    return (day.year * 12 + day.month - 1) // step


def _month(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


def _name(first: date, step: int) -> str:
    return {1: f"{first:%B %Y}", 12: str(first.year)}.get(step, f"{first.year}s")


# As HTML ------------------------------------------------------------------------------------------------------------


def as_html(shown: Timeline, filters: Filters) -> str:
    """The plot, what its colours mean, and its figures as a table."""
    if not shown.columns:
        return '<p class="col-hint">No article that could be shown here has a date.</p>'
    return (
        f'<p class="col-hint">{_hint(shown, filters)}</p>{_plot(shown, filters)}{_legend(shown.series)}{_table(shown)}'
    )


def _hint(shown: Timeline, filters: Filters) -> str:
    back = ' <button type="button" data-do="picked" data-since="" data-until="" data-key="all-dates">All dates</button>'
    undated = f" {shown.undated} without a date cannot be shown here." if shown.undated else ""
    tallest = max(column.total for column in shown.columns)
    scale = f"the tallest has {tallest} {'article' if tallest == 1 else 'articles'}"
    chosen = back if filters.since or filters.until else ""
    return f"Choose a column to see only its articles; {scale}.{undated}{chosen}"


def _plot(shown: Timeline, filters: Filters) -> str:
    wide = max(NARROWEST, min(WIDEST, WIDTH // len(shown.columns)))
    width, tallest = wide * len(shown.columns), max(column.total for column in shown.columns)
    shapes = "".join(
        _column(column, at * wide, wide, tallest, shown, filters) for at, column in enumerate(shown.columns)
    )
    labels = "".join(_labels(shown.columns, wide))
    line = f'<line class="col-axis" x1="0" y1="{HEIGHT}" x2="{width}" y2="{HEIGHT}"/>'
    return (
        '<div class="col-plot" tabindex="0" role="region" aria-label="Timeline">'
        f'<svg width="{width}" height="{HEIGHT + FOOT}" viewBox="0 0 {width} {HEIGHT + FOOT}" role="group" '
        f'aria-label="Articles over time, by outlet">{shapes}{line}{labels}</svg></div>'
    )


def _column(column: Column, left: int, wide: int, tallest: int, shown: Timeline, filters: Filters) -> str:
    if not column.total:
        return ""
    bars, bottom = [], float(HEIGHT)
    for at, count in enumerate(column.counts):
        tall = count / tallest * (HEIGHT - 4)
        bottom -= tall
        if count:
            bars.append(
                f'<rect class="{_colour(at, shown.series)}" x="{left + 1}" y="{bottom:.1f}" width="{wide - 2}" '
                f'height="{tall:.1f}"/>'
            )
    chosen = ' aria-current="true"' if _is_chosen(column, filters) else ""
    said = escape(_said(column, shown.series))
    return (
        f'<a href="#collection" role="button" data-do="picked" data-since="{column.first}" data-until="{column.last}" '
        f'data-key="{column.first}" aria-label="{said}"{chosen}><title>{said}</title>'
        f'<rect class="col-ground" x="{left}" y="0" width="{wide}" height="{HEIGHT}"/>{"".join(bars)}</a>'
    )


def _is_chosen(column: Column, filters: Filters) -> bool:
    bounded = filters.since or filters.until
    within = (filters.since or date.min) <= column.last and column.first <= (filters.until or date.max)
    return bool(bounded and within)


def _said(column: Column, series: Sequence[str]) -> str:
    parts = [f"{name} {count}" for name, count in zip(series, column.counts, strict=True) if count]
    articles = "article" if column.total == 1 else "articles"
    return f"{column.name}: {column.total} {articles} ({', '.join(parts)})"


def _labels(columns: Sequence[Column], wide: int) -> Iterator[str]:
    """Under the first column of each year, or as many as there is room for."""
    every = max(1, -(-LABEL // wide))
    monthly = columns[0].last.month == columns[0].first.month
    shown = -every
    for at, column in enumerate(columns):
        if at - shown >= every and (not monthly or column.first.month == 1 or at == 0):
            shown = at
            name = f"{column.first.year}" if column.first.month == 1 else f"{column.first:%m/%Y}"
            yield f'<text x="{at * wide + 2}" y="{HEIGHT + 16}">{name}</text>'


def _colour(at: int, series: Sequence[str]) -> str:
    return "col-others" if at >= NAMED or series[at] == OTHERS else f"col-outlet-{at}"


def _legend(series: Sequence[str]) -> str:
    entries = "".join(
        f'<li><svg width="12" height="12" aria-hidden="true"><rect class="{_colour(at, series)}" '
        f'width="12" height="12"/></svg> {escape(name)}</li>'
        for at, name in enumerate(series)
    )
    return f'<ul class="col-legend" aria-label="Outlets">{entries}</ul>'


def _table(shown: Timeline) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in shown.series)
    rows = "".join(
        f'<tr><th scope="row">{column.name}</th><td>{column.total}</td>'
        f"{''.join(f'<td>{count}</td>' for count in column.counts)}</tr>"
        for column in shown.columns
        if column.total
    )
    return (
        '<details class="col-table"><summary>The same as a table</summary><div class="col-scroll" tabindex="0" '
        'role="region" aria-label="Articles over time as a table"><table><thead><tr><th scope="col">When</th>'
        f'<th scope="col">All</th>{head}</tr></thead><tbody>{rows}</tbody></table></div></details>'
    )
