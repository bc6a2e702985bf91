"""Fits the weights of ingest/clean_weights.py to pages with hand-marked bodies, and prints the file.

    python tests/quality/fit_cleaning.py NEWS_PAGES > ingest/clean_weights.py

Three logistic regressions (ridge, by Newton's method) over the columns of `ingest.clean_lines`: is this line part of
the article, is it the first, is it the last. NEWS_PAGES holds text/*.txt and truth.json.
"""

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.clean_lines import BULLET, Row, columns
from ingest.clean_text import rows_of

Array = NDArray[np.float64]
SHINGLE = 4
HEAD = '''"""Learned weights of what `ingest.clean_lines` sees: part of the article, its first line, its last line.

Written by tests/quality/fit_cleaning.py from 90 news pages with hand-marked bodies; not to be edited by hand.
"""

# feature -> weight for (part, first, last); the constant is named "".
'''


def shingles(text: str, size: int) -> set[tuple[str, ...]]:
    """The runs of `size` words in `text`."""
    words = re.findall(r"\w+", text)
    return {tuple(words[at : at + size]) for at in range(len(words) - size + 1)}


def labels(rows: Sequence[Row], body: str) -> Array:
    """1 for each row that stands in `body`, 0 for the others and for chance matches before and after."""
    known, words = shingles(body, SHINGLE), " " + " ".join(re.findall(r"\w+", body)) + " "
    found = np.array([_in_body(row.bare, known, words) for row in rows], dtype=np.float64)
    sure = [at for at, row in enumerate(rows) if found[at] and len(row.text.split()) >= 6]
    if sure:
        found[: sure[0]] = 0
        found[sure[-1] + 4 :] = 0
    return found


def _in_body(text: str, known: set[tuple[str, ...]], words: str) -> bool:
    own = shingles(text, SHINGLE)
    if own:
        return len(own & known) >= 0.6 * len(own)
    bare = " ".join(re.findall(r"\w+", text))
    return bool(bare) and f" {bare} " in words


def edge(part: Array, at: int) -> Array:
    """1 for the first (`at` 0) or the last (-1) row of the article alone."""
    marked, inside = np.zeros_like(part), np.flatnonzero(part)
    marked[inside[at : at + 1 or None]] = 1
    return marked


def fit(features: Array, wanted: Array, importance: Array, ridge: float) -> Array:
    """Weights for the columns of `features`, the constant last."""
    middle, spread = features.mean(axis=0), features.std(axis=0)
    spread[spread < 1e-9] = 1
    scaled = np.column_stack([(features - middle) / spread, np.ones(len(features))])
    weights = np.zeros(scaled.shape[1])
    penalty = ridge * np.eye(len(weights))
    penalty[-1, -1] = 1e-9
    for _ in range(12):
        likely = 1 / (1 + np.exp(-np.clip(scaled @ weights, -30, 30)))
        slope = scaled.T @ (importance * (likely - wanted)) + penalty @ weights
        weights -= np.linalg.solve(scaled.T @ (scaled * (importance * likely * (1 - likely))[:, None]) + penalty, slope)
    own = weights[:-1] / spread
    return np.append(own, weights[-1] - own @ middle)


def weights(pages: Sequence[tuple[Sequence[Row], str]]) -> tuple[list[str], Array]:
    """Feature names, the constant "" last, and their weights as (names, 3)."""
    tables = [columns(rows) for rows, _ in pages]
    features = np.vstack([np.column_stack(list(table.values())) for table in tables])
    parts = [labels(rows, body) for rows, body in pages]
    counts = [np.sqrt([len(row.text.split()) for row in rows]) for rows, _ in pages]
    # Long lines matter more, and each page as much as any other.
    by_size = np.concatenate([50 * count / count.sum() for count in counts])
    alike = np.ones(len(features))
    fitted = [fit(features, np.concatenate(parts), by_size, 3)]
    fitted += [fit(features, np.concatenate([edge(part, at) for part in parts]), alike, 10) for at in (0, -1)]
    return [*tables[0], ""], np.column_stack(fitted)


def without_marks(text: str) -> str:
    """The page as a browser copies it that leaves out bullets and indentation."""
    return "\n".join(BULLET.sub("", line).strip() for line in text.split("\n"))


def training(folder: Path, keys: Sequence[str] | None = None) -> list[tuple[Sequence[Row], str]]:
    """Rows and true body of each page, twice: as it is, and without its marks."""
    truth = json.loads((folder / "truth.json").read_text())
    texts = [((folder / "text" / f"{key}.txt").read_text(), truth[key]["body"]) for key in keys or truth]
    return [(rows_of(form), body) for text, body in texts for form in (text, without_marks(text))]


if __name__ == "__main__":
    names, table = weights(training(Path(sys.argv[1])))
    lines = [
        f'    "{name}": ({", ".join(f"{value:.3f}" for value in row)}),\n'
        for name, row in zip(names, table, strict=True)
    ]
    sys.stdout.write(HEAD + "WEIGHTS: dict[str, tuple[float, float, float]] = {\n" + "".join(lines) + "}\n")
