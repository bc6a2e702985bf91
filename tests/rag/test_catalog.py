"""The catalog: what is written is there, what is staged is not seen, what is removed can still be read."""

import sqlite3
import threading
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from rag.catalog.rows import Draft, Embedded, SentenceVectors
from rag.catalog.store import Catalog
from rag.domain import Article, Filters, Passage
from rag.errors import LibraryDamaged, LibraryReadOnly, UnknownArticle


def draft(name: str = "a", version: int = 1, text: str = "The Moon is far. It is grey.", **facts: object) -> Draft:
    article = Article(
        id=name,
        version=version,
        source=f"/articles/{name}.txt",
        title=f"Title {name}",
        outlet="Reuters",
        author=None,
        published=date(2025, 4, 23),
        updated=None,
        url=None,
        language="en",
        text=text,
        sha256=f"bytes of {text}",
        found={"title": "first line"},
    )
    passage = Passage(f"{name}.{version}.1", name, version, 0, len(text), text, None, None)
    return Draft(replace(article, **facts), (passage,), (((0, len(text)),),), "1.1.200")


def embedded(key: str) -> Embedded:
    vector = np.eye(1, 4, dtype=np.float32)
    return Embedded(key, vector[0], SentenceVectors(np.array([[0, 16], [17, 28]]), np.repeat(vector, 2, axis=0)))


def write(catalog: Catalog, *drafts: Draft) -> None:
    keys = {passage.id: f"key {passage.text}" for one in drafts for passage in one.passages}
    catalog.stage(drafts, keys, [embedded(key) for key in keys.values()])
    catalog.make_current(drafts)


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog.open(tmp_path / "catalog.db")


def test_what_is_written_is_read_back_field_by_field(catalog: Catalog) -> None:
    one = draft()
    write(catalog, one)
    assert catalog.article("a") == one.article
    assert catalog.articles(Filters()) == (one.article,)
    assert catalog.passages(["a.1.1"]) == {"a.1.1": (one.passages[0], one.article.card)}


def test_a_staged_version_is_seen_by_nobody_and_can_be_taken_back(catalog: Catalog) -> None:
    one = draft()
    catalog.stage([one], {"a.1.1": "key"}, [embedded("key")])
    assert catalog.articles(Filters()) == ()
    assert catalog.passages(["a.1.1"]) == {}
    assert catalog.discard_staged() == ("a.1.1",)
    assert catalog.known() == ()
    write(catalog, one)
    assert catalog.count() == (1, 1)


def test_a_new_version_replaces_the_old_one_in_searches_and_keeps_it_readable(catalog: Catalog) -> None:
    write(catalog, draft())
    write(catalog, draft(version=2, text="The Moon is near."))
    assert catalog.article("a").text == "The Moon is near."
    assert catalog.article("a", 1).text == "The Moon is far. It is grey."
    assert list(catalog.passages(["a.1.1", "a.2.1"])) == ["a.2.1"]
    assert catalog.removed_since(1) == ["a.1.1"]


def test_a_removed_article_is_in_no_search_but_its_version_stays(catalog: Catalog) -> None:
    write(catalog, draft())
    catalog.remove(["a"])
    assert catalog.count() == (0, 0)
    assert catalog.article("a", 1).title == "Title a"
    with pytest.raises(UnknownArticle, match="space-policy articles"):
        catalog.article("a")


def test_the_same_input_has_one_vector(catalog: Catalog) -> None:
    write(catalog, draft("a"), draft("b"))
    assert catalog.known_keys(["key The Moon is far. It is grey.", "another"]) == {"key The Moon is far. It is grey."}
    passages, articles, vectors = catalog.vectors()
    assert (passages, articles, vectors.shape) == (["a.1.1", "b.1.1"], ["a", "b"], (2, 4))


