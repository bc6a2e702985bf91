"""What a chat model may write, and files that answers come from: nothing of it can mislead or break an answer."""

import gzip
import json
import re
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from fuzzing import JSON, MARKUP, ODD, WORDS, Page, damaged, fuzz, made_of, pieces, texts
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.pipeline import ingest
from rag.assistant import Assistant
from rag.backup import export_library, import_library
from rag.domain import ArticleCard, Hit, Passage, Report, Support, Usage, card_from_json, report_from_json, to_json
from rag.errors import BackupDamaged, EmptyLibrary, ModelUnsupported
from rag.evaluate import Asked, QuestionsUnreadable, evaluate
from rag.generate import generate
from rag.library import Library
from rag.markup import ADDRESS, MARK, cut, sentences
from rag.prompts import REFUSAL, Budget, lay_out, lay_out_turns
from rag.settings import Settings

ILRS = (
    "The International Lunar Research Station (ILRS) has 17 members. China plans to finish the basic station by 2035."
)
SAID = pieces(
    f"""
    The ILRS has 17 members [1]. | China plans to finish it by 2035 [1][2]. | <think> | </think> | <passage id=1>
    </passage> | {REFUSAL} | The documents do not say. | www.evil.example/?q=1 | https%3a//evil.example
    evil.example/a?b | mailto:a@b.example | [1]: http://evil.example | [link] | (http://evil.example) | [[1]](x)
    ![ | ]( | ](//evil.example) | <http://evil.example> | vbscript:x | < | 1.  | -  | 【1†source】 | [Passage 1]
    [1-99999] | [0] | [^1] | data:image/svg+xml,x | \u202e | \u200b
""",
    " | ",
)
RAW = made_of(SAID, MARKUP, WORDS, ODD, most=16, surrogates=True)


def hit(text: str, name: str) -> Hit:
    card = ArticleCard(name, 1, f"{name} <explained>", "Reuters", None, date(2025, 4, 23), None)
    return Hit(Passage(f"{name}.1.0", name, 1, 100, 100 + len(text), text, "Article II", None), card, 1.0, 1, 1)


class Model:
    """Says what it is given, in pieces."""

    name = "openai:fake"

    def __init__(self, *pieces: str | Usage) -> None:
        self.pieces = pieces

    def stream(self, system: str, user: str) -> Generator[str | Usage, None, None]:
        yield from self.pieces


# What a model writes ------------------------------------------------------------------------------------------------


@fuzz()
@given(RAW)
@example("\ud800 The ILRS has 17 members [1].")
@example("[" * 5000)
@example("<" * 5000)
@example("![x" * 2000)
@example("[1" * 2000)
def test_nothing_of_a_models_text_is_a_tag_or_an_address(raw: str) -> None:
    (*whole, rest) = (*(one.text for one in sentences(raw, ended=True)), cut(raw)[1])
    for text in whole:
        assert not Page(text).tags
        assert not ADDRESS.search(text)
        assert not re.search(r"\]\(|javascript:|<\w", text, re.IGNORECASE)
        text.encode()
    rest.encode()


