"""Who writes to a library: one process at a time, held by a lock that the system frees when the process dies.

What the owner writes down of itself, `owner.json` and `owner.token`, is true while the lock is held: the next owner
begins by overwriting what one that was killed has left.
"""

import errno
import json
import os
import secrets
import threading
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from rag.errors import LibraryOwned, LibraryReadOnly

TOKEN = "owner.token"  # noqa: S105 - the name of the file that has it
FORBIDDEN = (errno.EROFS, errno.EACCES, errno.EPERM)
_turns: dict[Path, threading.RLock] = {}


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that writes to a library."""

    pid: int
    started: str  # ISO 8601
    address: str | None = None  # where it takes work from others


class Ownership:
    """The right to write to the library in one folder, until released."""

    def __init__(self, folder: Path, lock: FileLock) -> None:
        self._folder = folder
        self._lock = lock

    @classmethod
    def take(cls, folder: Path) -> "Ownership":
        """Takes the right. Raises LibraryOwned, with the owner's pid and address, when another process has it.

        Raises LibraryReadOnly where nobody can write.
        """
        lock = FileLock(folder / "owner.lock", thread_local=False)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=0)
        except Timeout as error:
            raise LibraryOwned(_who(folder)) from error
        except OSError as error:
            if error.errno not in FORBIDDEN:
                raise
            raise LibraryReadOnly(
                f"The library's folder {folder} cannot be written to ({error.strerror}). Make it writable, or use "
                "another --home; what only reads, as space-policy ask and space-policy articles, works as it is."
            ) from error
        try:
            (folder / TOKEN).unlink(missing_ok=True)
            _write(folder, Owner(os.getpid(), datetime.now(UTC).isoformat()))
        except BaseException:
            lock.release()
            raise
        return cls(folder, lock)

    def release(self) -> None:
        """Gives the right back."""
        for name in (TOKEN, "owner.json"):
            (self._folder / name).unlink(missing_ok=True)
        self._lock.release()


def announce(folder: Path, address: str) -> str:
    """Writes down where this process, which owns the library, takes work from others. Returns the token it asks for.

    The token is new each time; only the user whose library it is can read its file. Raises LibraryOwned when another
    process owns the library.
    """
    mine = owner(folder)
    if mine is None or mine.pid != os.getpid():
        raise LibraryOwned(_who(folder))
    new = secrets.token_urlsafe(32)
    _replace(folder / TOKEN, new, mode=0o600)  # first: who finds the address finds its token
    _write(folder, replace(mine, address=address))
    return new


def owner(folder: Path) -> Owner | None:
    """What the owner wrote down of itself; it may have died since."""
    try:
        found = json.loads((folder / "owner.json").read_text())
        return Owner(int(found["pid"]), str(found["started"]), found.get("address"))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def token(folder: Path) -> str | None:
    """What the owner asks of those who bring it work; None where there is none, or it is not for this user."""
    try:
        return (folder / TOKEN).read_text()
    except (FileNotFoundError, PermissionError):
        return None


def turn(folder: Path) -> threading.RLock:
    """Held by a piece of work from its first look at the library to its last write.

    Two at once in one process would both find a new document unknown, and both take it in. It is reentrant, and the
    same one for each Library of a folder.
    """
    return _turns.setdefault(folder.resolve(), threading.RLock())


def _write(folder: Path, owner: Owner) -> None:
    _replace(folder / "owner.json", json.dumps(asdict(owner)))


def _replace(path: Path, text: str, mode: int = 0o666) -> None:
    new = path.with_suffix(f"{path.suffix}.new")
    new.unlink(missing_ok=True)  # one left by a killed process may have another mode
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
    new.replace(path)


def _who(folder: Path) -> str:
    who = owner(folder)
    name = f"process {who.pid}, started {who.started[:19]}" if who else "another process"
    at = f", at {who.address}" if who and who.address else ""
    return f"{name[0].upper()}{name[1:]}{at}, writes to the library {folder}. Stop it first, or use another --home."
