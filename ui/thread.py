"""A conversation as HTML: chips, states, what can be done with an answer. All that others say is escaped here."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape as in_attribute

from rag.domain import Answer, Citation, Hit, Statement, Support
from rag.prompts import INVISIBLE, UNSUPPORTED_NOTE
from ui import citing
from ui.chat import Exchange, describe
from ui.feedback import LONGEST, Verdict
from ui.sources import anchor, byline, escape, nearest

SHORT = 0.1  # seconds; what is less is not worth telling apart
MARK = re.compile(r"\[(\d+)\]")
# Each state has a shape and words: colour alone tells nothing to many.
STATES = {
    Support.VERIFIED: ("✓", "verified", "unseen"),
    Support.PASSAGE_ONLY: ("◐", "passage only", ""),  # the passage supports it, but no one place in it says it
    Support.UNSUPPORTED: ("✗", "not supported", ""),
}
FORMS = {"plain": "As text", "footnotes": "As Markdown footnotes", "ris": "As RIS", "bibtex": "As BibTeX"}
VERDICTS = {
    Verdict.RIGHT: "It is right",
    Verdict.WRONG_ANSWER: "The answer is wrong",
    Verdict.WRONG_CITATION: "A citation is wrong",
    Verdict.MISSING_SOURCE: "A source is missing",
}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in a text a statement stands, and the marks behind it."""

    start: int
    end: int
    after: int  # behind its marks
    statement: Statement


def thread(exchanges: Sequence[Exchange], examples: Sequence[str] = ()) -> list[str]:
    """A conversation, one piece of HTML for each exchange; without any, what an empty page shows."""
    if not exchanges:
        return [_welcome(examples)]
    last = len(exchanges)
    return [_exchange(one, turn, last=turn == last) for turn, one in enumerate(exchanges, 1)]


def _welcome(examples: Sequence[str]) -> str:
    return (
        '<div class="welcome"><p>Ask about the articles. Every sentence of an answer shows the words of its source.</p>'
        f"{_questions(examples, 'Examples')}</div>"
    )


def _exchange(exchange: Exchange, turn: int, *, last: bool) -> str:
    again = _button("edit", "Edit", quiet="Edit this question") if exchange.ended else ""
    return (
        f'<div class="exchange" data-turn="{turn}">'
        f'<div class="asked" role="group" aria-label="You asked"><p class="question">{_plain(exchange.question)}</p>'
        f"{again}</div>"
        f'<div class="reply" role="group" aria-label="Answer">{_reply(exchange, turn, last=last)}</div></div>'
    )


def _reply(exchange: Exchange, turn: int, *, last: bool) -> str:
    answer, parts = exchange.answer, []
    if answer:
        parts.append(f'<p class="answer">{answer_html(answer, turn, ended=exchange.ended)}</p>')
        parts.append(_nearest(nearest(answer.hits), turn) if answer.abstained else "")
    if exchange.error:
        parts.append(f'<p class="answer">{_plain(exchange.error)}</p>')
    line = quiet_line(exchange)
    parts.append(f'<p class="told">{_plain(line)}</p>' if line else "")
    if exchange.ended:
        parts.append(_actions(answer, turn))
        parts.append(_questions(exchange.leads, "Ask on") if last else "")
    return "".join(parts)


# The answer ----------------------------------------------------------------------------------------------------------


def answer_html(answer: Answer, turn: int, *, ended: bool = True) -> str:
    """The text of an answer: marks are chips that lead to the cards of the panel; each statement tells its state.

    What a model had begun to say when it was stopped (`ended`, though not complete) has not been checked, and says so.
    """
    citations = {citation.number: citation for citation in answer.citations}
    parts, done = [], 0
    for place in _places(answer):
        parts.append(_plain(answer.text[done : place.start]))
        parts.append(_statement(answer.text, place, citations, turn))
        done = place.after
    rest = answer.text[done:]
    parts.append(_plain(rest))
    if ended and rest.strip() and not answer.complete:
        parts.append(' <span class="state">(not checked)</span>')
    return "".join(parts)


def _places(answer: Answer) -> Iterator[_Place]:
    """Where the statements and their marks stand.

    Only those are marks: what looks like one inside a statement is the source's own text.
    """
    done = 0
    for statement in answer.statements:
        start = answer.text.find(statement.text, done)
        if start < 0:
            continue
        end = done = start + len(statement.text)
        for number in statement.citations:
            mark = re.compile(rf"\s?\[{number}\]").match(answer.text, done)
            done = mark.end() if mark else done
        yield _Place(start, end, done, statement)


