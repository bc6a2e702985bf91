"""What the page shows of a conversation, and that nothing anybody says is more than text in it."""

import html
import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest

from rag.domain import Answer, ArticleCard, Citation, Filters, Hit, Passage, Statement, Support
from ui.chat import Exchange
from ui.citing import FORMS
from ui.thread import answer_html, quiet_line, thread

CARD = ArticleCard("a1", 1, "A base on the Moon", "Lunar Times", None, date(2025, 4, 23), "https://example.org/base")
PASSAGE = Passage("a1.1.1", "a1", 1, 0, 30, "Seventeen countries have joined", None, None)
CITATION = Citation(1, "Seventeen", 0, 9, PASSAGE, CARD)
STATEMENT = Statement("Seventeen have joined.", (1,), Support.VERIFIED, 0.9)
ANSWER = Answer(
    question="How many?",
    standalone_question="How many?",
    text="Seventeen have joined. [1]",
    statements=(STATEMENT,),
    citations=(CITATION,),
    hits=(Hit(PASSAGE, CARD, 0.5, 1, None),),
    abstained=False,
    mode="quotes",
    model=None,
    filters=Filters(),
    notices=(),
    usage=None,
    timings={"total": 1.25},
    complete=True,
)
PAYLOADS = (
    '<img src=x onerror="alert(1)">',
    "<script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "'><svg/onload=alert(1)>",
    "</p></div><iframe src=//evil.example>",
    "![x](https://evil.example/x.png)",
)


