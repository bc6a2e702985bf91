"""What each command does; each returns whether anything was done. What is heavy is imported by who needs it."""

import functools
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.domain import Answer, ArticleCard, Report
from rag.settings import SHORTEST_PASSWORD, Settings
from ui import articles, backup, feedback, logs, quality, terminal
from ui.citing import FORMS
from ui.hosts import is_loopback
from ui.options import WrongUsage, filters_of, library_of, settings_for, wants_json
from ui.pasted import STDIN, pasted_page

if TYPE_CHECKING:
    from pathlib import Path

    from rag.examination import Finding
    from rag.library import Library

MOST_NAMED = 5  # removed articles in one line that says how to restore them
# Read when gradio, and what it brings, is imported: nothing phones home.
SWITCHES = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "LANGSMITH_TRACING": "false",
}


def ask(options: Namespace) -> bool:
    """Answers one question; a refusal is an answer too. The library is read, not owned."""
    question = " ".join(options.question)
    if question == STDIN:
        question = sys.stdin.read()
    if not question.strip():
        raise WrongUsage("The question is empty.")
    if options.cite and wants_json(options):
        raise WrongUsage("Give --cite or --json, not both.")
    filters = filters_of(options, options.article)
    settings = settings_for(options)
    from rag.assistant import Assistant

    _fill(settings)
    with Assistant.open(settings, writable=False) as assistant:
        answer = assistant.answer(question, filters=filters)
    if wants_json(options):
        terminal.say_json(answer)
    elif options.cite:
        _say_cited(FORMS[options.cite](answer), answer)
    else:
        terminal.say_lines(terminal.answer_lines(answer))
    return True


def _say_cited(text: str, answer: Answer) -> None:
    if text:
        terminal.say(text.rstrip())
    else:  # what goes into a file of sources must be sources
        terminal.tell(answer.text)


def ingest(options: Namespace) -> bool:
    """Takes documents in."""
    from ingest import pipeline
    from ingest.sources import keep_pasted
    from ui.owner import Door
    from ui.remote import ingest_remotely, write

    settings = settings_for(options)

    @functools.cache
    def sources() -> list["str | Path"]:  # standard input is read once
        most = settings.max_bytes
        return [keep_pasted(pasted_page(most), settings) if one == STDIN else one for one in options.sources]

    if options.watch:
        with library_of(options, writable=True) as library, Door.open(library):
            return _watch(sources(), library, options)
    asks = options.prune and not options.yes and sys.stdin.isatty()
    prune = options.prune and not asks
    with terminal.Bar(quiet=wants_json(options)) as bar:
        report = write(
            settings,
            lambda library: pipeline.ingest(sources(), library, prune=prune, prune_all=options.yes, progress=bar),
            lambda home: ingest_remotely(home, sources(), prune, bar, prune_all=options.yes, waits=terminal.tell),
        )
    if asks:
        report = _pruned_if_agreed(report, sources(), options)
    _say_report(report, options)
    return bool(report.taken or report.removed)


def _pruned_if_agreed(report: Report, sources: Sequence["str | Path"], options: Namespace) -> Report:
    """The report with what was removed after the question; more than half of a folder is removed with --yes only."""
    from ingest.prune import missing
    from ingest.sources import collect

    with library_of(options) as library:
        gone = missing(library, collect(sources))
    if gone.refusal:
        return replace(report, notices=(*report.notices, gone.refusal))
    if gone.articles and terminal.agrees("Remove", gone.articles):
        return replace(report, removed=_removed(settings_for(options), [card.id for card in gone.articles]))
    return report


def _removed(settings: Settings, ids: Sequence[str]) -> tuple[ArticleCard, ...]:
    """Takes articles out, here or where the owner is."""
    from ui.remote import remove_remotely, write

    return write(
        settings,
        lambda library: library.remove(ids),
        lambda home: remove_remotely(home, ids, waits=terminal.tell),
    )


def _watch(sources: Sequence["str | Path"], library: "Library", options: Namespace) -> bool:
    """Until Ctrl-C or SIGTERM."""
    from threading import Event

    from ingest.watch import watch

    terminal.tell("Watching; Ctrl-C stops it.")
    watch(
        sources,
        library,
        told=lambda report: _say_report(report, options),
        stop=Event(),
        prune=options.prune,
        prune_all=options.yes,
    )
    return True


def _say_report(report: Report, options: Namespace) -> None:
    if wants_json(options):
        terminal.say_json(report)
    else:
        terminal.say_lines(terminal.report_lines(report))
        sys.stdout.flush()


