"""Provisions that a question names by number."""

import pytest

from rag.provisions import in_roman, numerals, provisions


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("What does Article IX of the Outer Space Treaty say?", [("article", "9")]),
        ("article 9 OST", [("article", "9")]),
        ("art. xiv(2) of the convention", [("article", "14")]),
        ("Articles VI and VII", [("article", "6"), ("article", "7")]),
        ("Guidelines 1, 2 and 3", [("guideline", "1"), ("guideline", "2"), ("guideline", "3")]),
        ("Guideline B.4", [("guideline", "b.4")]),
        ("guideline b4", [("guideline", "b.4")]),
        ("Principle 3", [("principle", "3")]),
        ("section 1340", [("section", "1340")]),
        ("§ 51302", [("section", "51302")]),
        ("Annex C", [("annex", "c")]),
        ("the article I read about the Moon", []),
        ("Which article is about the Moon?", []),
    ],
)
def test_provisions_are_read_from_a_question(question: str, named: list[tuple[str, str]]) -> None:
    assert [(one.kind, one.number) for one in provisions(question)] == named


@pytest.mark.parametrize(
    ("question", "section", "heads"),
    [
        ("Article 9", "Article IX", True),
        ("Article IX", "Article 9", True),
        ("Article 9", "Article XIX", False),
        ("Principle 3", "Principle 3. Guidelines and criteria", True),
        ("section 51302", "§51302. Commercial exploration", True),
        ("Guideline 4", "Principle 4", False),
        ("Article 4", "Background", False),
        ("Article 4", None, False),
    ],
)
def test_a_section_is_the_provision_whatever_its_numerals(question: str, section: str | None, heads: bool) -> None:
    (one,) = provisions(question)
    assert one.heads(section) is heads


def test_what_follows_a_provision_says_where_it_stands() -> None:
    first, second = provisions("Compare Article II of the Treaty with Article 11 of the Agreement")
    assert (first.of.split()[1], second.of.split()[1]) == ("Treaty", "Agreement")


@pytest.mark.parametrize(
    ("number", "roman"), [("4", "iv"), ("9", "ix"), ("28", "xxviii"), ("49", "xlix"), ("b.4", ""), ("51302", "")]
)
def test_whole_numbers_have_a_roman_numeral(number: str, roman: str) -> None:
    assert in_roman(number) == roman


def test_a_provision_is_searched_for_in_both_numerals() -> None:
    assert numerals("Article 9 of the treaty") == "IX"
    assert numerals("Article IX of the treaty") == "9"
    assert numerals("the treaty") == ""


@pytest.mark.parametrize("text", ["Article IX requires it.", "See article 9 of it.", "Arts. 9 and 10 do."])
def test_a_provision_is_found_in_a_text_in_either_numeral(text: str) -> None:
    (provision,) = provisions("What does article 9 of the treaty say?")
    assert provision.pattern.search(text)


@pytest.mark.parametrize("text", ["Article IXa requires it.", "Article 19 does.", "Section 9 does."])
def test_another_provision_is_not_taken_for_it(text: str) -> None:
    (provision,) = provisions("What does article 9 of the treaty say?")
    assert not provision.pattern.search(text)
