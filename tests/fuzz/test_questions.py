"""Questions of any kind: what they ask for is told, or nothing is; an answer says only what stands in an article."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from fuzzing import MARKUP, ODD, WORDS, fuzz, made_of, pieces
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.pipeline import ingest
from rag.assistant import Assistant
from rag.domain import Filters, Turn, to_json
from rag.messages import read_message
from rag.periods import first_day_in, period, words_of
from rag.prompts import REFUSAL
from rag.provisions import in_roman, numerals, provisions
from rag.quantities import quantity
from rag.question import read
from rag.rewrite import standalone
from rag.settings import Settings
from rag.spelling import edits, spelled
from rag.windows import window

ASKING = pieces(
    """
    what | who | when | how many | how much | in | since | before | after | between | and | or | until | the last
    few | two | 99999999999 | 0 | days | weeks | months | years | decades | in 2025 | 2025 | 0001 | 9999 | 10000
    31 February 2025 | April | last month | this year | yesterday | next week | the 1990s | 21st century | Q3 2024
    spring | “ | ” | About “ | ”:  | Article | Articles | Article IV | MMMM | Guideline B.4 | section 51303(a)
    paragraph | Principle | article 99999999999999999999 | compare | versus | difference between | a) x b) y
    Summarise | Give me an overview of | hello | thanks | What about | And the | It | they | million | per cent | $
    € | kilometres | ILRS | Wolf Amendmant | statoin | ? | ?? | . | ! | NOT | not
