"""`space-policy eval`: a file of questions with known answers, over the library or over some documents alone."""

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rag.domain import to_json
from ui import terminal
from ui.options import settings_for, wants_json

if TYPE_CHECKING:
    from rag.assistant import Assistant


def evaluate(options: Namespace) -> bool:
    """Asks all questions, and prints what came of them; answers are made of quotes."""
    from rag.evaluate import evaluate

    questions = Path(options.questions) if options.questions else settings_for(options).corpus / "questions.jsonl"
    with _assistant(options) as assistant:
        found = evaluate(questions.expanduser(), assistant)
    if options.html:
        from ui.report import page

        Path(options.html).expanduser().write_text(page(found), encoding="utf-8")
        terminal.tell(f"Every wrong answer is shown in {options.html}.")
    if wants_json(options):
        terminal.say_json({"figures": found.figures, "kinds": found.kinds, **to_json(found)})
    else:
        terminal.say_lines(found.table)
    return bool(found.outcomes)


@contextmanager
def _assistant(options: Namespace) -> Iterator["Assistant"]:
    """Over the library, or over a temporary one of exactly the documents named."""
    from rag.assistant import Assistant

    settings = replace(settings_for(options), model=None)
    if not options.over:
        with Assistant.open(settings, writable=False) as assistant:
            yield assistant
        return
    from ingest.pipeline import ingest

    with (
        TemporaryDirectory(prefix="space-policy-") as home,
        Assistant.open(replace(settings, home=Path(home)), writable=True) as assistant,
    ):
        with terminal.Bar(quiet=wants_json(options)) as bar:
            report = ingest(options.over, assistant.library, progress=bar)
        for failure in report.failures:
            terminal.tell(f"{failure.source}: {failure.reason}. {failure.cure}.")
        yield assistant
