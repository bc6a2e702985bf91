"""The encoder of all-MiniLM-L6-v2 as an onnx graph, made from its weights."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from onnx import ModelProto

LAYERS = tuple(f"encoder.layer.{number}" for number in range(6))
HEADS = 12
FUSED = ("EmbedLayerNormalization", "MultiHeadAttention", "BiasGelu")  # operators of onnxruntime's own
DIMENSIONS = 384
LONGEST = 256  # word pieces of a text that are read, [CLS] and [SEP] among them

Floats = NDArray[np.float32]


def encoder_graph(weights: Mapping[str, Floats]) -> "ModelProto":
    """BERT's encoder, partly in onnxruntime's fused operators: pieces (1, t) int32 -> states (1, t, 384) float32.

    One text is all there is in a pass, so nothing is padded and there is no attention mask.
    """
    from onnx import TensorProto, helper, numpy_helper

    constants = _constants(weights)
    nodes = []

    def node(operator: str, inputs: list[str], *outputs: str, **options: float) -> str:
        domain = "com.microsoft" if operator in FUSED else ""
        made = helper.make_node(operator, inputs, outputs, outputs[0], domain=domain, **options)  # type: ignore[arg-type]  # attributes
        nodes.append(made)
        return outputs[0]

    def dense(inputs: str, block: str) -> str:
        product = node("MatMul", [inputs, f"{block}.weight"], f"{block}.product")
        return node("Add", [product, f"{block}.bias"], f"{block}.dense")

    def added(inputs: str, states: str, block: str) -> str:
        sums = node("Add", [dense(inputs, f"{block}.dense"), states], f"{block}.sum")
        # Of a channel of one: each state by itself. For 127 pieces 22 us, where SkipLayerNormalization takes 255.
        even = node("InstanceNormalization", [sums, "one", "zero"], f"{block}.even", epsilon=1e-12)
        scaled = node("Mul", [even, f"{block}.LayerNorm.weight"], f"{block}.scaled")
        return node("Add", [scaled, f"{block}.LayerNorm.bias"], f"{block}.states")

    tables = ["pieces", "", "words", "places", "", "embeddings.LayerNorm.weight", "embeddings.LayerNorm.bias"]
    embedded = node("EmbedLayerNormalization", tables, "embedded", "mask_index", epsilon=1e-12)  # both are mandatory
    states = node("Reshape", [embedded, "one a row"], "embedded rows")
    for layer in LAYERS:
        text = node("Reshape", [states, "one text"], f"{layer}.text")
        roles = [dense(text, f"{layer}.attention.self.{role}") for role in ("query", "key", "value")]
        heard = node("MultiHeadAttention", roles, f"{layer}.heard", num_heads=HEADS)
        heard = node("Reshape", [heard, "one a row"], f"{layer}.heard rows")
        states = added(heard, states, f"{layer}.attention.output")
        wide = node("MatMul", [states, f"{layer}.intermediate.dense.weight"], f"{layer}.wide")
        active = node("BiasGelu", [wide, f"{layer}.intermediate.dense.bias"], f"{layer}.active")
        states = added(active, states, f"{layer}.output")
    states = node("Reshape", [states, "one text"], "states")

    pieces = helper.make_tensor_value_info("pieces", TensorProto.INT32, [1, "t"])
    output = helper.make_tensor_value_info(states, TensorProto.FLOAT, [1, "t", DIMENSIONS])
    tensors = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "minilm", [pieces], [output], tensors)
    operators = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(graph, opset_imports=operators, ir_version=10)
    # Nothing is left to fuse. Without this mark the quantizer says through the root logger that something may be.
    helper.set_model_props(model, {"onnx.quant.pre_process": "onnxruntime.quant"})
    return model


def _constants(weights: Mapping[str, Floats]) -> dict[str, NDArray[np.generic]]:
    """The weights as the operators take them, matrices transposed; and the shapes between them."""
    constants: dict[str, NDArray[np.generic]] = {
        "words": weights["embeddings.word_embeddings.weight"],
        # Every piece is of segment 0, so the segment's vector is added to the places once and for all.
        "places": weights["embeddings.position_embeddings.weight"][:LONGEST]
        + weights["embeddings.token_type_embeddings.weight"][0],
        "one": np.ones(1, dtype=np.float32),
        "zero": np.zeros(1, dtype=np.float32),
        "one a row": np.array([-1, 1, DIMENSIONS]),
        "one text": np.array([1, -1, DIMENSIONS]),
    }
    for name, value in weights.items():
        if "LayerNorm" in name or ".attention.self." in name or (".dense." in name and not name.startswith("pooler")):
            constants[name] = np.ascontiguousarray(value.T)
    return constants
