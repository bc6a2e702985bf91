"""How an article becomes passages."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.split import Count, Span, split

TREATY = """The States Parties to this Treaty,

Have agreed on the following:

Article I

Space is free. Every State may go there.

Article II

No State may own the Moon.

Article III

1. Astronauts are envoys of mankind; each Party helps them.

2. A Party that finds an object returns it.

Article 4 Each Party may inspect the stations of another.
"""

STORY = """China has accused Washington of interference.

Pressure on partners

Wu gave no examples. He spoke of a trend.

US Laws and Europe’s Distance from China

The Wolf Amendment forbids cooperation. ESA left the project.
"""


def words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def letters(texts: Sequence[str]) -> list[int]:
    """A counter by which a single word can be too long for a passage."""
    return [sum(map(len, text.split())) for text in texts]


def passages(text: str, most: int = 200) -> list[str]:
    return [text[span.start : span.end] for span in split(text, words, most)]


def sections(text: str, most: int = 200) -> list[str | None]:
    return [span.section for span in split(text, words, most)]


def prose(*lengths: int) -> str:
    """One line of sentences with so many words each."""
    return " ".join(" ".join(["Space"] + ["word"] * (length - 1)) + "." for length in lengths)


PIECES = st.sampled_from(
    [
        "Article II",
        "1. ",
        "(a) ",
        "Moon base",
        "States agree. ",
        "No; ",
        "it is, ",
        "\n",
        "\n\n",
        " ",
        "“Go. Stay.” ",
        "x" * 30,
    ]
)


@pytest.mark.parametrize("count", [words, letters])
@given(text=st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=200), most=st.integers(1, 30))
def test_passages_hold_everything_once_and_in_order_and_are_never_too_long(text: str, most: int, count: Count) -> None:
    spans = split(text, count, most)
    covered, reached = set[int](), 0
    for span in spans:
        passage = text[span.start : span.end]
        assert reached <= span.start < span.end
        assert passage == passage.strip()
        assert count([passage])[0] <= most
        assert (span.start, span.end) == (span.sentences[0][0], span.sentences[-1][1])
        assert all(first < last for first, last in span.sentences)
        assert all(one[1] <= other[0] for one, other in zip(span.sentences, span.sentences[1:], strict=False))
        covered.update(*(range(*sentence) for sentence in span.sentences))
        reached = span.end
    assert all(number in covered or character.isspace() for number, character in enumerate(text))


def test_every_article_of_a_treaty_is_a_passage_however_short() -> None:
    assert sections(TREATY) == [None, "Article I", "Article II", "Article III", "Article 4"]
    assert passages(TREATY)[2] == "Article II\n\nNo State may own the Moon."


def test_a_news_story_is_cut_at_its_subheads() -> None:
    assert sections(STORY) == [None, "Pressure on partners", "US Laws and Europe’s Distance from China"]
    assert passages(STORY)[1].startswith("Pressure on partners\n\nWu gave")


@pytest.mark.parametrize(
    ("text", "section"),
    [
        (
            "Guideline B.4 Perform conjunction assessment\n\nStates do so.",
            "Guideline B.4 Perform conjunction assessment",
        ),
        ("ARTICLE IX\nStates consult.", "ARTICLE IX"),
        ("Art. 5 Licences are needed.", "Art. 5"),
        ("Principle 3. Use of sources\n\nStates act.", "Principle 3. Use of sources"),
        ("§51303. Rights in resources\n\nA citizen may sell.", "§51303. Rights in resources"),
        ("§ 51303\n\nA citizen may sell.", "§ 51303"),
        ("Section 51303\n\nA citizen may sell.", "Section 51303"),
        ("Chapter II\nLicences\n\nA licence is needed.", "Chapter II Licences"),
        ("Annex I. Objects to be listed\n\nThey are these.", "Annex I. Objects to be listed"),
        ("Rule 7: Share data\n\nOperators do so.", "Rule 7: Share data"),
        ("Regulation 4. Fees. Each operator pays.", "Regulation 4. Fees"),
        ("Recommendation 3\n\nFund the work.", "Recommendation 3"),
        ("Annex. Principles of broadcasting\n\nA. Purposes\n\nStates act.", "A. Purposes"),
        ("Part II\n\nArticle 5\n\nStates act.", "Article 5"),
        ("## Article 5\n\nStates act.", "Article 5"),
        ("Principle 2. Use of terms 1. A State is a party.", "Principle 2. Use of terms"),
        ("Principle 1. Settlement of disputes Any dispute is settled.", "Principle 1. Settlement of disputes"),
        ("Principle 1. States shall not claim the Moon.", "Principle 1"),
        ("## What comes after\n\nESA left.", "What comes after"),
        ("Article II of the treaty says no.", None),
        ("Article VI says that States answer for companies.", None),
        ("Article 5(1) applies.", None),
        ("The agency left.", None),
    ],
)
def test_the_section_is_named_as_the_document_names_it(text: str, section: str | None) -> None:
    assert sections(text) == [section]


def test_a_long_section_name_is_shortened_at_a_word() -> None:
    (section,) = sections(
        "Guideline 6: " + "Limit the presence of stages in low orbits " * 4 + "always\n\nStates do so."
    )
    assert section is not None
    assert len(section) <= 100
    assert section.endswith("orbits…")


def test_a_long_provision_goes_on_in_passages_of_the_same_section() -> None:
    text = "Article V\n\n" + "\n\n".join(prose(20, 20) for _ in range(4)) + "\n\nArticle VI\n\nIt ends."
    assert sections(text, most=100) == ["Article V", "Article V", "Article VI"]


def test_numbered_subheads_divide_a_provision_without_ending_it() -> None:
    text = "Principle 3\n\nStates take care.\n\n1. General goals\n\nBe safe.\n\n2. Reactors\n\nBe safer."
    assert sections(text) == ["Principle 3"] * 3


def test_the_next_numbered_heading_of_the_document_ends_a_provision() -> None:
    text = "4. Guidelines\n\nThese apply.\n\nGuideline 1: Limit debris\n\nDo so.\n\n5. Updates\n\nThey may change."
    assert sections(text) == ["4. Guidelines", "Guideline 1: Limit debris", "5. Updates"]


def test_numbered_paragraphs_outside_of_provisions_stand_alone_when_they_are_long_enough() -> None:
    text = f"It declares:\n\n1. {prose(30)}\n\n2. {prose(40)}\n\n3. Yes.\n\n4. No."
    assert [passage[:2] for passage in passages(text)] == ["It", "1.", "2."]


def test_short_paragraphs_are_put_together() -> None:
    assert len(passages("\n\n".join(prose(15) for _ in range(10)))) == 1


def test_passages_end_where_paragraphs_end() -> None:
    text = "\n\n".join(prose(30, 30, 20) for _ in range(4))
    assert [len(passage.split()) for passage in passages(text, most=170)] == [160, 160]


def test_no_short_sentence_is_left_alone_at_the_end() -> None:
    text = prose(60, 60, 60, 5)
    assert passages(text, most=100)[-1] != prose(5)


def test_headings_go_with_what_follows_even_when_that_is_long() -> None:
    text = "Part II\n\nArticle 5\n\n" + " ".join(["Word"] * 99) + "."
    first, *_ = passages(text, most=100)
    assert len(first.split()) > 50


def test_a_list_of_names_is_not_a_row_of_headings() -> None:
    text = "Members\n\n" + "\n".join(["Chad", "Chile", "China", "Cuba", "Cyprus"]) + "\n\nThey vote."
    assert sections(text) == ["Members"]


def test_a_heading_that_introduces_nothing_is_none() -> None:
    assert sections("The talks ended.\n\nRead more") == [None]


def test_lines_broken_in_mid_sentence_are_no_headings() -> None:
    text = "The Outer Space Committee\nasked States to report.\nThey did so under\nArticle VI\nof the treaty."
    assert sections(text) == [None]


def test_a_sentence_too_long_is_cut_after_its_last_clause_mark() -> None:
    text = "States agree " + "and act " * 3 + "here; then " + "they go " * 4 + "home."
    assert passages(text, most=12)[0].endswith("here;")


def test_a_sentence_too_long_without_marks_is_cut_at_a_space() -> None:
    assert [len(passage.split()) for passage in passages("word " * 25, most=10)] == [10, 10, 5]


def test_a_word_too_long_is_cut_anywhere() -> None:
    text = "x" * 50
    assert "".join(text[span.start : span.end] for span in split(text, letters, most=20)) == text


def test_the_page_is_the_one_on_which_the_passage_begins() -> None:
    text = "Article 1\n\nOne.\n\nArticle 2\n\nTwo.\n"
    assert [span.page for span in split(text, words, pages=(0, text.index("Two")))] == [1, 1]
    assert [span.page for span in split(text, words, pages=(0, text.index("Article 2")))] == [1, 2]
    assert [span.page for span in split(text, words)] == [None, None]


def test_nothing_becomes_nothing() -> None:
    assert split(" \n", words) == ()


def test_sentences_are_offsets_in_the_whole_text() -> None:
    assert split("\n One. Two.", words) == (Span(2, 11, None, None, ((2, 6), (7, 11))),)


def test_many_lines_are_read_in_one_or_two_calls() -> None:
    calls = []

    def count(texts: Sequence[str]) -> list[int]:
        calls.append(len(texts))
        return words(texts)

    split(TREATY * 50, count)
    assert len(calls) == 2


def test_every_provision_of_a_long_statute_is_found() -> None:
    text = "\n\n".join(f"Article {number}\n\nEach operator keeps rule {number}." for number in range(1, 301))
    found = [section for section in sections(text) if section]
    assert [int(re.sub(r"\D", "", section)) for section in found] == list(range(1, 301))
