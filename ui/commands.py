"""What each command does; each returns whether anything was done. What is heavy is imported by who needs it."""

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from rag.domain import Filters, Report
from rag.settings import Settings
from ui import terminal
from ui.pasted import STDIN, pasted_page

if TYPE_CHECKING:
    from pathlib import Path

    from rag.library import Library

# Read when gradio, and what it brings, is imported: nothing phones home.
SWITCHES = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "LANGSMITH_TRACING": "false",
}


class WrongUsage(Exception):
    """What was typed cannot be done."""


def settings_for(options: Namespace) -> Settings:
    """The settings in the environment, with the --home given. Raises SettingsError."""
    home = getattr(options, "home", None)
    return Settings.from_env({**os.environ, "SPACE_POLICY_HOME": home} if home else None)


def ask(options: Namespace) -> bool:
    """Answers one question; a refusal is an answer too. The library is read, not owned."""
    question = " ".join(options.question)
    if question == STDIN:
        question = sys.stdin.read()
    if not question.strip():
        raise WrongUsage("The question is empty.")
    filters = _filters(options, options.article)
    settings = settings_for(options)
    from rag.assistant import Assistant

    _fill(settings)
    with Assistant.open(settings, writable=False) as assistant:
        answer = assistant.answer(question, filters=filters)
    if _wants_json(options):
        terminal.say_json(answer)
    else:
        terminal.say_lines(terminal.answer_lines(answer))
    return True


def ingest(options: Namespace) -> bool:
    """Takes documents in."""
    from ingest import pipeline
    from ingest.sources import keep_pasted

    with _library(options, writable=True) as library:
        most = library.settings.max_bytes
        sources = [
            keep_pasted(pasted_page(most), library.settings) if source == STDIN else source
            for source in options.sources
        ]
        if options.watch:
            return _watch(sources, library, options)
        with terminal.Bar(quiet=_wants_json(options)) as bar:
            report = pipeline.ingest(sources, library, prune=options.prune, progress=bar)
    _say_report(report, options)
    return bool(report.taken or report.removed)


def _watch(sources: Sequence["str | Path"], library: "Library", options: Namespace) -> bool:
    """Until Ctrl-C or SIGTERM."""
    from threading import Event

    from ingest.watch import watch

    terminal.tell("Watching; Ctrl-C stops it.")
    watch(sources, library, told=lambda report: _say_report(report, options), stop=Event(), prune=options.prune)
    return True


def _say_report(report: Report, options: Namespace) -> None:
    if _wants_json(options):
        terminal.say_json(report)
    else:
        terminal.say_lines(terminal.report_lines(report))
        sys.stdout.flush()


def articles(options: Namespace) -> bool:
    """Lists articles."""
    filters = _filters(options)
    with _library(options) as library:
        found = library.articles(filters)
        empty = not found and not library.count()[0]
    if _wants_json(options):
        terminal.say_json([article.card for article in found])
    elif found:
        terminal.say_lines(terminal.table_lines(found))
    if empty:
        terminal.complain("The library holds no articles. Add some with: space-policy ingest FOLDER")
    elif not found:
        terminal.tell("No article passes the filters.")
    return not empty


def show(options: Namespace) -> bool:
    """Prints one article."""
    with _library(options) as library:
        article = library.article(options.id, options.version)
    if _wants_json(options):
        terminal.say_json(article)
    else:
        terminal.say_lines(terminal.article_lines(article))
    return True


def remove(options: Namespace) -> bool:
    """Takes articles out: all of those named, or none."""
    with _library(options, writable=True) as library:
        cards = [library.article(article_id).card for article_id in dict.fromkeys(options.ids)]
        if not options.yes and sys.stdin.isatty() and not terminal.agrees("Remove", cards):
            terminal.tell("Nothing was removed.")
            return False
        removed = library.remove([card.id for card in cards])
    if _wants_json(options):
        terminal.say_json(removed)
    else:
        terminal.say_lines(f"removed {card.id}  {terminal.label(card)}" for card in removed)
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
    if not options.no_auth and not _is_loopback(options.host):
        raise WrongUsage(
            f"--host {options.host} would let other machines in, and a password is not supported yet. "
            "Give --no-auth as well if that is meant."
        )
    settings = settings_for(options)
    for name, value in SWITCHES.items():
        os.environ.setdefault(name, value)
    from rag.assistant import Assistant
    from ui.server import listen

    listen(options.host, options.port).close()  # a taken port is told now: the page takes seconds to load
    _fill(settings)
    with Assistant.open(settings) as assistant:
        if not assistant.library.writable:
            terminal.tell(f"Another process writes to the library {settings.home}; here it is only read.")
        from ui.app import serve as serve_page

        serve_page(assistant, options.host, options.port, _say_address)
    return True


def doctor(options: Namespace) -> bool:
    """Checks the installation and the library."""
    from ui.doctor import examine

    findings = tuple(examine(lambda: settings_for(options)))
    if _wants_json(options):
        terminal.say_json(findings)
    else:
        terminal.say_lines(f"{'ok' if one.ok else 'problem':<8} {one.name}: {one.says}" for one in findings)
    return all(one.ok for one in findings)


COMMANDS: Mapping[str, Callable[[Namespace], bool]] = {
    "serve": serve,
    "ask": ask,
    "ingest": ingest,
    "articles": articles,
    "show": show,
    "remove": remove,
    "extract": extract,
    "doctor": doctor,
}


# What they share ----------------------------------------------------------------------------------------------------


def _wants_json(options: Namespace) -> bool:
    return bool(getattr(options, "json", False))


def _filters(options: Namespace, articles: Sequence[str] | None = None) -> Filters:
    if options.since and options.until and options.since > options.until:
        raise WrongUsage(f"--since {options.since} is after --until {options.until}.")
    return Filters(tuple(options.outlet or ()), options.since, options.until, tuple(articles or ()))


def _library(options: Namespace, *, writable: bool = False) -> "Library":
    from rag.library import Library

    return Library.open(settings_for(options), writable=writable)


def _fill(settings: Settings) -> None:
    """Takes the starter collection into a library that has never held anything, and says so."""
    from rag.library import Library

    with Library.open(settings, writable=False) as library:
        if not settings.starter or library.count()[0] or library.known():
            return
    from ingest.pipeline import fill_if_empty

    title = f"The library {settings.home} is empty: the starter collection is taken in."
    with Library.open(settings) as library, terminal.Bar(title) as bar:
        report = fill_if_empty(library, bar)
    if report:
        terminal.tell(f"{terminal.counts(report)}.")


def _say_address(address: str) -> None:
    terminal.say(f"Space Policy Chat is at {address} (Ctrl-C stops it)")
    sys.stdout.flush()


def _is_loopback(host: str) -> bool:
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
