"""Answers made of quotes: exact, merged, whole enough to be read alone, refused where nothing answers."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from ingest.pipeline import ingest
from rag.assistant import Assistant
from rag.domain import Answer, Filters, Turn
from rag.errors import EmptyLibrary
from rag.prompts import REFUSAL
from rag.settings import Settings

ARTICLES = {
    "agency.md": """---
title: Lunar station grows
outlet: Agency
published: 2025-04-23
---
Seventeen countries have joined the lunar station, its chief designer said on Wednesday.

The station is to be finished by 2035. It will run on nuclear power.
""",
    "daily.md": """---
title: Partners of the lunar station
outlet: Daily
published: 2025-05-02
---
The chief designer said that seventeen countries have joined the lunar station.

Europe left the project because of the war.
""",
    "rules.txt": """Registration rules

Article 1
Each State shall keep a register of its space objects.

Article 2
The entry of a space object shall hold the following orbital parameters:

(a) nodal period;

(b) inclination;

(c) apogee and perigee.

Article 3
The register is open to the public.
""",
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder: Path = tmp_path_factory.mktemp("articles")
    for name, text in ARTICLES.items():
        (folder / name).write_text(text)
    (folder / "again.md").write_text(ARTICLES["agency.md"])
    with Assistant.open(replace(Settings.from_env(), home=folder / "home", model=None)) as assistant:
        assert len(ingest([folder], assistant.library).added) == 3
        yield assistant


def quotes(answer: Answer) -> list[str]:
    return [citation.quote for citation in answer.citations]


def test_each_quote_is_exact_and_each_mark_has_its_citation(assistant: Assistant) -> None:
    answer = assistant.answer("When is the station to be finished?")
    for citation in answer.citations:
        article = assistant.library.article(citation.article.id, version=citation.article.version)
        assert article.text[citation.start : citation.end] == citation.quote
    assert answer.text.startswith("The station is to be finished by 2035. [1]")
    assert answer.complete
    assert answer.mode == "quotes"


def test_what_two_sources_say_is_one_statement_with_both_citations(assistant: Assistant) -> None:
    answer = assistant.answer("How many countries have joined the lunar station?")
    first = answer.statements[0]
    assert len(first.citations) == 2
    assert {answer.citations[number - 1].article.outlet for number in first.citations} == {"Agency", "Daily"}
    assert answer.text.count("eventeen countries") == 1


def test_a_copy_is_named_and_not_quoted_again(assistant: Assistant) -> None:
    answer = assistant.answer("By when is the station to be finished?")
    assert len(answer.citations[0].also_in) == 1
    assert sum("2035" in quote for quote in quotes(answer)) == 1


def test_a_sentence_that_leans_on_the_one_before_brings_it_along(assistant: Assistant) -> None:
    answer = assistant.answer("Which power will the lunar station run on?")
    assert "The station is to be finished by 2035. It will run on nuclear power." in quotes(answer)


def test_an_announced_list_is_quoted_with_its_items(assistant: Assistant) -> None:
    answer = assistant.answer("Which orbital parameters does the entry of a space object hold?")
    assert any("perigee" in quote for quote in quotes(answer))
    assert not any("Article 3" in quote for quote in quotes(answer))


def test_what_nothing_answers_is_refused_with_the_nearest_misses(assistant: Assistant) -> None:
    answer = assistant.answer("How do I bake sourdough bread?")
    assert (answer.text, answer.abstained, answer.statements, answer.citations) == (REFUSAL, True, (), ())
    assert answer.hits


def test_a_follow_up_is_searched_for_with_its_subject(assistant: Assistant) -> None:
    history = [Turn("Why did Europe leave the lunar station?", "Europe left the project because of the war. [1]")]
    answer = assistant.answer("And by when is it to be finished?", history)
    assert "Europe" in answer.standalone_question
    assert any("2035" in quote for quote in quotes(answer))


def test_filters_hold_and_undated_articles_are_counted(assistant: Assistant) -> None:
    answer = assistant.answer("How many countries have joined?", filters=Filters(since=date(2025, 5, 1)))
    assert {citation.article.outlet for citation in answer.citations} == {"Daily"}
    assert answer.notices == ("1 article without a date was left out by the date filter.",)
    answer = assistant.answer("How many countries have joined?", filters=Filters(outlets=("Nobody",)))
    assert (answer.abstained, answer.hits) == (True, ())


def test_an_answer_grows_and_only_the_last_one_is_complete(assistant: Assistant) -> None:
    grown = list(assistant.stream("Who has joined the lunar station, and by when is it to be finished?"))
    assert [answer.complete for answer in grown] == [False] * (len(grown) - 1) + [True]
    assert all(later.text.startswith(earlier.text) for earlier, later in pairwise(grown))


@pytest.mark.parametrize("question", ["", "   ", "?", "!!! ???", "🚀", "the of and", "x" * 20_000])
def test_no_question_is_too_odd(assistant: Assistant, question: str) -> None:
    assert assistant.answer(question).complete


def test_an_empty_library_says_how_to_fill_it(tmp_path: Path) -> None:
    with (
        Assistant.open(replace(Settings.from_env(), home=tmp_path)) as empty,
        pytest.raises(EmptyLibrary, match="space-policy ingest"),
    ):
        empty.answer("Anything?")
