"""What a reader may correct of a document, as typed and as the library takes it."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date
from typing import Any, TypeAlias, cast

from ingest.metadata import Metadata
from rag.corrections import Fields
from rag.dates import parse_date
from rag.domain import Article
from rag.errors import SpacePolicyError
from ui.citing import web_address

LONGEST = 500  # characters of a field
Known: TypeAlias = Article | Metadata  # in the library, or not taken in yet


@dataclass(frozen=True, slots=True)
class Form:
    """The fields as a reader sees and types them."""

    title: str = ""
    outlet: str = ""
    author: str = ""
    published: str = ""  # a date as people write it
    url: str = ""

    @classmethod
    def of(cls, known: Known) -> "Form":
        """What is known now."""
        day = known.published.isoformat() if known.published else ""
        return cls(known.title, known.outlet or "", known.author or "", day, known.url or "")

    @classmethod
    def typed(cls, values: Sequence[str | None]) -> "Form":
        """From the fields of a page, in their order."""
        return cls(*(" ".join((value or "").split()) for value in values))

    def values(self) -> tuple[str, ...]:
        """For the fields of a page, in their order."""
        return astuple(self)


def changed(known: Known, form: Form) -> Fields:
    """What the form says otherwise. Raises SpacePolicyError, one line on what cannot be meant so."""
    if not form.title:
        raise SpacePolicyError("Title: an article needs one.")
    too_long = next((name for name in Form.__slots__ if len(getattr(form, name)) > LONGEST), None)
    if too_long:
        raise SpacePolicyError(f"{too_long.capitalize()}: give at most {LONGEST} characters.")
    said: dict[str, Any] = {
        "title": form.title,
        "outlet": form.outlet or None,
        "author": form.author or None,
        "published": _day(form.published),
        "url": _address(form.url, known.url),
    }
    return cast("Fields", {name: value for name, value in said.items() if value != getattr(known, name)})


def _day(typed: str) -> date | None:
    if not typed:
        return None
    found = parse_date(typed)
    if found is None:
        raise SpacePolicyError(
            f"Published: “{typed[:40]}” is no certain date. Write it as YYYY-MM-DD, like 2025-04-23."
        )
    return found


def _address(typed: str, known: str | None) -> str | None:
    if not typed or typed == known:
        return typed or None
    if not web_address(typed):
        raise SpacePolicyError(
            f"Address: “{typed[:80]}” is none. Begin it with http:// or https://, or leave it empty."
        )
    return typed


def whole_number(said: object) -> int:
    """A number that a page sent; 0 for anything else."""
    try:
        return int(str(said))
    except ValueError:
        return 0
