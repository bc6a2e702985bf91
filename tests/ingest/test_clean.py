"""A raw document to its body."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.clean import Body, clean
from ingest.read import RawDocument
from rag.errors import UnreadableDocument

PARAGRAPHS = (
    "The committee met in Vienna on Monday and agreed on a plan for the orbits that are most crowded, officials said.",
    "“We have waited ten years for this,” said the chair, who added that the text would now go to the plenary.",
    "Under the plan each operator has to remove a satellite within five years of the end of its mission.",
)
HEADLINE = "Committee Agrees on Plan for Crowded Orbits"
STANDFIRST = "Operators would have five years to remove a satellite, half the time they have today."
PAGE = f"""Menu
Home
World
Science
Sign in
• Home/
  • Science/
  • {HEADLINE}

{HEADLINE}

{STANDFIRST}

By Ada Example | Updated: 23-04-2025 17:27 IST
Advertisement · Scroll to continue
{HEADLINE}

{PARAGRAPHS[0]}

Advertisement · Scroll to continue

{PARAGRAPHS[1]}

What happens next

{PARAGRAPHS[2]}

TRENDING

1
Storm Closes Three Harbours in the North

Storm Closes Three Harbours in the North

 Weather
2
Minister Resigns Over Rail Contract

Minister Resigns Over Rail Contract

 Politics
Subscribe to our Newsletter
Privacy Policy | Terms of use
Phone: +43 1 5550123
© 2025 Example Media. All rights reserved.
"""


def body(content: str, kind: str = "text") -> Body:
    """The cleaned content."""
    return clean(RawDocument("/a/story", kind, content, ""))


def test_a_copied_page_becomes_its_article() -> None:
    """Standfirst, paragraphs and subheading; nothing of the page around them."""
    cleaned = body(PAGE)
    assert cleaned.title == HEADLINE
    assert cleaned.text == "\n\n".join([STANDFIRST, *PARAGRAPHS[:2], "What happens next", PARAGRAPHS[2]])


def test_every_line_of_the_page_is_there_for_a_preview() -> None:
    """Kept or not, in the page's order."""
    cleaned = body(PAGE)
    assert [line.text for line in cleaned.lines if line.kept] == cleaned.text.split("\n\n")
    assert {"Menu", "TRENDING", HEADLINE} <= {line.text for line in cleaned.lines if not line.kept}


@pytest.mark.parametrize(
    ("content", "title", "text"),
    [
        pytest.param("A note.\nAnother.\nA third.", None, "A note.\nAnother.\nA third.", id="three lines of notes"),
        pytest.param("Moon bases\n\n- ice\n- power", "Moon bases", "- ice\n- power", id="a title and a list"),
        pytest.param("China landed on the Moon.", None, "China landed on the Moon.", id="one sentence"),
        pytest.param("just words", None, "just words", id="two words"),
        pytest.param(
            "Convention on the Liability\nfor Damage\n\nArticle I\n\n(a) One;\n\n(b) Two.\n\nDONE in Vienna.",
            "Convention on the Liability for Damage",
            "Article I\n\n(a) One;\n\n(b) Two.\n\nDONE in Vienna.",
            id="a treaty, its title over two lines",
        ),
        pytest.param(
            "Title: Orbits\nDate: 2025-04-23\n\nThey fill up.", "Orbits", "They fill up.", id="a header over it"
        ),
    ],
)
def test_a_clean_text_stays_as_it_is(content: str, title: str | None, text: str) -> None:
    """But for the line that is its title."""
    cleaned = body(content)
    assert (cleaned.title, cleaned.text) == (title, text)


def test_lines_broken_at_a_width_become_paragraphs() -> None:
    """Hyphens, page numbers and foot notes between the lines included; numbered items stay apart."""
    wrapped = """\
Each Contracting Party which receives information that the crew of a spacecraft1 have
landed in its territory shall imme-
diately take all possible steps to rescue them and shall render them the assis-
tance they need. It shall inform the Secretary-General of the steps it is taking and

1United Nations, Treaty Series, vol. 672.

11

of their progress. If the help of the launching authority would add to a prompt rescue,
that authority shall co-operate with the Party, and the two shall co-operate closely.
Article 2
All of this shall be subject to the direction and to the control of the Party that has
found them, which shall act in close and continuing consultation with that authority.
"""
    assert body(wrapped).text == (
        "Each Contracting Party which receives information that the crew of a spacecraft have landed in its territory"
        " shall immediately take all possible steps to rescue them and shall render them the assistance they need. It"
        " shall inform the Secretary-General of the steps it is taking and of their progress. If the help of the"
        " launching authority would add to a prompt rescue, that authority shall co-operate with the Party, and the"
        " two shall co-operate closely."
        "\n\nArticle 2"
        "\n\nAll of this shall be subject to the direction and to the control of the Party that has found them, which"
        " shall act in close and continuing consultation with that authority."
    )