def _statement(text: str, place: _Place, citations: Mapping[int, Citation], turn: int) -> str:
    said = _plain(text[place.start : place.end].removesuffix(UNSUPPORTED_NOTE))
    marks = "".join(_chip(int(mark[1]), citations, turn) for mark in MARK.finditer(text[place.end : place.after]))
    shape, words, seen = STATES[place.statement.support]
    state = (
        f'<span class="state" title="{words}"><span aria-hidden="true">{shape}</span>'
        f'<span class="{seen}"> {words}</span></span>'
    )
    return f'<span class="statement" data-support="{place.statement.support}">{said} {marks}{state}</span>'


def _chip(number: int, citations: Mapping[int, Citation], turn: int) -> str:
    if number not in citations:
        return f"[{number}]"
    return (
        f'<a class="chip" href="#{anchor(turn, number)}" '
        f'aria-label="[{number}] {_plain(byline(citations[number].article))}">'
        f'<span class="unseen">[</span>{number}<span class="unseen">]</span></a>'
    )


def _nearest(hits: Sequence[Hit], turn: int) -> str:
    if not hits:
        return '<p class="nearest">Nothing near the question was found. Is the scope too narrow?</p>'
    links = "".join(
        f'<li><a href="#{anchor(turn, number)}">{_plain(hit.article.title)}</a>'
        f"<span> {_plain(byline(hit.article))}</span></li>"
        for number, hit in enumerate(hits, 1)
    )
    return f'<div class="nearest"><p>These came nearest:</p><ul>{links}</ul></div>'


# The quiet line ------------------------------------------------------------------------------------------------------


def quiet_line(exchange: Exchange) -> str:
    """How an answer was made, from what, and how long it took."""
    answer = exchange.answer
    if not exchange.ended and not (answer and answer.complete):
        return "searching …" if answer is None else "answering …"
    if answer is None:
        return "" if exchange.error else "stopped"
    searched = answer.standalone_question
    parts = [
        _mode(answer),
        f"searched for: “{searched}”" if searched != answer.question.strip() else "",
        describe(answer.filters) if answer.filters else "",
        *answer.notices,
        "" if answer.complete else "stopped before the end",
        _seconds(answer.timings.get("total")),
    ]
    return " · ".join(part.rstrip(".") for part in parts if part)


def _mode(answer: Answer) -> str:
    if answer.abstained:
        return "no answer found"
    if answer.mode == "model":
        return f"written by {answer.model}, checked against the sources"
    return "quoted word for word" if answer.statements or not answer.text else "about the library"


def _seconds(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"{seconds:.1f}\N{NO-BREAK SPACE}s" if seconds >= SHORT else f"under {SHORT}\N{NO-BREAK SPACE}s"


# What can be done ----------------------------------------------------------------------------------------------------


def _actions(answer: Answer | None, turn: int) -> str:
    copy = _copies(answer) if answer and answer.text else ""
    feedback = _feedback(turn) if answer and answer.complete else ""
    return f'<div class="actions">{copy}{_button("retry", "Retry")}{feedback}</div>'


def _copies(answer: Answer) -> str:
    forms = FORMS if answer.citations else {"plain": FORMS["plain"]}
    buttons = "".join(
        f'<button type="button" data-do="copy" data-text="{_text(citing.FORMS[form](answer))}">{name}</button>'
        for form, name in forms.items()
    )
    return f'<details class="menu"><summary>Copy</summary><div class="choices">{buttons}</div></details>'


def _feedback(turn: int) -> str:
    choices = "".join(
        f'<label><input type="radio" name="verdict-{turn}" value="{verdict}" required> {words}</label>'
        for verdict, words in VERDICTS.items()
    )
    return (
        '<details class="menu"><summary>Feedback</summary><form class="choices" data-do="judge">'
        f"<fieldset><legend>What do you say of this answer?</legend>{choices}</fieldset>"
        f'<label>Comment, if you like<textarea name="comment" rows="2" maxlength="{LONGEST}"></textarea></label>'
        '<button type="submit">Send</button></form></details>'
    )


def _questions(questions: Sequence[str], name: str) -> str:
    if not questions:
        return ""
    buttons = "".join(
        f'<li><button type="button" data-do="ask" data-question="{_text(one)}">{_plain(one)}</button></li>'
        for one in questions
    )
    return f'<ul class="questions" aria-label="{name}">{buttons}</ul>'


def _button(what: str, words: str, quiet: str = "") -> str:
    name = f' aria-label="{quiet}"' if quiet else ""
    return f'<button type="button" data-do="{what}"{name}>{words}</button>'


def _plain(text: str) -> str:
    """Text that shows as it is, without what could hide in it or turn its direction."""
    return escape(INVISIBLE.sub("", text))


def _text(text: str) -> str:
    """The same text again for a script that reads the attribute; a carriage return would be dropped unescaped."""
    return in_attribute(text).replace("\r", "&#13;")
