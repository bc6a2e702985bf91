"""The main job on real input: two copied news pages in, cited answers out, refusals where the pages say nothing."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ingest.pipeline import ingest
from rag.assistant import Assistant
from rag.domain import Answer, Support
from rag.prompts import REFUSAL
from rag.settings import Settings

FURNITURE = (
    "Ukraine Amidst",
    "Student Loan",
    "Harvard",
    "Left Menu",
    "Advertisement",
    "Newsletter",
    "+91",
    "Copyright",
)


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory, test_data: Path) -> Iterator[Assistant]:
    settings = replace(Settings.from_env(), home=tmp_path_factory.mktemp("home"), embedding="minilm", model=None)
    with Assistant.open(settings) as assistant:
        report = ingest(sorted((test_data / "seeds").glob("*.txt")), assistant.library)
        assert (len(report.added), report.failures) == (2, ())
        yield assistant


def check_quotes(assistant: Assistant, answer: Answer) -> None:
    for citation in answer.citations:
        article = assistant.library.article(citation.article.id, version=citation.article.version)
        assert article.text[citation.start : citation.end] == citation.quote
        assert citation.passage.start <= citation.start < citation.end <= citation.passage.end
    numbers = [citation.number for citation in answer.citations]
    assert numbers == list(range(1, len(numbers) + 1))
    for statement in answer.statements:
        assert statement.support is Support.VERIFIED
        assert set(statement.citations) <= set(numbers)


@pytest.mark.quality
def test_both_pages_come_out_as_title_date_outlet_and_body(assistant: Assistant) -> None:
    first, second = assistant.library.articles()  # newest first, undated last
    assert first.title == "China's Space Diplomacy: Challenges and Opportunities"
    assert (first.published, first.updated, first.outlet) == (date(2025, 4, 23), date(2025, 4, 23), "Devdiscourse")
    assert second.title == "China Accuses US of Interfering in Global Space Partnerships Amid Lunar Race"
    assert (second.published, second.outlet) == (None, None)
    assert first.text.startswith("Wu Weiren, the chief designer")
    assert second.text.startswith("China alleges US interference")
    assert second.text.endswith("reflect the same global divides we see on Earth.")
    for article in (first, second):
        assert not [phrase for phrase in FURNITURE if phrase in article.text]


@pytest.mark.quality
@pytest.mark.parametrize(
    ("question", "quoted"),
    [
        ("How many countries have joined the ILRS?", r"17 (?:countries|members)"),
        ("By when is the moon base planned?", r"2035"),
        ("Who accused whom of what?", r"China has accused Washington|accused the United States of obstructing"),
        ("What does the Wolf Amendment prohibit, and since when?", r"Wolf Amendment of 2011.*prohibits NASA"),
        ("Which four countries flew payloads?", r"Pakistan, Thailand, France, and Italy"),
        ("On which station is a Pakistani astronaut to fly?", r"Tiangong"),
        ("Why did ESA leave?", r"because of Russia’s involvement"),
    ],
)
def test_what_the_pages_say_is_answered_by_an_exact_quote(assistant: Assistant, question: str, quoted: str) -> None:
    answer = assistant.answer(question)
    assert not answer.abstained
    assert any(re.search(quoted, citation.quote) for citation in answer.citations), answer.text
    check_quotes(assistant, answer)


@pytest.mark.quality
@pytest.mark.parametrize(
    "question",
    [
        "What is new in the Ukraine peace talks?",
        "When do student loan repayments resume?",
        "What is the telephone number of the site?",
        "What is the boiling point of iron?",
    ],
)
def test_what_the_pages_do_not_say_is_refused_with_the_nearest_misses(assistant: Assistant, question: str) -> None:
    answer = assistant.answer(question)
    assert (answer.abstained, answer.text) == (True, REFUSAL)
    assert (answer.statements, answer.citations) == ((), ())
    assert answer.hits
