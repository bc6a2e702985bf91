"""Which documents are meant: files, what lies below folders, addresses, and what was pasted."""

import hashlib
import os
import re
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.read import SUFFIXES
from rag.characters import is_whole
from rag.errors import UnreadableDocument
from rag.settings import Settings

INBOX = "inbox"  # folder in the library's home for what came without a file of its own
ADDRESS = re.compile(r"https?://", re.IGNORECASE)
KEPT_AS = {"html": ".html", "text": ".txt", "markdown": ".md", "pdf": ".pdf", "word": ".docx"}  # kind -> suffix


@dataclass(frozen=True, slots=True)
class Seen:
    """How a file looked: enough to tell that it has not changed."""

    size: int  # bytes
    modified: int  # nanoseconds


@dataclass(frozen=True, slots=True)
class Document:
    """One document to be taken in."""

    source: str  # absolute path or address: what its article is known by
    file: Path  # where its bytes are
    url: str | None = None  # where it was fetched from in the end
    charset: str | None = None  # as the server told


@dataclass(frozen=True, slots=True)
class Collected:
    """What a list of sources comes to."""

    folders: tuple[Path, ...]
    sources: tuple[str, ...]  # absolute paths and addresses, each once, in order
    notices: tuple[str, ...]


def collect(sources: Iterable[str | Path]) -> Collected:
    """Files, addresses, and all files of known kinds below folders (hidden ones left out, links not followed)."""
    folders: dict[Path, None] = {}
    found: dict[str, None] = {}
    others: Counter[str] = Counter()
    for source in sources:
        if is_address(str(source)):
            found[str(source).split("#")[0]] = None
            continue
        path = Path(source).expanduser().absolute()
        if not path.is_dir():
            found[_resolved(path)] = None
            continue
        folders[path.resolve()] = None
        for file in _below(path.resolve()):
            if file.suffix.lower() in SUFFIXES:
                found[str(file)] = None
            else:
                others[file.suffix.lower() or "no suffix"] += 1
    return Collected(tuple(folders), tuple(found), _left_out(others))


def locate(source: str, settings: Settings) -> Document:
    """Where the bytes of a source are; an address is fetched into the inbox. Raises UnreadableDocument."""
    if not is_whole(source):
        raise UnreadableDocument("Its name is no text in UTF-8", "Rename it")
    if not is_address(source):
        return Document(source, Path(source))
    from ingest.fetch import Limits, fetch  # 0.1 s, and only addresses need it

    limits = Limits(settings.max_bytes, settings.fetch_seconds, loopback=settings.fetch_loopback)
    fetched = fetch(source, limits)
    name = f"page-{hashlib.sha256(source.encode()).hexdigest()[:12]}{KEPT_AS[fetched.kind]}"
    return Document(source, _keep(settings, name, fetched.content), fetched.url, fetched.charset)


def keep_pasted(text: str, settings: Settings) -> Path:
    """Keeps a pasted page in the inbox, from where it can be ingested; the same text gives the same file."""
    data = text.encode("utf-8", "surrogateescape")
    return _keep(settings, f"pasted-{hashlib.sha256(data).hexdigest()[:12]}.txt", data)


def keep_corrected(document: str, settings: Settings) -> Path:
    """Keeps a document whose text a reader has corrected in the inbox; the same document gives the same file."""
    data = document.encode("utf-8", "surrogateescape")
    return _keep(settings, f"corrected-{hashlib.sha256(data).hexdigest()[:12]}.md", data)


def is_address(source: str) -> bool:
    """Whether a source is an address on the web."""
    return bool(ADDRESS.match(source))


def look(file: Path) -> Seen | None:
    """How a file looks; None for what is no regular file."""
    try:
        found = file.stat()
    except OSError:
        return None
    return Seen(found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None


def digest(file: Path, seen: Seen | None, most: int) -> str | None:
    """SHA-256 of a file's bytes; None for one that cannot be read, or has more than `most`."""
    if seen is None or seen.size > most:
        return None
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return None


def is_gone(source: str) -> bool:
    """Whether a source was a file that is there no more."""
    return not is_address(source) and not Path(source).exists()


def is_below(source: str, folders: Sequence[Path]) -> bool:
    """Whether a source is a file in one of these folders, however deep."""
    return not is_address(source) and any(Path(source).is_relative_to(folder) for folder in folders)


def _keep(settings: Settings, name: str, data: bytes) -> Path:
    path = settings.home / INBOX / name
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_bytes(data)
    new.replace(path)
    return path


def _resolved(path: Path) -> str:
    try:
        return str(path.resolve())
    except (OSError, RuntimeError, ValueError):  # a link to itself, no name at all: reading it will say so
        return str(path)


def _below(folder: Path) -> Iterator[Path]:
    for parent, names, files in os.walk(folder):
        names[:] = sorted(name for name in names if not name.startswith("."))
        yield from (Path(parent, name) for name in sorted(files) if not name.startswith("."))


def _left_out(others: Counter[str]) -> tuple[str, ...]:
    if not others:
        return ()
    kinds = ", ".join(f"{count} {suffix}" for suffix, count in sorted(others.items()))
    return (f"Files of other kinds were left out: {kinds}. Known: {', '.join(SUFFIXES)}.",)
