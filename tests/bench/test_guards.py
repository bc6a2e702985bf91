"""What must not grow with a library: counted, not timed, so that a busy machine changes nothing."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sql

from ingest.pipeline import BATCH, ingest
from rag.assistant import Assistant
from rag.domain import Filters
from rag.embedding import Embedding
from rag.library import Library
from rag.settings import Settings

QUESTION = "Which permit does the operator of a crane need?"
FACTS = (
    "The operator of a crane needs a permit of the port office.",
    "Cranes above forty metres carry a red lamp at night.",
    "A permit is given for two years and costs ninety crowns.",
    "The harbour master may close a quay in a storm.",
)
SMALL, LARGE = 6, 60


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("guards")


def documents(folder: Path, count: int, facts: int = len(FACTS)) -> list[Path]:
    made = []
    for number in range(count):
        text = " ".join(f"{FACTS[at % len(FACTS)][:-1]} in harbour {number} and {number + at}." for at in range(facts))
        file = folder / f"{number:03}.md"
        file.write_text(f"---\ntitle: Harbour {number}\ndate: 20{10 + number % 10}-05-01\n---\n{text}\n")
        made.append(file)
    return made


def filled(folder: Path, count: int) -> Settings:
    settings = replace(Settings.from_env(), home=folder / f"home-{count}", embedding="minilm", model=None)
    (folder / f"documents-{count}").mkdir()
    with Library.open(settings) as library:
        assert len(ingest(documents(folder / f"documents-{count}", count), library).added) == count
    return settings


@pytest.fixture(scope="module")
def small(folder: Path) -> Settings:
    return filled(folder, SMALL)


@pytest.fixture(scope="module")
def large(folder: Path) -> Settings:
    return filled(folder, LARGE)


@contextmanager
def counted(kind: str) -> Iterator[list[str]]:
    """The statements that begin so, of all databases, while it lasts."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().startswith(kind):
            seen.append(statement)

    sql.event.listen(sql.Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sql.event.remove(sql.Engine, "before_cursor_execute", note)


class Counted:
    """An embedding model that counts what it is asked."""

    def __init__(self, real: Embedding) -> None:
        self._real = real
        self.calls: list[int] = []  # texts in each

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)

    def embed_spans(self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]) -> object:
        self.calls.append(len(texts))
        return self._real.embed_spans(texts, spans)


def statements_of_a_question(settings: Settings, filters: Filters) -> int:
    with Assistant.open(settings, writable=False) as assistant:
        assistant.answer("What does a red lamp tell?", filters=filters)  # what is read once
        with counted("SELECT") as seen:
            assert not assistant.answer(QUESTION, filters=filters).abstained
    return len(seen)


@pytest.mark.parametrize(
    "filters",
    [pytest.param(Filters(), id="of all articles"), pytest.param(Filters(since=date(2012, 1, 1)), id="of a time")],
)
def test_a_question_asks_the_catalog_as_often_in_a_large_library_as_in_a_small_one(
    small: Settings, large: Settings, filters: Filters
) -> None:
    assert statements_of_a_question(small, filters) == statements_of_a_question(large, filters) <= 25


def test_a_question_goes_through_no_table_and_no_index_as_a_whole(large: Settings) -> None:
    """SQLite takes an index on "not removed" for a narrow one, and reads every passage by it."""
    with Assistant.open(large, writable=False) as assistant:
        assistant.answer("What does a red lamp tell?")
        with counted("SELECT") as seen:
            assistant.answer(QUESTION)
    engine = sql.create_engine(f"sqlite:///{large.home / 'catalog.db'}")
    with engine.connect() as connection:
        plans = {
            statement: [
                str(row[3])
                for row in connection.exec_driver_sql(
                    f"EXPLAIN QUERY PLAN {statement}", tuple("x" for _ in range(statement.count("?")))
                )
            ]
            for statement in seen
        }
    engine.dispose()
    through = [
        (step, statement)
        for statement, steps in plans.items()
        for step in steps
        if "ix_passages_removed" in step or "ix_passages_added" in step or "SCAN passages" in step
    ]
    assert not through


def test_documents_are_embedded_in_batches_and_each_batch_is_written_in_two_commits(folder: Path) -> None:
    """Staged, then made current."""
    settings = replace(Settings.from_env(), home=folder / "batches", embedding="minilm", model=None)
    (folder / "batched").mkdir()
    files = documents(folder / "batched", 12, facts=120)
    with Library.open(settings) as library:
        model = library.embedding = Counted(library.embedding)  # type: ignore[assignment, misc]
        with counted("BEGIN IMMEDIATE") as begun:
            ingest(files, library)
        passages = library.count()[1]
    assert sum(model.calls) == passages > BATCH
    assert len(model.calls) <= passages // BATCH + 1
    assert len(begun) == 2 * len(model.calls)


def test_what_has_not_changed_is_neither_embedded_nor_written(folder: Path, small: Settings) -> None:
    with Library.open(small) as library:
        model = library.embedding = Counted(library.embedding)  # type: ignore[assignment, misc]
        with counted("INSERT") as inserted, counted("UPDATE") as updated:
            report = ingest([folder / f"documents-{SMALL}"], library)
        assert len(report.unchanged) == SMALL
        assert (model.calls, inserted, updated) == ([], [], [])
