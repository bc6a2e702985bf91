"""Who writes to a library: one process at a time, held by a lock that the system frees when the process dies."""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from rag.errors import LibraryOwned


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
        """Takes the right. Raises LibraryOwned, with the owner's pid and address, when another process has it."""
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "owner.lock", thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise LibraryOwned(_who(folder)) from error
        ownership = cls(folder, lock)
        ownership._write(Owner(os.getpid(), datetime.now(UTC).isoformat()))
        return ownership

    def release(self) -> None:
        """Gives the right back."""
        (self._folder / "owner.json").unlink(missing_ok=True)
        self._lock.release()

    def _write(self, owner: Owner) -> None:
        new = self._folder / "owner.new"
        new.write_text(json.dumps({"pid": owner.pid, "started": owner.started, "address": owner.address}))
        new.replace(self._folder / "owner.json")


def owner(folder: Path) -> Owner | None:
    """What the owner wrote down of itself; it may have died since."""
    try:
        found = json.loads((folder / "owner.json").read_text())
        return Owner(int(found["pid"]), str(found["started"]), found.get("address"))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _who(folder: Path) -> str:
    who = owner(folder)
    name = f"process {who.pid}, started {who.started[:19]}" if who else "another process"
    at = f", at {who.address}" if who and who.address else ""
    return f"{name[0].upper()}{name[1:]}{at}, writes to the library {folder}. Stop it first, or use another --home."