def test_an_annexed_instrument_is_the_document() -> None:
    """A resolution that adopts it names it in its own heading."""
    page = """# RESOLUTION ADOPTED

## 2777 (XXVI). Convention on Space Objects

1. *Commends* the Convention;

### ANNEX

### Convention on Space Objects

*Recalling* the [Treaty](https://example.org/treaty), [1](#fn1) the Parties agree:

### Article I

Space is free.

---

Note

1. Resolution 2222 (XXI), annex.
"""
    cleaned = body(page)
    assert cleaned.title == "Convention on Space Objects"
    assert cleaned.text == "Recalling the Treaty, the Parties agree:\n\nArticle I\n\nSpace is free."


def test_markdown_loses_its_marks_and_keeps_its_words() -> None:
    """Front matter, emphasis, links, images, fences and rules go; headings and items stay as lines."""
    page = """---
title: Given
---

# The *Moon*

Its **ice** is [near](https://example.org/a_(b)) the _poles_. ![map](map.png) 2 * 3 * 4 and snake_case_word stay.

## Bases

- ILRS
- Artemis\\_Base

***

```
code = "a_b_c"
```
"""
    cleaned = body(page, "markdown")
    assert cleaned.title == "The Moon"
    assert cleaned.text == (
        "Its ice is near the poles.  2 * 3 * 4 and snake_case_word stay."
        '\n\nBases\n\n- ILRS\n- Artemis_Base\n\ncode = "a_b_c"'
    )


def test_bad_front_matter_is_refused_with_its_line() -> None:
    """So that the user finds it."""
    with pytest.raises(UnreadableDocument, match="line 3"):
        body("---\ntitle: ok\nauthor: [one\n---\nText.", "markdown")


HTML = f"""<html><head><title>{HEADLINE} | Example</title><script>var menu = "no text";</script></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/world">World</a></li></ul></nav>
<article><h1>{HEADLINE}</h1><p>{PARAGRAPHS[0]}</p><p>{PARAGRAPHS[1]}</p><h2>What happens next</h2>
<p>{PARAGRAPHS[2]}</p><p>Agreed.</p><p>{PARAGRAPHS[0]}</p></article>
<footer><p>© 2025 Example Media. All rights reserved.</p></footer></body></html>"""


def test_a_web_page_becomes_its_article() -> None:
    """A paragraph that stands twice in it stays twice."""
    cleaned = body(HTML, "html")
    assert cleaned.title == HEADLINE
    expected = [*PARAGRAPHS[:2], "What happens next", PARAGRAPHS[2], "Agreed.", PARAGRAPHS[0]]
    assert cleaned.text.split("\n\n") == expected


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("<html><body><script>x()</script></body></html>", id="no words"),
        pytest.param("<nav><a href='/'>Home</a> <a href='/a'>About</a></nav>", id="a menu"),
        pytest.param("<!-- nothing -->", id="a comment"),
    ],
)
def test_a_page_without_an_article_is_refused(content: str) -> None:
    """With a cure."""
    with pytest.raises(UnreadableDocument, match="No article"):
        body(content, "html")


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        pytest.param("text", "word " * 200_000, id="a line of a million characters"),
        pytest.param("text", "menu\n" * 20_000, id="a long menu"),
        pytest.param("markdown", "[a](" * 50_000, id="links that never end"),
        pytest.param("markdown", "*a " * 50_000, id="emphasis that never ends"),
        pytest.param("html", "<div>" * 1_500 + PARAGRAPHS[0], id="deeply nested elements"),
        pytest.param("html", f"<script>{'var a=1;' * 1_300_000}</script><p>{PARAGRAPHS[0]}</p>", id="a 10 MB script"),
    ],
)
def test_hostile_documents_take_bounded_time(kind: str, content: str) -> None:
    """They come out, whatever comes out."""
    assert body(content, kind).text


@given(st.text(alphabet=st.sampled_from("ab .\n©#*[]()-1_|"), max_size=300))
def test_text_is_only_ever_removed(content: str) -> None:
    """The words of what is kept are words of the page, in their order."""
    try:
        kept = body(content).text
    except UnreadableDocument:
        return
    remaining = iter(content)
    assert all(character in remaining for character in kept if not character.isspace())
