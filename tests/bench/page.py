"""The figures as one page that needs nothing but itself: bars and curves in SVG, and the table."""

import html
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from table import lines

WIDTH, ROW, LEFT, HEIGHT = 720, 24, 260, 260
COLOURS = ("#1f5fa8", "#c2571a", "#2e7d4f", "#8a3f8f")
AIMS = {"--help": 300.0, "ask": 1200.0, "page": 10_000.0}  # milliseconds
STYLE = """
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
svg { width: 100%; height: auto; } svg text { font: 12px system-ui, sans-serif; fill: currentColor; }
td { padding: .1rem .8rem .1rem 0; vertical-align: top; } td + td { font-variant-numeric: tabular-nums; }
th { text-align: left; padding-top: .7rem; }
"""
Points = Sequence[tuple[float, float]]


def page(found: Mapping[str, Any]) -> str:
    """HTML."""
    plots = "".join(f"<h2>{html.escape(title)}</h2>{svg}" for title, svg in _plots(found))
    rows = "".join(
        f"<tr><td>{html.escape(label)}</td><td>{html.escape(value)}</td></tr>"
        if value
        else f'<tr><th colspan="2">{html.escape(label)}</th></tr>'
        for label, value in lines(found)
    )
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    return (
        f"{head}<title>Measured</title><style>{STYLE}</style><h1>Measured</h1><p>{html.escape(found['when'])}</p>"
        f"{plots}<h2>All figures</h2><table>{rows}</table></html>\n"
    )


def _plots(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for one in found.get("ingest", ()):
        if "stages" in one:
            yield "Stages of ingest, seconds one after the other", bars(one["stages"], "s")
    for one in found.get("start", ()):
        if "commands" in one:
            times = {name: taken["p50"] for name, taken in one["commands"].items()}
            yield "Start of each command, milliseconds (line: aim)", bars(times, "ms", AIMS)
    yield from _curved(found, [one for one in found.get("ask", ()) if "answer" in one])


def _curved(found: Mapping[str, Any], asked: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for figure in ("retrieval", "answer"):
        curves = _curves(asked, lambda one, figure=figure: one[figure]["p50"])
        stock = found.get("stock", {}).get("ask", ()) if figure == "retrieval" else ()
        if stock:
            curves["stock, dense only"] = [(row["passages"], row["retrieval"]["p50"]) for row in stock]
        if curves:
            yield f"A question's {figure}, p50 in milliseconds, by passages", plot(curves, "ms")
    if memory := _curves(asked, lambda one: one["asking_mb"]):
        yield "Memory while asking, megabytes, by passages", plot(memory, "MB")


def _curves(asked: Sequence[Mapping[str, Any]], value) -> dict[str, list[tuple[float, float]]]:  # noqa: ANN001
    curves: dict[str, list[tuple[float, float]]] = {}
    for one in asked:
        name = f"{'Chroma' if one['chroma'] else 'exact'}{', filtered' if one['filtered'] else ''}"
        curves.setdefault(name, []).append((one["passages"], value(one)))
    return curves


def bars(values: Mapping[str, float], unit: str, aims: Mapping[str, float] | None = None) -> str:
    """A bar for each value, and a line at its aim where it has one."""
    aims = aims or {}
    most = max([*values.values(), *(aims[name] for name in values if name in aims)], default=1.0) or 1.0
    scale = (WIDTH - LEFT - 90) / most
    parts = []
    for place, (name, value) in enumerate(values.items()):
        top = place * ROW
        parts.append(f'<text x="0" y="{top + 16}">{html.escape(name)}</text>')
        parts.append(f'<rect x="{LEFT}" y="{top + 4}" width="{value * scale:.1f}" height="16" fill="{COLOURS[0]}"/>')
        parts.append(f'<text x="{LEFT + value * scale + 6:.1f}" y="{top + 16}">{value:.4g} {unit}</text>')
        if name in aims:
            at = LEFT + aims[name] * scale
            parts.append(f'<path d="M{at:.1f} {top + 1}v22" stroke="{COLOURS[1]}" stroke-width="2"/>')
    return f'<svg viewBox="0 0 {WIDTH} {len(values) * ROW + 4}" role="img">{"".join(parts)}</svg>'


def plot(curves: Mapping[str, Points], unit: str) -> str:
    """A curve for each name; the axis below in powers of ten."""
    points = [point for curve in curves.values() for point in curve]
    low, high = math.log10(min(x for x, _ in points)), math.log10(max(x for x, _ in points))
    most = max(y for _, y in points) or 1.0
    wide, tall = WIDTH - 230, HEIGHT - 40

    def at(x: float, y: float) -> tuple[float, float]:
        share = (math.log10(x) - low) / (high - low) if high > low else 0.5
        return 60 + share * (wide - 60), 10 + tall * (1 - y / most)

    parts = [f'<path d="M60 10v{tall}h{wide - 60}" fill="none" stroke="currentColor"/>']
    parts += [f'<text x="4" y="{at(10**low, y)[1] + 4:.0f}">{y:.3g} {unit}</text>' for y in (0, most / 2, most)]
    for x in sorted({x for x, _ in points}):
        parts.append(f'<text x="{at(x, 0)[0]:.0f}" y="{HEIGHT - 10}" text-anchor="middle">{x:,.0f}</text>')
    for place, (name, curve) in enumerate(curves.items()):
        colour = COLOURS[place % len(COLOURS)]
        dashes = ' stroke-dasharray="5 4"' if place >= len(COLOURS) else ""
        places = [at(x, y) for x, y in sorted(curve)]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
        parts.append(f'<rect x="{wide + 20}" y="{12 + place * 20}" width="12" height="12" fill="{colour}"/>')
        parts.append(f'<text x="{wide + 38}" y="{22 + place * 20}">{html.escape(name)}</text>')
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">{"".join(parts)}</svg>'
