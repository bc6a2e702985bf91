"""A library in one file: JSON Lines in gzip. A header, a line for each article with all its versions, a seal.

The seal is the number of articles and the SHA-256 of all lines before it. Vectors are left out: they can be made again.
"""

import gzip
import hashlib
import itertools
import json
import os
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeAlias

from rag.catalog.rows import Correction, Draft
from rag.characters import mended
from rag.domain import Article, ArticleCard, Passage, Report, to_json
from rag.errors import BackupDamaged, EmptyLibrary
from rag.library import Library

KIND = "space-policy library"
FORMAT = 1  # grows when an older program could not read the file any more
BATCH = 96  # passages in one write: about a second's work
DAYS = ("published", "updated")
# What a line that is no JSON, or other JSON than `_packed` makes, comes to.
NO_BACKUP = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
Json: TypeAlias = Mapping[str, Any]


def export_library(library: Library, file: Path) -> int:
    """Writes all articles, with versions, corrections and what was removed, to `file`. Returns how many.

    A file of that name is replaced when the new one is whole. The library may be written to meanwhile: what is exported
    is its state at one moment. Raises EmptyLibrary, OSError.
    """
    if not library.known():
        raise EmptyLibrary(f"The library {library.settings.home} holds no articles: there is nothing to export.")
    new = file.with_name(f"{file.name}.new")
    lines = 0
    try:
        with new.open("wb") as raw:
            with gzip.GzipFile(filename="", mode="wb", fileobj=raw) as packed:
                for line in _sealed(library.everything()):
                    packed.write(line)
                    lines += 1
            raw.flush()
            os.fsync(raw.fileno())
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)
    return lines - 2  # header and seal


def import_library(library: Library, file: Path, told: Callable[[int, int], None] = lambda done, total: None) -> Report:
    """Takes in what `export_library` wrote; all of it is verified first. `told`: articles done, articles in all.

    An article with the same id and the same document (SHA-256) is left alone; one with the id of another document gets
    an id of its own. Raises BackupDamaged, OSError, and what `Library.add` raises.
    """
    with _readable(file):
        total = sum(1 for _ in _articles(file))
    added: list[ArticleCard] = []
    unchanged: list[ArticleCard] = []
    batch: list[Draft] = []
    removed = 0
    for number, versions in enumerate(_articles(file), 1):
        placed = _placed(library, versions, {draft.article.id for draft in batch})
        batch.extend(placed)
        (added if placed else unchanged).append((placed or versions)[-1].article.card)
        removed += bool(placed and placed[-1].removed)
        if number == total or sum(len(draft.passages) for draft in batch) >= BATCH:
            library.add(batch)
            batch.clear()
        told(number, total)
    notice = f"{removed} of them had been removed; list them with: space-policy articles --removed"
    return Report(added=tuple(added), unchanged=tuple(unchanged), notices=(notice,) if removed else ())


def _placed(library: Library, versions: Sequence[Draft], taken: AbstractSet[str]) -> tuple[Draft, ...]:
    """The versions under an id that is free; none where the library knows the document under its id."""
    article = versions[-1].article
    for article_id in itertools.chain([article.id], library.ids_for(article.source)):
        known = library.drafts(article_id)
        if any(draft.article.sha256 == article.sha256 for draft in known):
            return ()
        if not known and article_id not in taken:
            break
    if article_id == article.id:
        return tuple(versions)
    return tuple(replace(draft.under(replace(draft.article, id=article_id)), group=article_id) for draft in versions)


# Lines ----------------------------------------------------------------------------------------------------------------


def _sealed(articles: Iterator[tuple[Draft, ...]]) -> Iterator[bytes]:
    """Header, articles, seal."""
    digest, count = hashlib.sha256(), -1
    header = {"kind": KIND, "format": FORMAT, "made": datetime.now(UTC).isoformat()}
    for found in itertools.chain([header], map(_packed, articles)):
        line = _line(found)
        digest.update(line)
        count += 1
        yield line
    yield _line({"articles": count, "sha256": digest.hexdigest()})


def _articles(file: Path) -> Iterator[tuple[Draft, ...]]:
    """The articles in a file. What is damaged is known at the end only."""
    with gzip.open(file, "rb") as unpacked:
        line = unpacked.readline()
        digest, count = hashlib.sha256(line), 0
        _check_header(file, json.loads(line))
        line = unpacked.readline()
        for after in unpacked:
            yield _unpacked(json.loads(line))
            digest.update(line)
            count += 1
            line = after
        if json.loads(line) != {"articles": count, "sha256": digest.hexdigest()}:
            raise ValueError("its checksum is another")


def _check_header(file: Path, header: Json) -> None:
    if header["kind"] != KIND:
        raise ValueError("it holds something else")
    if header["format"] > FORMAT:
        raise BackupDamaged(
            f"{file} was written by a newer program, in format {header['format']}; this one reads up to {FORMAT}. "
            "Update the program. Nothing was imported."
        )


@contextmanager
def _readable(file: Path) -> Iterator[None]:
    """Within it, what is wrong with a file becomes an error of ours."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile, *NO_BACKUP) as error:
        raise BackupDamaged(
            f"{file} is damaged, or was not written by space-policy export ({error}). Nothing was imported."
        ) from error


def _line(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _packed(versions: Sequence[Draft]) -> Json:
    """One article. What its versions share is taken from the last."""
    last = versions[-1]
    return {
        "id": last.article.id,
        "source": last.article.source,
        "group": last.group,
        "size": last.size,
        "modified": last.modified,
        "removed": last.removed,
        "corrections": {one.field: one.value for one in last.corrections or ()},
        "versions": [_packed_version(draft) for draft in versions],
    }


def _packed_version(draft: Draft) -> Json:
    return {
        **{name: value for name, value in to_json(draft.article).items() if name not in ("id", "source")},
        "cleaner": draft.cleaner,
        "signature": draft.signature.hex(),
        "taken": draft.taken,
        "passages": [
            {"start": one.start, "end": one.end, "section": one.section, "page": one.page, "sentences": sentences}
            for one, sentences in zip(draft.passages, draft.sentences, strict=True)
        ],
    }


def _unpacked(line: Json) -> tuple[Draft, ...]:
    shared = {name: line[name] for name in ("group", "size", "modified", "removed")}
    corrections = tuple(Correction(field, value) for field, value in line["corrections"].items())
    return tuple(
        replace(_unpacked_version(line["id"], line["source"], version), corrections=corrections, **shared)
        for version in line["versions"]
    )


def _unpacked_version(article_id: str, source: str, version: Json) -> Draft:
    own = dict(version)
    texts = (article_id, source, own["sha256"], own["title"], own["text"])
    if not all(isinstance(one, str) and one == mended(one) for one in texts):  # its seal says only that it is whole
        raise ValueError("what should be a text is none")
    passages, cleaner, taken = own.pop("passages"), own.pop("cleaner"), own.pop("taken")
    signature = bytes.fromhex(own.pop("signature"))
    days = {name: date.fromisoformat(own[name]) for name in DAYS if own[name]}
    article = Article(id=article_id, source=source, **{**own, **days})
    return Draft(
        article=article,
        passages=tuple(
            Passage(
                id=f"{article.id}.{article.version}.{number}",
                article_id=article.id,
                version=article.version,
                start=one["start"],
                end=one["end"],
                text=article.text[one["start"] : one["end"]],
                section=one["section"],
                page=one["page"],
            )
            for number, one in enumerate(passages, 1)
        ),
        sentences=tuple(tuple((start, end) for start, end in one["sentences"]) for one in passages),
        cleaner=cleaner,
        signature=signature,
        taken=taken,
    )
