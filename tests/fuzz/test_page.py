"""What people and documents say, drawn and taken away; what a browser or a program may send."""

import json
import re
from datetime import date
from types import SimpleNamespace
from typing import Any

import gradio as gr
from fuzzing import JSON, Page, fuzz, pieces, texts
from hypothesis import example, given
from hypothesis import strategies as st

from rag.domain import (
    Answer,
    Article,
    ArticleCard,
    Citation,
    Filters,
    Hit,
    Passage,
    Statement,
    Support,
    marked,
    to_json,
)
from rag.errors import SpacePolicyError
from ui import citing, scope, sources
from ui.access import Visitor
from ui.chat import Exchange
from ui.limits import Pace
from ui.programs import Programs
from ui.sign_in import Role
from ui.thread import thread

TAGS = pieces("""
    a article blockquote br button details div dd dl dt em fieldset form h2 h3 h4 input label legend li mark nav p
    section small span strong summary textarea time ul
""")
NOTHING_ELSE = re.compile(r"[{}$`\\]")  # what Gradio's templates would act on
SAYS = texts(surrogates=True)
ADDRESS = st.one_of(
    SAYS,
    SAYS.map("https://{}".format),
    SAYS.map("javascript:{}".format),
    st.sampled_from(("http://[", "https://x.example/a?b#c", "//x")),
)
MAYBE = st.none() | SAYS
CARDS = st.builds(ArticleCard, SAYS, st.integers(1, 9), SAYS, MAYBE, MAYBE, st.dates() | st.none(), st.none() | ADDRESS)


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """An answer as it may come of any document and any model."""
    citations = []
    for number in range(1, draw(st.integers(0, 3)) + 1):
        text = draw(SAYS) or "x"
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, len(text)))
        card, base = draw(CARDS), draw(st.integers(0, 99))
        passage = Passage(
            draw(SAYS), card.id, 1, base, base + len(text), text, draw(MAYBE), draw(st.none() | st.integers(1, 9))
        )
        copies = tuple(draw(st.lists(CARDS, max_size=2)))
        citations.append(Citation(number, text[start:end], base + start, base + end, passage, card, copies))
    statement = st.builds(
        Statement, SAYS, st.lists(st.integers(0, 4), max_size=2).map(tuple), st.sampled_from(Support), st.floats(0, 1)
    )
    statements = tuple(draw(st.lists(statement, max_size=3)))
    text = draw(st.one_of(st.just(marked(statements)), SAYS))
    hits = tuple(Hit(one.passage, one.article, 1.0, 1, None, one.also_in) for one in citations)
    return Answer(
        question=draw(SAYS),
        standalone_question=draw(SAYS),
        text=text,
        statements=statements,
        citations=tuple(citations),
        hits=hits,
        abstained=draw(st.booleans()),
        mode=draw(st.sampled_from(("quotes", "model"))),
        model=draw(st.none() | SAYS),
        filters=draw(st.builds(Filters, st.lists(SAYS, max_size=2).map(tuple))),
        notices=tuple(draw(st.lists(SAYS, max_size=2))),
        usage=None,
        timings={"total": 1.0},
        complete=draw(st.booleans()),
    )


EXCHANGES = st.builds(Exchange, SAYS, st.none() | answers(), MAYBE, st.booleans())


@fuzz(0.7)
@given(st.lists(EXCHANGES, max_size=2), st.lists(SAYS, max_size=2))
def test_a_conversation_shows_what_was_said_as_text(exchanges: list[Exchange], questions: list[str]) -> None:
    for rendered in thread(exchanges, questions):
        assert Page(rendered).shows_only(TAGS, ())


@fuzz(0.7)
@given(st.lists(st.none() | answers(), max_size=2))
def test_a_source_shows_what_a_document_says_as_text(found: list[Answer | None]) -> None:
    rendered = sources.panel(found)
    page = Page(rendered)
    assert page.shows_only(TAGS, ("http://", "https://"))
    assert not NOTHING_ELSE.search(rendered)


@fuzz()
@given(SAYS, st.integers(0, 99), st.integers(0, 99))
def test_a_whole_article_is_shown_whole(text: str, start: int, end: int) -> None:
    article = Article("a", 1, "/a", "A", None, None, None, None, None, "en", text, "0" * 64, {})
    rendered = sources.whole_article(article, start, end)
    page = Page(rendered)
    assert page.shows_only(("div", "mark"), ())
    # A browser reads a carriage return as a line's end, and no NUL.
    seen = "".join(page.shown).replace("\r\n", "\n").replace("\r", "\n")
    assert "".join(seen.split()) == "".join(text.split())


@fuzz()
@given(JSON | st.dictionaries(st.sampled_from(("all", "outlets", "since", "until", "articles")), JSON))
@example({"outlets": [["a"]], "since": "2025-04-23", "articles": [{"id": 5}]})
@example({"since": "2025-04-23", "until": "2025-04-22"})
@example({"since": "2025-W17-3", "until": 5})
def test_a_scope_that_a_browser_sends_is_read_or_explained(value: object) -> None:
    try:
        filters = scope.read(value)
    except SpacePolicyError as error:
        assert str(error)
    else:
        assert all(isinstance(one, str) for one in (*filters.outlets, *filters.articles))
        assert not (filters.since and filters.until) or filters.since <= filters.until
    told = scope.line(value)
    assert isinstance(told, dict) or Page(told).shows_only(("p", "span", "strong", "button"), ())


