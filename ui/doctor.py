"""What is looked at when something does not work: installation, settings, models, library."""

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from rag.domain import Filters
from rag.errors import LibraryOwned, SpacePolicyError
from rag.library import Library
from rag.ownership import Ownership, owner
from rag.retriever import Retriever
from rag.settings import Settings

OLDEST_PYTHON = (3, 11)
PRECISIONS = {
    "int8": "int8: two to three times the speed of fp32",
    "fp32": "fp32: int8 comes out too differently on this processor",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of looking at one thing."""

    name: str
    ok: bool
    says: str


def examine(settings_of: Callable[[], Settings]) -> Iterator[Finding]:
    """Looks at one thing after the other; what cannot be looked at is a problem, never an end."""
    version = sys.version.split()[0]
    fit = sys.version_info >= OLDEST_PYTHON
    yield Finding("python", fit, version if fit else f"{version}; 3.11 or newer is needed")
    try:
        settings = settings_of()
    except SpacePolicyError as error:
        yield Finding("settings", False, str(error))
        return
    yield Finding("settings", True, f"home {settings.home}, cache {settings.cache}, corpus {settings.corpus}")
    for name, look in (
        ("embedding", _embedding),
        ("library", _library),
        ("search", _search),
        ("owner", _owner),
        ("chat model", _chat_model),
    ):
        try:
            yield Finding(name, True, look(settings))
        except _Problem as problem:
            yield Finding(name, False, str(problem))
        except (SpacePolicyError, OSError) as error:
            yield Finding(name, False, " ".join(str(error).split()))


class _Problem(Exception):
    """What is wrong, and what to do."""


def _embedding(settings: Settings) -> str:
    from rag.embedding import open_embedding

    recipe = open_embedding(settings).recipe
    precision = PRECISIONS.get(recipe.rpartition("-")[2])
    if precision is None:
        return f"{recipe}; text that is ingested or asked leaves this machine for it"
    return f"{recipe} ({precision})"


def _library(settings: Settings) -> str:
    with Library.open(settings, writable=False) as library:  # raises where the schema is not ours
        articles, passages = library.count()
    return f"schema as it should be, {articles} articles, {passages} passages"


def _search(settings: Settings) -> str:
    """Whether both doors find an article that is there."""
    with Library.open(settings, writable=False) as library:
        first = next((known.article_id for known in library.known() if known.version is not None), None)
        if first is None:
            return "nothing to find yet"
        title = library.article(first).title
        alone = Filters(articles=(first,))
        vector = Retriever(library).vector(title)
        doors = {"meaning": library.nearest(vector, 1, alone), "words": library.best_words(title, 1, alone)}
    blind = [name for name, found in doors.items() if not found]
    if blind:
        raise _Problem(
            f"“{title}” is not found by its {' and its '.join(blind)}. "
            f"Delete {settings.home / 'indexes'} and run: space-policy serve"
        )
    return f"“{title}” is found by meaning and by words"


def _owner(settings: Settings) -> str:
    """Who writes to the library."""
    who = owner(settings.home)
    if who is None:
        return "no process writes to the library"
    try:
        Ownership.take(settings.home).release()  # else it could have died since it wrote that down
    except LibraryOwned:
        at = f", at {who.address}" if who.address else ""
        return f"process {who.pid}, started {who.started[:19]}{at}, writes to the library"
    return "no process writes to the library; the last one did not close it, which does no harm"


def _chat_model(settings: Settings) -> str:
    """Never shows a key, nor a password in an address."""
    if settings.model is None:
        return "none: answers are made of quotes"
    address = urlsplit(settings.model_url or "")
    where = f"{address.hostname}:{address.port}" if address.port else address.hostname
    key = "a key is set" if os.environ.get("OPENAI_API_KEY") else "no key is set"
    if not where and key == "no key is set":
        raise _Problem(f"{settings.model}, but no key. Set OPENAI_API_KEY, or SPACE_POLICY_MODEL_URL for a local one.")
    return f"{settings.model} at {where or 'OpenAI'}, {key}"
