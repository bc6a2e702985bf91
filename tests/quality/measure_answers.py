"""ROUGE-L of quoted answers to ClapNQ over the three nearest sentences, by cross-validation.

    python tests/quality/measure_answers.py TEST_DATA

Each question is answered over its own passage alone, with weights learned from all questions of the other folds. From
one division into folds to the next the figure moves by half a hundredth, so four are made. Two minutes on two cores.
"""

import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from fit_quotes import EVERY, Array, Asked, collected, fit_ranking, folds, rows, taught
from test_bench import Shown, filled, shown

import rag.sentence_scores
from rag.quote_weights import WEIGHTS
from rag.sentence_scores import COLUMNS

DIVISIONS = 4


def learned(asked: list[Asked]) -> list[tuple[int, frozenset[str], Array]]:
    """Of each fold: its division, its documents, and the weights learned from the others."""
    parts = [(seed, *pair) for seed in range(1, DIVISIONS + 1) for pair in folds(asked, seed)]
    with ProcessPoolExecutor() as pool:
        weights = list(pool.map(fit_ranking, [taught(others) for _, others, _ in parts]))
    return [
        (seed, frozenset(one.document for one in measured), own)
        for (seed, _, measured), own in zip(parts, weights, strict=True)
    ]


def answered(data: Path, folder: Path, models: list[tuple[int, frozenset[str], Array]]) -> Iterator[tuple[int, Shown]]:
    """Each answerable question with the weights of each division that were learned without it; 0: with those in use."""
    asked = {f"{number:03}": row for number, row in enumerate(rows(data / "bench" / "clapnq_answerable.jsonl"))}
    documents = [(name, row["passages"][0]["title"], row["passages"][0]["text"]) for name, row in asked.items()]
    used = dict(WEIGHTS)
    with filled(folder, documents) as library:
        names = {article.id: Path(article.source).stem for article in library.articles()}
        for seed, held, weights in [(0, None, None), *models]:
            WEIGHTS.update(used if weights is None else dict(zip(COLUMNS, map(float, weights), strict=True)))
            for article, name in names.items():
                if held is None or asked[name]["input"] in held:
                    yield seed, shown(asked[name], article, library)


def main() -> None:
    """Prints it."""
    data = Path(sys.argv[1])
    closely = rag.sentence_scores.CLOSELY
    models = learned(collected(data, EVERY))
    rag.sentence_scores.CLOSELY = closely
    with tempfile.TemporaryDirectory() as folder:
        gains: dict[int, list[float]] = {}
        for seed, one in answered(data, Path(folder), models):
            gains.setdefault(seed, []).append(one.rouge - one.rouge_of_cosine)
    means = {seed: float(np.mean(each)) for seed, each in gains.items()}
    fitted = means.pop(0)
    divided = ", ".join(f"{mean:+.4f}" for mean in means.values())
    print(f"over the three nearest sentences, fitted on all: {fitted:+.4f}")  # noqa: T201 - a script
    print(f"cross-validated: {np.mean(list(means.values())):+.4f} ({divided})")  # noqa: T201 - likewise


if __name__ == "__main__":
    main()
