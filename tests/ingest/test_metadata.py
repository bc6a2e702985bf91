"""What a document says about itself."""

from datetime import date

import pytest

from ingest.clean import clean
from ingest.metadata import Metadata, metadata
from ingest.read import RawDocument

TEXT = (
    "The committee met in Vienna on Monday and agreed on a plan for the orbits that are most crowded, officials said."
    "\n\nUnder the plan each operator has to remove a satellite within five years of the end of its mission there."
)
HEADLINE = "Committee Agrees on Plan for Crowded Orbits"
APRIL_23 = date(2025, 4, 23)


def described(content: str, kind: str = "text", source: str = "/a/space_news-item.txt") -> Metadata:
    """The metadata of a document."""
    raw = RawDocument(source, kind, content, "")
    return metadata(raw, clean(raw))


def copied(*facts: str, footer: str = "© 2025") -> Metadata:
    """The metadata of a copied page with lines of facts under its headline."""
    rows = "\n".join(facts)
    return described(f"Menu\nSign in\n\n{HEADLINE}\n\n{rows}\nAdvertisement\n\n{TEXT}\n\nSubscribe\nPrint\n{footer}\n")


def html(head: str = "", body: str = "") -> str:
    """A page with an article."""
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in TEXT.split("\n\n"))
    return f"<html lang='en-GB'><head>{head}</head><body><h1>{HEADLINE}</h1>{body}{paragraphs}</body></html>"


def test_front_matter_is_trusted_first() -> None:
    """Before the first heading, and in the forms that people use."""
    found = described(
        "---\ntitle: Given\nsource: Example News\nauthors: [A, B]\ndate: 2025-04-23\nupdated: April 24, 2025\n"
        f"link: https://example.org/a\nlang: en\n---\n# Heading\n\n{TEXT}",
        "markdown",
    )
    assert found == Metadata(
        title="Given",
        outlet="Example News",
        author="A, B",
        published=APRIL_23,
        updated=date(2025, 4, 24),
        url="https://example.org/a",
        language="en",
        found=dict.fromkeys(("title", "outlet", "author", "published", "updated", "url", "language"), "front matter"),
    )


def test_without_front_matter_the_first_heading_is_the_title() -> None:
    """And nothing else is made up."""
    found = described(f"# Heading\n\n{TEXT}", "markdown", "/a/b.md")
    assert (found.title, found.outlet, found.published) == ("Heading", None, None)


@pytest.mark.parametrize(
    ("row", "published", "updated"),
    [
        ("Updated: 24-04-2025 17:27 IST | Created: 23-04-2025 17:27 IST", APRIL_23, date(2025, 4, 24)),
        ("Published: April 23, 2025", APRIL_23, None),
        ("April 23, 2025 5:27 PM", APRIL_23, None),
        ("Last updated on 23 April 2025", None, APRIL_23),
        ("Updated: 23-04-2025 | Created: 03-04-2025", date(2025, 4, 3), APRIL_23),
        ("03-04-2025", None, None),
        ("Three hours ago", None, None),
    ],
)
def test_date_lines_tell_publication_from_update(row: str, published: date | None, updated: date | None) -> None:
    """What was "updated" is never taken for "published", and an ambiguous date stays unknown."""
    found = copied(row)
    assert (found.published, found.updated) == (published, updated)


def test_a_clean_text_may_state_its_facts_under_its_title() -> None:
    """They are read, and a byline does not stay in the text."""
    raw = RawDocument("/a/b.txt", "text", f"{HEADLINE}\nBy Ada Example\nApril 23, 2025\n\n{TEXT}", "")
    found = metadata(raw, clean(raw))
    assert (found.title, found.author, found.published) == (HEADLINE, "Ada Example", APRIL_23)
    assert "Ada" not in clean(raw).text


def test_a_dateline_without_a_year_is_no_date() -> None:
    """But it names the agency."""
    found = described(f"{HEADLINE}\n\nVIENNA, April 23 (Reuters) - {TEXT}")
    assert (found.published, found.outlet) == (None, "Reuters")


