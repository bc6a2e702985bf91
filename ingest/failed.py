"""What could not be taken in, kept in the library's home until it is taken in or forgotten."""

import json
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rag.domain import Failure, to_json

FILE = "failures.json"
MOST = 500  # kept: of more, those that failed last
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Failed:
    """A document that could not be taken in, and when that was."""

    when: datetime  # UTC
    failure: Failure


def failed(home: Path) -> tuple[Failed, ...]:
    """What is kept, the latest first; nothing where the file cannot be read."""
    try:
        found = json.loads((home / FILE).read_text(encoding="utf-8"))
        return tuple(Failed(datetime.fromisoformat(one["when"]), Failure(**one["failure"])) for one in found)
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, KeyError, TypeError) as error:
        logger.warning("%s cannot be read: %s", home / FILE, error)
        return ()


def note(home: Path, sources: Collection[str], failures: Sequence[Failure], when: datetime) -> None:
    """Keeps what came of looking at these sources: those that fail, and no longer those that do not.

    What cannot be written is logged; the documents themselves are not concerned.
    """
    before = failed(home)
    looked_at = {*sources, *(failure.source for failure in failures)}
    rest = [one for one in before if one.failure.source not in looked_at]
    if failures or len(rest) < len(before):
        _write(home, [*(Failed(when, failure) for failure in failures), *rest][:MOST])


def forget(home: Path) -> None:
    """Keeps none of it any more."""
    _write(home, [])


def _write(home: Path, kept: Sequence[Failed]) -> None:
    new = home / f"{FILE}.new"
    try:
        new.write_text(json.dumps(to_json(kept), ensure_ascii=True, indent=1), encoding="utf-8")
        new.replace(home / FILE)
    except OSError as error:
        logger.warning("What failed could not be written down in %s: %s", home / FILE, error)
