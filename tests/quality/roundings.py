"""The embedding model rounded in several ways: what a figure owes to the last bits of the model, what to the method.

    python tests/quality/roundings.py TEST_DATA

Prints how well the golden, the starter and the nearly told questions are answered with each, the mean and the spread.
Of 58 questions two or three change sides from one rounding to the next; a change of the method that moves the mean by
less has shown nothing. Three minutes on two cores.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
import onnx
import onnxruntime
from fit_quotes import ours
from onnx import numpy_helper

from ingest.pipeline import ingest
from rag.assistant import Assistant
from rag.evaluate import evaluate
from rag.minilm import RECIPE, WEIGHTS, MiniLM, _quantize
from rag.settings import Settings

PRODUCT = "as it is used"
SHAKEN = {f"shaken, {seed}": seed for seed in (1, 2, 3)}
ROUNDINGS = (PRODUCT, "fp32", *SHAKEN)
STEPS = 63  # of weights of seven bits, up to the greatest of a column
SHAKE = 0.25  # of a step: about the error that rounding makes by itself
FIGURES = ("answerable right", "answerable refused", "unanswerable refused", "evidence in 4", "evidence in 8")


@contextmanager
def rounded(how: str) -> Iterator[None]:
    """Within it, libraries that are opened have the model rounded so: one of ROUNDINGS."""
    if how == PRODUCT:
        yield
        return
    cache = Settings.from_env().cache / "roundings" / how.replace(", ", "-")
    graph = cache / f"minilm-{WEIGHTS[:12]}-{RECIPE}-int8-onnxruntime-{onnxruntime.__version__}.onnx"
    if not graph.exists():
        MiniLM.open(cache, precision="fp32")
        exact = cache / graph.name.replace("int8", "fp32")
        if how in SHAKEN:
            shake(exact, SHAKEN[how])
            _quantize(exact, graph)
        else:
            exact.rename(graph)
    with patch.dict(os.environ, SPACE_POLICY_CACHE=str(cache)):
        yield


def shake(graph: Path, seed: int) -> None:
    """Moves each weight of the matrices by up to SHAKE of the step that it will be rounded to."""
    model, random = onnx.load(graph), np.random.default_rng(seed)
    for tensor in model.graph.initializer:
        if tensor.name.endswith(".weight") and len(tensor.dims) == 2:
            weights = numpy_helper.to_array(tensor)
            steps = np.abs(weights).max(axis=0) / STEPS
            moved = weights + SHAKE * steps * random.uniform(-1, 1, weights.shape)
            tensor.CopyFrom(numpy_helper.from_array(moved.astype(np.float32), tensor.name))
    onnx.save(model, graph)


def measured(data: Path, folder: Path) -> Iterator[tuple[str, dict[str, float | None]]]:
    """Each set of questions, and its figures."""
    corpus = Path(__file__).parents[2] / "corpus"
    fifteen = [*sorted((data / "seeds").glob("*.txt")), *sorted((data / "space-law" / "text").glob("*.txt"))]
    libraries = [
        ("law", fifteen, "golden", data / "golden" / "questions.jsonl"),
        ("starter", [corpus / "articles"], "starter", corpus / "questions.jsonl"),
    ]
    for over, files, name, questions in libraries:
        settings = replace(Settings.from_env(), home=folder / over, embedding="minilm", model=None)
        with Assistant.open(settings) as assistant:
            ingest(files, assistant.library)
            yield name, evaluate(questions, assistant).figures
            yield f"near misses, {over}", evaluate(ours(over), assistant).figures


def main() -> None:
    """Prints it."""
    found: dict[tuple[str, str], list[float]] = {}
    for how in ROUNDINGS:
        with rounded(how), tempfile.TemporaryDirectory() as folder:
            for name, figures in measured(Path(sys.argv[1]), Path(folder)):
                for figure in FIGURES:
                    if figures.get(figure) is not None:
                        found.setdefault((name, figure), []).append(float(figures[figure] or 0.0))
    print(f"{'':44}mean  spread  {', '.join(ROUNDINGS)}")  # noqa: T201 - a script
    for (name, figure), each in found.items():
        values = "  ".join(f"{value:.3f}" for value in each)
        print(f"{name:20} {figure:22} {np.mean(each):.3f}   {np.std(each):.3f}  {values}")  # noqa: T201 - likewise


if __name__ == "__main__":
    main()
