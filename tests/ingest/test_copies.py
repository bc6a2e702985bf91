"""Which articles are near-identical."""

import json
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.copies import candidates, is_current, near_copies, signature

STORY = """The agency signed the agreement on lunar science with three partners in Geneva on Tuesday, after talks that \
had gone on since the spring and had nearly failed over the sharing of samples.

Under the agreement each partner brings an instrument of its own, and the data are open to all after 12 months, which \
the director called a fair price for a seat on the lander.

Critics in the parliament said that the agreement was made behind closed doors, and asked the minister to explain how \
much of the budget of 40 million euros goes to firms abroad.

The minister answered that the contracts had been published in June, as the law demands, and that every member could \
have read them there.

The lander is to start from Kourou in the autumn of 2027 and to come down near the south pole of the Moon a week later.

A second mission is planned for 2030, when the partners hope to bring ice from the bottom of a crater back to Earth."""
PARAGRAPHS = STORY.split("\n\n")
# The same event, told by another reporter.
RETOLD = """Three space agencies joined a lunar science mission on Tuesday at a ceremony in Geneva.

Each of them will fly one instrument on the lander, which is due to leave Kourou in the autumn of 2027 and to come \
down near the south pole of the Moon. The data are to be open to everybody after a year.

Members of the parliament complained about secrecy. How much of the budget of 40 million euros will be spent abroad, \
they asked; the minister pointed to contracts made public in June.

Ice from a crater may follow: the partners hope for a second mission in 2030."""
TREATY = "\n\n".join(
    f"Article {numeral}\n\nEach State Party to this Convention shall {duty}, and shall tell the depositary at once."
    for numeral, duty in (
        ("I", "keep a register of the objects that it launches into outer space or beyond"),
        ("II", "pay for the damage that its objects do on the surface of the Earth"),
        ("III", "give all possible assistance to astronauts in the event of accident or distress"),
        ("IV", "conduct its activities with due regard to the interests of the other States"),
        ("V", "give notice of its withdrawal from this Convention not less than one year before"),
    )
)
ADDED = "The opposition has tabled a motion that would stop the payments until the auditors have seen the contracts."


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(STORY, id="the same text"),
        pytest.param("Moon deal signed\n\n" + STORY, id="with a headline in the text"),
        pytest.param(STORY.upper().replace("\n\n", "\n").replace(",", " ,"), id="case, space and punctuation"),
        pytest.param("\n\n".join(PARAGRAPHS[:4]), id="cut after four paragraphs"),
        pytest.param("\n\n".join((*PARAGRAPHS[:3], ADDED, *PARAGRAPHS[3:])), id="one paragraph added inside"),
        pytest.param("\n\n".join((*PARAGRAPHS, ADDED)), id="one paragraph added at the end"),
        pytest.param("\n\n".join((ADDED, *PARAGRAPHS)), id="one paragraph added at the start"),
        pytest.param(
            f"GENEVA, May 6 (Reuters) - {STORY}\n\n(Reporting by A. Writer; Editing by B. Desk)", id="with agency lines"
        ),
        pytest.param(STORY.replace("nearly failed", "almost failed"), id="with a word changed by a desk"),
    ],
)
def test_copies_are_found(other: str) -> None:
    assert candidates(signature(other), [("story", signature(STORY))]) == ("story",)
    assert near_copies(other, [STORY]) == (0,)
    assert near_copies(STORY, [other]) == (0,)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(STORY, RETOLD, id="the same event told anew"),
        pytest.param(STORY, STORY.replace("40 million", "90 million"), id="a figure changed"),
        pytest.param(STORY, STORY.replace(" the ", " their "), id="many words changed"),
        pytest.param(STORY, f"{ADDED} " * 8 + PARAGRAPHS[1], id="a paragraph quoted in another story"),
        pytest.param(TREATY, TREATY.replace("not less than", "not more than"), id="an amended law"),
        pytest.param(TREATY, TREATY.replace("Article IV", "Article V\n\n" + ADDED), id="a law with a provision added"),
        pytest.param("", "", id="nothing"),
        pytest.param("Space is free for all.", "Space is free for some.", id="short texts that differ"),
    ],
)
def test_other_texts_are_no_copies(one: str, other: str) -> None:
    assert near_copies(one, [other]) == ()
    assert near_copies(other, [one]) == ()


