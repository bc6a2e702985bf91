"""The articles of the starter collection keep their rules: front matter, length, dated figures, facts that agree."""

import csv
import re
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from ingest.clean import clean
from ingest.clean_markdown import front_matter
from ingest.read import Limits, read

CORPUS = Path(__file__).parent.parent / "corpus"
FILES = sorted((CORPUS / "articles").glob("*.md"))
STEMS = {file.stem for file in FILES}
FIELDS = {"title", "outlet", "published", "covers_until", "language", "topics"}

# A figure -------------------------------------------------------------------------------------------------------------

# Article 5, sections 9 to 12, resolution 47/68, Chang'e-6, 3 May: numbers that count nothing.
_NUMERAL = r"(?:\d[\d./A-Z-]*|[IVXLC]+)"
REFERENCE = re.compile(
    r"\b(?:articles?|sections?|chapters?|titles?|principles?|guidelines?|paragraphs?|parts?|annex(?:es)?|resolutions?|"
    rf"decisions?|no\.|public law|act|h\.r\.|s\.)\s{_NUMERAL}(?:(?:,\s|\sand\s|,\sand\s|\sto\s|\sor\s){_NUMERAL})*",
    re.IGNORECASE,
)
YEAR = re.compile(r"\b(?:1[89]|20)\d\d\b")
DATED = re.compile(rf"{YEAR.pattern}|\bas of\b", re.IGNORECASE)
_WORDS = (
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|"
    "nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|hundreds|dozens?|half"
)
_DIGITS = r"(?<![\w.,/'-])\d+(?:[.,]\d+)*(?:\s(?:million|billion|trillion|thousand))?"
_COUNT = rf"(?:{_DIGITS}|\b(?:{_WORDS})(?:-(?:{_WORDS}|one))?)"
_UNITS = (
    "per cent|percent|%|(?:square |cubic )?(?:kilo|centi|milli|micro|nano)?met(?:re|er)s?|(?:square )?miles?|"
    "(?:milli|micro)?grams?|kilograms?|kg|tonnes?|tons?|(?:kilo|mega|giga|milli)?watts?|(?:kilo|mega|giga)?hertz|"
    "(?:milli|micro|nano)?seconds?|minutes?|hours?|days?|weeks?|months?|years?|(?:milli)?sieverts?|mSv|degrees?|"
    "kilotons?|bits?|(?:giga|mega)?bytes?|dB"
)
_CURRENCIES = "dollars|euros?|pounds|yen|yuan|renminbi|roubles|rubles|rupees|dirhams|francs|won|cents"
_BODIES = "states|countries|members|parties|signatories|nations|partners|governments|satellites|pieces|votes"
FIGURES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_COUNT}[ -](?:{_UNITS})(?!\w)",
        rf"{_COUNT}\s(?:[A-Z]\w+\s){{0,2}}(?:{_CURRENCIES})\b",
        r"[$€£¥]\s?\d[\d,.]*",
        rf"{_COUNT}\s(?:(?!of\b|or\b|and\b)[\w-]+\s){{0,2}}(?:{_BODIES})\b",
        rf"{_COUNT}\s(?:in favour|against|abstentions|abstained)\b",
        r"\b\d+(?:st|nd|rd|th)\s(?:signatory|member|state|country|party)\b",
    )
)


def undated(text: str) -> list[str]:
    """The figures in paragraphs without a date. A list counts as part of the paragraph above it."""
    found = []
    for paragraph in re.split(r"\n\n(?!- |\d+\. )", text):
        if not paragraph.startswith("#") and not DATED.search(paragraph):
            counted = REFERENCE.sub("", paragraph)
            found += [match[0] for pattern in FIGURES for match in pattern.finditer(counted)]
    return found


@pytest.mark.parametrize(
    ("paragraph", "figures"),
    [
        pytest.param("The group has 17 members.", ["17 members"], id="a count of members"),
        pytest.param("Seventeen other states joined.", ["Seventeen other states"], id="a count in words"),
        pytest.param("The fine is 1.25 million euros.", ["1.25 million euros"], id="money"),
        pytest.param("It weighs 1,935.3 grams.", ["1,935.3 grams"], id="a quantity with a unit"),
        pytest.param("Thailand is the 51st signatory.", ["51st signatory"], id="a place in a count"),
        pytest.param("The vote was 155 in favour.", ["155 in favour"], id="a vote"),
        pytest.param("There are these:\n\n- 5 states", ["5 states"], id="a list under a sentence without a date"),
        pytest.param("In 2025 there are these:\n\n- 5 states", [], id="a list under a sentence with a date"),
        pytest.param("The group had 17 members in April 2025.", [], id="a date in the sentence"),
        pytest.param("The year was 2024. It has 17 members.", [], id="a date in the paragraph"),
        pytest.param("It has 17 members as of this session.", [], id="as of"),
        pytest.param("Articles 5 and 6 states may invoke. Article IV parties agreed.", [], id="numbers of articles"),
        pytest.param("Resolution 47/68 states this. Section 12 days later.", [], id="numbers of resolutions"),
        pytest.param("Chang'e-6 countries sent payloads.", [], id="the number of a mission"),
    ],
)
def test_a_figure_without_a_date_is_found_and_nothing_else(paragraph: str, figures: list[str]) -> None:
    assert undated(paragraph) == figures


