"""Conversations are kept in a real file, come back whole, and cost at most a notice where that file fails."""

import json
import logging
import re
import sqlite3
import stat
import threading
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from rag.domain import Answer, ArticleCard, Citation, Filters, Hit, Passage, Statement, Support, Usage
from rag.errors import SpacePolicyError
from rag.prompts import REFUSAL
from ui.chat import Exchange
from ui.conversations import NAME_LENGTH, OUTDATED, Conversation, Conversations, UnknownConversation
from ui.exported import as_json, as_markdown
from ui.kept import Kept, NotKept

READER, OTHER = "r" * 32, "o" * 32
CARD = ArticleCard("a1", 2, "A base on the Moon", "Lunar Times", None, date(2025, 4, 23), "https://example.org/base")
COPY = replace(CARD, id="a2", outlet=None, published=None, url=None)
PASSAGE = Passage("a1.2.1", "a1", 2, 0, 32, "Seventeen countries have joined.", "Article II", 3)
ANSWER = Answer(
    question="How many?",
    standalone_question="How many countries?",
    text="Seventeen have joined. [1]",
    statements=(Statement("Seventeen have joined.", (1,), Support.VERIFIED, 0.9),),
    citations=(Citation(1, "Seventeen countries have joined.", 0, 32, PASSAGE, CARD, (COPY,)),),
    hits=(Hit(PASSAGE, CARD, 0.5, 1, None, (COPY,)),),
    abstained=False,
    mode="model",
    model="openai:m",
    filters=Filters(("Lunar Times",), since=date(2025, 1, 1), articles=("a1",)),
    notices=("1 article without a date was left out by the date filter.",),
    usage=Usage(10, 20),
    timings={"total": 1.25},
    complete=True,
)
ANSWERED = Exchange("How many?", ANSWER, ended=True)
FAILED = Exchange("And then?", error="The model did not answer.", ended=True)
PAYLOAD = "![x](https://evil.example/x.png) <img src=x onerror=alert(1)> [y](javascript:alert(1)) `c` # h"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "conversations.db"


@pytest.fixture
def kept(file: Path) -> Conversations:
    return Conversations(Kept(file))


def saved(kept: Conversations, *exchanges: Exchange, reader: str = READER) -> str:
    conversation = kept.save(reader, exchanges)
    assert conversation
    return conversation


# Keeping -------------------------------------------------------------------------------------------------------------


def test_a_conversation_comes_back_whole_after_a_restart(kept: Conversations, file: Path) -> None:
    conversation = saved(kept, ANSWERED, FAILED)
    found = Conversations(Kept(file)).open(READER, conversation)
    assert found.exchanges == (ANSWERED, FAILED)
    assert (found.id, found.name) == (conversation, "How many?")


def test_a_conversation_grows_and_keeps_its_name(kept: Conversations) -> None:
    conversation = saved(kept, ANSWERED)
    kept.rename(READER, conversation, "  The\n ILRS ")
    assert kept.save(READER, (ANSWERED, FAILED), conversation) == conversation
    (card,) = kept.list(READER)
    assert (card.name, card.questions, card.started <= card.changed) == ("The ILRS", 2, True)


def test_a_question_asked_once_more_replaces_what_came_of_it_and_after_it(kept: Conversations) -> None:
    conversation = saved(kept, ANSWERED, FAILED, ANSWERED)
    again = replace(ANSWERED, answer=replace(ANSWER, text="Eighteen."))
    kept.save(READER, (ANSWERED, again), conversation)
    assert kept.open(READER, conversation).exchanges == (ANSWERED, again)


def test_the_list_has_the_conversation_changed_last_first(kept: Conversations) -> None:
    first, second = saved(kept, ANSWERED), saved(kept, FAILED)
    assert [card.id for card in kept.list(READER)] == [second, first]
    kept.save(READER, (ANSWERED, FAILED), first)
    assert [card.id for card in kept.list(READER)] == [first, second]


def test_a_deleted_conversation_is_gone_from_the_file_too(kept: Conversations, file: Path) -> None:
    conversation = saved(kept, replace(ANSWERED, question="Unmistakable?"))
    assert b"Unmistakable?" in file.read_bytes()
    kept.delete(READER, conversation)
    assert kept.list(READER) == ()
    assert b"Unmistakable?" not in file.read_bytes()
    assert b"Seventeen" not in file.read_bytes()


