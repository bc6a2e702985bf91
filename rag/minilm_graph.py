"""The encoder of all-MiniLM-L6-v2 as an onnx graph, made from its weights."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from onnx import ModelProto

LAYERS = tuple(f"encoder.layer.{number}" for number in range(6))
HEADS = 12
DIMENSIONS = 384
LONGEST = 256  # word pieces of a text that are read, [CLS] and [SEP] among them

Floats = NDArray[np.float32]


def encoder_graph(weights: Mapping[str, Floats]) -> "ModelProto":
    """BERT's encoder in onnxruntime's fused operators: pieces (1, t) int32 -> states (1, t, 384) float32.

    One text is all there is in a pass, so nothing is padded and there is no attention mask.
    """
    from onnx import TensorProto, helper, numpy_helper

    nodes = []

    def node(operator: str, inputs: list[str], *outputs: str, **options: float) -> str:
        domain = "" if operator == "MatMul" else "com.microsoft"
        made = helper.make_node(operator, inputs, outputs, outputs[0], domain=domain, **options)  # type: ignore[arg-type]  # attributes
        nodes.append(made)
        return outputs[0]

    def added(inputs: str, states: str, block: str) -> str:
        dense = node("MatMul", [inputs, f"{block}.dense.weight"], f"{block}.dense")
        norm = [f"{block}.LayerNorm.weight", f"{block}.LayerNorm.bias"]
        parts = [dense, states, *norm, f"{block}.dense.bias"]
        return node("SkipLayerNormalization", parts, f"{block}.states", epsilon=1e-12)

    tables = ["pieces", "", "words", "places", "", "embeddings.LayerNorm.weight", "embeddings.LayerNorm.bias"]
    states = node("EmbedLayerNormalization", tables, "embedded", "mask_index", epsilon=1e-12)  # both are mandatory
    for layer in LAYERS:
        own = [f"{layer}.attention.self.weight", f"{layer}.attention.self.bias"]
        heard = node("Attention", [states, *own], f"{layer}.heard", num_heads=HEADS)
        states = added(heard, states, f"{layer}.attention.output")
        wide = node("MatMul", [states, f"{layer}.intermediate.dense.weight"], f"{layer}.wide")
        active = node("BiasGelu", [wide, f"{layer}.intermediate.dense.bias"], f"{layer}.active")
        states = added(active, states, f"{layer}.output")

    pieces = helper.make_tensor_value_info("pieces", TensorProto.INT32, [1, "t"])
    output = helper.make_tensor_value_info(states, TensorProto.FLOAT, [1, "t", DIMENSIONS])
    constants = [numpy_helper.from_array(value, name) for name, value in _constants(weights).items()]
    graph = helper.make_graph(nodes, "minilm", [pieces], [output], constants)
    operators = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(graph, opset_imports=operators, ir_version=10)
    # Nothing is left to fuse. Without this mark the quantizer says through the root logger that something may be.
    helper.set_model_props(model, {"onnx.quant.pre_process": "onnxruntime.quant"})
    return model


def _constants(weights: Mapping[str, Floats]) -> dict[str, Floats]:
    """The weights as the fused operators take them: matrices transposed, and query, key and value side by side."""
    constants = {
        "words": weights["embeddings.word_embeddings.weight"],
        # Every piece is of segment 0, so the segment's vector is added to the places once and for all.
        "places": weights["embeddings.position_embeddings.weight"][:LONGEST]
        + weights["embeddings.token_type_embeddings.weight"][0],
    }
    for layer in LAYERS:
        for part in ("weight", "bias"):
            own = [weights[f"{layer}.attention.self.{role}.{part}"].T for role in ("query", "key", "value")]
            constants[f"{layer}.attention.self.{part}"] = np.concatenate(own, axis=-1)
    for name, value in weights.items():
        if "LayerNorm" in name or (".dense." in name and not name.startswith("pooler")):
            constants[name] = np.ascontiguousarray(value.T)
    return constants
