"""Messages that ask for no fact, answered from leads, dates and the catalog; a real library, real vectors."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ingest.pipeline import ingest
from rag.assistant import Assistant
from rag.domain import Answer, Filters, Support, Turn
from rag.overview import WELCOME, WHICH_ONE
from rag.prompts import REFUSAL
from rag.settings import Settings

if TYPE_CHECKING:
    from model_server import ModelServer

ARTICLES = {
    "base.md": """---
title: A base on the Moon
outlet: Agency
published: 2025-04-23
---
Russia and China plan a base on the Moon by 2035, the agency's sources say.

It will be run by robots at first. The base will stand near the south pole of the Moon. Its first module is to fly in
2028 on a heavy rocket from the coast.

Nuclear power will keep the base warm through nights that last for two weeks. Seventeen countries have joined the base
project so far. Engineers in Moscow have tested the reactor that will supply the station with power.

Visitors like the canteen of the design bureau.
""",
    "nets.md": """---
title: Nets against old satellites
outlet: Daily News
published: 2024-11-02
---
A European company caught a dead satellite with a net on Saturday.

The company wants to sell the service to operators of large constellations.
""",
    "debris.md": """---
title: Debris grows
outlet: Daily News
published: 2025-06-01
---
The number of broken objects in orbit has doubled since 2010, a study says.

Space debris threatens every satellite in low orbit.
""",
    "treaty.txt": """Treaty of the harbour

The States Parties to this Treaty,

Recalling the importance of harbours,

Have agreed on the following:

Article 1
Each harbour shall be open to the ships of all States.