def test_what_goes_on_in_a_deleted_conversation_is_kept_as_a_new_one(kept: Conversations) -> None:
    conversation = saved(kept, ANSWERED)
    kept.delete(READER, conversation)
    after = kept.save(READER, (ANSWERED, FAILED), conversation)
    assert after not in (None, conversation)
    assert [card.questions for card in kept.list(READER)] == [2]


def test_nobody_gets_at_what_another_browser_keeps(kept: Conversations) -> None:
    conversation = saved(kept, ANSWERED)
    assert kept.list(OTHER) == ()
    for act in (kept.open, kept.delete, lambda reader, one: kept.rename(reader, one, "Mine")):
        for reader in (OTHER, None):
            with pytest.raises(UnknownConversation, match="no such conversation"):
                act(reader, conversation)
    assert kept.save(OTHER, (FAILED,), conversation) != conversation
    assert kept.open(READER, conversation).exchanges == (ANSWERED,)


def test_without_a_cookie_or_a_question_nothing_is_kept(kept: Conversations, file: Path) -> None:
    assert kept.save(None, (ANSWERED,)) is None
    assert kept.save(READER, ()) is None
    assert kept.list(None) == ()
    assert kept.list(READER) == ()
    assert not file.exists()


def test_a_name_is_cut_and_cannot_be_empty(kept: Conversations) -> None:
    conversation = saved(kept, replace(ANSWERED, question="why " * 100))
    assert len(kept.list(READER)[0].name) == NAME_LENGTH
    with pytest.raises(SpacePolicyError, match="needs a name"):
        kept.rename(READER, conversation, " \n ")


def test_half_a_character_is_kept_as_a_question_mark(kept: Conversations) -> None:
    assert kept.open(READER, saved(kept, Exchange("a\ud83db", error="no", ended=True))).exchanges[0].question == "a?b"


