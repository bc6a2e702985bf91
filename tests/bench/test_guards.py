"""What must not grow with a library: counted, not timed, so that a busy machine changes nothing."""

import re
import threading
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
from rag.embedding import Embedding, Floats
from rag.library import Library
from rag.minilm import MiniLM
from rag.sentence_scores import CLOSELY
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
        if facts > len(FACTS):  # long ones are no copies of each other: to compare their words takes long
            text = re.sub(r"\b[a-z]{4,}\b", rf"\g<0>{number}", text)
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
    few, many = (statements_of_a_question(settings, filters) for settings in (small, large))
    # The sentences that the first question did not come to, and the passages that are found by their meaning alone.
    assert few <= many <= few + 2
    assert many <= 20


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
    files = documents(folder / "batched", 12, facts=80)
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


def test_a_question_embeds_each_text_once_in_few_passes(large: Settings) -> None:
    """The question, then the sentences that are looked at closely; nothing for the refusal."""
    with Assistant.open(large, writable=False) as assistant:
        assistant.answer("What does a red lamp tell?")
        model, calls = assistant.library.embedding, list[list[str]]()
        assert isinstance(model, MiniLM)
        embed = model.embed

        def noted(wanted: Sequence[str]) -> Floats:
            calls.append(list(wanted))
            return embed(wanted)

        model.embed = noted  # type: ignore[method-assign]
        assert not assistant.answer(QUESTION).abstained
    texts = [text for call in calls for text in call]
    assert len(texts) == len(set(texts))
    assert len(calls) <= 2
    assert sum(map(len, texts)) <= CLOSELY + 2 * len(QUESTION)


def test_the_owner_asks_the_catalog_less_often_than_a_reader_whom_another_process_may_surprise(large: Settings) -> None:
    """No other process can have all vectors made anew meanwhile."""
    counts = {}
    for writable in (False, True):
        with Assistant.open(large, writable=writable) as assistant:
            assistant.answer("What does a red lamp tell?")
            each = []
            for _ in range(3):  # the owner's other threads ask too, while an index is made
                with counted("SELECT value FROM facts") as seen:
                    assistant.answer(QUESTION)
                each.append(len(seen))
            counts[writable] = min(each)
    assert counts[True] < counts[False]
    assert counts[True] <= 5


def test_a_batch_is_embedded_while_the_one_before_it_is_written(folder: Path) -> None:
    """The first waits, staged, until the embedding of the second has begun; one after the other, it would not."""
    settings = replace(Settings.from_env(), home=folder / "overlap", embedding="minilm", model=None)
    (folder / "overlapping").mkdir()
    files = documents(folder / "overlapping", 12, facts=80)
    begun, waited = threading.Semaphore(0), list[bool]()

    def at_step(step: str) -> None:
        if step == "staged" and not waited:
            waited.append(begun.acquire(timeout=60) and begun.acquire(timeout=60))  # of the first batch and the second

    class Told(Counted):
        def embed_spans(self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]) -> object:
            begun.release()
            return super().embed_spans(texts, spans)

    with Library.open(settings, on_step=at_step) as library:
        library.embedding = Told(library.embedding)  # type: ignore[assignment, misc]
        assert len(ingest(files, library).added) == len(files)
    assert waited == [True]


def test_after_a_write_that_fails_nothing_more_is_written_and_what_befell_it_is_raised(folder: Path) -> None:
    settings = replace(Settings.from_env(), home=folder / "broken", embedding="minilm", model=None)
    (folder / "breaking").mkdir()
    files = documents(folder / "breaking", 20, facts=80)
    steps: list[str] = []

    def at_step(step: str) -> None:
        steps.append(step)
        if step == "staged" and steps.count("staged") == 2:
            raise OSError("the disk is full")

    with Library.open(settings, on_step=at_step) as library:
        with pytest.raises(OSError, match="the disk is full"):
            ingest(files, library)
        assert steps.count("dropped") == 1
        assert steps[-1] == "staged"
        taken = library.count()[0]
    with Library.open(settings) as library:
        assert library.count()[0] == taken > 0
