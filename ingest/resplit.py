"""Articles of the library split anew from the library's own text; their documents may be gone. Pure, but for `reindex`.

Where other passages come out, that is a new version with the same text: what an answer has cited stays as it was.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from ingest.clean import CLEANER
from ingest.split import SPLITTER, Count, split
from rag.catalog.rows import Draft
from rag.domain import Passage
from rag.library import Library
from rag.ownership import turn
from rag.settings import Settings

BATCH = 96  # passages in one write: about a second's work
Told = Callable[[int, int], None]  # articles done, articles in all


@dataclass(frozen=True, slots=True)
class Reindexed:
    """What came of it."""

    model_before: str | None  # whose vectors have been made anew; None: they are of this model already
    articles: int
    split: int  # of them: as other passages than before


def cleaner_of(settings: Settings) -> str:
    """The name of what cleans and splits documents now."""
    return f"{CLEANER}.{SPLITTER}.{settings.passage_pieces}"


def cleans_alike(cleaner: str | None, settings: Settings) -> bool:
    """Whether what cleaned an article would be cleaned the same now, if perhaps split otherwise."""
    return bool(cleaner) and str(cleaner).split(".")[:1] == cleaner_of(settings).split(".")[:1]


def split_anew(draft: Draft, count: Count, settings: Settings) -> Draft | None:
    """The next version of an article, split as documents are now; None where the same passages come out.

    Where pages begin is known of the passages it had alone: a passage that begins within one that ran over the end of a
    page is said to be on that one's page.
    """
    text = draft.article.text
    spans = split(text, count, settings.passage_pieces, _pages(draft.passages))
    before = [(one.start, one.end, one.section, one.page) for one in draft.passages]
    after = [(span.start, span.end, span.section, span.page) for span in spans]
    if before == after:
        return None
    article = draft.article
    passages = tuple(
        Passage("", article.id, article.version, *one[:2], text[slice(*one[:2])], *one[2:]) for one in after
    )
    new = replace(draft, passages=passages, sentences=tuple(span.sentences for span in spans), corrections=None)
    new = replace(new, cleaner=_now(draft.cleaner, settings), taken=None)
    return new.under(replace(article, version=article.version + 1))


def reindex(library: Library, told: Told = lambda done, total: None) -> Reindexed:
    """Has vectors made anew where the settings name another model, then splits all articles as documents are now.

    `told`: articles done, articles in all; first of the vectors, then again of the passages. Killed at any moment it
    loses nothing, and the next run goes on. Raises LibraryOwned, LibraryReadOnly, ModelError.
    """
    with turn(library.settings.home), library.writing():
        before = library.switch_model(told)
        articles = list(library.cards())
        changed = 0
        batch: list[Draft] = []
        for number, draft in enumerate(_split_anew(library, articles), 1):
            batch += [draft] if draft else []
            changed += draft is not None
            if sum(len(one.passages) for one in batch) >= BATCH:
                library.add(batch)
                batch = []
            told(number, len(articles))
        library.add(batch)
        return Reindexed(before, len(articles), changed)


def _split_anew(library: Library, articles: Sequence[str]) -> Iterator[Draft | None]:
    for article_id in articles:
        draft = library.drafts(article_id)[-1]
        new = split_anew(draft, library.embedding.count_pieces, library.settings)
        if new is None and draft.cleaner != _now(draft.cleaner, library.settings):
            library.note_cleaner(article_id, _now(draft.cleaner, library.settings))
        yield new


def _now(cleaner: str, settings: Settings) -> str:
    """What cleaned a version and would split it now; the name of none stays so, since its document is to be read."""
    first, *rest = cleaner.split(".")
    return ".".join([first, *cleaner_of(settings).split(".")[1:]]) if rest else cleaner


def _pages(passages: Sequence[Passage]) -> list[int]:
    """Where pages 1, 2, ... begin, as far as the passages tell; nothing where they have no pages."""
    begins = {page: next(group).start for page, group in groupby(passages, key=lambda one: one.page) if page}
    offsets = list[int]()
    for page in range(max(begins, default=0), 0, -1):
        offsets.append(begins.get(page, offsets[-1] if offsets else 0))
    return [0, *reversed(offsets[:-1])] if offsets else []
