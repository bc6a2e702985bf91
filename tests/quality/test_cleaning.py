"""How well cleaning finds the article, on real pages. Floors lie a little under what is reached."""

import gzip
import json
import re
import runpy
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from ingest.clean import Body, clean
from ingest.metadata import metadata
from ingest.read import Limits, RawDocument, read, read_bytes
from rag.errors import UnreadableDocument

pytestmark = pytest.mark.quality
FLOORS = json.loads(Path(__file__).with_name("floors.json").read_text())["cleaning"]
LIMIT = Limits(50_000_000)


def cleaned(raw: RawDocument) -> Body:
    """The body, empty where none is found."""
    try:
        return clean(raw)
    except UnreadableDocument:
        return Body("", None, ())


@pytest.fixture(scope="session")
def news_score(test_data: Path) -> Callable[[Mapping[str, str]], float]:
    """Predicted bodies -> F1 over the news pages."""
    folder = test_data / "news-pages"
    score: Any = runpy.run_path(str(folder / "score.py"))["score"]
    truth = json.loads((folder / "truth.json").read_text())
    return lambda predictions: float(score(truth, predictions)["f1"])


def test_copied_news_pages(test_data: Path, news_score: Callable[[Mapping[str, str]], float]) -> None:
    """Pages copied as text."""
    files = (test_data / "news-pages" / "text").glob("*.txt")
    assert news_score({file.stem: cleaned(read(file, LIMIT)).text for file in files}) >= FLOORS["copied_text_f1"]


def test_news_pages_as_html(test_data: Path, news_score: Callable[[Mapping[str, str]], float]) -> None:
    """The same pages as they came."""
    pages = {file.name.split(".")[0]: file for file in (test_data / "news-pages" / "html").glob("*.html.gz")}
    raws = {
        name: read_bytes(gzip.decompress(file.read_bytes()), str(file), "html", LIMIT) for name, file in pages.items()
    }
    assert news_score({name: cleaned(raw).text for name, raw in raws.items()}) >= FLOORS["html_f1"]


def shingles(text: str, size: int = 5) -> Counter[tuple[str, ...]]:
    """The runs of five words in a text."""
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[at : at + size]) for at in range(len(words) - size + 1))


def test_copied_treaties_come_near_the_clean_text(test_data: Path) -> None:
    """Each of them."""
    folder = test_data / "space-law"
    for page in (folder / "page").glob("*.txt"):
        body = clean(read(page, LIMIT))
        wanted, got = shingles((folder / "text" / page.name).read_text()), shingles(f"{body.title}\n{body.text}")
        common = (wanted & got).total()
        assert common / wanted.total() >= FLOORS["treaty_recall"], page.name
        assert common / got.total() >= FLOORS["treaty_precision"], page.name


def test_clean_treaties_stay_as_they_are(test_data: Path) -> None:
    """But for the title line; not one word is lost."""
    for file in (test_data / "space-law" / "text").glob("*.txt"):
        body = clean(read(file, LIMIT))
        # The bell characters in one of them are no words.
        assert f"{body.title} {body.text}".split() == file.read_text().replace("\a", "").split(), file.name


def test_the_two_copied_news_pages_are_whole_and_dated(test_data: Path) -> None:
    """Title, outlet, dates and body as they should be."""
    first, second = (read(path, LIMIT) for path in sorted((test_data / "seeds").glob("*.txt")))
    one, two = metadata(first, clean(first)), metadata(second, clean(second))
    assert (one.outlet, str(one.published), str(one.updated)) == ("Devdiscourse", "2025-04-23", "2025-04-23")
    assert (two.outlet, two.published, two.updated) == (None, None, None)
    assert one.title == "China's Space Diplomacy: Challenges and Opportunities"
    assert two.title == "China Accuses US of Interfering in Global Space Partnerships Amid Lunar Race"
    assert [len(clean(raw).text.split("\n\n")) for raw in (first, second)] == [5, 14]


@pytest.mark.parametrize(
    "bait", ["Harvard", "TRENDING", "Phone", "Copyright", "Advertisement", "Home/", "Privacy", "LLMs"]
)
def test_no_furniture_is_left_in_the_two_copied_news_pages(test_data: Path, bait: str) -> None:
    """Menus, other stories, footers."""
    assert not any(bait in clean(read(path, LIMIT)).text for path in (test_data / "seeds").glob("*.txt"))
