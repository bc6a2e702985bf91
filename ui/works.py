"""What a library's owner does for other commands: a path of its door -> what is done there."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from rag.library import Library

if TYPE_CHECKING:
    from ingest.pipeline import Progress

Tell = Callable[["Progress"], None]
Work = Callable[[Library, Tell], object]
Works = Mapping[str, Callable[[Mapping[str, Any]], Work]]  # raises ValueError for what it was not asked rightly


def _ingest(asked: Mapping[str, Any]) -> Work:
    from ingest.pipeline import ingest  # half a second, and the process may have started just now
    from ingest.sources import is_address

    sources, prune, everything = _texts(asked, "sources"), asked.get("prune") is True, asked.get("prune_all") is True
    if not all(is_address(source) or Path(source).is_absolute() for source in sources):
        raise ValueError("sources: absolute paths and addresses")
    return lambda library, tell: ingest(sources, library, prune=prune, prune_all=everything, progress=tell)


def _fill(asked: Mapping[str, Any]) -> Work:
    from ingest.pipeline import fill_if_empty

    return lambda library, tell: fill_if_empty(library, tell)


def _remove(asked: Mapping[str, Any]) -> Work:
    ids = _texts(asked, "ids")
    return lambda library, tell: library.remove(ids)


def _restore(asked: Mapping[str, Any]) -> Work:
    ids = _texts(asked, "ids")
    return lambda library, tell: library.restore(ids)


def _set(asked: Mapping[str, Any]) -> Work:
    from rag.corrections import Fields, correct

    article_id, given = _text(asked, "id"), asked.get("fields")
    if not isinstance(given, dict) or not all(value is None or isinstance(value, str) for value in given.values()):
        raise ValueError("fields: texts by their names")
    day = given.get("published")
    fields = {**given, "published": date.fromisoformat(day)} if day else given
    return lambda library, tell: correct(library, article_id, **cast("Fields", fields))


def _reset(asked: Mapping[str, Any]) -> Work:
    from rag.corrections import take_back

    article_id = _text(asked, "id")
    return lambda library, tell: take_back(library, article_id)


def _import(asked: Mapping[str, Any]) -> Work:
    from ingest.pipeline import Progress
    from rag.backup import import_library

    file = Path(_text(asked, "file"))
    if not file.is_absolute():
        raise ValueError("file: an absolute path")
    return lambda library, tell: import_library(
        library, file, lambda done, total: tell(Progress(done, total, 0, str(file)))
    )


def _text(asked: Mapping[str, Any], name: str) -> str:
    found = asked.get(name)
    if not isinstance(found, str):
        raise ValueError(f"{name}: a text")
    return found


def _texts(asked: Mapping[str, Any], name: str) -> list[str]:
    found = asked.get(name)
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise ValueError(f"{name}: a list of texts")
    return found


WORKS: Works = {
    "/ingest": _ingest,
    "/fill": _fill,
    "/remove": _remove,
    "/restore": _restore,
    "/set": _set,
    "/reset": _reset,
    "/import": _import,
}