""",
    " | ",
)
QUESTIONS = made_of(ASKING, WORDS, ODD, MARKUP, most=14)
DAYS = st.dates()
MONTHS = ("ILRS", "Wolf Amendment", "station", "Who leads the ILRS?", "How many countries have joined the ILRS?")
ARTICLES = {
    "station.md": "---\ntitle: A station on the Moon\noutlet: Lunar Times\npublished: 2024-11-20\n---\n"
    "China and Russia plan to finish the International Lunar Research Station (ILRS) by 2035.\n\n"
    "Seventeen countries have joined the ILRS. <b>It</b> costs $3,5 million [1].\n",
    "wolf.md": "---\ntitle: What the Wolf Amendment forbids\noutlet: Example Wire\npublished: 2025-04-23\n---\n"
    "Article I\n\nThe Wolf Amendment has prohibited NASA from cooperation with China since 2011.\n\n"
    "Article II\n\nCongress renews it each year; no Party may own the Moon.\n",
}


@fuzz()
@given(QUESTIONS, DAYS)
@example("the last 99999999999 years", date(2025, 4, 23))
@example("since the last 9999 decades", date.min)
@example("before 0001", date.max)
@example("after 9999-12-31", date.max)
def test_a_time_has_a_beginning_before_its_end(question: str, today: date) -> None:
    for found in (period(question, today), period(f"{question} ", today)):
        if found:
            since, until = found
            assert since is None or until is None or since <= until
            assert words_of(since, until)
    told = window(question, today)
    if told:
        assert told.when
    message = read_message(question, today)
    if message and message.since and message.until:
        assert message.since <= message.until


@fuzz()
@given(st.sampled_from(ASKING), st.sampled_from(ASKING), st.integers(), st.sampled_from(ASKING), DAYS)
def test_a_rolling_time_of_any_length(one: str, other: str, number: int, unit: str, today: date) -> None:
    for text in (
        f"{one} {number} {unit}",
        f"{one} {other} {number} {unit}?",
        f"What happened in {one} {other} {number}?",
    ):
        period(text, today)
        window(text, today)
        read_message(text, today)


@fuzz()
@given(QUESTIONS, st.dates() | st.none(), st.dates() | st.none())
def test_the_first_day_of_a_text_in_a_time_is_in_it(text: str, since: date | None, until: date | None) -> None:
    found = first_day_in(text, since, until)
    if found:
        assert since is None or since <= found
        assert until is None or found <= until


@fuzz()
@given(QUESTIONS)
@example(f"What does Article {'9' * 5000} say of {'9' * 5000} million dollars?")
def test_a_question_has_a_part_at_least(question: str) -> None:
    found = read(question)
    assert found.text == question
    assert found.parts
    quantity(question)
    states = quantity(question)
    if states:
        assert states(question) in (True, False)
    for provision in provisions(question):
        assert provision.words
        assert provision.heads(question) in (True, False)
    numerals(question)


@fuzz()
@given(st.text(max_size=12) | st.integers().map(str))
@example("99999999999999999999")
@example("²")
@example("0")
def test_a_number_in_roman(number: str) -> None:
    assert set(in_roman(number)) <= set("ivxlcdm")


@fuzz()
@given(QUESTIONS, st.lists(st.builds(Turn, QUESTIONS, QUESTIONS), max_size=4))
def test_a_follow_up_stands_by_itself(question: str, history: list[Turn]) -> None:
    found = standalone(question, history)
    assert question in found or history
    read(found)


@fuzz()
@given(st.text(max_size=12), st.text(max_size=12))
def test_edits_are_counted_the_same_both_ways(one: str, other: str) -> None:
    assert edits(one, other) == edits(other, one)
    assert (edits(one, other) == 0) == (one == other)
    assert edits(one, other) <= max(len(one), len(other))


# With a library -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("articles")
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    settings = replace(Settings.from_env({}), home=tmp_path_factory.mktemp("home"), cache=Settings.from_env().cache)
    with Assistant.open(settings) as assistant:
        ingest([folder], assistant.library)
        yield assistant


FILTERS = st.builds(
    Filters,
    outlets=st.lists(st.sampled_from(("Lunar Times", "Example Wire", "' OR 1=1 --", "\x00", "\ud800")), max_size=2).map(
        tuple
    ),
    since=st.dates() | st.none(),
    until=st.dates() | st.none(),
    articles=st.lists(st.text(max_size=12) | st.just("\ud800"), max_size=2).map(tuple),
)


@fuzz(0.7)
@given(
    made_of(ASKING, WORDS, MONTHS, ODD, MARKUP, most=10, surrogates=True),
    st.lists(st.builds(Turn, QUESTIONS, made_of(ODD, WORDS, surrogates=True)), max_size=2),
    st.just(Filters()) | FILTERS,
)
@example("Who leads the \ud800 ILRS?", [], Filters())
@example("Who leads the ILRS?", [Turn("\ud800 ILRS", "\udfff")], Filters())
@example("Who leads the ILRS?", [], Filters(outlets=("\ud800",), articles=("\ud800",)))
@example("\x00", [], Filters())
@example("\ufeff", [], Filters())
@example("About “”: ", [], Filters())
@example("AmendmantAmendmantAmendmantAmendmantAmendmant", [], Filters())
@example(f"What is {'x' * 2000}y?", [], Filters())
@example(f"Does Article {'9' * 5000} cost {'9' * 5000} million dollars in {'9' * 5000} days?", [], Filters())
@example('title:* AND "unclosed (', [], Filters())
@example("How many countries have joined the ILRS?", [], Filters(since=date(2024, 11, 20)))
def test_every_quote_stands_in_its_article(
    assistant: Assistant, question: str, history: list[Turn], filters: Filters
) -> None:
    answer = assistant.answer(question, history, filters)
    assert answer.complete
    assert not answer.abstained or (answer.text == REFUSAL and not answer.citations and not answer.statements)
    for one in answer.citations:
        article = assistant.library.article(one.article.id, version=one.article.version)
        assert article.text[one.start : one.end] == one.quote
        assert one.passage.start <= one.start < one.end <= one.passage.end
        assert not filters.outlets or one.article.outlet in filters.outlets
        assert not filters.since or (one.article.published and one.article.published >= filters.since)
        assert not filters.until or (one.article.published and one.article.published <= filters.until)
    assert {number for one in answer.statements for number in one.citations} == {one.number for one in answer.citations}
    to_json(answer)


@fuzz()
@given(made_of(ASKING, MONTHS, ODD, ("Wolff", "Amendmant", "statoin", "cuontries"), most=10, surrogates=True))
def test_spelling_changes_words_only_for_words_of_the_library(assistant: Assistant, question: str) -> None:
    found = spelled(question, assistant.library)
    text = question
    for typed, meant in found.slips:
        assert typed in question
        assert any(meant.lower() in article.lower() for article in ARTICLES.values())
        text = text.replace(typed, meant)
    assert found.slips or found.text == question
