"""Which near-identical articles belong together: one story, taken from several places."""

from ingest.copies import Signatures, near_copies
from rag.domain import Article
from rag.library import Library


def alone(article: Article) -> str:
    """The group of an article without copies."""
    # Copies of what it said before may be in the group that has its id.
    return article.id if article.version == 1 else f"{article.id}.{article.version}"


class Groups:
    """Which near-identical articles a new one belongs to; those taken in during the same run included."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._groups: dict[str, str] | None = None  # of each article
        self._signatures = Signatures()
        self._texts: dict[str, str] = {}  # of articles that the library may not hold yet

    def of(self, article: Article, mark: bytes) -> str:
        """The group of an article; one of its own when it stands alone."""
        if self._groups is None:
            known = self._library.signatures()
            self._groups = {name: group for name, group, _ in known}
            self._signatures.put([(name, mark) for name, _, mark in known])
        likely = [name for name in self._signatures.candidates(mark) if name != article.id]
        same = near_copies(article.text, [self._text(name) for name in likely])
        group = self._groups[likely[same[0]]] if same else alone(article)
        self._groups[article.id] = group
        self._signatures.put([(article.id, mark)])
        self._texts[article.id] = article.text
        return group

    def let_go(self, article_id: str) -> None:
        """The library holds the text of this article by now."""
        self._texts.pop(article_id, None)

    def _text(self, article_id: str) -> str:
        return self._texts.get(article_id) or self._library.article(article_id).text