def test_what_people_ask_is_readable_to_the_owner_of_the_file_alone(kept: Conversations, file: Path) -> None:
    saved(kept, ANSWERED)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_many_threads_keep_at_once(kept: Conversations, file: Path) -> None:
    def keep(number: int) -> None:
        mine = Conversations(Kept(file)) if number % 2 else kept
        conversation = mine.save(READER, [Exchange(f"{number}?", ANSWER, ended=True)])
        mine.save(READER, [Exchange(f"{number}?", ANSWER, ended=True), FAILED], conversation)

    threads = [threading.Thread(target=keep, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(card.name for card in kept.list(READER)) == sorted(f"{number}?" for number in range(12))
    assert {card.questions for card in kept.list(READER)} == {2}


def test_an_answer_of_another_version_says_so_and_the_others_are_shown(kept: Conversations, file: Path) -> None:
    conversation = saved(kept, ANSWERED, FAILED)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE exchange SET answer = ? WHERE number = 1", (json.dumps({"question": "How many?"}),))
    first, second = kept.open(READER, conversation).exchanges
    assert first == Exchange("How many?", error=OUTDATED, ended=True)
    assert second == FAILED


# Where the file fails ------------------------------------------------------------------------------------------------


def damage(file: Path) -> None:
    file.write_bytes(b"no database, and longer than the head of one would be: " * 100)


def damage_half(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    file.write_bytes(content)


def make_read_only(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[18] = 3  # a write version above 2 makes SQLite read only, whoever the user is
    file.write_bytes(content)


def make_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def make_newer(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 99")


@pytest.fixture(
    params=[
        pytest.param((damage, "it is damaged. Move the file away"), id="damaged"),
        pytest.param((damage_half, "it is damaged. Move the file away"), id="damaged beyond its first page"),
        pytest.param((make_read_only, "it cannot be written. Let this program"), id="read-only"),
        pytest.param((make_folder, "is a directory. See that it is a file"), id="a folder"),
        pytest.param((make_newer, "newer version of this program"), id="of a newer program"),
    ]
)
def failing(request: pytest.FixtureRequest, file: Path) -> tuple[Conversations, str]:
    """A store whose file fails, with why."""
    spoil, why = request.param
    saved(Conversations(Kept(file)), ANSWERED)
    spoil(file)
    return Conversations(Kept(file)), why


def test_a_file_that_fails_costs_one_notice_and_chatting_goes_on(
    failing: tuple[Conversations, str], file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept, why = failing
    with caplog.at_level(logging.WARNING):
        assert kept.save(READER, (ANSWERED,)) is None
        assert kept.save(READER, (ANSWERED, FAILED)) is None
    notice = kept.trouble(READER)
    assert notice
    assert why in notice
    assert str(file) in notice
    assert "\n" not in notice
    assert kept.trouble(READER) is None
    assert kept.trouble(OTHER) == notice
    assert len(caplog.records) == 1


def test_what_a_reader_asks_for_of_a_file_that_fails_is_refused_in_words(failing: tuple[Conversations, str]) -> None:
    kept, _ = failing
    with pytest.raises(NotKept):
        kept.delete(READER, "1234")


def test_a_file_that_is_mended_is_used_again(kept: Conversations, file: Path) -> None:
    damage(file)
    assert kept.save(READER, (ANSWERED,)) is None
    assert kept.list(READER) == ()
    file.unlink()
    assert kept.save(READER, (ANSWERED,))
    assert kept.trouble(OTHER) is None
    assert len(kept.list(READER)) == 1


def test_a_change_that_fails_midway_leaves_what_was(kept: Conversations, file: Path) -> None:
    conversation = saved(kept, ANSWERED)

    def fail() -> None:
        with Kept(file).writing() as connection:
            connection.execute("DELETE FROM exchange")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert kept.open(READER, conversation).exchanges == (ANSWERED,)


# As documents --------------------------------------------------------------------------------------------------------


def exported(kept: Conversations, *exchanges: Exchange) -> Conversation:
    return kept.open(READER, saved(kept, *exchanges))


def test_markdown_has_questions_answers_quotes_and_addresses(kept: Conversations) -> None:
    assert as_markdown(exported(kept, ANSWERED, FAILED)) == (
        "# How many?\n\n"
        "## How many?\n\n"
        "Seventeen have joined. [^1-1]\n\n"
        "[^1-1]: “A base on the Moon”, Lunar Times, 23 April 2025, p. 3, <https://example.org/base>"
        " — “Seventeen countries have joined.”\n\n"
        "1 article without a date was left out by the date filter.\n\n"
        "## And then?\n\n"
        "The model did not answer.\n"
    )


def test_markdown_says_what_is_not_verified_and_what_came_nearest(kept: Conversations) -> None:
    doubtful = replace(ANSWER, statements=(Statement("Ninety.", (), Support.UNSUPPORTED, 0.1),), notices=())
    refused = replace(ANSWER, text=REFUSAL, statements=(), citations=(), abstained=True, notices=())
    text = as_markdown(exported(kept, Exchange("a", doubtful, ended=True), Exchange("b", refused, ended=True)))
    assert "*No source supports:* “Ninety.”" in text
    assert "- A base on the Moon, Lunar Times, 23 April 2025 <https://example.org/base>" in text


def test_nothing_that_people_or_documents_say_is_markdown_in_a_document(kept: Conversations) -> None:
    card = replace(CARD, title=PAYLOAD, outlet=PAYLOAD, author=PAYLOAD, url=f"https://example.org/{PAYLOAD}")
    citation = replace(ANSWER.citations[0], quote=PAYLOAD, article=card)
    answer = replace(ANSWER, text=f"{PAYLOAD} [1]", citations=(citation,), hits=(Hit(PASSAGE, card, 1, 1, 1),))
    refused = replace(answer, citations=(), abstained=True)
    exchanges = (Exchange(PAYLOAD, answer, ended=True), Exchange(PAYLOAD, refused, PAYLOAD, ended=True))
    text = as_markdown(exported(kept, *exchanges))
    assert not re.search(r"(?<!\\)(?:!\[|<img|\[y\]\(|`|# h)", re.sub(r"<https://\S+>", "", text))
    assert text.count("\n# ") == 0


def test_json_has_the_nouns_under_their_field_names(kept: Conversations) -> None:
    found = json.loads(as_json(exported(kept, ANSWERED)))
    assert found["name"] == "How many?"
    citation = found["exchanges"][0]["answer"]["citations"][0]
    assert (citation["quote"], citation["article"]["url"], citation["article"]["published"]) == (
        "Seventeen countries have joined.",
        "https://example.org/base",
        "2025-04-23",
    )
