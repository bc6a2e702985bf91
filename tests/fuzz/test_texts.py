"""Texts of any kind, cut and compared: passages tile an article, quotes stand in it word for word."""

import itertools
from collections.abc import Sequence
from datetime import date

from fuzzing import MARKUP, ODD, WORDS, fuzz, made_of, pieces, texts
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.copies import candidates, near_copies, signature
from ingest.split import split
from rag.dates import dates_in, day_first_habit, parse_date
from rag.domain import Support
from rag.lexical import stems
from rag.sentences import is_heading, sentence_spans
from rag.verify import check

LAW = pieces(
    """
    Article II. | Article 4 Each | Guideline B.4 | § 51303. | Annex | Part I | 1. The | (a) a | 12. 
    Article I bis — The | The Moon is far. | Use of terms | “Who? When?” he | e.g. | U.S. | No. 5 | et al. | shall
    ; | : | , | — 
""",
    " | ",
)
ARTICLES = made_of(WORDS, LAW, ODD, MARKUP)
SENTENCES = made_of(WORDS, LAW)


def words(found: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in found]


def letters(found: Sequence[str]) -> list[int]:
    """A counter by which a single word can be too long for a passage."""
    return [sum(map(len, text.split())) for text in found]


@fuzz()
@given(ARTICLES)
def test_sentences_hold_every_character_that_is_no_space(text: str) -> None:
    spans = sentence_spans(text)
    bare = [text[start:end] for start, end in spans]
    assert all(one == one.strip() and one for one in bare)
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(spans))
    assert "".join("".join(bare).split()) == "".join(text.split())


@fuzz()
@given(ARTICLES, st.sampled_from((words, letters)), st.integers(1, 40), st.lists(st.integers(0, 500), max_size=4))
def test_passages_tile_an_article(text: str, count: object, most: int, pages: list[int]) -> None:
    spans = split(text, count, most, sorted(pages))  # type: ignore[arg-type]
    bare = [text[span.start : span.end] for span in spans]
    assert all(one == one.strip() and one for one in bare)
    assert all(first.end <= second.start for first, second in itertools.pairwise(spans))
    assert "".join("".join(bare).split()) == "".join(text.split())
    for span, size in zip(spans, count(bare), strict=True):  # type: ignore[operator]
        assert size <= most or span.end - span.start == 1
        assert span.sentences[0][0] == span.start
        assert span.sentences[-1][1] == span.end
        assert (span.page is None) == (not pages)


@fuzz()
@given(ARTICLES)
def test_whatever_is_asked_of_a_line_is_answered(line: str) -> None:
    assert is_heading(line) in (True, False)
    assert all(stems(line))
    for found in (
        parse_date(line),
        parse_date(line, day_first=True),
        *dates_in(line),
        *dates_in(line, day_first=False),
    ):
        assert found is None or 1900 <= found.year <= 2100
    assert day_first_habit(line) in (None, True, False)


@fuzz()
@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)), texts())
def test_a_date_is_read_however_it_is_written(day: date, rest: str) -> None:
    for form in (day.isoformat(), f"{day:%d %B %Y}", f"{day:%B %d, %Y}", f"{day:%b}. {day.day}, {day.year}"):
        assert parse_date(form) == day
        assert day in dates_in(f"{form} x{rest}")


@fuzz()
@given(SENTENCES, st.lists(ARTICLES, max_size=3))
@example("", [""])
def test_a_quote_stands_in_its_passage(sentence: str, passages: list[str]) -> None:
    found = check(sentence, passages)
    assert 0 <= found.score <= 1
    if found.passage is None:
        assert found.support is Support.UNSUPPORTED
    else:
        assert passages[found.passage][found.start : found.end] == found.quote


@fuzz()
@given(SENTENCES)
def test_what_a_passage_says_word_for_word_is_not_called_unsupported(text: str) -> None:
    for start, end in sentence_spans(text):
        if len(stems(text[start:end])) >= 3:
            assert check(text[start:end], [text]).support is not Support.UNSUPPORTED


@fuzz()
@given(ARTICLES, ARTICLES)
def test_a_text_is_a_copy_of_itself(one: str, other: str) -> None:
    marks = [("one", signature(one)), ("other", signature(other))]
    assert set(candidates(signature(one), marks)) <= {"one", "other"}
    assert set(near_copies(one, [other])) <= {0}
    if signature(one):
        assert "one" in candidates(signature(one), marks)
        assert 0 in near_copies(one, [one])
