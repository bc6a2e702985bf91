"""From a question to what the chat shows, over a fake assistant made of nouns."""

import asyncio
import json
import threading
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import cast

import pytest

from rag.assistant import Assistant
from rag.domain import Answer, Article, ArticleCard, Citation, Filters, Passage, Statement, Support, Turn
from rag.errors import EmptyLibrary, SpacePolicyError
from rag.settings import Settings
from ui.chat import (
    BROKEN,
    Exchange,
    ask,
    describe,
    ended,
    examples,
    leaving,
    read_filters,
    turns,
)
from ui.logs import REQUEST

CARD = ArticleCard("a1", 1, "A base on the Moon", "Lunar Times", None, date(2025, 4, 23), None)
PASSAGE = Passage("a1.1.1", "a1", 1, 0, 30, "Seventeen countries have joined", None, None)
CITATION = Citation(1, "Seventeen", 0, 9, PASSAGE, CARD)
STATEMENT = Statement("Seventeen have joined.", (1,), Support.VERIFIED, 0.9)
ANSWER = Answer(
    question="How many?",
    standalone_question="How many?",
    text="Seventeen have joined. [1]",
    statements=(STATEMENT,),
    citations=(CITATION,),
    hits=(),
    abstained=False,
    mode="quotes",
    model=None,
    filters=Filters(),
    notices=(),
    usage=None,
    timings={"total": 1.25},
    complete=True,
)


class FakeAssistant:
    """Streams the answers given, then raises what is given."""

    def __init__(self, *answers: Answer, error: Exception | None = None) -> None:
        self.answers = answers
        self.error = error
        self.closed = threading.Event()
        self.history: Sequence[Turn] = ()

    def stream(self, question: str, history: Sequence[Turn], filters: Filters) -> Iterator[Answer]:
        self.history = history
        try:
            yield from self.answers
            if self.error:
                raise self.error
        finally:
            self.closed.set()


def asking(fake: FakeAssistant, earlier: Sequence[Exchange] = ()) -> AsyncGenerator[Exchange, None]:
    return ask(cast(Assistant, fake), "How many?", earlier, Filters())


def asked(fake: FakeAssistant, earlier: Sequence[Exchange] = ()) -> list[Exchange]:
    async def collect() -> list[Exchange]:
        return [exchange async for exchange in asking(fake, earlier)]

    return asyncio.run(collect())


# Asking --------------------------------------------------------------------------------------------------------------


def test_the_question_shows_at_once_and_each_answer_replaces_the_one_before() -> None:
    part = replace(ANSWER, text="Seventeen", complete=False)
    grown = asked(FakeAssistant(part, ANSWER))
    assert [one.answer for one in grown] == [None, part, ANSWER, ANSWER]
    assert [one.ended for one in grown] == [False, False, False, True]


def test_leaving_takes_no_time_and_closes_the_stream_of_the_assistant_when_it_comes_back() -> None:
    class Waiting(FakeAssistant):
        """Waits between its answers, as for a model."""

        def stream(self, question: str, history: Sequence[Turn], filters: Filters) -> Iterator[Answer]:
            for answer in super().stream(question, history, filters):
                yield answer
                comes_back.wait(10)

    comes_back = threading.Event()
    fake = Waiting(replace(ANSWER, complete=False), ANSWER)

    async def leave() -> None:
        exchanges = asking(fake)
        while (await anext(exchanges)).answer is None:
            pass
        await asyncio.wait_for(exchanges.aclose(), 1)

    asyncio.run(leave())
    assert not fake.closed.is_set()
    comes_back.set()
    assert fake.closed.wait(10)


def test_the_assistant_is_told_earlier_questions_and_the_plain_text_of_their_answers() -> None:
    fake = FakeAssistant(ANSWER)
    asked(fake, [Exchange("How many?", ANSWER, ended=True), Exchange("Failed?", error="no", ended=True)])
    assert fake.history == (Turn("How many?", "Seventeen have joined. [1]"),)
    assert turns(()) == ()


def test_what_the_answering_thread_writes_down_has_the_id_of_the_request() -> None:
    class Noting(FakeAssistant):
        """Notes what a line of its log would say."""

        def stream(self, question: str, history: Sequence[Turn], filters: Filters) -> Iterator[Answer]:
            noted.append((REQUEST.get(), threading.current_thread().name))
            yield from super().stream(question, history, filters)

    noted: list[tuple[str, str]] = []
    token = REQUEST.set("abc")
    try:
        asked(Noting(ANSWER))
    finally:
        REQUEST.reset(token)
    assert noted == [("abc", "answer")]


def test_an_error_of_ours_is_said_in_its_own_words() -> None:
    *_, last = asked(FakeAssistant(error=EmptyLibrary("The library holds no articles. Add some.")))
    assert last.error == "The library holds no articles. Add some."


