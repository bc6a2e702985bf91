"""Pages from the web go the same line as files: fetched, dated, known by their address."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ingest.pipeline import ingest
from rag.library import Library
from rag.settings import Settings

PAGE = """<html lang="en"><head><title>Five years | The Daily Orbit</title>
<meta property="og:site_name" content="The Daily Orbit">
<meta property="article:published_time" content="2024-09-29T10:00:00Z">
<link rel="canonical" href="https://orbit.example/five-years"></head>
<body><nav>Home News Contact</nav><article><h1>Five years</h1>
<p>Satellites in low orbit must be gone within five years, the regulator decided on Thursday after a long debate.</p>
<p>The rule holds for satellites that are launched two years after the decision, and for licences of any age.</p>
</article><footer>advertisement %s</footer></body></html>"""


@dataclass
class Site:
    """What a server says; path -> (status, body)."""

    address: str
    pages: dict[str, tuple[int, str]] = field(default_factory=dict)


@pytest.fixture
def site() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = found.pages.get(self.path, (404, "gone"))
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Site(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(Settings.from_env(), home=tmp_path / "home", fetch_loopback=True)


@pytest.fixture
def library(settings: Settings) -> Iterator[Library]:
    with Library.open(settings) as library:
        yield library


def test_a_page_is_taken_in_with_what_it_says_of_itself(library: Library, site: Site) -> None:
    site.pages["/story"] = (200, PAGE % 1)
    (card,) = ingest([f"{site.address}/story#comments"], library).added
    article = library.article(card.id)
    assert (article.source, article.url) == (f"{site.address}/story", "https://orbit.example/five-years")
    assert (article.title, article.outlet, str(article.published)) == ("Five years", "The Daily Orbit", "2024-09-29")
    assert article.text.startswith("Satellites in low orbit")
    assert "advertisement" not in article.text


def test_a_page_whose_article_has_not_changed_is_unchanged(library: Library, site: Site) -> None:
    site.pages["/story"] = (200, PAGE % 1)
    ingest([f"{site.address}/story"], library)
    site.pages["/story"] = (200, PAGE % "another")
    assert len(ingest([f"{site.address}/story"], library).unchanged) == 1
    site.pages["/story"] = (200, PAGE.replace("five years", "ten years") % 1)
    assert len(ingest([f"{site.address}/story"], library).updated) == 1


def test_a_page_that_is_not_to_be_had_is_a_failure_and_the_rest_goes_in(library: Library, site: Site) -> None:
    site.pages["/story"] = (200, PAGE % 1)
    report = ingest([f"{site.address}/nothing", f"{site.address}/story", "http://10.1.2.3/private"], library)
    assert len(report.added) == 1
    missing, private = report.failures
    assert "does not exist" in missing.reason
    assert "10.1.2.3" in private.reason


def test_without_the_setting_for_tests_this_computer_is_not_reached(settings: Settings, site: Site) -> None:
    with Library.open(replace(settings, fetch_loopback=False)) as library:
        (failure,) = ingest([f"{site.address}/story"], library).failures
    assert "127.0.0.1" in failure.reason
