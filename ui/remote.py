"""Work on a library that another process owns: that process is asked to do it, and says how far it is."""

import http.client
import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from rag import errors
from rag.domain import ArticleCard, Report, card_from_json, report_from_json, to_json
from rag.errors import LibraryOwned, SpacePolicyError, UnreadableDocument
from rag.library import Library
from rag.ownership import Owner, owner, token
from rag.settings import Settings
from ui.owner import LOOPBACK, at_work

if TYPE_CHECKING:
    from ingest.pipeline import Progress
    from rag.corrections import Fields

SILENCE = 20.0  # seconds without a sign of life, after which an owner is taken to hang
PATIENCE = 5.0  # seconds in which an owner that begins, or ends, has opened its door, or freed the library
PAUSE = 0.1  # seconds between two attempts
logger = logging.getLogger(__name__)
Result = TypeVar("Result")
Tell = Callable[["Progress"], None]


class NotBegun(LibraryOwned):
    """The owner took nothing on: it has no door (yet), or closes. Nothing was done; the library may be free by now."""

    def __init__(self, message: str, *, heard: bool) -> None:
        super().__init__(message)
        self.heard = heard  # whether it was there and said something


def write(
    settings: Settings,
    here: Callable[[Library], Result],
    there: Callable[[Path], Result],
    *,
    patience: float = PATIENCE,
) -> Result:
    """Does a piece of work: `here` where this process can own the library, else `there`, by its owner.

    An owner that closes before it has begun is no obstacle: the next one is found, which may be this process. Raises
    what the work raises; LibraryOwned when the owner takes no work, does not answer, or ends in the middle.
    """
    end, last = time.monotonic() + patience, owner(settings.home)
    while True:
        try:
            library = Library.open(settings)
        except LibraryOwned:
            now = owner(settings.home)
            try:
                return there(settings.home)
            except NotBegun as error:
                if error.heard or _is_another(now, last):
                    end, last = time.monotonic() + patience, now
                elif time.monotonic() > end or _has_no_door(now, patience):
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
    prune_all: bool = False,
    waits: Callable[[str], None] | None = None,
    silence: float = SILENCE,
) -> Report:
    """What `ingest` does, done by the library's owner.

    `waits` gets one line where other work comes first. Closing the connection (Ctrl-C) stops the work. Raises what
    `ingest` raises; NotBegun when nothing was done; LibraryOwned when the owner ended in the middle, or was silent for
    `silence` seconds.
    """
    asked = {"sources": [_absolute(source) for source in sources], "prune": prune, "prune_all": prune_all}
    return report_from_json(_result(_lines(home, "/ingest", asked, silence), progress, waits))


def fill_remotely(
    home: Path,
    progress: Tell | None = None,
    *,
    waits: Callable[[str], None] | None = None,
    silence: float = SILENCE,
) -> Report | None:
    """What `fill_if_empty` does, done by the library's owner. Raises as `ingest_remotely` does."""
    done = _result(_lines(home, "/fill", {}, silence), progress, waits)
    return report_from_json(done) if done else None


def remove_remotely(
    home: Path,
    ids: Sequence[str],
    *,
    waits: Callable[[str], None] | None = None,
    silence: float = SILENCE,
) -> tuple[ArticleCard, ...]:
    """What `Library.remove` does, done by the library's owner. Raises UnknownArticle, and as `ingest_remotely` does."""
    return _cards(_result(_lines(home, "/remove", {"ids": list(ids)}, silence), None, waits))


def restore_remotely(
    home: Path,
    ids: Sequence[str],
    *,
    waits: Callable[[str], None] | None = None,
    silence: float = SILENCE,
) -> tuple[ArticleCard, ...]:
    """What `Library.restore` does, done by the library's owner. Raises as `remove_remotely` does."""
    return _cards(_result(_lines(home, "/restore", {"ids": list(ids)}, silence), None, waits))


def correct_remotely(
    home: Path,
    article_id: str,
    fields: "Fields | None",
    *,
    waits: Callable[[str], None] | None = None,
    silence: float = SILENCE,
) -> ArticleCard | None:
    """What `correct` does, or without fields `take_back`, done by the library's owner. Raises as `remove_remotely`."""
    work = "/reset" if fields is None else "/set"
    done = _result(_lines(home, work, {"id": article_id, "fields": to_json(fields)}, silence), None, waits)
    return card_from_json(done) if done else None


