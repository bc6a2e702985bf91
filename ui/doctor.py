"""What is looked at when something does not work: installation, settings, models, library."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from urllib.parse import urlsplit

from rag.chat_model import load, open_chat_model
from rag.domain import Filters, Usage
from rag.errors import LibraryOwned, ModelCutOff, ModelError, SpacePolicyError
from rag.examination import CURE, Finding, Problem, examine_library, look
from rag.library import Library
from rag.ownership import Ownership, owner
from rag.retriever import Retriever
from rag.settings import Settings

OLDEST_PYTHON = (3, 11)
PRECISIONS = {
    "int8": "int8: two to three times the speed of fp32",
    "fp32": "fp32: int8 comes out too differently on this processor",
}


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
    embedding = look("embedding", lambda: _embedding(settings))
    if embedding.ok and settings.embedding != "minilm":
        embedding = _tried(embedding, lambda: _embed(settings))
    yield embedding
    chat_model = look("chat model", lambda: _chat_model(settings))
    yield _tried(chat_model, lambda: _ask(settings)) if chat_model.ok and settings.model else chat_model
    yield look("owner", lambda: _owner(settings))
    sound = True
    for finding in examine_library(settings):
        sound = sound and finding.ok
        yield finding
    if sound and embedding.warning:
        yield Finding("search", True, "not tried, since the embedding model does not answer", warning=True)
    elif sound:
        yield look("search", lambda: _search(settings))


def _tried(finding: Finding, at: Callable[[], str]) -> Finding:
    """What came of asking a model; one that does not answer breaks nothing that is here."""
    try:
        return replace(finding, says=f"{finding.says}; {at()}")
    except ModelError as error:
        return replace(finding, says=f"{finding.says}. {error}", warning=True)


def _embed(settings: Settings) -> str:
    from rag.embedding import open_embedding

    model, started = open_embedding(settings), time.monotonic()
    return f"a vector of {model.dimensions} numbers came after {time.monotonic() - started:.1f} s"


def _ask(settings: Settings) -> str:
    """How long its first word takes, and whether it says what it costs."""
    load()
    first, usage, started = 0.0, False, time.monotonic()
    stream = open_chat_model(settings).stream("You are brief.", "Reply with the one word: yes")
    with suppress(ModelCutOff), closing(stream) as pieces:  # it may say more than the word
        for piece in pieces:
            first = first or (time.monotonic() - started if piece else 0.0)
            usage = usage or isinstance(piece, Usage)
    cost = "tokens are counted" if usage else "no count of tokens comes with an answer, so their number is estimated"
    return f"its first word came after {first:.1f} s; {cost}"


def _embedding(settings: Settings) -> str:
    from rag.embedding import open_embedding

    recipe = open_embedding(settings).recipe
    precision = PRECISIONS.get(recipe.rpartition("-")[2])
    if precision is None:
        return f"{recipe}; text that is ingested or asked leaves this machine for it"
    return f"{recipe} ({precision})"


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
        raise Problem(f"“{title}” is not found by its {' and its '.join(blind)}. {CURE}")
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
        raise Problem(f"{settings.model}, but no key. Set OPENAI_API_KEY, or SPACE_POLICY_MODEL_URL for a local one.")
    return f"{settings.model} at {where or 'OpenAI'}, {key}"
