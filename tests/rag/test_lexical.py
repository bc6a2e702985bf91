"""The word index finds passages by stems, takes any text as a query, and can be thrown away."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import lexical
from rag.domain import ArticleCard, Passage
from rag.lexical import LexicalIndex, stems

CARD = ArticleCard("a", 1, "Lunar base", "Reuters", None, None, None)


def passage(name: str, text: str, article: str = "a") -> Passage:
    return Passage(name, article, 1, 0, len(text), text, None, None)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[LexicalIndex]:
    index = LexicalIndex.open(tmp_path, writable=True)
    yield index
    index.close()


def write(index: LexicalIndex, *passages: Passage) -> None:
    index.write(passages, [CARD] * len(passages), ())


def names(found: list[tuple[str, float]]) -> list[str]:
    return [name for name, _ in found]


def test_words_meet_by_their_stems_whatever_their_case_and_accents() -> None:
    assert stems("Réunions of the LAUNCHING states") == ["reunion", "of", "the", "launch", "state"]


def test_the_passage_with_the_rarer_word_comes_first(index: LexicalIndex) -> None:
    write(index, passage("1", "A treaty on debris."), passage("2", "A treaty on space."), passage("3", "A treaty."))
    assert names(index.best("debris treaty", 3))[0] == "1"


def test_words_of_the_title_count_too(index: LexicalIndex) -> None:
    write(index, passage("1", "Nothing of the kind."))
    assert names(index.best("lunar", 3)) == ["1"]


def test_a_word_of_another_name_counts_as_much_as_is_said(index: LexicalIndex) -> None:
    write(index, passage("1", "Junk is bad."), passage("2", "Debris is bad."), passage("3", "Wind is bad."))
    found = dict(index.best("debris", 3, names={"junk": 0.5}))
    assert found["1"] == pytest.approx(found["2"] / 2)
    assert set(found) == {"1", "2"}


@pytest.mark.parametrize(
    "query", ["Chang'e-6", 'an "open quote', "(is: AND", "text:[a TO", "", "   ", "🚀 ", "a" * 5000]
)
def test_any_text_is_a_query(index: LexicalIndex, query: str) -> None:
    write(index, passage("1", "Chang'e-6 is an open mission."))
    assert len(index.best(query, 3)) <= 1


def test_only_the_articles_given_are_searched(index: LexicalIndex) -> None:
    write(index, passage("1", "The Moon.", "a"), passage("2", "The Moon.", "b"))
    assert names(index.best("moon", 5, ["b"])) == ["2"]
    assert index.best("moon", 5, []) == []


def test_writing_twice_leaves_one(index: LexicalIndex) -> None:
    write(index, passage("1", "The Moon."))
    write(index, passage("1", "The Moon."))
    assert names(index.best("moon", 5)) == ["1"]


def test_a_reader_sees_what_the_owner_commits(index: LexicalIndex, tmp_path: Path) -> None:
    write(index, passage("1", "The Moon."))
    reader = LexicalIndex.open(tmp_path, writable=False)
    write(index, passage("2", "The Moon too."))
    assert set(names(reader.best("moon", 5))) == {"1", "2"}


def test_a_reader_of_an_index_that_is_not_there_finds_nothing(tmp_path: Path) -> None:
    assert LexicalIndex.open(tmp_path / "none", writable=False).best("moon", 5) == []


def test_a_reader_that_came_before_the_index_was_made_finds_what_is_in_it_then(tmp_path: Path) -> None:
    reader = LexicalIndex.open(tmp_path / "none", writable=False)
    assert reader.best("moon", 5) == []
    owner = LexicalIndex.open(tmp_path / "none", writable=True)
    assert reader.best("moon", 5) == []
    write(owner, passage("1", "The Moon."))
    owner.reached(1)
    assert names(reader.best("moon", 5)) == ["1"]
    write(owner, passage("2", "The Moon too."))
    assert set(names(reader.best("moon", 5))) == {"1", "2"}
    owner.close()


def test_a_damaged_index_is_made_anew(tmp_path: Path) -> None:
    index = LexicalIndex.open(tmp_path, writable=True)
    write(index, passage("1", "The Moon."))
    index.reached(7)
    index.close()
    next(tmp_path.glob("words-*/meta.json")).write_text("{")
    again = LexicalIndex.open(tmp_path, writable=True)
    assert (again.revision, again.best("moon", 5)) == (0, [])
    again.close()


def test_a_word_that_most_of_very_many_passages_have_is_not_looked_up(
    index: LexicalIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(index, *(passage(str(number), f"The tug {number} of the harbour.") for number in range(5)))
    assert len(index.best("the tug 3", 9)) == 5
    monkeypatch.setattr(lexical, "MANY", 2)
    assert names(index.best("the tug 3", 9)) == ["3"]
    assert len(index.best("the tug", 9)) == 5