@pytest.mark.parametrize(
    ("row", "footer", "outlet", "author"),
    [
        ("Orbital News Desk | Created: 23-04-2025", "© 2025", "Orbital", "Orbital News Desk"),
        (
            "By Ada Example",
            "© 2019-2025 The Orbital Company. All rights reserved.",
            "The Orbital Company",
            "Ada Example",
        ),
        ("By Ada Example | April 23, 2025", "Copyright © 2025", None, "Ada Example"),
    ],
)
def test_outlet_and_author_come_from_the_lines_of_facts(
    row: str, footer: str, outlet: str | None, author: str | None
) -> None:
    """A desk is named after its outlet; a copyright line names an owner, or none."""
    found = copied(row, footer=footer)
    assert (found.outlet, found.author) == (outlet, author)


def test_a_header_over_a_text_is_read() -> None:
    """As people write it over what they keep."""
    found = described(f"Title: Given\nSource: Example News\nDate: 2025-04-23\nURL: https://example.org/a\n\n{TEXT}")
    assert (found.title, found.outlet, found.published, found.url) == (
        "Given",
        "Example News",
        APRIL_23,
        "https://example.org/a",
    )


LINKED_DATA = """<script type="application/ld+json">{"@graph": [
 {"@type": "WebPage", "datePublished": "2020-01-01"},
 {"@type": "NewsArticle", "headline": "Orbits &amp; Plans", "datePublished": "2025-04-23T10:00:00Z",
  "dateModified": "2025-04-25", "author": [{"@id": "#ada"}], "publisher": {"name": "Example News"}},
 {"@type": "Person", "@id": "#ada", "name": "Ada Example"}]}</script>"""


def test_linked_data_is_trusted_before_meta_elements() -> None:
    """The article's own before that of the page around it; references are followed."""
    found = described(html(LINKED_DATA + '<meta property="article:published_time" content="2024-01-01">'), "html")
    assert (found.title, found.outlet, found.author) == ("Orbits & Plans", "Example News", "Ada Example")
    assert (found.published, found.updated, found.found["published"]) == (APRIL_23, date(2025, 4, 25), "JSON-LD")


def test_meta_elements_are_read() -> None:
    """And the language of the page."""
    head = (
        f'<meta property="og:title" content="{HEADLINE} - Example"><meta property="og:site_name" content="Example">'
        '<meta name="author" content="By Ada Example"><meta property="article:modified_time" content="2025-04-24">'
        '<link rel="canonical" href="https://example.org/2025/04/23/orbits">'
    )
    found = described(html(head), "html")
    assert (found.title, found.outlet, found.author) == (HEADLINE, "Example", "Ada Example")
    assert (found.published, found.found["published"], found.updated) == (APRIL_23, "URL path", date(2025, 4, 24))
    assert (found.url, found.language) == ("https://example.org/2025/04/23/orbits", "en")


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Plan for Orbits | Example", "Plan for Orbits"),
        ("Plan for Orbits - A New Way", "Plan for Orbits - A New Way"),
        ("Space | Example", "Space | Example"),
    ],
)
def test_the_site_goes_from_the_title_element(title: str, expected: str) -> None:
    """Where it is sure to be the site."""
    assert described(html(f"<title>{title}</title>"), "html").title == expected


@pytest.mark.parametrize("path", ["2025/04/23/a", "news/2025-04-23/a", "2025/apr/23/a", "a-20250423", "20250423/a"])
def test_the_address_tells_the_date(path: str) -> None:
    """Of a page that says nothing else."""
    assert described(html(), "html", f"https://example.org/{path}").published == APRIL_23


def test_a_broken_head_is_no_obstacle() -> None:
    """Impossible dates and torn JSON give way to the next place."""
    head = (
        '<script type="application/ld+json">{"@type": "NewsArticle", </script>'
        '<meta name="date" content="2025-02-30"><meta property="og:url" content="no address">'
    )
    found = described(html(head, "<p>Published: April 23, 2025</p>"), "html", "/a/b.html")
    assert (found.published, found.url) == (APRIL_23, None)


def test_the_file_name_is_the_last_resort_for_a_title() -> None:
    """Made readable."""
    found = described("One sentence, and no title.")
    assert (found.title, found.found["title"]) == ("Space news item", "file name")


@pytest.mark.parametrize(
    ("text", "language", "where"),
    [
        (
            "Le comité s'est réuni à Vienne lundi et a adopté un plan pour les orbites. " * 2,
            "fr",
            "text",
        ),
        ("Zu kurz.", "en", "assumed"),
    ],
)
def test_the_language_is_told_from_enough_text(text: str, language: str, where: str) -> None:
    """From a hundred characters on."""
    found = described(text)
    assert (found.language, found.found["language"]) == (language, where)
