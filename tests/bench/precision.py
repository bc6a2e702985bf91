"""int8 beside fp32: how near their vectors are, what each finds in Cranfield, how fast each is.

And what this machine can do at most: a plain matrix product in onnxruntime.
"""

import math
import os
import tempfile
from pathlib import Path

import numpy as np
from measure import timed
from texts import Text, rows, texts

from rag.minilm import MiniLM
from rag.settings import Settings

TEXTS = 400
SIZE = 1024  # of the matrices
LAYERS, WIDTH, INNER = 6, 384, 1536  # of the model


def measure() -> dict[str, object]:
    """Cosine, nDCG@10 of dense search alone, texts and operations a second."""
    cache = Settings.from_env().cache
    models = {name: MiniLM.open(cache, precision=name) for name in ("fp32", "int8")}
    chosen = [one.text[:600] for one in texts()][:TEXTS]
    vectors = {name: model.embed(chosen) for name, model in models.items()}
    cosines = (vectors["fp32"] * vectors["int8"]).sum(axis=1)
    found: dict[str, object] = {"cosine_mean": float(cosines.mean()), "cosine_least": float(cosines.min())}
    work = sum(map(_operations, models["fp32"].count_pieces(chosen)))
    for name, model in models.items():
        seconds = sorted(timed(lambda model=model: model.embed(chosen), 3))[1]
        most = _machine(name)
        found[name] = {
            "texts_a_second": len(chosen) / seconds,
            "billion_operations_a_second": work / seconds / 1e9,
            "of_the_machine": most,
            "share": work / seconds / 1e9 / most,
            "cranfield_ndcg": _cranfield(model),
            "recipe": model.recipe,
        }
    return found


def _operations(pieces: int) -> float:
    """Multiplications and additions of one pass: projections, attention, the two inner layers."""
    length = min(pieces + 2, 256)
    return LAYERS * 2 * length * (4 * WIDTH * WIDTH + 2 * length * WIDTH + 2 * WIDTH * INNER)


def _machine(precision: str) -> float:
    """Billions of operations a second of a matrix product on all cores."""
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper

    small = precision == "int8"
    kind = TensorProto.INT8 if small else TensorProto.FLOAT
    result = TensorProto.INT32 if small else TensorProto.FLOAT
    nature = np.int8 if small else np.float32
    weights = np.ones((SIZE, SIZE), dtype=nature)
    node = helper.make_node("MatMulInteger" if small else "MatMul", ["a", "b"], ["c"])
    graph = helper.make_graph(
        [node],
        "product",
        [helper.make_tensor_value_info("a", TensorProto.UINT8 if small else kind, [SIZE, SIZE])],
        [helper.make_tensor_value_info("c", result, [SIZE, SIZE])],
        [helper.make_tensor("b", kind, [SIZE, SIZE], weights.tobytes(), raw=True)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "product.onnx"
        onnx.save(model, file)
        session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    one = np.ones((SIZE, SIZE), dtype=np.uint8 if small else np.float32)
    seconds = min(timed(lambda: session.run(None, {"a": one}), 20, warm=3))
    return 2 * SIZE**3 / seconds / 1e9


def _cranfield(model: MiniLM) -> float | None:
    folder = Path(os.environ.get("SPACE_POLICY_TEST_DATA", "/nowhere")) / "bench"
    documents, queries = rows(folder / "cranfield_documents.jsonl"), rows(folder / "cranfield_queries.jsonl")
    if not documents:
        return None
    names = np.array([row["id"] for row in documents])
    vectors = model.embed([Text(row["title"], row["text"]).text or "empty" for row in documents])
    reached = []
    for row, cosines in zip(queries, model.embed([row["query"] for row in queries]) @ vectors.T, strict=True):
        best = names[np.argsort(-cosines, kind="stable")[:10]]
        gains = [1 / math.log2(place + 2) for place in range(10)]
        gain = sum(one for one, name in zip(gains, best, strict=True) if name in row["relevant"])
        reached.append(gain / sum(gains[: len(row["relevant"])]))
    return float(np.mean(reached))
