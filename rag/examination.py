"""A library looked at as a whole: the catalog, and whether its indexes hold what it does; and what mends it.

An index of meanings is probed in a copy by another process: a damaged one can crash the process that opens it.
"""

import json
import logging
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag import seals
from rag.catalog.rows import Draft
from rag.catalog.store import Catalog
from rag.errors import LibraryOwned, LibraryReadOnly, SpacePolicyError
from rag.lexical import LexicalIndex, stems
from rag.ownership import Ownership
from rag.settings import Settings

CURE = "Mend it with: space-policy doctor --repair"
SAMPLE = 200  # passages that must find themselves, of a library with more
NEAR = 0.999  # cosine of a vector in the index with the catalog's
UNIT = 1e-3  # by which the length of a vector may differ from one
PATIENCE = 600  # seconds for the probe
NAMED = 3  # ids or files in a message
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of looking at one thing."""

    name: str
    ok: bool
    says: str
    warning: bool = False  # nothing is broken here, yet something will not work


class Problem(Exception):
    """What is wrong, and what to do."""


@dataclass(frozen=True, slots=True)
class _Expected:
    """What the indexes should hold."""

    revision: int
    ids: list[str]
    articles: list[str]  # of each passage
    vectors: NDArray[np.float32]

    def sample(self) -> list[int]:
        """The passages, as rows, that must find themselves."""
        rows = range(len(self.ids))
        return sorted(random.Random(0).sample(rows, SAMPLE)) if len(rows) > SAMPLE else list(rows)  # noqa: S311 - no secret


def look(name: str, at: Callable[[], str]) -> Finding:
    """Looks at one thing; what cannot be looked at is a problem, never an end."""
    try:
        return Finding(name, True, at())
    except Problem as problem:
        return Finding(name, False, str(problem))
    except (SpacePolicyError, OSError) as error:
        return Finding(name, False, " ".join(str(error).split()))


def examine_library(settings: Settings) -> Iterator[Finding]:
    """Looks at the catalog, at its passages, and at both indexes."""
    try:
        catalog = Catalog.open(settings.home / "catalog.db", writable=False)
    except (SpacePolicyError, OSError) as error:
        yield Finding("library", False, " ".join(str(error).split()))
        return
    try:
        whole = look("library", lambda: _catalog(catalog))
        yield whole
        if not whole.ok:
            return
        passages = look("passages", lambda: _passages(catalog))
        yield passages
        if passages.ok:
            yield from _indexes(settings.home, catalog)
    finally:
        catalog.close()


# The catalog --------------------------------------------------------------------------------------------------------


def _catalog(catalog: Catalog) -> str:
    if wrong := catalog.integrity():
        raise Problem(f"catalog.db is damaged ({_some(wrong)}). {CURE}")
    if orphans := catalog.orphans():
        raise Problem(f"catalog.db does not hold together: {_counted(orphans)}. {CURE}")
    articles, passages = catalog.count()
    staged = catalog.staged()
    left = f"; {staged} versions of a broken-off write, which the next owner takes back" if staged else ""
    return f"schema as it should be, {articles} articles, {passages} passages, every page of the file readable{left}"


def _passages(catalog: Catalog) -> str:
    """Whether each passage says what its article says there, and has a vector."""
    versions, wrong = 0, []
    for drafts in catalog.everything():
        versions += len(drafts)
        wrong += [f"{draft.article.id}, version {draft.article.version}" for draft in drafts if not is_tiled(draft)]
    if wrong:
        raise Problem(f"{len(wrong)} article versions are not what their passages say ({_some(wrong)}). {CURE}")
    _, _, vectors = catalog.vectors()
    odd = int(np.count_nonzero(~(np.abs(np.linalg.norm(vectors, axis=1) - 1.0) < UNIT))) if len(vectors) else 0
    if odd:
        raise Problem(f"{odd} vectors are not of unit length. {CURE}")
    return f"those of {versions} article versions say what their articles say; {len(vectors)} vectors"


def is_tiled(draft: Draft) -> bool:
    """Whether the passages of a version hold its text word for word, with nothing but space between them."""
    text, end = draft.article.text, 0
    for passage in draft.passages:
        if text[end : passage.start].strip() or text[passage.start : passage.end] != passage.text:
            return False
        end = passage.end
    return not text[end:].strip()


# The indexes --------------------------------------------------------------------------------------------------------


def _indexes(home: Path, catalog: Catalog) -> Iterator[Finding]:
    """Compares them with the catalog while nobody writes."""
    ownership = None
    try:
        ownership = Ownership.take(home)
    except LibraryReadOnly:
        logger.debug("Nobody can write to the library.")
    except LibraryOwned as error:
        reason = f"not compared with the catalog, since it may be written to: {str(error).partition('. ')[0]}"
        yield look("words", lambda: _files(home / "indexes", reason))
        yield Finding("meanings", True, reason)
        return
    with tempfile.TemporaryDirectory(prefix="space-policy-") as scratch:
        try:
            ids, articles, vectors = catalog.vectors()
            expected = _Expected(catalog.revision, ids, articles, vectors)
            yield look("words", lambda: _words(home / "indexes", catalog, expected))
            copied = look("meanings", lambda: _copied(home / "indexes", expected, Path(scratch)))
        finally:
            if ownership:
                ownership.release()
        if copied.ok and not copied.says:
            copied = look("meanings", lambda: _meanings(expected, Path(scratch)))
        yield copied


def _files(folder: Path, reason: str) -> str:
    if damaged := seals.broken_words(LexicalIndex.place(folder)):
        raise Problem(f"the word index is damaged ({_some(damaged)}). {CURE}")
    return f"each file has its checksum; {reason}"


def _words(folder: Path, catalog: Catalog, expected: _Expected) -> str:
    with closing(LexicalIndex.open(folder, writable=False)) as index:
        return _words_found(index, catalog, expected)


def _words_found(index: LexicalIndex, catalog: Catalog, expected: _Expected) -> str:
    if index.revision != expected.revision:
        raise Problem(
            f"the word index is at revision {index.revision}, the catalog at {expected.revision}, so that words do not "
            f"find every passage. {CURE}"
        )
    _compare("word index", index.ids(), expected.ids)
    rows = expected.sample()
    texts = catalog.passages([expected.ids[row] for row in rows])
    beside = Counter(expected.articles)
    lost = []
    for row in rows:
        passage, _ = texts[expected.ids[row]]
        # In a statute others may have its words more often and come first, so all of its article are looked through.
        found = index.best(passage.text, beside[passage.article_id], [passage.article_id])
        if stems(passage.text) and passage.id not in dict(found):
            lost.append(passage.id)
    if lost:
        raise Problem(f"{len(lost)} passages of {len(rows)} are not found by their words ({_some(lost)}). {CURE}")
    return f"revision {index.revision}, {len(expected.ids)} passages as in the catalog; {len(rows)} find themselves"


def _copied(folder: Path, expected: _Expected, scratch: Path) -> str:
    """Copies the index of meanings to be probed. Returns why not, where it need not be."""
    from rag.vectors import look as look_at  # seconds to import

    state = look_at(folder)
    if state.is_open:
        return (
            "not closed properly by its last owner; the next one makes it anew, and until then the exact search answers"
        )
    if state.name is None:
        return "none yet; serve and ingest make it, and until then the exact search answers"
    if state.changed:
        raise Problem(f"the index of meanings is damaged ({_some(state.changed)}). {CURE}")
    if state.revision > expected.revision:
        raise Problem(f"the index of meanings is ahead of the catalog, which was put back. {CURE}")
    if state.revision < expected.revision:
        return f"at revision {state.revision}, the catalog at {expected.revision}; its next owner brings it up to date"
    shutil.copytree(folder / state.name, scratch / "index")
    rows = expected.sample()
    np.savez(scratch / "sample.npz", ids=np.array([expected.ids[row] for row in rows]), vectors=expected.vectors[rows])
    return ""


def _meanings(expected: _Expected, scratch: Path) -> str:
    found = _probed(scratch)
    _compare("index of meanings", found["ids"], expected.ids)
    strange = [name for name, cosine in found["cosines"].items() if not cosine > NEAR]
    if strange:
        raise Problem(f"{len(strange)} vectors are not the catalog's ({_some(strange)}). {CURE}")
    if found["lost"]:
        raise Problem(f"{len(found['lost'])} passages are not found by their vectors ({_some(found['lost'])}). {CURE}")
    return (
        f"revision {expected.revision}, {len(expected.ids)} passages as in the catalog; {len(found['cosines'])} have "
        "its vector and find themselves"
    )


def _probed(scratch: Path) -> dict[str, Any]:
    command = [sys.executable, "-P", "-m", "rag.vectors", str(scratch / "index"), str(scratch / "sample.npz")]
    try:
        probe = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)  # noqa: S603 - our own
    except subprocess.TimeoutExpired as error:
        raise Problem(f"opening the index of meanings takes over {PATIENCE} seconds. {CURE}") from error
    if probe.returncode:
        said = f"signal {-probe.returncode}" if probe.returncode < 0 else (probe.stderr.strip().split("\n") or [""])[-1]
        raise Problem(f"opening the index of meanings fails ({said}). {CURE}")
    return dict(json.loads(probe.stdout))


def _compare(name: str, has: Sequence[str], should: Sequence[str]) -> None:
    lacks, more = set(should) - set(has), set(has) - set(should)
    wrong = {"lacks": lacks, "holds too many": more}
    said = [f"{what} {len(ids)} passages ({_some(sorted(ids))})" for what, ids in wrong.items() if ids]
    if len(has) != len(set(has)):
        said.append("holds passages twice")
    if said:
        raise Problem(f"the {name} {' and '.join(said)}. {CURE}")


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:NAMED]) + (", …" if len(names) > NAMED else "")


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {what}" for what, count in counts.items())
