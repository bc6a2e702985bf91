"""Questions that lead on from an answer: their kinds, and that the real assistant answers each that is offered."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ingest.pipeline import ingest
from rag.assistant import Assistant
from rag.domain import Answer, ArticleCard, Citation, Filters, Hit, Passage, Statement, Support, Turn
from rag.settings import Settings
from ui.leads import candidates, leads, plain_leads

CORPUS = Path(__file__).parents[2] / "corpus" / "articles"
CARD = ArticleCard("a1", 1, "A base on the Moon", "Lunar Times", None, date(2025, 4, 23), None)
OTHER = replace(CARD, id="a2", title="Samples  from the far side", outlet="Wire")
QUOTE = "Seventeen countries had joined by April 2025."


def passage(card: ArticleCard, section: str | None) -> Passage:
    return Passage(f"{card.id}.1.1", card.id, 1, 0, len(QUOTE), QUOTE, section, None)


def hit(card: ArticleCard, section: str | None = None) -> Hit:
    return Hit(passage(card, section), card, 0.5, 1, None)


def answer(*hits: Hit, quoted: tuple[ArticleCard, ...] = (CARD,), quote: str = QUOTE) -> Answer:
    return Answer(
        question="How many?",
        standalone_question="How many?",
        text=f"{QUOTE} [1]",
        statements=(Statement(QUOTE, (1,), Support.VERIFIED, 0.9),),
        citations=tuple(
            Citation(number, quote, 0, len(quote), passage(card, None), card) for number, card in enumerate(quoted, 1)
        ),
        hits=hits,
        abstained=not quoted,
        mode="quotes",
        model=None,
        filters=Filters(),
        notices=(),
        usage=None,
        timings={},
        complete=True,
    )


@pytest.mark.parametrize(
    ("given", "question"),
    [
        pytest.param(
            answer(hit(CARD, "The partners")), "What does “A base on the Moon” say about the partners?", id="a heading"
        ),
        pytest.param(
            answer(hit(CARD, "NASA and the base")),
            "What does “A base on the Moon” say about NASA and the base?",
            id="a heading that begins with a name",
        ),
        pytest.param(
            answer(hit(CARD, "Article IX (Consultation)")),
            "What does Article IX of “A base on the Moon” say?",
            id="a provision",
        ),
        pytest.param(answer(), "What happened in April 2025?", id="the month of what was quoted"),
        pytest.param(
            answer(hit(OTHER)),
            "How does “A base on the Moon” compare with “Samples from the far side”?",
            id="a comparison with what was found next",
        ),
        pytest.param(answer(hit(OTHER)), "Summarise “Samples from the far side”.", id="another article"),
        pytest.param(answer(hit(CARD), hit(OTHER)), "What is new from Wire?", id="another outlet"),
    ],
)
def test_questions_are_made_of_what_was_found(given: Answer, question: str) -> None:
    assert question in tuple(candidates(given))


@pytest.mark.parametrize("heading", ["Sources", "How it came about", "Cases", "Other partners", "Between the partners"])
def test_no_question_is_made_of_a_heading_that_names_no_subject(heading: str) -> None:
    assert not [one for one in candidates(answer(hit(CARD, heading))) if "say about" in one]


def test_the_first_questions_are_of_different_kinds() -> None:
    found = answer(hit(CARD, "The partners"), hit(CARD, "The money"), hit(OTHER))
    first = [question.split()[0:2] for question in tuple(candidates(found))[:4]]
    assert first == [["What", "does"], ["How", "does"], ["What", "happened"], ["Summarise", "“Samples"]]


def test_a_refusal_leads_nowhere() -> None:
    refused = answer(hit(CARD, "The partners"), quoted=())
    assert (tuple(candidates(refused)), plain_leads(refused, 3)) == ((), ())


def test_without_trying_summaries_are_offered() -> None:
    assert plain_leads(answer(hit(CARD), hit(OTHER)), 3) == (
        "Summarise “Samples from the far side”.",
        "Summarise “A base on the Moon”.",
    )


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    home = tmp_path_factory.mktemp("leads")
    with Assistant.open(Settings.from_env({"SPACE_POLICY_HOME": str(home)})) as opened:
        wanted = ("wolf-amendment", "cosmos-954", "liability-convention-1972", "ilrs-partners-and-plan", "esa-ilrs")
        ingest([file for file in CORPUS.glob("*.md") if file.name.startswith(wanted)], opened.library)
        yield opened


@pytest.mark.skipif(not CORPUS.is_dir(), reason=f"there is no starter collection at {CORPUS}")
@pytest.mark.parametrize(
    "question",
    [
        "What does the Wolf Amendment prohibit?",
        "How much did the Soviet Union pay Canada for Cosmos 954?",
        "According to Karl Bergquist, why won't ESA take part in the ILRS?",
    ],
)
def test_what_is_offered_over_the_starter_collection_is_answered_and_not_all_of_one_kind(
    assistant: Assistant, question: str
) -> None:
    given = assistant.answer(question)
    history = (Turn(question, given.text),)
    offered = leads(assistant, given, history, Filters(), 3)
    assert len(offered) == 3
    assert len({one.split()[0] for one in offered}) > 1
    assert not [one for one in offered if assistant.answer(one, history, Filters()).abstained]


def test_a_question_that_would_be_refused_is_not_offered(assistant: Assistant) -> None:
    question = "What does the Wolf Amendment prohibit?"
    given = assistant.answer(question)
    odd = replace(given, hits=(), citations=tuple(replace(one, quote="In May 1871.") for one in given.citations))
    history = (Turn(question, given.text),)
    assert "What happened in May 1871?" in tuple(candidates(odd))
    assert "What happened in May 1871?" not in leads(assistant, odd, history, Filters(), 8)