def remove(options: Namespace) -> bool:
    """Takes articles out: all of those named, or none."""
    if bool(options.ids) == options.starter:
        raise WrongUsage("Give the ids of articles, or --starter.")
    with library_of(options) as library:
        ids = articles.starter(library) if options.starter else options.ids
        cards = [library.article(article_id).card for article_id in dict.fromkeys(ids)]
    if not cards:
        terminal.complain("The library holds no article of the starter collection.")
        return False
    if not options.yes and sys.stdin.isatty() and not terminal.agrees("Remove", cards):
        terminal.tell("Nothing was removed.")
        return False
    removed = _removed(settings_for(options), [card.id for card in cards])
    if wants_json(options):
        terminal.say_json(removed)
    else:
        terminal.say_lines(f"removed {card.id}  {terminal.label(card)}" for card in removed)
        ids = [card.id for card in removed] if len(removed) <= MOST_NAMED else ["ID"]
        terminal.tell(f"To bring them back within 30 days: space-policy articles restore {' '.join(ids)}")
    return True


def extract(options: Namespace) -> bool:
    """Prints what is understood of each document, a line each; needs no library."""
    from ui.extract import extracted

    done = False
    for understood, line in extracted(options.files, settings_for(options)):
        terminal.say_json(line)
        done = done or understood
    return done


def serve(options: Namespace) -> bool:
    """Serves the page until Ctrl-C or SIGTERM, and closes the library properly."""
    settings = settings_for(options)
    logs.begin(settings)
    if not is_loopback(options.host):
        _check_password(options, settings)
    for name, value in SWITCHES.items():
        os.environ.setdefault(name, value)
    from rag.assistant import Assistant
    from ui.owner import Door
    from ui.server import listen, share_memory

    share_memory()
    listen(options.host, options.port).close()  # a taken port is told now: the page takes seconds to load
    _fill(settings, owns=True)
    with Assistant.open(settings) as assistant, ExitStack() as ends:
        _ = assistant.library.embedding  # one that is not the library's is refused now, not at the first question
        if assistant.library.writable:
            ends.enter_context(Door.open(assistant.library))  # closes before the library
        else:
            terminal.tell(
                f"The library {settings.home} is only read here: another process writes to it, or nobody can."
            )
        from ui.app import serve as serve_page

        serve_page(assistant, options.host, options.port, _say_address, open_to_all=options.no_auth)
    return True


def doctor(options: Namespace) -> bool:
    """Checks the installation and the library, after what is asked for has been done to it."""
    from ui.doctor import examine

    if options.repair:
        from rag.repair import repair

        for line in repair(settings_for(options)):
            terminal.tell(line)
    if options.reindex:
        from ui.reindex import reindexed

        for line in reindexed(settings_for(options)):
            terminal.tell(line)
    findings = tuple(examine(lambda: settings_for(options)))
    if wants_json(options):
        terminal.say_json(findings)
    else:
        terminal.say_lines(f"{_state(one):<8} {one.name}: {one.says}" for one in findings)
    return all(one.ok for one in findings)


def _state(finding: "Finding") -> str:
    if not finding.ok:
        return "problem"
    return "warning" if finding.warning else "ok"


COMMANDS: Mapping[str, Callable[[Namespace], bool]] = {
    "serve": serve,
    "ask": ask,
    "ingest": ingest,
    "articles": articles.articles,
    "show": articles.show,
    "history": articles.history,
    "diff": articles.diff,
    "set": articles.correct,
    "restore": articles.restore,
    "remove": remove,
    "export": backup.export,
    "import": backup.import_,
    "extract": extract,
    "eval": quality.evaluate,
    "feedback": feedback.feedback,
    "doctor": doctor,
}


# What they share ----------------------------------------------------------------------------------------------------


def _fill(settings: Settings, *, owns: bool = False) -> None:
    """Takes the starter collection into a library that has never held anything, and says so.

    One of an older program is brought up to date where the command `owns` the library anyway; else LibraryOutdated.
    """
    from rag.errors import LibraryOutdated
    from rag.library import Library

    try:
        with Library.open(settings, writable=False) as library:
            if not settings.starter or not library.is_new:
                return
    except LibraryOutdated:
        if not owns:
            raise
    from ingest.pipeline import fill_if_empty
    from ui.remote import fill_remotely, write

    title = f"The library {settings.home} is empty: the starter collection is taken in."
    with terminal.Bar(title) as bar:
        report = write(
            settings,
            lambda library: fill_if_empty(library, bar),
            lambda home: fill_remotely(home, bar, waits=terminal.tell),
        )
    if report:
        terminal.tell(f"{terminal.counts(report)}.")


def _say_address(address: str) -> None:
    terminal.say(f"Space Policy Chat is at {address} (Ctrl-C stops it)")
    sys.stdout.flush()


def _check_password(options: Namespace, settings: Settings) -> None:
    if not settings.auth and not options.no_auth:
        raise WrongUsage(
            f"--host {options.host} would let other machines in. Set a password of {SHORTEST_PASSWORD} characters or "
            "more in SPACE_POLICY_AUTH, or give --no-auth if everyone who can reach this machine may come in."
        )
    terminal.tell("What is asked and answered, the password too, can be read on its way: put TLS in front of it.")