Article 2
The fee for a ship was set in March 1979 by the harbour masters of the coast.
""",
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder: Path = tmp_path_factory.mktemp("articles")
    for name, text in ARTICLES.items():
        (folder / name).write_text(text)
    (folder / "again.md").write_text(ARTICLES["base.md"])
    with Assistant.open(replace(Settings.from_env(), home=folder / "home", model=None)) as assistant:
        ingest([folder], assistant.library)
        yield assistant


def titles(answer: Answer) -> list[str]:
    return [citation.article.title for citation in answer.citations]


@pytest.mark.parametrize(
    "message",
    [
        "what's new",
        "What do you have on the Moon?",
        "Summarise A base on the Moon",
        "what happened in 2025",
        "list articles",
    ],
)
def test_every_statement_is_an_exact_quote(assistant: Assistant, message: str) -> None:
    answer = assistant.answer(message)
    assert answer.statements
    assert answer.complete
    assert not answer.abstained
    assert {statement.support for statement in answer.statements} == {Support.VERIFIED}
    for statement, citation in zip(answer.statements, answer.citations, strict=True):
        text = assistant.library.article(citation.article.id, version=citation.article.version).text
        assert text[citation.start : citation.end] == citation.quote
        assert citation.passage.start <= citation.start < citation.end <= citation.passage.end
        assert statement.citations == (citation.number,)
        assert statement.text == " ".join(citation.quote.split())
    assert answer.hits


def test_what_is_new_comes_newest_first_with_copies_as_one(assistant: Assistant) -> None:
    answer = assistant.answer("What's new?")
    assert titles(answer)[:3] == ["Debris grows", "A base on the Moon", "Nets against old satellites"]
    assert len(answer.citations) == 4
    assert len(answer.citations[1].also_in) == 1


def test_the_lead_is_the_first_sentence_that_stands_alone(assistant: Assistant) -> None:
    answer = assistant.answer("What's new?")
    quotes = {citation.article.title: citation.quote for citation in answer.citations}
    assert quotes["A base on the Moon"].startswith("Russia and China plan a base")
    assert "open to the ships" in quotes["Treaty of the harbour"]


def test_an_outlet_is_known_by_its_name(assistant: Assistant) -> None:
    answer = assistant.answer("latest from the daily news")
    assert titles(answer) == ["Debris grows", "Nets against old satellites"]
    assert answer.filters.outlets == ("Daily News",)
    answer = assistant.answer("latest from Nobody")
    assert answer.abstained
    assert "called “Nobody”" in answer.notices[0]


def test_what_happened_in_a_time_is_told_in_its_order(assistant: Assistant) -> None:
    answer = assistant.answer("What happened in 2025?")
    assert titles(answer) == ["A base on the Moon", "Debris grows"]
    assert (answer.filters.since, answer.filters.until) == (date(2025, 1, 1), date(2025, 12, 31))


def test_where_nothing_was_published_then_sentences_name_the_time(assistant: Assistant) -> None:
    answer = assistant.answer("What happened in March 1979?")
    assert [citation.quote for citation in answer.citations] == [
        "The fee for a ship was set in March 1979 by the harbour masters of the coast."
    ]
    assert assistant.answer("What happened in March 1962?").abstained


def test_a_topic_is_found_by_name_and_in_other_words(assistant: Assistant) -> None:
    assert titles(assistant.answer("What do you have on space debris?"))[0] == "Debris grows"
    assert "Debris grows" in titles(assistant.answer("Anything about junk in space?"))
    assert "nuclear power" in assistant.answer("list the articles about nuclear power").text.lower()


def test_of_what_the_library_has_nothing_it_says_so(assistant: Assistant) -> None:
    answer = assistant.answer("What do you have on sourdough bread?")
    assert (answer.text, answer.abstained, answer.statements) == (REFUSAL, True, ())


def test_a_summary_leads_with_the_lead_and_keeps_the_order_of_the_text(assistant: Assistant) -> None:
    answer = assistant.answer("Summarise “A base on the Moon”")
    assert 3 <= len(answer.statements) <= 5
    assert answer.statements[0].text.startswith("Russia and China plan a base")
    starts = [citation.start for citation in answer.citations]
    assert starts == sorted(starts)
    assert "canteen" not in answer.text
    assert not any(statement.text.startswith(("It ", "Its ")) for statement in answer.statements)


def test_this_article_is_the_one_in_the_scope_or_the_last_one_quoted(assistant: Assistant) -> None:
    nets = next(card for card in assistant.library.cards().values() if card.title.startswith("Nets"))
    scoped = assistant.answer("Summarise this article", filters=Filters(articles=(nets.id,)))
    assert set(titles(scoped)) == {nets.title}
    asked = assistant.answer("Who caught a dead satellite with a net?")
    history = [Turn(asked.question, asked.text), Turn("thanks", WELCOME)]
    assert set(titles(assistant.answer("summarise it", history))) == {nets.title}
    unknown = assistant.answer("Summarise this article")
    assert unknown.abstained
    assert unknown.notices == (WHICH_ONE,)


def test_a_greeting_tells_what_the_library_holds_and_claims_nothing_of_documents(assistant: Assistant) -> None:
    answer = assistant.answer("Hello!")
    assert (answer.abstained, answer.statements, answer.citations, answer.complete) == (False, (), (), True)
    assert "5 articles from 2 outlets: Agency (2), Daily News (2)" in answer.text
    assert "between 2024-11-02 and 2025-06-01, 1 without a date" in answer.text
    assert assistant.answer("What can you do?").text in answer.text


def test_articles_are_counted_in_the_scope_and_by_outlet(assistant: Assistant) -> None:
    assert "holds 2 articles" in assistant.answer("How many articles from Agency do you have?").text
    scoped = assistant.answer("how many articles do you have?", filters=Filters(since=date(2025, 5, 1)))
    assert "holds 1 article from 1 outlet" in scoped.text
    none = assistant.answer("how many articles do you have?", filters=Filters(outlets=("Nobody",)))
    assert none.text == "No article passes the filters."


def test_a_scope_and_a_message_narrow_together(assistant: Assistant) -> None:
    answer = assistant.answer("What happened in 2025?", filters=Filters(outlets=("Agency",)))
    assert titles(answer) == ["A base on the Moon"]
    answer = assistant.answer("Latest from Agency", filters=Filters(outlets=("Daily News",)))
    assert not any(citation.article.outlet == "Agency" for citation in answer.citations)


def test_a_question_of_fact_is_answered_as_ever(assistant: Assistant) -> None:
    answer = assistant.answer("hello, how many countries have joined the base project?")
    assert "Seventeen countries" in answer.text


def test_no_message_is_sent_to_a_chat_model(assistant: Assistant, server: "ModelServer") -> None:
    settings = replace(assistant.library.settings, model="openai:tiny", model_url=server.address)
    with Assistant.open(settings, writable=False) as writing:
        answers = [writing.answer(message) for message in ("hello", "What's new?", "Summarise A base on the Moon")]
    assert server.requests == []
    assert {(answer.mode, answer.model) for answer in answers} == {("quotes", None)}
