"""How nouns look on a terminal, and in JSON. The only file that writes to standard output and error."""

import json
import re
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rag.domain import Answer, Article, ArticleCard, Citation, Report, Support, to_json

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

    from ingest.pipeline import Progress

WIDEST = 100  # columns of running text: longer lines are hard to read
MOST_LISTED = 20  # articles under a report; `space-policy articles` lists more
NEAREST = 3  # titles under a refusal
OUTLET_WIDTH = 28
INDENT = "    "
# Document text must not move the cursor, colour the screen or turn the reading direction around.
UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
COUNTED = ("added", "updated", "unchanged", "moved", "removed")
DOUBTS = {
    Support.PASSAGE_ONLY: "Supported by the passage, but by no one sentence of it",
    Support.UNSUPPORTED: "No source supports",
}


def say(text: str) -> None:
    """A line, or several, on standard output."""
    sys.stdout.write(f"{UNSAFE.sub('', text)}\n")


def say_lines(lines: Iterable[str]) -> None:
    """Each on standard output."""
    for line in lines:
        say(line)


def tell(text: str) -> None:
    """A line on standard error: what is no result."""
    sys.stderr.write(f"{UNSAFE.sub('', text)}\n")


def complain(problem: object) -> None:
    """One line on standard error for what went wrong."""
    if isinstance(problem, OSError) and problem.strerror:
        problem = f"{problem.filename}: {problem.strerror}" if problem.filename else problem.strerror
    tell(f"space-policy: {_line(str(problem))}")