def test_short_texts_are_copies_when_they_are_equal() -> None:
    assert candidates(signature("Space is free!"), [("short", signature("space is free"))]) == ("short",)
    assert near_copies("Space is free!", ["space is free"]) == (0,)


def test_a_law_without_its_last_line_is_a_copy() -> None:
    assert near_copies(TREATY, [TREATY + "\n\nDone in Geneva in one copy."]) == (0,)


def test_the_nearest_candidate_comes_first() -> None:
    others = [("none", ADDED), ("cut", "\n\n".join(PARAGRAPHS[:4])), ("same", STORY)]
    assert candidates(signature(STORY), [(name, signature(text)) for name, text in others]) == ("same", "cut")


def test_a_signature_is_the_same_in_every_process() -> None:
    assert signature(STORY)[:12].hex() == "01020580c32408023e30f50b"


def test_signatures_of_another_version_are_passed_over() -> None:
    stale = b"\x00" + signature(STORY)[1:]
    assert not is_current(stale)
    assert candidates(signature(STORY), [("stale", stale), ("none", b"")]) == ()


@given(st.text(), st.text())
def test_order_does_not_matter(one: str, other: str) -> None:
    assert len(near_copies(one, [other])) == len(near_copies(other, [one]))


@given(st.text(st.characters(codec="ascii")))
def test_a_text_with_words_is_its_own_copy(text: str) -> None:
    has_words = any(map(str.isalnum, text))
    assert near_copies(text, [text]) == ((0,) if has_words else ())
    assert candidates(signature(text), [("itself", signature(text))]) == (("itself",) if has_words else ())


@pytest.mark.quality
def test_no_two_real_documents_are_copies(test_data: Path) -> None:
    laws = [path.read_text(encoding="utf-8") for path in sorted((test_data / "space-law" / "text").glob("*.txt"))]
    seeds = [path.read_text(encoding="utf-8") for path in sorted((test_data / "seeds").glob("0*.txt"))]
    truth = json.loads((test_data / "news-pages" / "truth.json").read_text(encoding="utf-8"))
    texts = [*laws, *seeds, *(page["body"] for page in truth.values())]
    signatures = [np.frombuffer(signature(text)[4:], dtype="<u4") for text in texts]
    equal = max(int((one == other).sum()) for one, other in combinations(signatures, 2))
    print(f"{len(texts)} documents; the two nearest have {equal} of 128 values in common")  # noqa: T201 - the figure
    assert [pair for pair in combinations(texts, 2) if near_copies(pair[0], [pair[1]])] == []


SHAPES: dict[str, Callable[[list[str], str], list[str]]] = {
    "another headline": lambda parts, other: ["Another headline for the story", *parts],
    "cut after four paragraphs": lambda parts, other: parts[:4],
    "one paragraph added": lambda parts, other: [*parts[: len(parts) // 2], other, *parts[len(parts) // 2 :]],
    "agency lines added": lambda parts, other: ["GENEVA, May 6 (Reuters)", *parts, "(Reporting by A; Editing by B)"],
}


@pytest.mark.quality
@pytest.mark.parametrize(("shape", "floor"), [(name, 0.99) for name in SHAPES])
def test_real_stories_are_found_again(test_data: Path, shape: str, floor: float) -> None:
    truth = json.loads((test_data / "news-pages" / "truth.json").read_text(encoding="utf-8"))
    bodies = [page["body"] for page in truth.values()]
    found = []
    for body in bodies:
        parts = [part for part in body.split("\n") if part.strip()]
        other = "\n\n".join(SHAPES[shape](parts, ADDED))
        # Cut ones of fewer than 30 words, or under a tenth, or of more than 3,000 words, are meant to be passed over.
        if len(other.split()) > max(35, 0.11 * len(body.split())) and len(body.split()) < 2800:
            likely = candidates(signature(other), [("body", signature(body))])
            found.append(bool(likely and near_copies(other, [body])))
    print(f"{sum(found)} of {len(found)} found: {shape}")  # noqa: T201 - the figure
    assert sum(found) >= floor * len(found)
