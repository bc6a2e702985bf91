"""The source panel: what a card shows, and that nothing a document says is more than text in it."""

import re
from dataclasses import replace
from datetime import date

import pytest

from rag.domain import Answer, Article, Citation, Filters, Hit, Passage
from ui.sources import NEAREST, byline, nearest, panel, whole_article

TEXT = "Seventeen countries have joined. The base is planned for 2035.\n\nWork goes on."
ARTICLE = Article(
    id="a1",
    version=2,
    source="/articles/base.md",
    title="A base on the Moon",
    outlet="Lunar Times",
    author="Jo Bloggs",
    published=date(2025, 4, 23),
    updated=None,
    url="https://example.org/base?a=1&b=2",
    language="en",
    text=TEXT,
    sha256="0" * 64,
    found={},
)
PASSAGE = Passage("a1.2.1", "a1", 2, 0, 62, TEXT[:62], section=None, page=None)
CITATION = Citation(1, TEXT[33:62], 33, 62, PASSAGE, ARTICLE.card)
PAYLOADS = (
    '<img src=x onerror="alert(1)">',
    "<script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "'><svg/onload=alert(1)>",
    "${alert(1)}",
    "{{value}} {{#if}}",
    "</article></section><iframe src=//evil.example>",
)


def answer(
    *citations: Citation, question: str = "When?", abstained: bool = False, hits: tuple[Hit, ...] = ()
) -> Answer:
    return Answer(
        question=question,
        standalone_question=question,
        text="",
        statements=(),
        citations=citations,
        hits=hits,
        abstained=abstained,
        mode="quotes",
        model=None,
        filters=Filters(),
        notices=(),
        usage=None,
        timings={},
        complete=True,
    )


def hit(number: int) -> Hit:
    return Hit(PASSAGE, replace(ARTICLE.card, id=f"a{number}", title=f"Title {number}"), 1 / number, number, None)


def test_the_quoted_span_is_marked_in_its_passage() -> None:
    assert "joined. <mark>The base is planned for 2035.</mark></blockquote>" in panel([answer(CITATION)])


def test_a_card_begins_with_number_outlet_author_and_date() -> None:
    shown = re.sub(r"<[^>]*>", "|", panel([answer(CITATION)]))
    assert re.search(r"1\W*Lunar Times\W*Jo Bloggs\W*23 April 2025\W*A base on the Moon\W*Seventeen", shown)


def test_section_page_and_copies_are_named() -> None:
    passage = replace(PASSAGE, section="Article IX", page=12)
    copy = replace(ARTICLE.card, outlet="Second Wire", published=None)
    shown = panel([answer(replace(CITATION, passage=passage, also_in=(copy,)))])
    assert "Article IX · p. 12" in shown
    assert "also carried by Second Wire (no date)" in shown


def test_a_mark_that_starts_inside_the_article_is_at_the_right_place_in_the_passage() -> None:
    passage = Passage("a1.2.2", "a1", 2, 33, len(TEXT), TEXT[33:], None, None)
    shown = panel([answer(Citation(1, "Work goes on.", 64, 77, passage, ARTICLE.card))])
    assert "2035.\n\n<mark>Work goes on.</mark>" in shown


def test_the_whole_article_has_the_span_marked() -> None:
    shown = whole_article(ARTICLE, 33, 62)
    assert "joined. <mark>The base is planned for 2035.</mark>\n\nWork goes on." in shown


def test_the_latest_answer_is_open_and_earlier_ones_are_folded_under_their_questions() -> None:
    shown = panel([answer(CITATION, question="First?"), None, answer(CITATION, question="Third?")])
    assert shown.index('id="source-3-1"') < shown.index("Earlier: First?") < shown.index('id="source-1-1"')
    assert "Earlier: Third?" not in shown


def test_a_refusal_shows_the_nearest_misses_and_says_what_they_are() -> None:
    shown = panel([answer(abstained=True, hits=tuple(map(hit, range(1, 9))))])
    assert "Nearest passages (they do not answer the question)" in shown
    assert [f"Title {number}" in shown for number in range(1, NEAREST + 2)] == [True] * NEAREST + [False]
    assert "<mark>" not in shown


def test_a_refusal_without_any_hit_asks_about_the_scope() -> None:
    assert "Is the scope too narrow?" in panel([answer(abstained=True)])


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_documents_and_people_say_stays_text(payload: str) -> None:
    article = replace(
        ARTICLE, id=payload, title=payload, outlet=payload, author=payload, url=f"https://x.org/{payload}", text=payload
    )
    passage = replace(PASSAGE, article_id=payload, text=payload, section=payload, end=len(payload))
    citation = Citation(1, payload, 0, len(payload), passage, article.card, (article.card,))
    shown = panel([answer(citation, question=payload), answer(citation)]) + whole_article(article, 0, len(payload))
    assert payload not in shown
    assert not re.search(r"<(img|script|svg|iframe)|[{}$`]", shown)
    # Quotes are escaped, so each attribute of a tag is one of ours.
    names = {name for tag in re.findall(r"<[^>]*>", shown) for name in re.findall(r'\s([\w-]+)="[^"]*"', tag)}
    assert not {name for name in names if name.startswith("on")}


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        pytest.param("https://example.org/a", True, id="https is linked"),
        pytest.param("http://example.org/a", True, id="http is linked"),
        pytest.param("HTTPS://example.org/a", True, id="the case of the scheme does not matter"),
        pytest.param("javascript:alert(1)", False, id="a script is not"),
        pytest.param("java\nscript:alert(1)", False, id="a broken up script is not"),
        pytest.param("data:text/html,x", False, id="data is not"),
        pytest.param("file:///etc/passwd", False, id="a file is not"),
        pytest.param("//evil.example", False, id="an address without a scheme is not"),
        pytest.param("http://[", False, id="an address that cannot be read is not"),
        pytest.param(None, False, id="no address is not"),
    ],
)
def test_only_addresses_of_the_web_are_linked(url: str | None, linked: bool) -> None:
    shown = panel([answer(replace(CITATION, article=replace(ARTICLE.card, url=url)))])
    assert ('target="_blank" rel="noopener noreferrer"' in shown) == ("<a " in shown) == linked


def test_a_byline_leaves_out_what_is_not_known() -> None:
    assert byline(replace(ARTICLE.card, author=None, published=None)) == "Lunar Times, no date"


def test_an_answer_about_the_library_says_that_it_quotes_no_source() -> None:
    assert "quotes no source" in panel([answer()])
    assert "quotes no source" not in panel([replace(answer(), complete=False)])


def test_a_refusal_shows_each_article_once() -> None:
    twice = tuple(replace(hit(number), article=replace(ARTICLE.card, id=f"a{number // 2}")) for number in range(2, 6))
    assert nearest(twice) == (twice[0], twice[2])
