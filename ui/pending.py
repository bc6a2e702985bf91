"""Documents that are looked at before they are taken in: read as `ingest` would, in a folder of their own."""

import shutil
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.clean_text import Line
from ingest.sources import INBOX, Document, digest, is_address, keep_pasted, locate, look
from ingest.worker import Job, Readers, Understood, limits_of
from rag.domain import ArticleCard, Failure
from rag.errors import UnreadableDocument
from rag.library import Library
from rag.settings import Settings
from ui.fields import Form

MOST = 50  # documents at once
PROCESSES = 2  # that read them
MOST_LINES = 600  # of a page that are shown
MOST_SHOWN = 60_000  # characters of it
MOST_CORRECTED = 200_000  # characters of a text that can be corrected
PASTED = "Pasted text"


class Scratch:
    """A folder that goes when nobody has hold of this any more."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="space-policy-"))
        self._end = weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)

    def settings(self, settings: Settings) -> Settings:
        """The same, but what is fetched or pasted is kept here."""
        return replace(settings, home=self.folder)


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody gives to be taken in."""

    files: tuple[Path, ...] = ()
    text: str = ""
    addresses: str = ""  # with white space between them


@dataclass(frozen=True, slots=True, eq=False)
class Pending:
    """One document that was understood."""

    name: str  # what the reader knows it by
    document: Document  # in the scratch folder
    understood: Understood  # with as much of its page as is shown
    rest: int  # lines, or of a PDF characters, that are not
    same_as: ArticleCard | None  # the article whose document has the same bytes
    form: Form  # as the reader wants it
    text: str  # whole, as understood; "" where it is too long to be corrected
    body: str  # the text as the reader wants it


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """What is looked at together."""

    scratch: Scratch
    pending: tuple[Pending, ...] = ()
    failures: tuple[Failure, ...] = ()  # `source`: what the reader knows it by

    def typed(self, at: int, form: Form, body: str | None) -> "Batch":
        """With what was typed for one document."""
        if not 0 <= at < len(self.pending):
            return self
        one = self.pending[at]
        changed = replace(one, form=form, body=(body or "").replace("\r\n", "\n").strip() if one.text else "")
        return replace(self, pending=(*self.pending[:at], changed, *self.pending[at + 1 :]))

    def without(self, at: int) -> "Batch":
        """Without one document."""
        return replace(self, pending=(*self.pending[:at], *self.pending[at + 1 :]))


@dataclass(frozen=True, slots=True)
class Step:
    """How far reading is."""

    done: int
    total: int
    name: str


def looked_at(given: Given, library: Library) -> Iterator[Step | Batch]:
    """Steps, then the batch. What cannot be read is a Failure in it."""
    batch, settings = Batch(Scratch()), library.settings
    sources = _sources(given)
    found: list[tuple[str, Document]] = []
    failures: list[Failure] = []
    for number, source in enumerate(sources[:MOST]):
        name = _name(source)
        yield Step(number, len(sources), name)
        try:
            found.append((name, _document(source, batch.scratch, settings)))
        except UnreadableDocument as error:
            failures.append(Failure(name, error.reason, error.cure))
    failures += [
        Failure(_name(source), f"More than {MOST} documents were given", "Give it later") for source in sources[MOST:]
    ]
    pending: list[Pending] = []
    with Readers[tuple[str, Document]](min(PROCESSES, max(1, len(found))), settings.file_seconds) as readers:
        for (name, document), result in readers.each((one, _job(one[1], settings)) for one in found):
            yield Step(len(pending), len(found), name)
            if isinstance(result, UnreadableDocument):
                failures.append(Failure(name, result.reason, result.cure))
            else:
                pending.append(_pending(name, document, result, library))
    yield replace(batch, pending=tuple(pending), failures=tuple(failures))


Source = Path | str  # a file; an address, or a text that was pasted
TEXT = "text:"  # before what was pasted


def _sources(given: Given) -> list[Source]:
    pasted: list[Source] = [TEXT + given.text] if given.text.strip() else []
    addresses = (address.split("#")[0] for address in given.addresses.split())
    return [*given.files, *pasted, *dict.fromkeys(addresses)]


def _name(source: Source) -> str:
    if isinstance(source, Path):
        return source.name
    return PASTED if source.startswith(TEXT) else source


def _document(source: Source, scratch: Scratch, settings: Settings) -> Document:
    """Where the bytes of a source are from now on. Raises UnreadableDocument."""
    if isinstance(source, Path):
        return _uploaded(source, scratch, settings.max_bytes)
    if source.startswith(TEXT):
        file = keep_pasted(source.removeprefix(TEXT), scratch.settings(settings))
        return Document(str(file), file)
    if not is_address(source):
        raise UnreadableDocument("It is no address of a page", "Begin it with http:// or https://")
    return locate(source, scratch.settings(settings))


def _uploaded(file: Path, scratch: Scratch, most: int) -> Document:
    """A copy under its own name; in a folder named by its bytes, since two documents may have one name."""
    sha256 = digest(file, look(file), most)
    if sha256 is None:
        return Document(str(file), file)  # reading it will say what is wrong with it
    kept = scratch.folder / INBOX / sha256[:12] / file.name
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, kept)
    return Document(str(kept), kept)


def _job(document: Document, settings: Settings) -> Job:
    return Job(str(document.file), limits_of(settings), document.source, document.url, document.charset, lines=True)


def _pending(name: str, document: Document, understood: Understood, library: Library) -> Pending:
    lines = _fitting(understood.lines)
    whole, shown = (understood.lines, lines) if lines else (understood.text, understood.text[:MOST_SHOWN])
    same = library.known_bytes(understood.sha256)
    card = library.article(same[0].article_id).card if same else None
    part = replace(understood, text=understood.text[:MOST_SHOWN], lines=tuple(lines))
    text = understood.text.strip() if len(understood.text) <= MOST_CORRECTED else ""
    return Pending(name, document, part, len(whole) - len(shown), card, Form.of(understood.metadata), text, text)


def _fitting(lines: Sequence[Line]) -> Sequence[Line]:
    room = MOST_SHOWN
    for at, line in enumerate(lines):
        room -= len(line.text)
        if room < 0 or at >= MOST_LINES:
            return [Line(one.text[:MOST_SHOWN], one.kept) for one in lines[: max(1, at)]]
    return lines
