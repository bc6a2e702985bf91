"""One article of the collection as HTML: facts, text, versions, what changed between two. Everything escaped."""

from collections.abc import Iterator, Sequence

from rag.catalog.rows import CORRECTION
from rag.domain import Article, ArticleCard, Changes, VersionCard
from ui.citing import web_address
from ui.listing import published, when
from ui.sources import day, escape, whole_article

FACTS = ("outlet", "author", "published", "updated", "url", "language", "source")
NAMES = {"url": "Address", "source": "Taken from"}
# Line of a unified diff -> element, how it is read out
DIFF = {"-": ("del", "Removed: "), "+": ("ins", "Added: "), " ": ("span", "")}


def heading(article: Article, focus: str) -> str:
    """Title and facts, and where each was found. `focus`: changes where the heading is to take the focus."""
    rows = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in _facts(article))
    title = f'<h3 tabindex="-1" data-focus="{escape(focus)}">{escape(article.title)}</h3>'
    return f'{title}<dl class="col-facts">{rows}</dl>'


def text(article: Article, *, current: bool) -> str:
    """The whole text of one version."""
    which = "" if current else f'<p class="col-hint">This is version {article.version}, not the current one.</p>'
    return f"{which}{whole_article(article, 0, 0)}"


def versions(found: Sequence[VersionCard]) -> str:
    """All versions, latest first, with what shows each and what changed in it."""
    rows = "".join(
        _version(one, before.article.version if before else None)
        for one, before in zip(found, [*found[1:], None], strict=True)
    )
    return f'<ul class="col-lines">{rows}</ul>'


def changes(found: Changes, focus: str) -> str:
    """What differs between two versions, removed and added in words, too. `focus`: as in `heading`."""
    before, after = found.before.version, found.after.version
    said = f'<h4 tabindex="-1" data-focus="{escape(focus)}">From version {before} to version {after}</h4>'
    if not found.fields and not found.text:
        return f'{said}<p class="col-hint">Both say the same.</p>'
    fields = "".join(
        f"<li>{escape(one.field.capitalize())}: <del>{escape(one.before or 'none')}</del> → "
        f"<ins>{escape(one.after or 'none')}</ins></li>"
        for one in found.fields
    )
    return (
        f'{said}{f"<ul>{fields}</ul>" if fields else ""}<div class="col-diff text">{"".join(_lines(found.text))}</div>'
    )


def carriers(copies: Sequence[ArticleCard]) -> str:
    """Which near-identical articles there are."""
    names = "".join(
        f'<li><button type="button" class="col-open" data-do="opened" data-article="{escape(card.id)}">'
        f"{escape(card.title)}</button> "
        f'<span class="col-quiet">{escape(card.outlet or "")} {published(card.published)}</span></li>'
        for card in copies
    )
    return f"<h4>Also carried by</h4><ul>{names}</ul>" if names else ""


def _facts(article: Article) -> Iterator[tuple[str, str]]:
    for name in FACTS:
        value = getattr(article, name)
        if value is not None:
            where = article.found.get(name)
            said = "corrected by hand" if where == CORRECTION else f"from {where}" if where else ""
            note = f' <span class="col-quiet">({escape(said)})</span>' if said else ""
            yield NAMES.get(name, name.capitalize()), f"{_shown(name, value)}{note}"


def _shown(name: str, value: object) -> str:
    if name in ("published", "updated"):
        return day(value)  # type: ignore[arg-type]  # a date, by the noun
    address = web_address(str(value)) if name in ("url", "source") else ""
    if not address:
        return escape(str(value))
    return f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer">{escape(str(value))}</a>'


def _version(one: VersionCard, before: int | None) -> str:
    number = one.article.version
    marks = [when(one.taken), "current" if one.current else "", _corrected(one)]
    show = _button("read", f"Text of version {number}", number=number)
    compare = _button("compared", f"What changed from version {before}", before=before, after=number) if before else ""
    quiet = ", ".join(filter(None, marks))
    return f'<li><strong>Version {number}</strong> <span class="col-quiet">{quiet}</span> {show} {compare}</li>'


def _corrected(one: VersionCard) -> str:
    return f"corrected: {escape(', '.join(one.corrected))}" if one.corrected else ""


def _button(does: str, label: str, **data: int | None) -> str:
    values = "".join(f' data-{name}="{value}"' for name, value in data.items())
    return f'<button type="button" data-do="{does}" data-key="{does}-{label[-3:].strip()}"{values}>{label}</button>'


def _lines(diff: Sequence[str]) -> Iterator[str]:
    for line in diff[2:]:  # the first two name the versions
        if line.startswith("@@"):
            yield '<span class="col-gap" aria-hidden="true">…</span>'
            continue
        element, said = DIFF.get(line[:1], DIFF[" "])
        spoken = f'<span class="col-spoken">{said}</span>' if said else ""
        yield f"<{element}>{spoken}{escape(line[1:])}</{element}>"
