"""The questions of the starter collection are well formed, and what proves their answers stands in the articles."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from ingest.clean import clean
from ingest.read import Limits, read
from rag.evaluate import TOGETHER, Asked

CORPUS = Path(__file__).parent.parent / "corpus"
STEMS = {file.stem for file in (CORPUS / "articles").glob("*.md")}
KINDS = {
    "single_fact",
    "numeric_or_date",
    "attribution",
    "multi_document",
    "paraphrase",
    "followup",
    "comparison",
    "conflict_or_nuance",
}
REFUSED = {"unanswerable_near", "unanswerable_far", "furniture_bait"}
SHAPE = {
    "id": str,
    "kind": str,
    "question": str,
    "history": list,
    "answerable": bool,
    "sources": list,
    "evidence": list,
    "must_match": list,
    "must_not_match": list,
    "note": str,
}
LISTS = ("sources", "evidence", "must_match", "must_not_match")


@cache
def article(stem: str) -> str:
    """The text of an article as the library holds it."""
    return clean(read(CORPUS / "articles" / f"{stem}.md", Limits(bytes=1_000_000))).text


def flat(text: str) -> str:
    return " ".join(text.split())


@cache
def rows() -> tuple[dict[str, Any], ...]:
    lines = (CORPUS / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(json.loads(line) for line in lines)


@cache
def answerable() -> tuple[Asked, ...]:
    return tuple(Asked.read(row, number) for number, row in enumerate(rows(), 1) if row["answerable"])


def found(patterns: Sequence[str], text: str) -> list[str]:
    return [pattern for pattern in patterns if re.search(pattern, text, re.IGNORECASE)]


def proof(asked: Asked, source: str) -> list[str]:
    """The evidence that stands in an article."""
    return [piece for piece in map(flat, asked.evidence) if piece in flat(article(source))]


def around(piece: str, source: str) -> str:
    """The paragraphs of an article that hold a piece of evidence."""
    paragraphs = map(flat, article(source).split("\n\n"))
    return " ".join(paragraph for paragraph in paragraphs if piece in paragraph) or piece


def test_every_question_has_all_fields_and_a_kind_that_fits() -> None:
    for row in rows():
        assert {name: type(value) for name, value in row.items()} == SHAPE, row["id"]
        assert re.fullmatch(r"[a-z]\d{3}", row["id"]), row["id"]
        assert row["question"].strip(), row["id"]
        assert row["kind"] in (KINDS if row["answerable"] else REFUSED), row["id"]
        assert all(len(set(row[name])) == len(row[name]) and all(row[name]) for name in LISTS), row["id"]


def test_no_question_and_no_id_comes_twice() -> None:
    ids = Counter(row["id"] for row in rows())
    questions = Counter((flat(row["question"]).casefold(), json.dumps(row["history"])) for row in rows())
    assert [one for counts in (ids, questions) for one, count in counts.items() if count > 1] == []


def test_followups_and_they_alone_have_turns_before_them() -> None:
    assert [row["id"] for row in rows() if bool(row["history"]) != (row["kind"] == "followup")] == []
    turns = [turn for row in rows() for turn in row["history"]]
    assert [turn for turn in turns if len(turn) != 2 or not all(side.strip() for side in turn)] == []


def test_a_question_without_an_answer_has_no_proof_and_does_not_hold_its_own_bait() -> None:
    for row in rows():
        if not row["answerable"]:
            assert [name for name in ("sources", "evidence", "must_match") if row[name]] == [], row["id"]
            assert not found(row["must_not_match"], row["question"]), row["id"]
            assert row["must_not_match"] or row["kind"] != "furniture_bait", row["id"]


def test_all_evidence_stands_word_for_word_in_the_articles_named() -> None:
    for asked in answerable():
        assert asked.evidence, asked.id
        assert asked.sources, asked.id
        assert set(asked.sources) <= STEMS, asked.id
        assert all(15 <= len(flat(piece)) <= 250 for piece in asked.evidence), asked.id
        proven = {source: proof(asked, source) for source in asked.sources}
        assert all(proven.values()), (asked.id, proven)
        assert {flat(piece) for piece in asked.evidence} == {one for some in proven.values() for one in some}, asked.id


def test_an_answer_of_several_articles_names_several() -> None:
    several = [asked for asked in answerable() if asked.kind in ("multi_document", "conflict_or_nuance")]
    assert [asked.id for asked in several if len(asked.sources) < 2] == []


def test_quoting_the_evidence_answers_the_question() -> None:
    for asked in answerable():
        alone = [proof(asked, source) for source in asked.sources]
        for quoted in [list(asked.evidence)] if asked.kind in TOGETHER else alone:
            answer = flat(" ".join(quoted))
            assert asked.must_match, asked.id
            assert found(asked.must_match, answer) == list(asked.must_match), asked.id


def test_quoting_the_paragraph_of_the_evidence_is_no_wrong_answer() -> None:
    for asked in answerable():
        for source in asked.sources:
            for piece in proof(asked, source):
                assert not found(asked.must_not_match, around(piece, source)), (asked.id, source)
