"""An evaluation as a web page: plots and every wrong answer. One file, nothing fetched, everything escaped."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from rag.evaluate import Evaluation, Outcome

BAR, GAP, LABEL, WIDTH = 18, 6, 180, 320  # pixels
SIZE = 240  # of a square plot
BINS = 5  # of the calibration plot

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1d2433; }
table { border-collapse: collapse; } td, th { padding: .2rem .8rem .2rem 0; text-align: left; vertical-align: top; }
svg text { font: 12px system-ui, sans-serif; fill: currentColor; } .bar { fill: #2c5f9e; } .rest { fill: #d9dfe8; }
.line { stroke: #2c5f9e; stroke-width: 2; fill: none; } .axis { stroke: #8a93a3; fill: none; } .dot { fill: #2c5f9e; }
blockquote { margin: .3rem 0; padding-left: .8rem; border-left: 3px solid #d9dfe8; } .why { color: #9e2c2c; }
@media (prefers-color-scheme: dark) { body { background: #14171d; color: #e4e8ef; } .rest { fill: #39404d; } }
"""


def page(evaluation: Evaluation) -> str:
    """The whole page as HTML."""
    wrong = [one for one in evaluation.outcomes if one.wrong]
    right = len(evaluation.outcomes) - len(wrong)
    parts = [
        "<h1>Quality of the answers</h1>",
        f"<p>{right} of {len(evaluation.outcomes)} questions are answered right.</p>",
        "<h2>By kind of question</h2>",
        _bars(evaluation.kinds),
        "<h2>Figures</h2>",
        _figures(evaluation.figures),
        "<h2>Evidence in the first hits</h2>",
        _recall(evaluation.recall),
        "<h2>How sure it was, and how often it was right</h2>",
        _calibration(evaluation.outcomes),
        f"<h2>Wrong answers ({len(wrong)})</h2>",
        *map(_wrong, wrong),
    ]
    head = f'<meta charset="utf-8"><title>Quality of the answers</title><style>{STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n' + "\n".join(parts) + "\n</body></html>\n"


def _svg(width: float, height: float, title: str, shapes: Sequence[str]) -> str:
    inside = "".join(shapes)
    return (
        f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(title, quote=True)}">{inside}</svg>'
    )


def _bars(kinds: Mapping[str, tuple[int, int]]) -> str:
    shapes = []
    for row, (kind, (right, total)) in enumerate(kinds.items()):
        top = row * (BAR + GAP)
        middle = top + BAR - 5
        shapes += [
            f'<text x="0" y="{middle}">{escape(kind)}</text>',
            f'<rect class="rest" x="{LABEL}" y="{top}" width="{WIDTH}" height="{BAR}"/>',
            f'<rect class="bar" x="{LABEL}" y="{top}" width="{WIDTH * right / total:.1f}" height="{BAR}"/>',
            f'<text x="{LABEL + WIDTH + 8}" y="{middle}">{right} of {total}</text>',
        ]
    return _svg(LABEL + WIDTH + 80, len(kinds) * (BAR + GAP), "Right answers by kind", shapes)


def _figures(figures: Mapping[str, float | None]) -> str:
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{'-' if value is None else f'{value:.3g}'}</td></tr>"
        for name, value in figures.items()
    )
    return f"<table>{rows}</table>"


def _recall(recall: Mapping[str, float | None]) -> str:
    names = [name for name, value in recall.items() if value is not None and int(name) < 1000]
    if not names:
        return "<p>No question names its evidence.</p>"
    last = max(map(int, names))
    points = [(int(name) / last, recall[name] or 0.0) for name in names]
    marks = [f"{name} hits: {recall[name] or 0.0:.2f}" for name in names]
    return _plot("Evidence found, by number of hits", points, marks, joined=True)


def _calibration(outcomes: Sequence[Outcome]) -> str:
    given = [one for one in outcomes if not one.abstained]
    points, marks = [], []
    for number in range(BINS):
        low, high = number / BINS, (number + 1) / BINS
        inside = [one for one in given if low <= one.score < high or (one.score == 1 == high)]
        if inside:
            right = sum(not one.wrong for one in inside) / len(inside)
            points.append((sum(one.score for one in inside) / len(inside), right))
            marks.append(f"{len(inside)} answers")
    if not points:
        return "<p>No question was answered.</p>"
    return _plot("Share of right answers, by how sure the answer was", points, marks, joined=False)


def _plot(title: str, points: Sequence[tuple[float, float]], marks: Sequence[str], *, joined: bool) -> str:
    """Points in the unit square."""
    places = [(20 + x * SIZE, 20 + (1 - y) * SIZE) for x, y in points]
    shapes = [f'<rect class="axis" x="20" y="20" width="{SIZE}" height="{SIZE}"/>']
    if joined:
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        shapes.append(f'<polyline class="line" points="{line}"/>')
    else:
        shapes.append(f'<line class="axis" x1="20" y1="{20 + SIZE}" x2="{20 + SIZE}" y2="20"/>')
    for (x, y), mark in zip(places, marks, strict=True):
        shapes.append(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="4"/>')
        shapes.append(f'<text x="{x + 8:.1f}" y="{y + 14:.1f}">{escape(mark)}</text>')
    return _svg(SIZE + 140, SIZE + 40, title, shapes)


def _wrong(one: Outcome) -> str:
    return "\n".join(_told(one))


def _told(one: Outcome) -> Iterator[str]:
    yield f"<h3>{escape(one.asked.id)} {escape(one.asked.question)}</h3>"
    for turn in one.asked.history:
        yield f"<p>Before: {escape(turn.question)} {escape(turn.answer)}</p>"
    yield f'<p class="why">{escape(one.asked.kind)}: {escape(one.wrong)}</p>'
    yield f"<p>{escape(one.text)}</p>"
    for piece in one.asked.evidence:
        yield f"<blockquote>{escape(piece)}</blockquote>"
