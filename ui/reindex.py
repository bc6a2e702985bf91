"""`space-policy doctor --reindex`: passages and vectors as the settings say now, from the library's own text."""

from collections.abc import Iterator

from rag.settings import Settings
from ui.terminal import Bar


def reindexed(settings: Settings) -> Iterator[str]:
    """Does it, and says what came of it. Raises LibraryOwned, ModelError."""
    from ingest.pipeline import Progress
    from ingest.resplit import reindex
    from rag.library import Library

    with Library.open(settings) as library:
        with Bar("The library is indexed anew, from its own text.") as bar:
            done = reindex(library, lambda done, total: bar(Progress(done, total, 0, "")))
        if done.model_before:
            yield f"All vectors are made by {library.embedding.recipe} now; they were by {done.model_before}."
    yield f"{done.split} of {done.articles} articles were split into other passages than before."
