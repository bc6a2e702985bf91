"""What a user corrects of an article: kept in the catalog, and put into each version of it from then on.

A correction makes a new version with the same text, so that what an answer has cited stays as it was.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, TypedDict, Unpack

from rag.catalog.rows import CORRECTION, Correction, Draft
from rag.domain import Article, ArticleCard
from rag.errors import LibraryError
from rag.library import Library

FIELDS = ("title", "outlet", "author", "published", "url")
READ_AGAIN = ""  # as the name of what cleaned a version: no cleaner's, so the next ingest reads the document


class Fields(TypedDict, total=False):
    """What can be corrected; None: the article has none."""

    title: str
    outlet: str | None
    author: str | None
    published: date | None
    url: str | None


def corrected(article: Article, corrections: Sequence[Correction]) -> Article:
    """The article as a user says it should be."""
    values: dict[str, Any] = {one.field: one.value for one in corrections}
    if values.get("published"):
        values["published"] = date.fromisoformat(values["published"])
    return replace(article, **values, found={**article.found, **dict.fromkeys(values, CORRECTION)})


def correct(library: Library, article_id: str, **fields: Unpack[Fields]) -> ArticleCard:
    """Corrects an article; a field that is not given stays as it is. Raises UnknownArticle, LibraryError."""
    new = list(_corrections(fields))
    with library.writing():
        article = library.article(article_id)
        others = [one for one in library.corrections(article_id) if one.field not in fields]
        return _write(library, corrected(article, new), (*others, *new))


def take_back(library: Library, article_id: str) -> ArticleCard | None:
    """Gives an article back what its document says; None: nothing of it was corrected. Raises UnknownArticle.

    What the document said before its first correction counts at once; where it has changed since then, the next ingest
    reads it again.
    """
    with library.writing():
        article = library.article(article_id)
        fields = [field for field in FIELDS if article.found.get(field) == CORRECTION]
        if not fields:
            return None
        versions = library.drafts(article_id)
        cleaner = versions[-1].cleaner
        for field in fields:
            own = next(one for one in reversed(versions) if one.article.found.get(field) != CORRECTION)
            article = _with_own(article, field, own.article)
            if (own.article.sha256, own.cleaner) != (article.sha256, cleaner):
                cleaner = READ_AGAIN
        return _write(library, article, (), cleaner)


def _with_own(article: Article, field: str, own: Article) -> Article:
    found = {name: where for name, where in article.found.items() if name != field}
    if field in own.found:
        found[field] = own.found[field]
    return replace(article, **{field: getattr(own, field)}, found=found)


def _write(
    library: Library, article: Article, corrections: Sequence[Correction], cleaner: str | None = None
) -> ArticleCard:
    """Makes a new version with the text, the passages and the sentences of the current one."""
    current: Draft = library.drafts(article.id)[-1]
    if article == current.article and cleaner in (None, current.cleaner):
        return article.card
    draft = current.under(replace(article, version=article.version + 1))
    cleaner = current.cleaner if cleaner is None else cleaner
    library.add([replace(draft, corrections=tuple(corrections), cleaner=cleaner, taken=None)])
    return draft.article.card


def _corrections(fields: Fields) -> Iterable[Correction]:
    for field, value in fields.items():
        if field not in FIELDS:
            raise LibraryError(f"A correction cannot set {field!r}; allowed: {', '.join(FIELDS)}.")
        said = value.isoformat() if isinstance(value, date) else " ".join(str(value or "").split()) or None
        if field == "title" and not said:
            raise LibraryError("An article needs a title: the correction is empty.")
        yield Correction(field, said)
