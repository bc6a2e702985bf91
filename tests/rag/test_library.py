"""The library as a whole: what is written is found, by both doors; what is broken off is taken back."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from ingest.resplit import reindex
from rag.catalog.rows import Draft
from rag.domain import Article, Filters, Passage
from rag.errors import LibraryOwned, LibraryReadOnly, ModelMismatch, UnknownArticle
from rag.library import STEPS, Library
from rag.minilm import MiniLM
from rag.retriever import Retriever
from rag.settings import Settings

TEXTS = {
    "moon": "The base on the Moon is planned by 2035. Seventeen countries have joined it.",
    "debris": "Spent rocket stages should be removed from orbit within five years.",
    "law": "A launching State is absolutely liable for damage on the surface of the Earth.",
}


class Killed(BaseException):
    """Stands for a process that ends between two steps."""


def draft(name: str, version: int = 1, text: str | None = None) -> Draft:
    text = text or TEXTS[name]
    article = Article(
        name, version, f"/{name}.txt", name.title(), "Reuters", None, date(2025, 1, 1), None, None, "en", text, text, {}
    )
    passage = Passage(f"{name}.{version}.1", name, version, 0, len(text), text, None, None)
    return Draft(article, (passage,), (((0, len(text)),),), "1")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(Settings.from_env(), home=tmp_path / "home", embedding="minilm")


@pytest.fixture
def library(settings: Settings) -> Iterator[Library]:
    with Library.open(settings) as library:
        library.add([draft(name) for name in TEXTS])
        yield library


def found(library: Library, question: str) -> list[str]:
    return [hit.passage.id for hit in Retriever(library).search(question)]


def test_each_passage_is_found_by_its_meaning_and_by_its_words(library: Library) -> None:
    best = Retriever(library).search("Who is responsible for harm on the ground?")[0]
    assert (best.passage.id, best.dense_rank) == ("law.1.1", 1)
    best = Retriever(library).search("rocket stages")[0]
    assert (best.passage.id, best.lexical_rank) == ("debris.1.1", 1)


def test_both_doors_of_dense_search_give_the_same_result(library: Library) -> None:
    vector = np.asarray(library.embedding.embed_query("lunar base"), dtype=np.float32)
    exact = library.nearest(vector, 3, Filters())
    library.use_chroma()
    assert library.wait_for_chroma(60)
    through_chroma = library.nearest(vector, 3, Filters())
    assert [name for name, _ in through_chroma] == [name for name, _ in exact]
    np.testing.assert_allclose([c for _, c in through_chroma], [c for _, c in exact], atol=1e-5)


def test_chroma_follows_what_is_written_while_it_is_open(library: Library) -> None:
    library.use_chroma()
    assert library.wait_for_chroma(60)
    library.add([draft("moon", 2, "The base on the Moon has been cancelled.")])
    vector = np.asarray(library.embedding.embed_query("base on the Moon"), dtype=np.float32)
    names = [name for name, _ in library.nearest(vector, 9, Filters())]
    assert names[0] == "moon.2.1"
    assert "moon.1.1" not in names


def test_chroma_that_opens_in_the_middle_of_a_write_misses_nothing(settings: Settings, library: Library) -> None:
    library.use_chroma()
    assert library.wait_for_chroma(60)
    library.close()
    opened: list[Library] = []

    def open_chroma(step: str) -> None:
        if step == "indexed":
            opened[0].use_chroma()
            assert not opened[0].wait_for_chroma(1)

    with Library.open(settings, on_step=open_chroma) as again:
        opened.append(again)
        again.add([draft("moon", 2, "The base on the Moon has been cancelled.")])
        assert again.wait_for_chroma(60)
        vector = np.asarray(again.embedding.embed_query("base on the Moon"), dtype=np.float32)
        assert again.nearest(vector, 1, Filters())[0][0] == "moon.2.1"


@pytest.mark.parametrize("step", STEPS)
def test_a_write_broken_off_after_any_step_loses_nothing_and_shows_no_half_article(
    settings: Settings, step: str
) -> None:
    def die(at: str) -> None:
        if at == step:
            raise Killed

    with Library.open(settings) as library:
        library.add([draft("moon")])
    broken = Library.open(settings, on_step=die)
    with pytest.raises(Killed):
        broken.add([draft("moon", 2, "The base on the Moon is planned by 2040."), draft("law")])
    broken.close()
    with Library.open(settings) as library:
        done = step in ("current", "dropped")  # reported or not: from here on the new version is the truth
        assert library.article("moon").version == (2 if done else 1)
        assert found(library, "When is the base on the Moon planned?")[0] == ("moon.2.1" if done else "moon.1.1")
        assert len(library.articles()) == (2 if done else 1)
        library.add([draft("debris")])
        assert found(library, "rocket stages in orbit")[0] == "debris.1.1"


def test_an_index_that_was_deleted_is_made_again(settings: Settings, library: Library) -> None:
    library.close()
    for file in (settings.home / "indexes").rglob("*"):
        if file.is_file():
            file.unlink()
    with Library.open(settings) as again:
        assert found(again, "rocket stages")[0] == "debris.1.1"


def test_removed_articles_are_found_no_more_and_their_text_stays(library: Library) -> None:
    (card,) = library.remove(["moon"])
    assert card.title == "Moon"
    assert "moon.1.1" not in found(library, "base on the Moon")
    assert library.article("moon", 1).text == TEXTS["moon"]
    with pytest.raises(UnknownArticle):
        library.remove(["moon"])


def test_nothing_is_embedded_twice(library: Library) -> None:
    calls: list[int] = []
    embedding = library.embedding

    class Counting:
        def __getattr__(self, name: str) -> object:
            return getattr(embedding, name)

        def embed_spans(self, texts: list[str], spans: object) -> object:
            calls.append(len(texts))
            return embedding.embed_spans(texts, spans)  # type: ignore[arg-type]

    library.__dict__["embedding"] = Counting()
    library.add([draft("moon", 2)])
    assert calls == []
    library.add([draft("moon", 3, "Another text.")])
    assert calls == [1]


def test_a_second_process_cannot_write_but_can_read(settings: Settings, library: Library) -> None:
    program = (
        "from dataclasses import replace; from pathlib import Path; import sys\n"
        "from rag.library import Library; from rag.settings import Settings\n"
        "settings = replace(Settings.from_env(), home=Path(sys.argv[1]))\n"
        "library = Library.open_to_write_or_read(settings)\n"
        "print(library.writable, len(library.articles()))\n"
        "Library.open(settings)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(settings.home)], capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["False", "3"]
    assert "writes to the library" in done.stderr
    with pytest.raises(LibraryOwned, match=r"Process \d+, started .* Stop it first"):
        Library.open(settings)


def test_a_library_opened_for_reading_refuses_to_write_and_names_the_owner(
    settings: Settings, library: Library
) -> None:
    with Library.open(settings, writable=False) as reader:
        with pytest.raises(LibraryOwned, match=r"Process \d+"):
            reader.add([draft("moon", 2)])
        library.close()
        with pytest.raises(LibraryReadOnly):
            reader.add([draft("moon", 2)])


def test_a_library_made_with_the_same_model_computed_otherwise_is_refused_with_the_cure(
    settings: Settings, library: Library, tmp_path: Path
) -> None:
    library.close()
    MiniLM.open(tmp_path, agreement=1.1)  # keeps fp32
    with Library.open(replace(settings, cache=tmp_path)) as again:
        with pytest.raises(ModelMismatch, match=r"int8; the same .*fp32\. .*anew: space-policy doctor --reindex$"):
            _ = again.embedding
        reindex(again)
        assert again.nearest(again.embedding.embed(["moon"])[0], 1, Filters())


def test_a_library_made_with_another_model_is_refused_with_both_names(settings: Settings, library: Library) -> None:
    library.close()
    other = replace(settings, embedding="openai:text-embedding-3-small", model_url="http://127.0.0.1:9/v1")
    with Library.open(other) as again, pytest.raises(ModelMismatch, match=r"minilm.*openai:text-embedding-3-small"):
        _ = again.embedding