def test_sentence_vectors_come_back_nearly_as_they_went_in(catalog: Catalog) -> None:
    write(catalog, draft())
    found = catalog.sentences(["a.1.1"])["a.1.1"]
    assert found.spans.tolist() == [[0, 16], [17, 28]]
    np.testing.assert_allclose(found.vectors, np.repeat(np.eye(1, 4), 2, axis=0), atol=0.01)


@pytest.mark.parametrize(
    ("filters", "passing"),
    [
        pytest.param(Filters(), ["b", "a", "c"], id="nothing filtered: newest first, undated last"),
        pytest.param(Filters(outlets=("Xinhua",)), ["b"], id="one outlet"),
        pytest.param(Filters(since=date(2025, 4, 23), until=date(2025, 4, 23)), ["a"], id="both days inclusive"),
        pytest.param(Filters(since=date(2025, 4, 24)), ["b"], id="an undated article passes no date filter"),
        pytest.param(Filters(articles=("c", "a")), ["a", "c"], id="chosen articles"),
    ],
)
def test_filters(catalog: Catalog, filters: Filters, passing: list[str]) -> None:
    write(catalog, draft("a"), draft("c", published=None))
    write(catalog, draft("b", published=date(2026, 1, 1), outlet="Xinhua"))
    assert [article.id for article in catalog.articles(filters)] == passing
    assert set(catalog.cards(filters)) == set(passing)


def test_undated_articles_that_a_date_filter_leaves_out_are_counted(catalog: Catalog) -> None:
    write(catalog, draft("a"), draft("b", published=None))
    assert catalog.undated(Filters(since=date(2000, 1, 1))) == 1
    assert catalog.undated(Filters(outlets=("Reuters",))) == 0


def test_near_identical_articles_know_each_other_earliest_first(catalog: Catalog) -> None:
    alike = [draft("a"), draft("b", published=date(2024, 1, 1))]
    write(catalog, *(replace(one, group="a", signature=b"sig") for one in alike), draft("c", text="Another text."))
    same = catalog.copies(["a", "c"], Filters())
    assert [card.id for card in same["a"]] == ["b", "a"]
    assert [card.id for card in same["c"]] == ["c"]
    assert [card.id for card in catalog.copies(["b"], Filters(since=date(2025, 1, 1)))["b"]] == ["a"]
    assert catalog.signatures() == [("a", "a", b"sig"), ("b", "a", b"sig")]


def test_many_ids_need_not_fit_into_one_statement(catalog: Catalog) -> None:
    write(catalog, *(draft(f"n{number}", text=f"Text {number}.") for number in range(1200)))
    assert len(catalog.passages([f"n{number}.1.1" for number in range(1200)])) == 1200
    assert sum(len(passages) for passages, _, _ in catalog.added_since(0)) == 1200


def test_four_threads_lose_no_revision(catalog: Catalog) -> None:
    write(catalog, *(draft(f"t{number}", text=f"Text {number}.") for number in range(40)))
    threads = [
        threading.Thread(target=lambda part=part: [catalog.remove([f"t{part * 10 + one}"]) for one in range(10)])
        for part in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert catalog.revision == 41
    assert catalog.count() == (0, 0)


def test_a_catalog_opened_for_reading_does_not_write(catalog: Catalog, tmp_path: Path) -> None:
    reader = Catalog.open(tmp_path / "catalog.db", writable=False)
    with pytest.raises(LibraryReadOnly):
        reader.remove(["a"])


def test_a_file_that_is_no_catalog_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "catalog.db").write_bytes(b"this is not a database " * 100)
    with pytest.raises(LibraryDamaged, match=r"cannot be read .*Restore it"):
        Catalog.open(tmp_path / "catalog.db")


def test_a_catalog_of_a_newer_program_is_refused(catalog: Catalog, tmp_path: Path) -> None:
    catalog.close()
    with sqlite3.connect(tmp_path / "catalog.db") as connection:
        connection.execute("UPDATE facts SET value = '99' WHERE name = 'schema'")
    connection.close()
    with pytest.raises(LibraryDamaged, match="schema 99"):
        Catalog.open(tmp_path / "catalog.db")