@fuzz()
@given(RAW)
def test_what_was_given_out_does_not_change_while_a_text_grows(raw: str) -> None:
    before: tuple[object, ...] = ()
    for end in range(0, len(raw) + 1, max(1, len(raw) // 12)):
        if "<think" in raw[:end].lower():
            return
        found, rest = cut(raw[:end])
        assert found[: len(before)] == before
        assert not MARK.search(rest)
        before = found


@fuzz()
@given(st.lists(RAW, max_size=4), st.lists(made_of(WORDS, (ILRS,), ODD), min_size=1, max_size=3), st.booleans())
@example([f"{ILRS} [1]"], [ILRS], True)
def test_what_a_model_says_is_quoted_from_a_passage_or_marked(
    pieces: list[str], passages: list[str], drop: bool
) -> None:
    hits = [hit(text, f"a{at}") for at, text in enumerate(passages)]
    try:
        *_, last = generate("How many?", hits, Model(*pieces, Usage(1, 1)), Budget(8192), drop=drop)
    except ModelUnsupported:
        assert drop
        return
    assert last.complete
    known = {one.passage.article_id: one.passage for one in hits}
    for one in last.citations:
        passage = known[one.article.id]
        assert passage.text[one.start - passage.start : one.end - passage.start] == one.quote
    for statement in last.statements:
        assert (statement.support is Support.UNSUPPORTED) == (not statement.citations)
    assert {number for one in last.statements for number in one.citations} == {one.number for one in last.citations}


@fuzz()
@given(texts(surrogates=True), st.lists(texts(surrogates=True), max_size=3), st.integers(0, 3000))
def test_no_document_and_no_question_leaves_its_place_in_a_prompt(
    question: str, passages: list[str], most: int
) -> None:
    hits = [hit(text, "a") for text in passages]
    prompt = lay_out(question, hits, most)
    assert prompt.user.count("<passage ") == prompt.user.count("</passage>") == len(prompt.hits)
    lay_out_turns(question, [])


# Questions with known answers ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        yield Path(name)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with Assistant.open(replace(Settings.from_env(), home=tmp_path_factory.mktemp("empty"), model=None)) as assistant:
        yield assistant


NAMES = ("id", "kind", "question", "history", "answerable", "sources", "evidence", "must_match", "must_not_match")


@fuzz()
@given(st.one_of(JSON, st.dictionaries(st.sampled_from(NAMES), JSON | st.lists(texts(), max_size=2))))
@example({"question": 5, "answerable": True})
@example({"question": "When?", "answerable": True, "must_match": ["("]})
@example({"question": "When?", "answerable": True, "must_match": "2035"})
@example({"question": "When?", "answerable": True, "must_match": [5]})
@example({"question": "When?", "answerable": True, "history": [["a", "b", "c"]]})
@example({"question": "When?", "answerable": True, "history": [[1, 2]]})
@example({"question": "When?", "answerable": True, "history": ["ab"]})
@example({"question": "When?", "answerable": True, "evidence": [None]})
@example({"question": "When?", "answerable": "no"})
def test_a_line_that_is_no_question_is_said(folder: Path, empty: Assistant, value: object) -> None:
    file = folder / "questions.jsonl"
    file.write_text(json.dumps(value) + "\n", encoding="utf-8")
    try:
        found = Asked.read(value, 1)  # type: ignore[arg-type]
    except (ValueError, TypeError, KeyError, AttributeError):
        with pytest.raises(QuestionsUnreadable, match="line 1"):
            evaluate(file, empty)
        return
    for pattern in (*found.must_match, *found.must_not_match):
        re.compile(pattern)
    spoken = [text for turn in found.history for text in (turn.question, turn.answer)]
    assert all(isinstance(one, str) for one in (found.question, *spoken, *found.sources, *found.evidence))
    assert found.answerable in (True, False)


@fuzz()
@given(st.binary(max_size=200))
@example(b"\xff")
@example(b"[" * 100_000)
def test_a_file_that_holds_no_questions_is_said(folder: Path, empty: Assistant, data: bytes) -> None:
    file = folder / "questions.jsonl"
    file.write_bytes(data)
    try:
        assert not evaluate(file, empty).outcomes
    except (QuestionsUnreadable, EmptyLibrary) as error:
        assert isinstance(error, EmptyLibrary) or str(file) in str(error)


# Nouns as JSON, libraries as files ----------------------------------------------------------------------------------

CARDS = st.builds(
    ArticleCard,
    *[texts()] * 1,
    st.integers(1, 9),
    texts(),
    texts() | st.none(),
    texts() | st.none(),
    st.dates() | st.none(),
    texts() | st.none(),
)
REPORTS = st.builds(
    Report,
    added=st.lists(CARDS, max_size=2).map(tuple),
    removed=st.lists(CARDS, max_size=2).map(tuple),
    notices=st.lists(texts(), max_size=2).map(tuple),
)


@fuzz(0.5)
@given(REPORTS)
def test_a_report_is_the_same_after_its_journey(report: Report) -> None:
    assert report_from_json(json.loads(json.dumps(to_json(report)))) == report


@fuzz()
@given(JSON)
@example({"id": "a"})
def test_what_is_no_card_and_no_report_is_told_by_the_errors_documented(value: object) -> None:
    for read in (card_from_json, report_from_json):
        with suppress(KeyError, TypeError, ValueError, AttributeError):
            read(value)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def backup(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("articles")
    (folder / "station.md").write_text(f"# The station\n\n{ILRS}\n", encoding="utf-8")
    settings = replace(Settings.from_env(), home=tmp_path_factory.mktemp("home"))
    with Library.open(settings) as library:
        ingest([folder], library)
        export_library(library, folder / "library.gz")
    return (folder / "library.gz").read_bytes()


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with Library.open(replace(Settings.from_env(), home=tmp_path_factory.mktemp("other"))) as library:
        yield library


@fuzz(0.5)
@given(st.data())
def test_a_damaged_backup_is_said_and_nothing_of_it_is_taken(
    backup: bytes, other: Library, folder: Path, data: st.DataObject
) -> None:
    lines = gzip.decompress(backup).splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    lines[at] = json.dumps(data.draw(JSON)).encode() if data.draw(st.booleans()) else data.draw(damaged(lines[at]))
    torn = data.draw(damaged(backup))
    for content in (gzip.compress(b"\n".join(lines) + b"\n"), torn):
        file = folder / "library.gz"
        file.write_bytes(content)
        if content[: len(backup)] != backup:
            before = other.count()
            try:
                import_library(other, file)
            except BackupDamaged as error:
                assert str(file) in str(error)
                assert other.count() == before
