"""`space-policy articles`: what the library holds, what it held before, and corrections."""

from argparse import Namespace
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from rag.domain import ArticleCard, Changes, RemovedArticle, VersionCard
from ui import terminal
from ui.options import WrongUsage, filters_of, library_of, settings_for, wants_json

if TYPE_CHECKING:
    from rag.corrections import Fields
    from rag.library import Library


def articles(options: Namespace) -> bool:
    """Lists articles; with --removed those that can be restored."""
    filters = filters_of(options)
    if options.removed:
        return _removed(options)
    with library_of(options) as library:
        found = library.articles(filters)
        empty = not found and not library.count()[0]
    if wants_json(options):
        terminal.say_json([article.card for article in found])
    elif found:
        terminal.say_lines(terminal.table_lines(found))
    if empty:
        terminal.complain("The library holds no articles. Add some with: space-policy ingest FOLDER")
    elif not found:
        terminal.tell("No article passes the filters.")
    return not empty


def _removed(options: Namespace) -> bool:
    from rag.library import KEPT

    with library_of(options) as library:
        found = library.removed(filters_of(options))
    if wants_json(options):
        terminal.say_json(found)
    else:
        terminal.say_lines(_removed_line(one, KEPT) for one in found)
    if not found:
        terminal.tell("No removed article can be restored.")
    return True


def show(options: Namespace) -> bool:
    """Prints one article."""
    with library_of(options) as library:
        article = library.article(options.id, options.version)
    if wants_json(options):
        terminal.say_json(article)
    else:
        terminal.say_lines(terminal.article_lines(article))
    return True


def history(options: Namespace) -> bool:
    """Lists the versions of one article."""
    with library_of(options) as library:
        versions = library.history(options.id)
    if wants_json(options):
        terminal.say_json(versions)
    else:
        terminal.say_lines(map(_version_line, versions))
    return True


def diff(options: Namespace) -> bool:
    """Prints what changed between two versions of one article."""
    from rag.changes import changes

    with library_of(options) as library:
        after = options.after or library.history(options.id)[0].article.version
        before = options.before or _version_before(library, options.id, after)
        found = changes(library.article(options.id, before), library.article(options.id, after))
    if wants_json(options):
        terminal.say_json(found)
    else:
        terminal.say_lines(_changes_lines(found))
    if not found.fields and not found.text:
        terminal.tell(f"Versions {before} and {after} say the same.")
    return True


def _version_before(library: "Library", article_id: str, version: int) -> int:
    earlier = [one.article.version for one in library.history(article_id) if one.article.version < version]
    if not earlier:
        raise WrongUsage(f"Before version {version} of {article_id} there is none to compare it with.")
    return earlier[0]


def correct(options: Namespace) -> bool:
    """Corrects one article, or takes its corrections back."""
    from rag.corrections import FIELDS, correct, take_back
    from ui.remote import correct_remotely, write

    given = {name: getattr(options, f"new_{name}") for name in FIELDS if hasattr(options, f"new_{name}")}
    if bool(given) == options.reset:
        raise WrongUsage(f"Give what to correct ({', '.join(f'--{name}' for name in FIELDS)}), or --reset.")
    fields = None if options.reset else cast("Fields", given)
    card = write(
        settings_for(options),
        lambda library: take_back(library, options.id) if fields is None else correct(library, options.id, **fields),
        lambda home: correct_remotely(home, options.id, fields, waits=terminal.tell),
    )
    if card is None:
        terminal.tell(f"Nothing of {options.id} has been corrected.")
        return False
    _say_cards(options, "reset" if options.reset else "corrected", (card,))
    return True


def restore(options: Namespace) -> bool:
    """Brings removed articles back: all of those named, or none."""
    from ui.remote import restore_remotely, write

    cards = write(
        settings_for(options),
        lambda library: library.restore(options.ids),
        lambda home: restore_remotely(home, options.ids, waits=terminal.tell),
    )
    _say_cards(options, "restored", cards)
    return True


def starter(library: "Library") -> list[str]:
    """The ids of the articles that came from the starter collection."""
    from ingest.sources import is_below

    folder = library.settings.corpus.resolve()
    return [one.article_id for one in library.known() if one.version is not None and is_below(one.source, [folder])]


def _say_cards(options: Namespace, done: str, cards: tuple[ArticleCard, ...]) -> None:
    if wants_json(options):
        terminal.say_json(cards)
    else:
        terminal.say_lines(f"{done} {card.id}  {terminal.label(card)}" for card in cards)


# Lines ----------------------------------------------------------------------------------------------------------------


def _removed_line(one: RemovedArticle, kept: timedelta) -> str:
    until = (one.removed + kept).date()
    return f"{one.article.id}  {terminal.label(one.article)} (removed on {one.removed.date()}, kept until {until})"


def _version_line(one: VersionCard) -> str:
    current = "current" if one.current else ""
    corrected = f" (corrected: {', '.join(one.corrected)})" if one.corrected else ""
    return (
        f"{one.article.version:>3}  {one.taken:%Y-%m-%d %H:%M}  {current:<7}  {terminal.label(one.article)}{corrected}"
    )


def _changes_lines(found: Changes) -> Iterator[str]:
    for field in found.fields:
        yield f"{field.field}: {field.before or '-'} → {field.after or '-'}"
    if found.fields and found.text:
        yield ""
    yield from found.text
