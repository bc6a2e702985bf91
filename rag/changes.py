"""What changed from one version of an article to another."""

from difflib import unified_diff

from rag.domain import Article, Changes, FieldChange
from rag.sentences import sentence_spans

COMPARED = ("title", "outlet", "author", "published", "updated", "url", "language")


def changes(before: Article, after: Article) -> Changes:
    """The fields and the sentences that differ."""
    fields = [FieldChange(name, _said(getattr(before, name)), _said(getattr(after, name))) for name in COMPARED]
    diff = unified_diff(
        _sentences(before.text),
        _sentences(after.text),
        f"version {before.version}",
        f"version {after.version}",
        lineterm="",
        n=1,
    )
    different = tuple(field for field in fields if field.before != field.after)
    return Changes(before.card, after.card, different, tuple(diff))


def _said(value: object) -> str | None:
    return None if value is None else str(value)


def _sentences(text: str) -> list[str]:
    return [" ".join(text[start:end].split()) for start, end in sentence_spans(text)]
