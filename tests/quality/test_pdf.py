"""How much of the instruments of space law comes out of their PDFs, and how much else.

SPACE_POLICY_TEST_DATA=../shared pytest tests/quality/test_pdf.py -s
"""

import re
from functools import cache
from pathlib import Path

import pytest

from ingest.read_pdf import PdfText, read_pdf

pytestmark = pytest.mark.quality

WORDS = 5  # in a shingle
# The texts keep marks of footnotes that the reader leaves out ("session12", "Bodies.1"), and an older spelling.
GLUED_MARK = re.compile(r"(?<=[a-z]{3})[.,]?\d{1,2}(?=[\s,.;])")
OLD_SPELLING = re.compile("(?<=[Cc]o)-(?=operat)")

COLLECTION = "un-space-law-instruments-2025"
RECALL = {  # (PDF, text that it holds) -> floor; reached when written: 0.974 to 1
    ("copuos-debris-mitigation-2007", "copuos-debris-mitigation-2007"): 0.99,
    ("copuos-lts-guidelines-2019", "copuos-lts-guidelines-2019"): 0.99,
    (COLLECTION, "copuos-debris-mitigation-2007"): 0.99,
    (COLLECTION, "copuos-lts-guidelines-2019"): 0.99,
    (COLLECTION, "ga-res-1962-legal-principles-1963"): 0.99,
    (COLLECTION, "ga-res-37-92-direct-broadcasting-1982"): 0.99,
    (COLLECTION, "ga-res-41-65-remote-sensing-1986"): 0.98,
    (COLLECTION, "ga-res-47-68-nuclear-power-1992"): 0.99,
    (COLLECTION, "ga-res-51-122-benefits-1996"): 0.97,
    (COLLECTION, "liability-convention-1972"): 0.98,
    (COLLECTION, "moon-agreement-1979"): 0.985,
    (COLLECTION, "outer-space-treaty-1967"): 0.975,
    (COLLECTION, "registration-convention-1975"): 0.99,
    (COLLECTION, "rescue-agreement-1968"): 0.99,
}


def shingles(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", OLD_SPELLING.sub("", GLUED_MARK.sub("", text)).lower())
    return {tuple(words[at : at + WORDS]) for at in range(len(words) - WORDS + 1)}


@cache
def document(path: Path) -> PdfText:
    return read_pdf(path.read_bytes())


@pytest.mark.parametrize(("pdf", "text"), RECALL)
def test_recall(test_data: Path, pdf: str, text: str) -> None:
    wanted = shingles((test_data / "space-law" / "text" / f"{text}.txt").read_text(encoding="utf-8"))
    found = shingles(document(test_data / "space-law" / "pdf" / f"{pdf}.pdf").text)
    recall = len(wanted & found) / len(wanted)
    print(f"recall {recall:.4f} of {text} in {pdf}")  # noqa: T201 - the figures are what it is for
    assert recall >= RECALL[pdf, text]


# The preface, the covers and the imprint are in the PDFs and not in the texts.
@pytest.mark.parametrize(
    ("name", "least"), [("copuos-debris-mitigation-2007", 0.61), ("copuos-lts-guidelines-2019", 0.97)]
)
def test_precision(test_data: Path, name: str, least: float) -> None:
    wanted = shingles((test_data / "space-law" / "text" / f"{name}.txt").read_text(encoding="utf-8"))
    found = shingles(document(test_data / "space-law" / "pdf" / f"{name}.pdf").text)
    precision = len(wanted & found) / len(found)
    print(f"precision {precision:.4f} of {name}")  # noqa: T201 - the figures are what it is for
    assert precision >= least


def test_paragraphs_are_those_of_the_document(test_data: Path) -> None:
    name = "copuos-debris-mitigation-2007"
    wanted = paragraphs((test_data / "space-law" / "text" / f"{name}.txt").read_text(encoding="utf-8"))
    assert wanted - paragraphs(document(test_data / "space-law" / "pdf" / f"{name}.pdf").text) == set()


def paragraphs(text: str) -> set[str]:
    return {" ".join(re.findall(r"\w+", paragraph)) for paragraph in text.split("\n\n")}


def test_pages_begin_where_their_first_words_stand(test_data: Path) -> None:
    found = document(test_data / "space-law" / "pdf" / f"{COLLECTION}.pdf")
    assert len(found.pages) == 138
    assert found.text[found.pages[9] :].startswith("A. Treaty on Principles Governing the Activities of States")
    assert found.text[found.pages[60] :].startswith("D. Principles Relevant to the Use of Nuclear Power Sources")
