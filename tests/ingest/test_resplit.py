"""Another passage size or embedding model: the library is indexed anew from its own text, killed or not."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ingest.pipeline import ingest
from ingest.resplit import reindex, split_anew
from rag.catalog.rows import Draft
from rag.corrections import correct
from rag.domain import Article, Filters, Passage
from rag.errors import ModelMismatch, ModelRefused
from rag.examination import examine_library
from rag.library import STEPS, SWITCHING, Library
from rag.retriever import Retriever
from rag.settings import Settings

if TYPE_CHECKING:
    from embedding_server import EmbeddingServer

ABOUT = {
    "moon": "The base on the Moon has {} rooms for its crew, who stay there for {} days at a time.",
    "debris": "Spent rocket stages must leave their orbit {} within {} months of the end of the mission.",
    "law": "A launching State is liable for damage number {} on the surface of the Earth, article {} says.",
}


def text(name: str) -> str:
    return "\n\n".join(
        " ".join(ABOUT[name].format(n, n + 7) for n in range(part, part + 6)) for part in (0, 10, 20, 30)
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    for name in ABOUT:
        (folder / f"{name}.txt").write_text(f"About the {name}\n\n{text(name)}\n")
    return folder


@pytest.fixture
def settings(tmp_path: Path, embeddings: "EmbeddingServer") -> Settings:
    made = replace(Settings.from_env(), home=tmp_path / "home", starter=False, model=None)
    return replace(made, embedding="openai:one", model_url=embeddings.address, passage_pieces=200)


@pytest.fixture
def made(settings: Settings, folder: Path) -> Settings:
    """The settings of a library of three articles."""
    with Library.open(settings) as library:
        assert len(ingest([folder], library).added) == len(ABOUT)
    return settings


def finds_each(library: Library) -> None:
    """By meaning and by words, in passages that say what their article says there."""
    for name in ABOUT:
        question = ABOUT[name].format(12, 19)
        hits = Retriever(library).search(question, limit=3)
        assert [hit.article.title for hit in hits] == [f"About the {name}"] * len(hits)
        for hit in hits:
            article = library.article(hit.article.id, hit.passage.version)
            assert article.text[hit.passage.start : hit.passage.end] == hit.passage.text
        vector = Retriever(library).vector(question)
        assert library.nearest(vector, 1, Filters())[0][0].split(".")[0] == hits[0].article.id


def sound(settings: Settings) -> None:
    assert [finding for finding in examine_library(settings) if not finding.ok] == []


def sizes(library: Library) -> list[int]:
    return [len(passage.text) for card in library.cards().values() for passage in library.passages_of(card)]


# Another passage size


def test_an_ingest_with_another_passage_size_splits_the_librarys_text_and_reads_no_file(
    made: Settings, folder: Path
) -> None:
    with Library.open(made) as library:
        before = {article.source: article for article in library.articles()}
        largest = max(sizes(library))
    for file in folder.iterdir():  # same size and time, so not looked into
        time, size = file.stat().st_mtime_ns, file.stat().st_size
        file.write_bytes(b"\0" * size)
        os.utime(file, ns=(time, time))
    with Library.open(replace(made, passage_pieces=60)) as library:
        assert len(ingest([folder], library).updated) == len(ABOUT)
        assert max(sizes(library)) < largest / 2
        for article in library.articles():
            old = before[article.source]
            assert article == replace(old, version=2)
            assert library.article(article.id, 1) == old
        finds_each(library)
        assert len(ingest([folder], library).unchanged) == len(ABOUT)
    sound(made)


def test_what_is_embedded_of_a_passage_is_not_embedded_twice(
    made: Settings, folder: Path, embeddings: "EmbeddingServer"
) -> None:
    short = folder / "short.txt"
    short.write_text("A short one\n\nThis article fits into one passage whatever the setting says about it.\n")
    with Library.open(made) as library:
        ingest([folder], library)
    embeddings.texts.clear()
    with Library.open(replace(made, passage_pieces=60)) as library:
        report = ingest([folder], library)
        assert ([card.title for card in report.unchanged], len(report.updated)) == (["A short one"], len(ABOUT))
        assert not any("whatever the setting" in sent for sent in embeddings.texts)
        library.embedding.embed(["x"])
    embeddings.texts.clear()
    with Library.open(made) as library:
        assert len(ingest([folder], library).updated) == len(ABOUT)
    assert embeddings.texts == []


def test_reindex_splits_articles_whose_documents_are_gone_and_keeps_what_is_known_of_them(
    made: Settings, folder: Path
) -> None:
    with Library.open(made) as library:
        copy = folder / "moon-again.txt"
        copy.write_text((folder / "moon.txt").read_text().replace("About the moon", "Of the moon"))
        (card,) = ingest([copy], library).copies
        correct(library, card.id, outlet="Lunar Times", published=date(2025, 4, 23))
        notes = {known.source: (known.size, known.modified) for known in library.known()}
    shutil.rmtree(folder)
    with Library.open(replace(made, passage_pieces=60)) as library:
        done = reindex(library)
        assert (done.model_before, done.articles, done.split) == (None, 4, 4)
        article = library.article(card.id)
        assert (article.version, article.outlet, article.published) == (3, "Lunar Times", date(2025, 4, 23))
        assert [one.field for one in library.corrections(card.id)] == ["outlet", "published"]
        assert [len(group) for group in library.copies([card.id], Filters()).values()] == [2]
        assert notes == {known.source: (known.size, known.modified) for known in library.known()}
        assert reindex(library).split == 0
    sound(made)


def test_of_a_page_that_began_within_a_passage_the_page_before_is_said() -> None:
    sentence = "The treaty entered into force on the tenth of October of that year. "
    written = (sentence * 12).strip()
    article = Article("a", 1, "/a.pdf", "A", None, None, None, None, None, "en", written, "a", {})
    cut = written.index("The", len(written) // 2)
    passages = (
        Passage("a.1.1", "a", 1, 0, cut - 1, written[: cut - 1], None, 1),
        Passage("a.1.2", "a", 1, cut, len(written), written[cut:], None, 3),
    )
    settings = replace(Settings.from_env(), passage_pieces=40)
    new = split_anew(
        Draft(article, passages, ((), ()), "1.1.200"), lambda texts: [len(one) // 4 for one in texts], settings
    )
    assert new
    assert {one.page for one in new.passages if one.start < cut} == {1}
    assert {one.page for one in new.passages if one.start >= cut} == {3}
    assert new.cleaner == "1.1.40"


# Another model


@pytest.mark.parametrize("model", ["two", "wide"])
@pytest.mark.parametrize("chroma", [False, True], ids=["exact", "with Chroma"])
def test_with_another_model_all_vectors_are_made_anew_from_the_librarys_text(
    made: Settings, folder: Path, model: str, chroma: bool
) -> None:
    if chroma:
        with Library.open(made) as library:
            library.use_chroma()
            assert library.wait_for_chroma(60)
    shutil.rmtree(folder)
    other = replace(made, embedding=f"openai:{model}")
    with Library.open(other) as library:
        if chroma:
            library.use_chroma()
            assert library.wait_for_chroma(60)
        with pytest.raises(ModelMismatch, match=rf"openai:one.*openai:{model}.*space-policy doctor --reindex"):
            Retriever(library).search("base on the Moon")
        assert reindex(library).model_before == "openai:one"
        finds_each(library)
        assert not chroma or library.wait_for_chroma(60)
        finds_each(library)
    with Library.open(other) as library:
        library.use_chroma()
        assert library.wait_for_chroma(60)
        finds_each(library)
    sound(other)
    with Library.open(made, writable=False) as reader, pytest.raises(ModelMismatch):
        Retriever(reader).search("base on the Moon")


def test_removed_and_past_versions_come_back_with_the_new_models_vectors(made: Settings) -> None:
    with Library.open(made) as library:
        (law,) = [article.id for article in library.articles() if "law" in article.title]
        library.remove([law])
    with Library.open(replace(made, embedding="openai:two")) as library:
        reindex(library)
        library.restore([law])
        finds_each(library)


class Killed(BaseException):
    """Stands for a process that ends between two steps."""


def killed_at(step: str) -> Callable[[str], None]:
    def die(at: str) -> None:
        if at == step:
            raise Killed

    return die


@pytest.mark.parametrize("step", [*SWITCHING, *STEPS])
def test_broken_off_after_any_step_nothing_is_lost_and_no_two_models_are_mixed(made: Settings, step: str) -> None:
    other = replace(made, embedding="openai:two", passage_pieces=60)
    broken = Library.open(other, on_step=killed_at(step))
    with pytest.raises(Killed):
        reindex(broken)
    broken.close()
    now, not_now = (made, other) if step == "reembedded" else (other, made)
    with Library.open(now, writable=False) as reader:
        finds_each(reader)
    with Library.open(not_now) as library, pytest.raises(ModelMismatch):
        Retriever(library).search("base on the Moon")
    sound(now)
    with Library.open(other) as library:
        reindex(library)
        finds_each(library)
    sound(other)


def test_what_was_embedded_before_a_kill_is_not_embedded_again(made: Settings, embeddings: "EmbeddingServer") -> None:
    other = replace(made, embedding="openai:two")
    embeddings.texts.clear()
    broken = Library.open(other, on_step=killed_at("reembedded"))
    with pytest.raises(Killed):
        reindex(broken)
    broken.close()
    assert embeddings.texts
    embeddings.texts.clear()
    with Library.open(other) as library:
        reindex(library)
    assert embeddings.texts == []


def test_a_model_that_fails_leaves_the_library_as_it_was_and_back_at_the_old_one_nothing_remains(
    made: Settings, embeddings: "EmbeddingServer"
) -> None:
    size = vectors(made)
    embeddings.broken.set()
    with Library.open(replace(made, embedding="openai:two")) as library, pytest.raises(ModelRefused):
        reindex(library)
    embeddings.broken.clear()
    broken = Library.open(replace(made, embedding="openai:wide"), on_step=killed_at("reembedded"))
    with pytest.raises(Killed):
        reindex(broken)
    broken.close()
    sound(made)
    with Library.open(made) as library:
        finds_each(library)
    assert vectors(made) == size


def vectors(settings: Settings) -> int:
    with sqlite3.connect(settings.home / "catalog.db") as connection:
        return int(connection.execute("SELECT count(*) FROM vectors").fetchone()[0])


def test_readers_are_answered_by_the_old_vectors_until_the_new_ones_are_there_and_refused_then(made: Settings) -> None:
    reader = Library.open(made, writable=False)
    finds_each(reader)
    other = replace(made, embedding="openai:two")
    library = Library.open(other, on_step=lambda step: finds_each(reader) if step == "reembedded" else None)
    reindex(library)
    library.close()
    with pytest.raises(ModelMismatch):
        Retriever(reader).search("base on the Moon")
    with pytest.raises(ModelMismatch):
        reader.nearest(np.ones(24, dtype=np.float32) / np.sqrt(24).astype(np.float32), 1, Filters())
    reader.close()
