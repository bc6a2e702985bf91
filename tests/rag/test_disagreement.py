"""Sources that give different numbers for one thing get a notice; all else stays silent. Real library, real vectors."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ingest.pipeline import ingest
from rag.assistant import Assistant
from rag.disagreement import disagreements
from rag.domain import Citation, Hit
from rag.library import Library
from rag.settings import Settings

DIFFER = [
    ("Seventeen countries have joined the ILRS, Wu Weiren said.", "Thirteen countries have joined the ILRS."),
    ("The ILRS now has 13 member countries, Wu told Reuters.", "The ILRS now has 17 member countries."),
    ("More than 50 countries have signed the Artemis Accords.", "So far 43 nations have signed the Artemis Accords."),
    ("The Lunar Gateway will cost $5.3 billion.", "The Lunar Gateway will cost $7.8 billion, auditors said."),
    ("The Kosmos test created 1,500 pieces of debris.", "The Kosmos test created 3,000 pieces of debris, it was said."),
    ("Officials said that the Luch satellite weighs 900 kg.", "The Luch satellite weighs 1,200 kg."),
    ("The Kosmos launch put 12 satellites into orbit.", "The Kosmos launch put 16 satellites into orbit."),
    (
        "Thailand has contributed two instruments to Chang'e-7.",
        "Thailand has contributed three instruments to Chang'e-7.",
    ),
    ("The Space Force budget rose by 12 percent.", "The Space Force budget rose by 21 percent, the Pentagon said."),
    (
        "Starlink operates 6,000 satellites in low Earth orbit.",
        "Starlink operates about 9,000 satellites in low Earth orbit.",
    ),
    ("The European Space Agency has 22 member states.", "The European Space Agency has 23 member states."),
    ("As of April 2025, 17 countries have joined the ILRS.", "Thirteen nations have joined the ILRS, it was reported."),
    ("The Kosmos debris fell across 600 km of Canada.", "The Kosmos debris fell across 124 km of Canada."),
]
SILENT = [
    pytest.param("Seventeen countries have joined the ILRS.", "17 nations have joined the ILRS.", id="the same number"),
    pytest.param(
        "Seventeen countries have joined the ILRS.",
        "More than 50 countries have signed the Artemis Accords.",
        id="another project",
    ),
    pytest.param("17 countries have joined the ILRS.", "The ILRS is to have 50 countries by 2035.", id="a plan"),
    pytest.param("17 countries have joined the ILRS.", "Four more countries have joined the ILRS.", id="a part"),
    pytest.param("17 countries have joined the ILRS.", "In 2023, 10 countries had joined the ILRS.", id="another time"),
    pytest.param(
        "More than 50 countries have signed the Artemis Accords.",
        "55 countries have signed the Artemis Accords.",
        id="55 is more than 50",
    ),
    pytest.param(
        "Seventeen countries have joined the ILRS.",
        "Seventeen countries and 50 institutions have joined the ILRS.",
        id="other things are counted",
    ),
    pytest.param("Article 9 of the Space Act covers fees.", "Article 6 of the Space Act covers fees.", id="provisions"),
    pytest.param("The ILRS base is planned by 2035.", "The ILRS base is planned by 2036.", id="dates"),
    pytest.param(
        "Each Party shall notify the Secretary-General within 60 days.",
        "Each Party shall notify the Secretary-General within 30 days.",
        id="rules of two treaties",
    ),
    pytest.param(
        "Amendments to this Convention require five instruments.",
        "Amendments to this Agreement require three instruments.",
        id="documents that speak of themselves",
    ),
    pytest.param(
        "The Kosmos launch put 12 satellites into orbit.",
        "The Soyuz launch put 16 satellites into orbit.",
        id="another launch",
    ),
    pytest.param("Starlink operates about 6,000 satellites.", "Starlink operates 6,200 satellites.", id="about right"),
    pytest.param("17 European countries signed it.", "12 African countries signed it.", id="other countries"),
    pytest.param(
        "The crew of Shenzhou-19 spent 180 days in orbit.",
        "The crew of Shenzhou-18 spent 192 days in orbit.",
        id="names told apart by a number",
    ),
    pytest.param("The Luch satellite weighs 900 kg.", "The Luch rocket weighs 1,200 kg.", id="another thing"),
    pytest.param("The satellite weighs 900 kg.", "The satellite weighs 1,200 kg.", id="things without a name"),
    pytest.param("The 53rd country signed the Accords.", "The 54th country signed the Accords.", id="ordinals"),
    pytest.param("China launched 66 rockets in 2024.", "China launched 67 rockets in 2023.", id="two years"),
    pytest.param(
        "The Kosmos launch did not put 12 satellites into orbit.",
        "The Kosmos launch put 16 satellites into orbit.",
        id="a denial",
    ),
    pytest.param(
        "Of the 17 ILRS countries, four are African.", "Of the 17 ILRS countries, five are Asian.", id="parts of one"
    ),
    pytest.param("The Starlink fee is $20 per month.", "The Starlink fee is $400.", id="a rate"),
]
TEXTS = [*DIFFER, *((str(case.values[0]), str(case.values[1])) for case in SILENT)]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder: Path = tmp_path_factory.mktemp("pairs")
    for number, pair in enumerate(TEXTS):
        for outlet, day, text in zip(("Daily", "Agency"), (23, 24), pair, strict=True):
            head = f"title: {outlet} news {number}\noutlet: {outlet}\npublished: 2025-04-{day}"
            (folder / f"{number}-{outlet}.md").write_text(
                f"---\n{head}\n---\n{text}\n\nTalks of the {outlet} desk number {number} go on.\n"
            )
    with Assistant.open(replace(Settings.from_env(), home=folder / "home", model=None)) as assistant:
        assert not ingest([folder], assistant.library).failures
        yield assistant.library


@pytest.fixture(scope="module")
def hits(library: Library) -> Mapping[str, Hit]:
    """The first passage of each article, by the name of its file."""
    articles = library.articles()
    return {Path(one.source).stem: Hit(library.passages_of(one)[0], one.card, 1.0, None, None) for one in articles}


def notices(library: Library, hits: Mapping[str, Hit], one: str, other: str) -> tuple[str, ...]:
    number = next(number for number, pair in enumerate(TEXTS) if pair == (one, other))
    mine, theirs = hits[f"{number}-Daily"], hits[f"{number}-Agency"]
    start = mine.passage.start + mine.passage.text.index(one)
    quoted = Citation(1, one, start, start + len(one), mine.passage, mine.article)
    return disagreements([quoted], [mine, theirs], library)


@pytest.mark.parametrize(("one", "other"), DIFFER)
def test_different_numbers_for_one_thing_are_told(
    library: Library, hits: Mapping[str, Hit], one: str, other: str
) -> None:
    (notice,) = notices(library, hits, one, other)
    assert notice.startswith("Sources differ: Daily (2025-04-23) says ")
    assert ", Agency (2025-04-24) says " in notice


@pytest.mark.parametrize(("one", "other"), SILENT)
def test_what_does_not_contradict_is_silent(library: Library, hits: Mapping[str, Hit], one: str, other: str) -> None:
    assert notices(library, hits, one, other) == ()


def test_the_notice_says_who_says_what_and_when(library: Library, hits: Mapping[str, Hit]) -> None:
    assert notices(library, hits, *DIFFER[0]) == (
        "Sources differ: Daily (2025-04-23) says 17 countries, Agency (2025-04-24) says 13 countries.",
    )
    (notice,) = notices(library, hits, *DIFFER[2])
    assert notice.endswith("says more than 50 countries, Agency (2025-04-24) says 43 nations.")


def test_a_copy_does_not_differ_from_what_it_copies(library: Library, hits: Mapping[str, Hit]) -> None:
    mine, theirs = hits["0-Daily"], hits["0-Agency"]
    copied = replace(mine, also_in=(theirs.article,))
    text = mine.passage.text.split("\n")[0]
    quoted = Citation(1, text, mine.passage.start, mine.passage.start + len(text), mine.passage, mine.article)
    assert disagreements([quoted], [copied, theirs], library) == ()


def test_what_happened_once_is_not_held_against_a_report_of_another_time(
    library: Library, hits: Mapping[str, Hit]
) -> None:
    number = next(number for number, pair in enumerate(TEXTS) if "put 12 satellites" in pair[0])
    mine, theirs = hits[f"{number}-Daily"], hits[f"{number}-Agency"]
    text = DIFFER[number][0]
    quoted = Citation(1, text, mine.passage.start, mine.passage.start + len(text), mine.passage, mine.article)
    late = replace(theirs, article=replace(theirs.article, published=date(2026, 1, 1)))
    assert disagreements([quoted], [mine, theirs], library)
    assert disagreements([quoted], [mine, late], library) == ()


def test_an_answer_carries_the_notice(tmp_path: Path) -> None:
    for outlet, day, count in (("Daily", 23, "Seventeen"), ("Agency", 24, "Thirteen")):
        head = f"title: The lunar station\noutlet: {outlet}\npublished: 2025-04-{day}"
        (tmp_path / f"{outlet}.md").write_text(
            f"---\n{head}\n---\n{count} countries have joined the ILRS, {outlet} was told.\n\n{outlet} asked in vain.\n"
        )
    with Assistant.open(replace(Settings.from_env(), home=tmp_path / "home", model=None)) as assistant:
        ingest([tmp_path], assistant.library)
        answer = assistant.answer("How many countries have joined the ILRS?")
    assert answer.notices == (
        "Sources differ: Daily (2025-04-23) says 17 countries, Agency (2025-04-24) says 13 countries.",
    )
