"""What the events of the chat do, over a real library: what they show, what they keep, what they refuse."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import gradio as gr
import pytest

from ingest.pipeline import ingest
from rag.assistant import Assistant
from rag.domain import Answer
from rag.settings import Settings
from ui import scope
from ui.access import Visitor
from ui.chat import Exchange
from ui.conversations import Conversations
from ui.feedback import FeedbackBox, Verdict
from ui.kept import Kept
from ui.limits import Pace
from ui.sign_in import Role
from ui.talk import Exchanges, Shown, Talk

STATION = """---
title: A station on the Moon
outlet: Lunar Times
published: 2024-11-20
---
Seventeen countries have joined the ILRS. China and Russia plan to finish the station by 2035.
"""
ILRS = "How many countries have joined the ILRS?"


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("talk")
    (folder / "station.md").write_text(STATION)
    with Assistant.open(Settings.from_env({"SPACE_POLICY_HOME": str(folder / "home")})) as opened:
        ingest([folder / "station.md"], opened.library)
        yield opened


class Reader:
    """One browser, and what it gets."""

    def __init__(self, assistant: Assistant, home: Path, name: str = "me", questions: int = 30) -> None:
        kept = Kept.of(home)
        self.conversations = Conversations(kept)
        self.box = FeedbackBox(kept)
        self.talk = Talk(assistant, Pace(questions), self.conversations, self.box)
        visitor = Visitor("127.0.0.1", name, Role.CURATOR)
        self.request = cast(gr.Request, SimpleNamespace(state=SimpleNamespace(visitor=visitor)))
        self.name = name

    def event(self, **data: object) -> gr.EventData:
        return gr.EventData(None, data)

    def ask(
        self, typed: str, exchanges: Exchanges = (), current: str = "", chosen: object = None, **data: object
    ) -> list[Shown]:
        async def collect() -> list[Shown]:
            asking = self.talk.ask(typed, exchanges, current, chosen, self.event(**data), self.request)
            return [shown async for shown in asking]

        return asyncio.run(collect())

    def do(self, name: str, /, *given: object, **data: object) -> Any:  # noqa: ANN401 - what the event gives
        return asyncio.run(getattr(self.talk, name)(*given, self.event(**data), self.request))

    def names(self) -> Sequence[str]:
        return [card.name for card in self.conversations.list(self.name)]


@pytest.fixture
def reader(assistant: Assistant, tmp_path: Path) -> Reader:
    return Reader(assistant, tmp_path)


def whole(exchange: Exchange) -> Answer:
    assert exchange.answer
    return exchange.answer


# Asking --------------------------------------------------------------------------------------------------------------


def test_a_question_is_shown_at_once_answered_and_kept(reader: Reader) -> None:
    first, *_, last = reader.ask(f" {ILRS} ")
    assert [one.question for one in cast(Exchanges, first[1])] == [ILRS]
    exchanges = cast(Exchanges, last[1])
    assert "Seventeen" in whole(exchanges[0]).text
    assert reader.conversations.open("me", cast(str, last[2])).exchanges == exchanges


def test_a_question_is_kept_before_it_is_answered_so_that_a_reload_finds_it_again(reader: Reader) -> None:
    async def leave_at_once() -> Shown:
        asking = reader.talk.ask(ILRS, (), "", None, reader.event(), reader.request)
        first = await anext(asking)
        await asking.aclose()
        return first

    begun = asyncio.run(leave_at_once())
    current = cast(str, begun[2])
    assert [one.question for one in reader.conversations.open("me", current).exchanges] == [ILRS]
    assert ILRS in cast(str, begun[5])
    shown: Shown = asyncio.run(reader.talk.open(current, reader.request))
    assert "stopped" in cast(list[str], shown[3])[0]
    reader.ask("", cast(Exchanges, shown[1]), current, question=ILRS, turn=1)
    assert "Seventeen" in whole(reader.conversations.open("me", current).exchanges[0]).text
    assert len(reader.names()) == 1


def test_an_empty_question_changes_nothing(reader: Reader) -> None:
    (shown,) = reader.ask("  ")
    assert all(part == gr.skip() for part in shown)


def test_a_question_asked_in_place_of_another_drops_what_came_after_it(reader: Reader) -> None:
    exchanges = tuple(Exchange(f"Question {number}", error="-", ended=True) for number in (1, 2, 3))
    *_, last = reader.ask("ignored", exchanges, question=ILRS, turn=2)
    assert [one.question for one in cast(Exchanges, last[1])] == ["Question 1", ILRS]


@pytest.mark.parametrize("turn", [0, 9, "1", None])
def test_a_place_that_is_none_is_the_end(reader: Reader, turn: object) -> None:
    *_, last = reader.ask("", (Exchange("Question 1", error="-", ended=True),), question=ILRS, turn=turn)
    assert [one.question for one in cast(Exchanges, last[1])] == ["Question 1", ILRS]


def test_a_conversation_goes_on_where_the_server_has_forgotten_it(reader: Reader) -> None:
    *_, last = reader.ask(ILRS)
    *_, next_one = reader.ask("When is it planned?", (), cast(str, last[2]))
    assert [one.question for one in cast(Exchanges, next_one[1])] == [ILRS, "When is it planned?"]
    assert len(reader.names()) == 1


def test_a_conversation_that_was_deleted_elsewhere_begins_anew(reader: Reader) -> None:
    *_, last = reader.ask(ILRS, (), "gone")
    assert [one.question for one in cast(Exchanges, last[1])] == [ILRS]


def test_a_scope_that_cannot_be_is_said_and_nothing_is_asked(reader: Reader) -> None:
    chosen = {**scope.empty(), "since": "2025-02-01", "until": "2025-01-01"}
    with pytest.warns(UserWarning, match="later than"):
        (shown,) = reader.ask(ILRS, chosen=chosen)
    assert all(part == gr.skip() for part in shown)


def test_who_asks_too_often_is_told_so(assistant: Assistant, tmp_path: Path) -> None:
    hasty = Reader(assistant, tmp_path, questions=1)
    hasty.ask(ILRS)
    with pytest.warns(UserWarning, match="Ask again in"):
        hasty.ask(ILRS)


def test_where_nothing_can_be_kept_the_answer_comes_all_the_same(assistant: Assistant, tmp_path: Path) -> None:
    file = tmp_path / "conversations.db"
    file.mkdir()
    reader = Reader(assistant, tmp_path)
    with pytest.warns(UserWarning, match="not kept now"):
        *_, last = reader.ask(ILRS)
    assert "Seventeen" in whole(cast(Exchanges, last[1])[0]).text
    assert last[2] == ""


# Keeping -------------------------------------------------------------------------------------------------------------


def test_what_is_stopped_is_kept_as_far_as_it_had_come(reader: Reader) -> None:
    shown = asyncio.run(reader.talk.stop((Exchange(ILRS),), "", reader.request))
    assert cast(Exchanges, shown[1])[0].ended
    assert reader.names() == [ILRS]


def test_who_leaves_an_answer_that_grows_finds_its_question_kept(reader: Reader) -> None:
    shown = reader.do("leave", (Exchange(ILRS),), "", do="fresh", id="")
    assert (shown[1], shown[2]) == ((), "")
    assert reader.names() == [ILRS]


def test_a_conversation_can_be_opened_named_and_deleted(reader: Reader) -> None:
    *_, last = reader.ask(ILRS)
    kept = cast(str, last[2])
    assert len(reader.do("leave", (), "", do="open", id=kept)[1]) == 1
    assert "Partners" in reader.do("rename", kept, id=kept, name="Partners")
    shown = reader.do("leave", last[1], kept, do="delete", id=kept)
    assert (shown[1], shown[2], reader.names()) == ((), "", [])


def test_deleting_another_conversation_leaves_the_open_one(reader: Reader) -> None:
    *_, one = reader.ask(ILRS)
    *_, other = reader.ask("When is it planned?")
    shown = reader.do("leave", other[1], other[2], do="delete", id=one[2])
    assert shown[2] == other[2]
    assert reader.names() == ["When is it planned?"]


@pytest.mark.parametrize(("what", "given"), [("leave", ((), "")), ("rename", ("",))])
def test_what_belongs_to_another_reader_cannot_be_touched(
    assistant: Assistant, tmp_path: Path, what: str, given: tuple[object, ...]
) -> None:
    mine, other = Reader(assistant, tmp_path), Reader(assistant, tmp_path, "other")
    *_, last = mine.ask(ILRS)
    with pytest.warns(UserWarning, match="no such conversation"):
        other.do(what, *given, do="delete", id=last[2], name="Theirs")
    assert mine.names() == [ILRS]


def test_a_page_that_is_loaded_again_shows_the_conversation_that_was_open(reader: Reader) -> None:
    *_, last = reader.ask(ILRS)
    shown = asyncio.run(reader.talk.open(cast(str, last[2]), reader.request))
    assert shown[1] == last[1]
    assert cast(scope.Scope, shown[-1])["all"] == ["Lunar Times"]


def test_a_page_that_is_loaded_fresh_takes_nothing_from_who_has_asked_already(reader: Reader) -> None:
    shown = asyncio.run(reader.talk.open("", reader.request))
    assert [part == gr.skip() for part in shown] == [True, True, True, True, True, False, False]


def test_a_new_conversation_offers_examples_from_the_collection(reader: Reader) -> None:
    shown = reader.do("leave", (), "", do="fresh", id="")
    assert "A station on the Moon" in cast(list[str], shown[3])[0]


# Feedback ------------------------------------------------------------------------------------------------------------


def test_a_verdict_is_kept_with_its_answer(reader: Reader, capsys: pytest.CaptureFixture[str]) -> None:
    *_, last = reader.ask(ILRS)
    reader.do("judge", last[1], last[2], turn=1, verdict="wrong_citation", comment=" Page 3. ")
    (found,) = reader.box.all()
    assert (found.verdict, found.comment, found.question) == (Verdict.WRONG_CITATION, "Page 3.", ILRS)


@pytest.mark.parametrize("sent", [{"turn": 2, "verdict": "right"}, {"turn": 1, "verdict": "odd"}, {}])
def test_a_verdict_on_nothing_is_not_kept(reader: Reader, sent: dict[str, object]) -> None:
    *_, last = reader.ask(ILRS)
    with pytest.warns(UserWarning, match="not here any more"):
        reader.do("judge", last[1], last[2], **sent)
    assert reader.box.all() == ()


def test_a_comment_that_is_too_long_is_said(reader: Reader) -> None:
    *_, last = reader.ask(ILRS)
    with pytest.warns(UserWarning, match="Shorten it"):
        reader.do("judge", last[1], last[2], turn=1, verdict="right", comment="x" * 5000)
