"""Which near-identical articles belong together: one story, taken from several places."""

from ingest.copies import candidates, near_copies
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
        self._known: dict[str, tuple[str, bytes]] | None = None  # article id -> its group, its signature
        self._texts: dict[str, str] = {}  # of articles that the library may not hold yet

    def of(self, article: Article, mark: bytes) -> str:
        """The group of an article; one of its own when it stands alone."""
        if self._known is None:
            self._known = {name: (group, known) for name, group, known in self._library.signatures()}
        others = [(name, known) for name, (_, known) in self._known.items() if name != article.id]
        likely = candidates(mark, others)
        same = near_copies(article.text, [self._text(name) for name in likely])
        group = self._known[likely[same[0]]][0] if same else alone(article)
        self._known[article.id] = (group, mark)
        self._texts[article.id] = article.text
        return group

    def _text(self, article_id: str) -> str:
        return self._texts.get(article_id) or self._library.article(article_id).text
