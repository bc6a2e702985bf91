"""Articles whose file is gone, and the guard against a folder that is only away."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.sources import Collected, is_below, is_gone
from rag.domain import ArticleCard
from rag.library import Library

MOST = 0.5  # of the articles below the folders: more are gone where a disk is not mounted
NAMED = 3  # articles in a refusal


@dataclass(frozen=True, slots=True)
class Missing:
    """What a prune would remove."""

    articles: tuple[ArticleCard, ...]  # whose file is gone
    of: int  # articles below the same folders

    @property
    def refusal(self) -> str | None:
        """Why they are not removed unasked; None: they may be. A folder that is empty or away was hardly tidied up."""
        gone = len(self.articles)
        if gone <= MOST * self.of:
            return None
        named = ", ".join(f"“{card.title}”" for card in self.articles[:NAMED])
        more = f" and {gone - NAMED} more" if gone > NAMED else ""
        return (
            f"Nothing was removed: of the {self.of} articles below these folders the files of {gone} are gone "
            f"({named}{more}). If that is meant: space-policy ingest FOLDER --prune --yes"
        )


def missing(library: Library, collected: Collected) -> Missing:
    """The articles whose files below the collected folders are gone."""
    cards = library.cards()
    known = [one for one in library.known() if one.article_id in cards]
    folders = (*collected.folders, *_folders_away(collected, [one.source for one in known]))
    below = [one for one in known if is_below(one.source, folders)]
    return Missing(tuple(cards[one.article_id] for one in below if is_gone(one.source)), len(below))


def _folders_away(collected: Collected, known: list[str]) -> Iterator[Path]:
    """What was named, is not there, and had articles below it."""
    for path in (Path(source) for source in collected.sources if is_gone(source)):
        if any(path in Path(source).parents for source in known):
            yield path