def test_any_other_error_is_logged_and_its_text_is_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    *_, last = asked(FakeAssistant(replace(ANSWER, complete=False), error=RuntimeError("SECRET")))
    assert last.error == BROKEN
    assert last.ended
    assert "SECRET" in caplog.text


# What leaves ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        pytest.param({}, "", id="nothing"),
        pytest.param(
            {"SPACE_POLICY_MODEL": "openai:gpt-5-mini"},
            "Questions and the passages found for them go to openai:gpt-5-mini at api.openai.com.",
            id="a chat model",
        ),
        pytest.param(
            {
                "SPACE_POLICY_EMBEDDING": "openai:small",
                "SPACE_POLICY_MODEL_URL": "http://me:password@models.example:9/v1",
            },
            "Questions and all articles go to openai:small at models.example.",
            id="embeddings, and no password is shown",
        ),
    ],
)
def test_what_leaves_the_machine_is_said(settings: dict[str, str], told: str) -> None:
    assert leaving(Settings.from_env(settings)) == told


def test_ending_a_conversation_ends_each_exchange() -> None:
    assert all(one.ended for one in ended([Exchange("a"), Exchange("b")]))


# The scope -----------------------------------------------------------------------------------------------------------


def test_the_scope_is_read_from_what_was_typed() -> None:
    expected = Filters(("Lunar Times",), date(2025, 1, 1), None)
    assert read_filters(["Lunar Times"], " 2025-01-01 ", "") == expected
    assert describe(expected) == "only Lunar Times, since 2025-01-01"
    assert describe(Filters()) == "all articles"


@pytest.mark.parametrize(
    ("since", "until", "message"),
    [
        pytest.param("23.4.2025", "", "“23.4.2025” is not a date. Write it as YYYY-MM-DD", id="not a date"),
        pytest.param("", "2025-02-30", "“2025-02-30” is not a date", id="no such day"),
        pytest.param("2025-02-01", "2025-01-01", "later than", id="the wrong way round"),
    ],
)
def test_a_scope_that_cannot_be_is_explained(since: str, until: str, message: str) -> None:
    with pytest.raises(SpacePolicyError, match=message):
        read_filters([], since, until)


# Examples ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FakeLibrary:
    """What examples are made from."""

    settings: Settings
    sources: tuple[str, ...]

    def articles(self) -> tuple[Article, ...]:
        return tuple(
            Article(str(number), 1, source, f"Title {number}", *(None,) * 5, "en", "", "", {})
            for number, source in enumerate(self.sources, 1)
        )


class Answering:
    """Refuses what it is told to refuse."""

    def __init__(self, corpus: Path, *sources: str, refused: str = "", model: str | None = None) -> None:
        self.library = FakeLibrary(Settings(home=corpus, cache=corpus, corpus=corpus, model=model), sources)
        self.refused = refused
        self.asked = 0

    def answer(self, question: str) -> Answer:
        self.asked += 1
        return replace(ANSWER, abstained=question == self.refused)


def offered(answering: Answering, most: int = 2) -> tuple[str, ...]:
    return examples(cast(Assistant, answering), most)


def write_questions(corpus: Path) -> None:
    questions = [
        {"question": "Written?", "answerable": True, "history": []},
        {"question": "Unanswerable?", "answerable": False, "history": []},
        {"question": "And then?", "answerable": True, "history": ["Before?"]},
        {"question": "Also written?", "answerable": True, "history": []},
    ]
    lines = "\n".join(map(json.dumps, questions))
    (corpus / "questions.jsonl").write_text(lines, encoding="utf-8")


def test_examples_are_the_questions_written_for_the_starter_collection_where_it_is_there(tmp_path: Path) -> None:
    write_questions(tmp_path)
    assert offered(Answering(tmp_path, str(tmp_path / "articles" / "a.md"))) == ("Written?", "Also written?")


def test_examples_over_other_articles_ask_about_their_titles(tmp_path: Path) -> None:
    write_questions(tmp_path)
    assert offered(Answering(tmp_path, "/elsewhere/a.md")) == ("What does “Title 1” say?",)
    assert offered(Answering(tmp_path)) == ()


def test_no_example_is_offered_that_would_be_refused(tmp_path: Path) -> None:
    answering = Answering(tmp_path, "/a", "/b", "/c", refused="What does “Title 1” say?")
    assert offered(answering) == ("What does “Title 2” say?", "What does “Title 3” say?")


def test_a_chat_model_is_not_asked_for_examples(tmp_path: Path) -> None:
    answering = Answering(tmp_path, "/a", "/b", "/c", model="openai:m")
    assert (len(offered(answering)), answering.asked) == (2, 0)