# The articles ---------------------------------------------------------------------------------------------------------


@cache
def article(stem: str) -> str:
    """The text of an article as the library holds it."""
    return clean(read(CORPUS / "articles" / f"{stem}.md", Limits(bytes=1_000_000))).text


def body(file: Path) -> str:
    return front_matter(file.read_text(encoding="utf-8")).rest.strip()


def flat(text: str) -> str:
    return " ".join(text.split())


each_article = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


def test_there_are_at_least_sixty_articles() -> None:
    assert len(FILES) >= 60


def test_no_two_articles_have_one_title() -> None:
    titles = Counter(front_matter(file.read_text(encoding="utf-8")).fields["title"] for file in FILES)
    assert [title for title, count in titles.items() if count > 1] == []


@each_article
def test_front_matter_is_complete_and_its_dates_are_valid(file: Path) -> None:
    fields = front_matter(file.read_text(encoding="utf-8")).fields
    assert set(fields) == FIELDS
    assert isinstance(fields["title"], str)
    assert fields["title"].strip()
    assert (fields["outlet"], fields["language"]) == ("Space Policy Chat", "en")
    assert type(fields["published"]) is type(fields["covers_until"]) is date
    assert fields["covers_until"] <= fields["published"]
    assert fields["topics"]
    assert all(isinstance(topic, str) and topic.strip() for topic in fields["topics"])


@each_article
def test_an_article_has_250_to_800_words(file: Path) -> None:
    assert 250 <= len(body(file).split()) <= 800


@each_article
def test_the_last_section_names_the_sources(file: Path) -> None:
    *_, last = re.split(r"^## ", body(file), flags=re.MULTILINE)
    heading, _, items = last.partition("\n")
    assert heading == "Sources"
    assert items.strip()
    assert all(line.startswith("- ") for line in items.strip().splitlines())


@each_article
def test_every_figure_has_a_date_in_its_paragraph(file: Path) -> None:
    assert undated(body(file).partition("\n## Sources")[0]) == []


# The facts ------------------------------------------------------------------------------------------------------------


@cache
def facts() -> tuple[dict[str, str], ...]:
    with (CORPUS / "facts.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(csv.DictReader(lines, strict=True))


def test_every_row_of_the_facts_is_complete_and_names_a_day_a_month_or_a_year() -> None:
    columns = ["fact", "value", "date", "article", "sentence"]
    assert [
        row for row in facts() if list(row) != columns or not all(value and value.strip() for value in row.values())
    ] == []
    for row in facts():
        assert re.fullmatch(r"\d{4}(-\d\d){0,2}", row["date"]), row
        date.fromisoformat((row["date"] + "-01-01")[:10])


def test_every_sentence_of_the_facts_stands_in_its_article_and_says_the_value() -> None:
    lost = [
        row for row in facts() if row["article"] not in STEMS or row["sentence"] not in flat(article(row["article"]))
    ]
    assert lost == []
    assert [row for row in facts() if row["value"].casefold() not in row["sentence"].casefold()] == []


def test_no_two_rows_give_different_values_for_one_fact_and_date() -> None:
    values: dict[tuple[str, str], set[str]] = {}
    for row in facts():
        values.setdefault((row["fact"].casefold(), row["date"]), set()).add(row["value"].casefold())
    assert {key: several for key, several in values.items() if len(several) > 1} == {}


def test_no_two_rows_date_one_event_differently() -> None:
    days: dict[str, set[str]] = {}
    for row in facts():
        if re.fullmatch(r"(?:\d{1,2} )?(?:[A-Z][a-z]+ )?\d{4}", row["value"]) and row["value"][-4:] == row["date"][:4]:
            days.setdefault(row["fact"].casefold(), set()).add(row["value"])
    assert {fact: several for fact, several in days.items() if len(several) > 1} == {}


def test_every_article_has_a_fact_in_the_table() -> None:
    assert STEMS - {row["article"] for row in facts()} == set()