def import_remotely(
    home: Path,
    file: Path,
    progress: Tell | None = None,
    *,
    waits: Callable[[str], None] | None = None,
    silence: float = SILENCE,
) -> Report:
    """What `import_library` does, done by the library's owner. Raises BackupDamaged, and as `ingest_remotely` does."""
    asked = {"file": str(file.absolute())}
    return report_from_json(_result(_lines(home, "/import", asked, silence), progress, waits))


def _cards(found: Sequence[Mapping[str, Any]]) -> tuple[ArticleCard, ...]:
    return tuple(map(card_from_json, found))


def _absolute(source: str | Path) -> str:
    from ingest.sources import is_address

    return str(source) if is_address(str(source)) else str(Path(source).expanduser().absolute())


def _is_another(who: Owner | None, last: Owner | None) -> bool:
    return who is not None and (last is None or (who.pid, who.started) != (last.pid, last.started))


def _has_no_door(who: Owner | None, patience: float) -> bool:
    """Whether the owner has had the time to open one."""
    if who is None or who.address:
        return False
    return (datetime.now(UTC) - datetime.fromisoformat(who.started)).total_seconds() > patience


# The conversation ----------------------------------------------------------------------------------------------------


class _Refused(Exception):
    """The owner answers, but not with the work."""


def _result(lines: Iterator[Mapping[str, Any]], progress: Tell | None, waits: Callable[[str], None] | None) -> Any:  # noqa: ANN401 - JSON's types, nested
    """What came of the work, as JSON. Raises the error it ended with."""
    for line in lines:
        if "done" in line:
            return line["done"]
        if "error" in line:
            raise _error(line["error"])
        if "progress" in line and progress:
            progress(_progress(line["progress"]))
        if "waiting" in line and waits:
            waits(f"Process {line['waiting']} is at work on the library; this waits for its turn.")
            waits = None
    raise AssertionError("the lines have an end")


def _door(home: Path) -> tuple[Owner, str, str]:
    """Whose it is, its address, its key. Raises NotBegun where there is none."""
    who, key = owner(home), token(home)
    if who is None or who.address is None or key is None:
        raise NotBegun(_says(home, who, "and takes no work from this command"), heard=False)
    return who, who.address, key


def _lines(home: Path, work: str, asked: Mapping[str, Any], silence: float) -> Iterator[Mapping[str, Any]]:
    """What the owner says, up to the end of the work. Raises NotBegun and LibraryOwned."""
    who, address, key = _door(home)
    heard = begun = False
    try:
        for line in _told(address, key, work, asked, silence):
            heard, begun = True, begun or "begun" in line
            if "closing" in line:
                break
            yield line
            if "done" in line or "error" in line:
                return
    except TimeoutError as error:
        raise LibraryOwned(_says(home, who, f"and has not answered for {silence:g} seconds")) from error
    except _Refused as error:
        raise NotBegun(_says(home, who, f"and refuses this work ({error})"), heard=False) from error
    except (OSError, ValueError, http.client.HTTPException) as error:  # it has died, or another has its port by now
        logger.debug("The owner is not there.", exc_info=error)
    if begun:
        raise LibraryOwned(
            f"Process {who.pid}, which writes to the library {home}, ended in the middle of this work. "
            "What was done is kept; run it again for the rest."
        )
    raise NotBegun(_says(home, who, "and does not answer"), heard=heard)


def _told(address: str, key: str, work: str, asked: Mapping[str, Any], silence: float) -> Iterator[Mapping[str, Any]]:
    where = urlsplit(address)
    if where.hostname != LOOPBACK or not where.port:
        raise ValueError(address)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    with closing(http.client.HTTPConnection(LOOPBACK, where.port, timeout=silence)) as connection:
        connection.request("POST", work, json.dumps(asked).encode(), headers)
        with connection.getresponse() as answer:
            if answer.status != http.client.OK:
                raise _Refused(f"{answer.status} {answer.reason}")
            while line := answer.readline():
                yield json.loads(line)


def _progress(line: Mapping[str, Any]) -> "Progress":
    from ingest.pipeline import Progress

    return Progress(**line)


def _error(told: Mapping[str, str]) -> SpacePolicyError:
    """The owner's error, with its class and message."""
    if told["class"] == "UnreadableDocument":
        return UnreadableDocument(told["reason"], told["cure"])
    kind: type[SpacePolicyError] = getattr(errors, told["class"], SpacePolicyError)
    return kind(told["message"])


def _says(home: Path, who: Owner | None, says: str) -> str:
    name = f"Process {who.pid}, started {who.started[:19]}," if who else "Another process"
    return f"{name} writes to the library {home} {says}. Stop it first, or use another --home."