class Parsed(HTMLParser):
    """What a browser makes of it: tags with their attributes, and the text seen."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.seen: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.seen.append(data)

    @property
    def text(self) -> str:
        return "".join(self.seen)

    def of(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        named = {name.rstrip("_").replace("_", "-"): value for name, value in wanted.items()}
        return [found for name, found in self.tags if name == tag and named.items() <= found.items()]


def shown(exchange: Exchange) -> Parsed:
    return Parsed("".join(thread([exchange])))


# The answer ----------------------------------------------------------------------------------------------------------


def test_a_mark_becomes_a_chip_that_leads_to_its_card_and_tells_outlet_and_date() -> None:
    (chip,) = Parsed(answer_html(ANSWER, turn=3)).of("a")
    assert (chip["href"], chip["aria-label"]) == ("#source-3-1", "[1] Lunar Times, 23 April 2025")


def test_a_mark_without_a_citation_stays_text() -> None:
    found = Parsed(answer_html(replace(ANSWER, text="So it is [7].", statements=()), 1))
    assert (found.text, found.tags) == ("So it is [7].", [])


@pytest.mark.parametrize(
    ("support", "state"),
    [
        pytest.param(Support.VERIFIED, "✓ verified", id="verified"),
        pytest.param(Support.PASSAGE_ONLY, "◐ passage only", id="passage only"),
        pytest.param(Support.UNSUPPORTED, "✗ not supported", id="unsupported"),
    ],
)
def test_the_state_of_each_statement_is_a_shape_and_words(support: Support, state: str) -> None:
    answer = replace(ANSWER, statements=(replace(STATEMENT, support=support),), text="Seventeen have joined. [1] More.")
    assert Parsed(answer_html(answer, 1)).text == f"Seventeen have joined. [1]{state} More."


def test_what_was_not_checked_when_an_answer_was_stopped_says_so() -> None:
    part = replace(ANSWER, text="Seventeen have joined. [1] The next", mode="model", complete=False)
    assert Parsed(answer_html(part, 1)).text.endswith(" The next (not checked)")
    assert Parsed(answer_html(part, 1, ended=False)).text.endswith(" The next")


def test_a_mark_in_the_words_of_a_source_is_no_chip() -> None:
    quoted = replace(STATEMENT, text="Seventeen have joined [1], says a paper [2].")
    found = Parsed(answer_html(replace(ANSWER, text=f"{quoted.text} [1]", statements=(quoted,)), 1))
    assert len(found.of("a")) == 1
    assert found.text.startswith("Seventeen have joined [1], says a paper [2]. [1]")


def test_a_refusal_links_what_came_nearest() -> None:
    refusal = replace(ANSWER, text="No.", statements=(), citations=(), abstained=True)
    found = shown(Exchange("q", refusal, ended=True))
    assert [link["href"] for link in found.of("a")] == ["#source-1-1"]
    assert "A base on the Moon" in found.text


# What can be done ----------------------------------------------------------------------------------------------------


def test_an_answer_can_be_copied_in_each_form_character_by_character() -> None:
    found = shown(Exchange("q", ANSWER, ended=True))
    assert [one["data-text"] for one in found.of("button", data_do="copy")] == [form(ANSWER) for form in FORMS.values()]


def test_what_still_grows_can_be_neither_copied_nor_judged_nor_changed() -> None:
    assert shown(Exchange("q", replace(ANSWER, complete=False))).of("button") == []


def test_only_the_last_answer_leads_on() -> None:
    pieces = [Parsed(piece) for piece in thread([Exchange("q", ANSWER, ended=True, leads=("And then?",))] * 2)]
    assert [len(piece.of("button", data_do="ask")) for piece in pieces] == [0, 1]


def test_an_empty_page_offers_examples() -> None:
    (example,) = Parsed("".join(thread((), ["Who?"]))).of("button")
    assert example["data-question"] == "Who?"


# Safety --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_anybody_says_stays_text(payload: str) -> None:
    card = replace(CARD, title=payload, outlet=payload, url=f"javascript:{payload}")
    statement = replace(STATEMENT, text=payload)
    answer = replace(
        ANSWER,
        question=payload,
        standalone_question=f"{payload}?",
        text=f"{payload} [1] {payload}",
        statements=(statement,),
        citations=(replace(CITATION, article=card, quote=payload),),
        hits=(Hit(PASSAGE, replace(card, id="a2"), 0.5, 1, None),),
        notices=(payload,),
        model=payload,
    )
    pieces = thread([Exchange(payload, answer, payload, ended=True)]) + thread((), [payload])
    plain = thread([Exchange("q", ANSWER, "error", ended=True)]) + thread((), ["q"])
    assert {tag for tag, _ in Parsed("".join(pieces)).tags} == {tag for tag, _ in Parsed("".join(plain)).tags}
    assert not [name for _, found in Parsed("".join(pieces)).tags for name in found if name.startswith("on")]
    assert payload in Parsed("".join(pieces)).text


def test_what_hides_or_turns_the_direction_is_left_out() -> None:
    found = shown(Exchange("a\u202eb\u200bc", ended=True))
    assert "abc" in found.text


# The quiet line ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("exchange", "line"),
    [
        pytest.param(Exchange("q"), "searching …", id="nothing yet"),
        pytest.param(Exchange("q", replace(ANSWER, complete=False)), "answering …", id="growing"),
        pytest.param(Exchange("q", ended=True), "stopped", id="stopped before anything came"),
        pytest.param(
            Exchange("q", replace(ANSWER, complete=False), ended=True),
            "quoted word for word · stopped before the end · 1.2\xa0s",
            id="stopped in between",
        ),
        pytest.param(Exchange("q", ANSWER, ended=True), "quoted word for word · 1.2\xa0s", id="quotes"),
        pytest.param(
            Exchange("hello", replace(ANSWER, statements=(), citations=()), ended=True),
            "about the library · 1.2\xa0s",
            id="a greeting",
        ),
        pytest.param(
            Exchange("q", replace(ANSWER, mode="model", model="openai:m", timings={"total": 0.01}), ended=True),
            "written by openai:m, checked against the sources · under 0.1\xa0s",
            id="a model",
        ),
        pytest.param(
            Exchange(
                "q",
                replace(
                    ANSWER,
                    standalone_question="How many countries joined the ILRS?",
                    filters=Filters(("Lunar Times",), since=date(2025, 1, 1)),
                    notices=("1 article without a date was left out by the date filter.",),
                    timings={},
                ),
                ended=True,
            ),
            "quoted word for word · searched for: “How many countries joined the ILRS?” · only Lunar Times, since "
            "2025-01-01 · 1 article without a date was left out by the date filter",
            id="a follow-up with filters",
        ),
        pytest.param(
            Exchange("q", replace(ANSWER, abstained=True), ended=True), "no answer found · 1.2\xa0s", id="none"
        ),
    ],
)
def test_a_quiet_line_says_how_the_answer_was_made(exchange: Exchange, line: str) -> None:
    assert quiet_line(exchange) == line


def test_a_quiet_line_is_text() -> None:
    line = thread([Exchange("q", replace(ANSWER, notices=("<b>",)), ended=True)])[0]
    assert re.search(r'class="told">[^<]*&lt;b&gt;', line)
    assert "<b>" in html.unescape(line)