# Taken away ----------------------------------------------------------------------------------------------------------


@fuzz()
@given(answers())
def test_citations_are_one_record_for_each_article(answer: Answer) -> None:
    articles = len({one.article.id for one in answer.citations})
    ris, bibtex = citing.ris(answer), citing.bibtex(answer)
    assert len(re.findall(r"^TY  - ", ris, re.M)) == len(re.findall(r"^ER  - ", ris, re.M)) == articles
    assert all(re.match(r"[A-Z][A-Z0-9]  - ", line) for line in ris.split("\r\n") if line)
    assert len(re.findall(r"^@misc\{", bibtex, re.M)) == articles
    assert bibtex.count("{") == bibtex.count("}")
    for form in citing.FORMS.values():
        form(answer).encode()
    led = [*re.findall(r"^UR  - (.*)$", ris, re.M), *re.findall(r"^  url = \{(.*)\},$", bibtex, re.M)]
    assert all(one.startswith(("http://", "https://")) for one in led)


@fuzz()
@given(SAYS)
@example("![x](http://evil.example/x.png)")
@example("<http://evil.example>")
def test_nothing_said_is_markdown(text: str) -> None:
    shown = citing.in_markdown(text)
    assert "\n" not in shown
    assert not re.search(r"(?<!\\)(?:\\\\)*[<\[`*_]", shown)


@fuzz()
@given(ADDRESS)
def test_an_address_is_one_of_the_web_or_none(url: str) -> None:
    address = citing.web_address(url)
    assert not address or re.fullmatch(r"https?://[\w%/:?#\[\]@!$&'*+,=~.-]+", address, re.ASCII)


@fuzz()
@given(st.builds(ArticleCard, SAYS, st.just(1), SAYS, MAYBE, MAYBE, st.dates() | st.none(), st.none() | ADDRESS))
def test_a_key_of_bibtex_has_no_odd_character(card: ArticleCard) -> None:
    assert re.fullmatch(r"[A-Za-z0-9-]+", citing.key(card))
    assert all(name.strip() for name in citing.authors(card.author))


# What programs send -------------------------------------------------------------------------------------------------

VISITOR = SimpleNamespace(state=SimpleNamespace(visitor=Visitor("127.0.0.1", None, Role.READER)))
NAMES = ("question", "outlets", "since", "until", "articles", "history", "limit")
GOOD = st.fixed_dictionaries({"question": st.just("Who?")}, optional={
    "outlets": st.lists(texts(surrogates=True), max_size=2),
    "since": st.dates(date(1900, 1, 1), date(2000, 1, 1)).map(str),
    "until": st.dates(date(2000, 1, 1)).map(str),
    "articles": st.lists(texts(surrogates=True), max_size=2),
    "history": st.lists(st.fixed_dictionaries({"question": texts(), "answer": texts()}), max_size=2),
})  # fmt: skip


class Assistant:
    """Holds what it is asked against what a real one takes."""

    def answer(self, question: str, history: tuple[Any, ...], filters: Filters) -> dict[str, object]:
        json.dumps([question, to_json(filters)], ensure_ascii=False).encode()
        assert question == question.strip() != ""
        assert all(isinstance(one, str) for turn in history for one in (turn.question, turn.answer))
        return self._checked(filters)

    @property
    def retriever(self) -> "Assistant":
        return self

    def search(self, question: str, limit: int, filters: Filters) -> dict[str, object]:
        question.encode()
        assert 1 <= limit <= 50
        return self._checked(filters)

    def _checked(self, filters: Filters) -> dict[str, object]:
        assert all(isinstance(one, str) for one in (*filters.outlets, *filters.articles))
        assert all(one is None or isinstance(one, date) for one in (filters.since, filters.until))
        return {}


@fuzz()
@given(GOOD | st.fixed_dictionaries({"question": JSON}, optional={name: JSON for name in NAMES[1:]}))
@example({"question": "Who leads \ud800?", "outlets": ["\udfff"]})
@example({"question": "Who?", "history": [{"question": ["a"], "answer": None}]})
@example({"question": "Who?", "limit": True})
@example({"question": "Who?", "since": "0000-00-00", "until": {}})
def test_a_call_of_a_program_is_answered_or_explained(call: dict[str, Any]) -> None:
    programs = Programs(Assistant(), Pace(1_000_000))  # type: ignore[arg-type]
    limit = call.pop("limit", 8)
    request: Any = VISITOR
    for run in (
        lambda: programs.answer(**call, request=request),
        lambda: programs.search(**{k: v for k, v in call.items() if k != "history"}, limit=limit, request=request),
    ):
        try:
            run()
        except gr.Error as error:
            assert str(error.message)
