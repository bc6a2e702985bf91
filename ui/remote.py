"""Work on a library that another process owns: that process is asked to do it, and says how far it is."""

import http.client
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from rag import errors
from rag.domain import ArticleCard, Report, card_from_json, report_from_json
from rag.errors import LibraryOwned, SpacePolicyError, UnreadableDocument
from rag.library import Library
from rag.ownership import Owner, owner, token
from rag.settings import Settings
from ui.owner import LOOPBACK, at_work

if TYPE_CHECKING:
    from ingest.pipeline import Progress

SILENCE = 20.0  # seconds without a sign of life, after which an owner is taken to hang
PATIENCE = 5.0  # seconds in which an owner that begins, or ends, has opened its door, or freed the library
PAUSE = 0.1  # seconds between two attempts
Result = TypeVar("Result")
Tell = Callable[["Progress"], None]


class NotBegun(LibraryOwned):
    """The owner took nothing on: it has no door (yet), or closes. Nothing was done; the library may be free by now."""


def write(
    settings: Settings,
    here: Callable[[Library], Result],
    there: Callable[[Path], Result],
    patience: float = PATIENCE,
) -> Result:
    """Does a piece of work: `here` where this process can own the library, else `there`, by its owner.

    An owner that closes before it has begun is no obstacle: the next one is found, which may be this process. Raises
    what the work raises; LibraryOwned when the owner takes no work, does not answer, or ends in the middle.
    """
    end = time.monotonic() + patience
    while True:
        try:
            library = Library.open(settings)
        except LibraryOwned:
            try:
                return there(settings.home)
            except NotBegun as error:
                if isinstance(error.__cause__, _Closed):
                    end = time.monotonic() + patience  # it did answer
                if time.monotonic() > end:
                    raise LibraryOwned(str(error)) from error
            time.sleep(PAUSE)
        else:
            with library, at_work(library):
                return here(library)


def ingest_remotely(
    home: Path,
    sources: Sequence[str | Path],
    prune: bool = False,
    progress: Tell | None = None,
    *,
    waits: Callable[[str], None] | None = None,
    silence: float = SILENCE,
) -> Report:
    """What `ingest` does, done by the library's owner.

    `waits` gets one line where other work comes first. Closing the connection (Ctrl-C) stops the work. Raises what
    `ingest` raises; NotBegun when nothing was done; LibraryOwned when the owner ended in the middle, or was silent for
    `silence` seconds.
    """
    asked = {"sources": [_absolute(source) for source in sources], "prune": prune}
    return report_from_json(_asked(home, "/ingest", asked, progress, waits, silence))


def fill_remotely(
    home: Path,
    progress: Tell | None = None,
    *,
    waits: Callable[[str], None] | None = None,
    silence: float = SILENCE,
) -> Report | None:
    """What `fill_if_empty` does, done by the library's owner. Raises as `ingest_remotely` does."""
    done = _asked(home, "/fill", {}, progress, waits, silence)
    return report_from_json(done) if done else None


def remove_remotely(
    home: Path,
    ids: Sequence[str],
    *,
    waits: Callable[[str], None] | None = None,
    silence: float = SILENCE,
) -> tuple[ArticleCard, ...]:
    """What `Library.remove` does, done by the library's owner. Raises UnknownArticle, and as `ingest_remotely` does."""
    return tuple(map(card_from_json, _asked(home, "/remove", {"ids": list(ids)}, None, waits, silence)))


def _absolute(source: str | Path) -> str:
    from ingest.sources import is_address

    return str(source) if is_address(str(source)) else str(Path(source).expanduser().absolute())


# The conversation ----------------------------------------------------------------------------------------------------


class _Closed(Exception):
    """The owner has answered, and closes."""


def _asked(
    home: Path,
    work: str,
    asked: Mapping[str, Any],
    progress: Tell | None,
    waits: Callable[[str], None] | None,
    silence: float,
) -> Any:  # noqa: ANN401 - JSON's types, nested
    """What came of it, as JSON."""
    who = owner(home)
    key = token(home)
    if who is None or who.address is None or key is None:
        raise NotBegun(_who(home, who, "and takes no work from this command"))
    begun = False
    try:
        for line in _lines(who.address, work, asked, key, silence):
            begun = begun or "begun" in line
            if "done" in line:
                return line["done"]
            if "error" in line:
                raise _error(line["error"])
            if "closing" in line:
                raise _Closed
            if "progress" in line and progress:
                progress(_progress(line["progress"]))
            if "waiting" in line and waits:
                waits(f"Process {who.pid} is at work on the library {home}; this comes next.")
                waits = None
        raise _Closed  # it has died: the lines broke off
    except TimeoutError as error:
        raise LibraryOwned(_who(home, who, f"and has not answered for {silence:g} seconds")) from error
    except (OSError, ValueError, http.client.HTTPException, _Closed) as error:
        if begun:
            raise LibraryOwned(
                f"Process {who.pid}, which writes to the library {home}, ended in the middle of this work. "
                "What was done is kept; run it again for the rest."
            ) from error
        raise NotBegun(_who(home, who, "and does not answer")) from error


def _lines(address: str, work: str, asked: Mapping[str, Any], key: str, silence: float) -> Iterator[dict[str, Any]]:
    where = urlsplit(address)
    if where.hostname != LOOPBACK or not where.port:
        raise ValueError(address)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    with closing(http.client.HTTPConnection(LOOPBACK, where.port, timeout=silence)) as connection:
        connection.request("POST", work, json.dumps(asked).encode(), headers)
        with connection.getresponse() as answer:
            if answer.status != http.client.OK:
                raise http.client.HTTPException(f"{answer.status} {answer.reason}")
            while line := answer.readline():
                yield json.loads(line)


def _progress(line: Mapping[str, Any]) -> "Progress":
    from ingest.pipeline import Progress

    return Progress(**line)


def _error(told: Mapping[str, str]) -> SpacePolicyError:
    """The owner's error, with its class and message."""
    if told["class"] == "UnreadableDocument":
        return UnreadableDocument(told["reason"], told["cure"])
    kind = getattr(errors, told["class"], SpacePolicyError)
    return kind(told["message"])  # type: ignore[no-any-return] - one of the tree


def _who(home: Path, who: Owner | None, says: str) -> str:
    name = f"Process {who.pid}, started {who.started[:19]}," if who else "Another process"
    return f"{name} writes to the library {home} {says}. Stop it first, or use another --home."
