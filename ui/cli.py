"""`space-policy`: what can be typed. Imports next to nothing, so that --help is there at once."""

import argparse
import io
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from types import FrameType
from typing import NoReturn, TypeAlias

from rag import __version__
from rag.errors import SpacePolicyError

DONE, NOTHING_DONE, WRONG_USAGE = 0, 1, 2
INTERRUPTED, BROKEN_PIPE, TERMINATED = 130, 141, 143  # 128 and the signal's number, as shells have it

PATHS = ("home", "sources", "files", "file", "over", "html", "questions")  # bytes that are no UTF-8 may name a file
CITED = ("plain", "footnotes", "bibtex", "ris")
EXAMPLES = {
    "": 'space-policy ask "What does the Wolf Amendment prohibit?"',
    "serve": "space-policy serve --port 8000",
    "ask": 'space-policy ask "How many countries have joined the ILRS?" --outlet Reuters --since 2025-01-01\n'
    '  space-policy ask "What is the Wolf Amendment?" --cite bibtex >> sources.bib\n'
    "  echo 'Who leads the ILRS?' | space-policy ask -",
    "ingest": "space-policy ingest ~/articles             # a folder, with all below it\n"
    "  space-policy ingest page.html report.pdf  # files\n"
    "  space-policy ingest https://www.unoosa.org/oosa/en/ourwork/spacelaw/treaties.html\n"
    "  pbpaste | space-policy ingest -           # a page copied in the browser\n"
    "  space-policy ingest ~/articles --watch    # and what is saved there from now on, until Ctrl-C",
    "articles": "space-policy articles --since 2025-01-01\n  space-policy articles --removed",
    "show": "space-policy articles show 3f2a91c07be4",
    "history": "space-policy articles history 3f2a91c07be4",
    "diff": "space-policy articles diff 3f2a91c07be4 --from 1",
    "set": "space-policy articles set 3f2a91c07be4 --published 2025-04-23 --outlet Reuters\n"
    "  space-policy articles set 3f2a91c07be4 --reset",
    "restore": "space-policy articles restore 3f2a91c07be4",
    "remove": "space-policy remove 3f2a91c07be4 --yes\n  space-policy remove --starter",
    "export": "space-policy export backup.jsonl.gz",
    "import": "space-policy import backup.jsonl.gz --home ~/another-library",
    "extract": "space-policy extract page.html notes.md | jq .title",
    "eval": "space-policy eval questions.jsonl --over ~/articles --html report.html",
    "feedback": "space-policy feedback\n  space-policy feedback --json | jq '.[].verdict'",
    "doctor": "space-policy doctor\n  space-policy doctor --repair\n  space-policy doctor --reindex",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command. Returns the exit code: 0 done, 1 nothing done, 2 wrong usage (or, as argparse does, exits)."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            with suppress(io.UnsupportedOperation):  # input that has been read from
                stream.reconfigure(errors="replace")  # an odd character must not end a listing, or a question
    options = _parser().parse_args(arguments)
    if options.run is None:
        _parser().print_help(sys.stderr)
        return WRONG_USAGE
    try:
        with _sigterm_closes():
            return _run(options)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        with suppress(OSError):  # else the interpreter complains when it flushes at exit
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE


def _run(options: argparse.Namespace) -> int:
    from rag.characters import mended
    from ui.commands import COMMANDS  # not for --help
    from ui.options import WrongUsage
    from ui.terminal import complain

    for name, value in list(vars(options).items()):
        if name not in PATHS:
            setattr(options, name, mended(value))
    try:
        done = COMMANDS[options.run](options)
        sys.stdout.flush()  # here, where a broken pipe is still caught
    except BrokenPipeError:
        raise
    except WrongUsage as error:
        complain(error)
        return WRONG_USAGE
    except (SpacePolicyError, OSError) as error:
        complain(error)
        return NOTHING_DONE
    return DONE if done else NOTHING_DONE


@contextmanager
def _sigterm_closes() -> Iterator[None]:
    """Within it, SIGTERM unwinds as Ctrl-C does, so that a library is closed properly."""

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        raise SystemExit(TERMINATED)

    if threading.current_thread() is not threading.main_thread():  # only there can signals be caught
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


# What can be typed --------------------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = _described(argparse.ArgumentParser(prog="space-policy"), "", "Cited answers from space-policy documents.")
    parser.add_argument("--version", action="version", version=f"space-policy {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="run")
    for add in (_serve, _ask, _ingest, _articles, _remove, _extract, _export, _import, _eval, _feedback, _doctor):
        add(commands)
    return parser


# Generic in the type stubs alone.
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _described(parser: argparse.ArgumentParser, name: str, says: str) -> argparse.ArgumentParser:
    parser.description = says
    parser.epilog = f"example:\n  {EXAMPLES[name]}"
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "--home",
        metavar="DIR",
        type=_folder,
        default=argparse.SUPPRESS,  # given before or after the command, the one given counts
        help="the library's folder (default: SPACE_POLICY_HOME, else the user's data directory)",
    )
    return parser


def _command_parser(commands: Commands, name: str, says: str, *, json: bool = True) -> argparse.ArgumentParser:
    parser = _described(commands.add_parser(name, help=says), name, f"{says[0].upper()}{says[1:]}.")
    if json:
        parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON, one line")
    return parser


def _serve(commands: Commands) -> None:
    parser = _command_parser(commands, "serve", "the chat page, until Ctrl-C", json=False)
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen at (default: %(default)s)")
    parser.add_argument("--port", type=_port, default=7860, help="the port to listen at (default: %(default)s)")
    parser.add_argument("--no-auth", action="store_true", help="ask nobody for a password (SPACE_POLICY_AUTH)")


def _ask(commands: Commands) -> None:
    parser = _command_parser(commands, "ask", "answers one question from the library, with sources")
    parser.add_argument("question", nargs="+", metavar="QUESTION", help="its words; - reads it from standard input")
    _filters(parser)
    parser.add_argument("--article", action="append", metavar="ID", help="ask this article only; may be repeated")
    parser.add_argument(
        "--cite",
        choices=CITED,
        metavar="FORM",
        help="as plain text or Markdown footnotes, or the sources alone: plain, footnotes, bibtex, ris",
    )


def _ingest(commands: Commands) -> None:
    parser = _command_parser(commands, "ingest", "takes in documents that are new or have changed")
    parser.add_argument(
        "sources",
        nargs="+",
        metavar="SOURCE",
        help=".txt, .md, .html, .pdf or .docx; a folder of them; an address; - for a pasted page",
    )
    parser.add_argument("--watch", action="store_true", help="go on, and take in what is saved in the folders")
    parser.add_argument("--prune", action="store_true", help="remove articles whose file below these folders is gone")
    parser.add_argument("--yes", action="store_true", help="prune without asking, even more than half of the articles")


def _articles(commands: Commands) -> None:
    parser = _command_parser(commands, "articles", "lists the articles, newest first; `articles show ID` prints one")
    _filters(parser)
    parser.add_argument("--removed", action="store_true", help="those that were removed and can be restored")
    more = parser.add_subparsers(title="also", metavar="[show | history | diff | set | restore]")
    show = _of_article(more, "show", "prints one article with all that is known of it")
    show.add_argument("--version", type=int, metavar="N", help="an earlier version (default: the current one)")
    _of_article(more, "history", "lists the versions of one article, latest first")
    diff = _of_article(more, "diff", "what changed between two versions of one article")
    diff.add_argument("--from", dest="before", type=int, metavar="N", help="a version (default: the one before M)")
    diff.add_argument("--to", dest="after", type=int, metavar="M", help="a later version (default: the latest)")
    _set(more)
    restore = _command_parser(more, "restore", "brings back articles that were removed in the last 30 days")
    restore.set_defaults(run="restore")
    restore.add_argument("ids", nargs="+", metavar="ID", help="as `space-policy articles --removed` prints it")


def _of_article(commands: Commands, name: str, says: str) -> argparse.ArgumentParser:
    parser = _command_parser(commands, name, says)
    parser.set_defaults(run=name)
    parser.add_argument("id", metavar="ID", help="as `space-policy articles` prints it")
    return parser


def _set(commands: Commands) -> None:
    parser = _of_article(commands, "set", "corrects one article, whatever its document says, now and later")
    allowed = {"title": _title, "outlet": _or_none, "author": _or_none, "published": _day_or_none, "url": _url_or_none}
    for name, kind in allowed.items():
        metavar = "YYYY-MM-DD" if name == "published" else name.upper()
        what = "day of publication" if name == "published" else name
        says = f"its {what}" if name == "title" else f"its {what}; none: it has none"
        # Under a name of its own: `articles` has an --outlet too. Absent where not given, since None is a value.
        parser.add_argument(
            f"--{name}", dest=f"new_{name}", type=kind, metavar=metavar, default=argparse.SUPPRESS, help=says
        )
    parser.add_argument("--reset", action="store_true", help="take all corrections back")


def _remove(commands: Commands) -> None:
    parser = _command_parser(commands, "remove", "takes articles out of the library")
    parser.add_argument("ids", nargs="*", metavar="ID", help="as `space-policy articles` prints it")
    parser.add_argument("--starter", action="store_true", help="all articles of the starter collection")
    parser.add_argument("--yes", action="store_true", help="do not ask first")


def _export(commands: Commands) -> None:
    parser = _command_parser(commands, "export", "writes the whole library to one file")
    parser.add_argument("file", metavar="FILE", help="replaced when the new one is whole")


def _import(commands: Commands) -> None:
    parser = _command_parser(commands, "import", "takes in what was exported, as far as the library lacks it")
    parser.add_argument("file", metavar="FILE", help="as `space-policy export` wrote it")


def _extract(commands: Commands) -> None:
    parser = _command_parser(commands, "extract", "what is understood of a document, as one line of JSON a file")
    parser.add_argument("files", nargs="+", metavar="FILE", help=".txt, .md, .html, .pdf or .docx; - for a pasted page")


def _eval(commands: Commands) -> None:
    parser = _command_parser(commands, "eval", "asks questions with known answers, and tells how good the answers are")
    parser.add_argument("questions", nargs="?", metavar="QUESTIONS", help="a .jsonl file (default: the starter's)")
    parser.add_argument(
        "--over", nargs="+", metavar="PATH", help="over exactly these files and folders, not the library"
    )
    parser.add_argument("--html", metavar="FILE", help="write a page with plots and every wrong answer")


def _feedback(commands: Commands) -> None:
    _command_parser(commands, "feedback", "lists what readers of the page said of its answers, latest first")


def _doctor(commands: Commands) -> None:
    parser = _command_parser(commands, "doctor", "checks the installation and the library")
    parser.add_argument("--repair", action="store_true", help="mend the library: make damaged parts anew, lose nothing")
    parser.add_argument(
        "--reindex",
        action="store_true",
        help="split all articles, and make their vectors, as the settings say now; needs no documents",
    )


def _filters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--outlet", action="append", metavar="NAME", help="only this outlet; may be repeated")
    parser.add_argument("--since", type=_day, metavar="YYYY-MM-DD", help="only what was published on this day or later")
    parser.add_argument("--until", type=_day, metavar="YYYY-MM-DD", help="only what was published by this day")


def _folder(value: str) -> str:
    if not value.strip():
        raise argparse.ArgumentTypeError("the folder has no name")  # as of a variable that was not set
    return value


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{value!r} is no day; write it as 2025-04-23") from error


def _title(value: str) -> str:
    if not value.strip():
        raise argparse.ArgumentTypeError("a title cannot be empty")
    return value


def _or_none(value: str) -> str | None:
    return None if value.strip().lower() in ("", "none") else value


def _day_or_none(value: str) -> date | None:
    return _day(value) if _or_none(value) else None


def _url_or_none(value: str) -> str | None:
    if _or_none(value) and not value.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError(f"{value!r} is no address; it begins with http:// or https://")
    return _or_none(value)


def _port(value: str) -> int:
    if not value.isascii() or not value.isdigit() or not int(value) <= 65535:
        raise argparse.ArgumentTypeError(f"{value!r} is no port; allowed: 0 (any free one) to 65535")
    return int(value)