def say_json(value: object) -> None:
    """A noun as one line of JSON."""
    line = json.dumps(to_json(value), ensure_ascii=False)
    try:
        line.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:  # a terminal without these characters, or a file name that is no Unicode
        line = json.dumps(to_json(value))
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def agrees(verb: str, cards: Sequence[ArticleCard]) -> bool:
    """Whether the person at the terminal says yes."""
    for card in cards:
        tell(f"  {card.id}  {label(card)}")
    what = "this article" if len(cards) == 1 else f"these {len(cards)} articles"
    sys.stderr.write(f"{verb} {what}? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


# Nouns --------------------------------------------------------------------------------------------------------------


def label(card: ArticleCard | Article) -> str:
    """Outlet, date — Title."""
    day = card.published.isoformat() if card.published else "undated"
    return _line(f"{', '.join(filter(None, (card.outlet, day)))} — {card.title}")


def answer_lines(answer: Answer) -> Iterator[str]:
    """An answer with its sources; or the refusal with what came nearest."""
    yield from (_wrapped(line) for line in answer.text.splitlines() if line.strip())
    for statement in answer.statements:
        if statement.support in DOUBTS:
            yield _wrapped(f"{DOUBTS[statement.support]}: “{_line(statement.text)}”")
    for citation in answer.citations:
        yield ""
        yield from _source_lines(citation)
    if answer.abstained:
        yield from _nearest_lines(answer)
    if answer.notices:
        yield ""
        yield from map(_wrapped, answer.notices)


def _source_lines(citation: Citation) -> Iterator[str]:
    mark = f"[{citation.number}] "
    page = f", p. {citation.passage.page}" if citation.passage.page else ""
    yield _wrapped(f"{mark}{label(citation.article)}{page} ({citation.article.id})", after=INDENT)
    yield _wrapped(f"“{citation.quote}”", INDENT, INDENT)
    if citation.also_in:
        yield _wrapped(_copies(citation), INDENT, INDENT)


def _copies(citation: Citation) -> str:
    carriers = {card.outlet or card.title: None for card in citation.also_in}
    carriers.pop(citation.article.outlet or citation.article.title, None)  # a second file of the same page
    if carriers:
        return f"also carried by {', '.join(carriers)}"
    count = len(citation.also_in)
    return "also here in 1 copy" if count == 1 else f"also here in {count} copies"


def _nearest_lines(answer: Answer) -> Iterator[str]:
    nearest = {hit.article.id: hit.article for hit in answer.hits}
    if nearest:
        yield ""
        yield "Nearest:"
        for card in list(nearest.values())[:NEAREST]:
            yield _wrapped(f"{label(card)} ({card.id})", "  ", INDENT)
    elif answer.filters:
        yield _wrapped("No article passes the filters. See which there are with: space-policy articles")


def report_lines(report: Report) -> Iterator[str]:
    """What came of an ingest: counts, articles if they are few, failures, notices."""
    yield counts(report)
    changed = [(name, card) for name in COUNTED if name != "unchanged" for card in getattr(report, name)]
    changed += [("copy", card) for card in report.copies]
    if len(changed) <= MOST_LISTED:
        yield from (f"  {name:<8} {card.id}  {label(card)}" for name, card in changed)
    for failure in report.failures:
        yield _line(f"{failure.source}: {failure.reason}. {failure.cure}.")
    yield from map(_line, report.notices)


def counts(report: Report) -> str:
    """Like "3 added, 1 unchanged, 1 failed"."""
    found = [f"{len(getattr(report, name))} {name}" for name in COUNTED if getattr(report, name)]
    if report.copies:
        found.append(f"{len(report.copies)} {'copy' if len(report.copies) == 1 else 'copies'}")
    if report.failures:
        found.append(f"{len(report.failures)} failed")
    return ", ".join(found) or "No documents were found there."


def table_lines(articles: Sequence[Article]) -> Iterator[str]:
    """Id, date, outlet and title of articles, one a line; cut to the terminal's width where there is one."""
    outlets = [_line(article.outlet or "-") for article in articles]
    wide = min(OUTLET_WIDTH, max(map(len, (*outlets, "OUTLET"))))
    yield f"{'ID':<12}  {'DATE':<10}  {'OUTLET':<{wide}}  TITLE"
    for article, outlet in zip(articles, outlets, strict=True):
        day = article.published.isoformat() if article.published else "undated"
        line = f"{article.id:<12}  {day:<10}  {_cut(outlet, wide):<{wide}}  {_line(article.title)}"
        yield _cut(line, shutil.get_terminal_size().columns) if sys.stdout.isatty() else line


def article_lines(article: Article) -> Iterator[str]:
    """One article: title, facts, text."""
    yield _line(article.title)
    yield ""
    for name in ("id", "version", "outlet", "author", "published", "updated", "url", "source", "language"):
        value = getattr(article, name)
        where = f"  (from {article.found[name]})" if value is not None and name in article.found else ""
        yield f"{name + ':':<11}{'-' if value is None else _line(str(value))}{where}"
    yield ""
    yield from (_wrapped(line) if line.strip() else "" for line in article.text.splitlines())


def _line(text: str) -> str:
    return " ".join(text.split())


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _wrapped(text: str, first: str = "", after: str = "") -> str:
    """Wrapped for a terminal; in a pipe one line, which can be searched."""
    text = _line(text)
    if not sys.stdout.isatty():
        return first + text
    width = min(WIDEST, shutil.get_terminal_size().columns)
    return textwrap.fill(text, width, initial_indent=first, subsequent_indent=after, break_on_hyphens=False)


# Progress -----------------------------------------------------------------------------------------------------------


class Bar:
    """A progress bar on standard error, where that is a terminal; begins with the first document, under `title`."""

    def __init__(self, title: str | None = None, *, quiet: bool = False) -> None:
        self._title = title
        self._quiet = quiet or not sys.stderr.isatty()
        self._rich: RichProgress | None = None
        self._task: TaskID | None = None

    def __call__(self, progress: "Progress") -> None:
        """Shows how far an ingest is."""
        if self._title:
            tell(self._title)
            self._title = None
        if self._quiet:
            return
        if self._rich is None or self._task is None:
            self._rich = _rich_progress()
            self._task = self._rich.add_task("", total=progress.total, passages=0, rate="")
            self._rich.start()
        seconds = self._rich.tasks[0].elapsed or 0.0
        rate = f"{progress.passages / seconds:.0f}/s" if seconds and progress.passages else ""
        self._rich.update(
            self._task, completed=progress.done, total=progress.total, passages=progress.passages, rate=rate
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._rich:
            self._rich.stop()


def _rich_progress() -> "RichProgress":
    from rich.console import Console  # 0.2 s, and only a terminal needs it
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("documents  {task.fields[passages]} passages {task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("left"),
        console=Console(stderr=True),
        transient=True,
    )
