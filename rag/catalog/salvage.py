"""What can still be read of a damaged catalog.db, row by row. A version is whole, or lost: never half there.

With `tables` and `pages` the only file that knows SQLite.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sql

from rag.catalog.pages import Pages, Value
from rag.catalog.rows import Correction, Draft, to_article, to_passage
from rag.catalog.tables import metadata
from rag.domain import Article, Passage
from rag.sentences import sentence_spans

PAGE_SIZE = slice(16, 18)  # in the header of SQLite's file format, section 1.3
PAGE_COUNT, FREE_PAGES = slice(28, 32), slice(32, 40)
CHANGE_COUNTER, VALID_FOR = slice(24, 28), slice(92, 96)
ROWS_PER_PAGE = 64  # more than any table has: how far is looked when the last row cannot be found
LONGEST = 800  # characters of a passage that is made again
UNIT = 1e-3  # by which the length of a vector may differ from one
REMADE = ""  # the cleaner of a version with such passages: the next ingest of its document makes them properly
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Salvage:
    """What could be read."""

    articles: tuple[tuple[Draft, ...], ...]  # all versions of each, in their order
    schema: int  # 0: that row is lost
    recipe: str | None
    vectors: tuple[Row, ...]
    sentences: tuple[Row, ...]
    lost: tuple[str, ...]  # article versions that were there, and are not any more

    def save_vectors(self, catalog: Path) -> None:
        """Puts the vectors into another catalog, so that they need not be made again."""
        with closing(sqlite3.connect(catalog)) as connection, connection:
            if self.recipe:
                connection.execute("INSERT OR REPLACE INTO facts VALUES ('recipe', ?)", (self.recipe,))
            kept = {row["key"] for row in self.sentences}
            for table, rows in (("vectors", self.vectors), ("sentences", self.sentences)):
                names = [column.name for column in metadata.tables[table].columns]
                marks = ", ".join("?" * len(names))
                values = [tuple(row[name] for name in names) for row in rows if row["key"] in kept]
                connection.executemany(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", values)  # noqa: S608 - our names


def salvaged(copy: Path, fresh: Path) -> Salvage:
    """Reads a damaged catalog. `copy`: of it, which may be changed; `fresh`: a new and empty one."""
    if not _opens(copy):
        _give_head(copy, fresh)
    with closing(sqlite3.connect(copy)) as connection:
        connection.row_factory = sqlite3.Row
        found = {name: tuple(_rows(connection, name, copy)) for name in metadata.tables}
        with suppress(sqlite3.Error):  # what the log has goes into the file, for those who read its pages
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        roots = [row[0] for row in connection.execute("SELECT rootpage FROM sqlite_master WHERE rootpage > 0")]
    stray = tuple(Pages(copy).stray(roots))
    tables = {name: _with_stray(metadata.tables[name], rows, stray) for name, rows in found.items()}
    keys = {row["key"] for row in tables["vectors"] if _is_vector(row["vector"])}
    spans = {row["key"]: row["spans"] for row in tables["sentences"] if row["key"] in keys}
    facts = {row["name"]: row["value"] for row in tables["facts"]}
    articles, lost = _articles(tables, spans)
    return Salvage(
        articles=articles,
        schema=int(facts["schema"]) if str(facts.get("schema")).isdigit() else 0,
        recipe=facts.get("recipe"),
        vectors=tuple(row for row in tables["vectors"] if row["key"] in spans and row["key"] in keys),
        sentences=tuple(row for row in tables["sentences"] if row["key"] in spans),
        lost=lost,
    )


# Rows ---------------------------------------------------------------------------------------------------------------


def _opens(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as connection:
        try:
            return bool(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
        except sqlite3.DatabaseError:
            return False


def _give_head(copy: Path, fresh: Path) -> None:
    """Gives a file whose first page is lost that of a new catalog: the same tables at the same pages."""
    content = bytearray(fresh.read_bytes())
    size = int.from_bytes(content[PAGE_SIZE], "big")
    head = content[:size]
    head[PAGE_COUNT] = (copy.stat().st_size // size).to_bytes(4, "big")
    head[FREE_PAGES] = bytes(8)
    head[VALID_FOR] = head[CHANGE_COUNTER]
    with copy.open("r+b") as file:
        file.write(head)


def _rows(connection: sqlite3.Connection, table: str, path: Path) -> Iterator[Row]:
    """The rows that can be read and are as the table's columns say."""
    columns = metadata.tables[table].columns
    for number in range(1, _last(connection, table, path) + 1):
        with suppress(sqlite3.Error):  # this row, and those beside it, are on a damaged page
            row = connection.execute(f"SELECT * FROM {table} WHERE rowid = ?", (number,)).fetchone()  # noqa: S608 - ours
            if row and all(column.name in row.keys() for column in columns):  # noqa: SIM118 - of a row `in` asks the values
                found = dict(row)
                if all(column.nullable or found[column.name] is not None for column in columns):
                    yield found


def _with_stray(table: sql.Table, rows: Sequence[Row], stray: Sequence[tuple[Value, ...]]) -> tuple[Row, ...]:
    """The rows that the table gave, and those of the stray ones that are as its columns say."""
    keys = [column.name for column in table.primary_key]
    found = {tuple(row[key] for key in keys): row for row in rows}
    for values in stray:
        if _is_row_of(table, values):
            row = dict(zip(table.columns.keys(), values, strict=True))
            found.setdefault(tuple(row[key] for key in keys), row)
    return tuple(found.values())


def _is_row_of(table: sql.Table, values: tuple[Value, ...]) -> bool:
    if len(values) != len(table.columns):
        return False
    return all(
        column.nullable if value is None else isinstance(value, _kinds(column))
        for column, value in zip(table.columns, values, strict=True)
    )


def _kinds(column: sql.Column[Any]) -> tuple[type, ...]:
    kind = column.type.python_type
    return (int, float) if kind is float else (kind,)  # SQLite writes 1.0 as 1


def _last(connection: sqlite3.Connection, table: str, path: Path) -> int:
    """The highest row number of a table, or more."""
    names = []
    with suppress(sqlite3.Error):
        names = [row[1] for row in connection.execute(f"PRAGMA index_list({table})").fetchall()]
    for source in (table, *(f'{table} INDEXED BY "{name}"' for name in names)):
        with suppress(sqlite3.Error):
            return int(connection.execute(f"SELECT max(rowid) FROM {source}").fetchone()[0] or 0)  # noqa: S608 - ours
    return path.stat().st_size // 4096 * ROWS_PER_PAGE


# Articles -----------------------------------------------------------------------------------------------------------


def _articles(
    tables: Mapping[str, Sequence[Row]], spans: Mapping[str, bytes]
) -> tuple[tuple[tuple[Draft, ...], ...], tuple[str, ...]]:
    """All versions of each article that can be read, and the names of those that cannot."""
    of_version: dict[tuple[str, int], list[Row]] = {}
    for row in tables["passages"]:
        of_version.setdefault((row["article_id"], row["version"]), []).append(row)
    known = {row["id"]: row for row in tables["articles"]}
    corrected: dict[str, list[Correction]] = {}
    for row in tables["corrections"]:
        corrected.setdefault(row["article_id"], []).append(Correction(row["field"], row["value"]))
    found: dict[str, list[Draft]] = {}
    current = {row["article_id"] for row in tables["versions"] if row["state"] == "current"}
    staged = {(row["article_id"], row["version"]) for row in tables["versions"] if row["state"] == "staged"}
    for row in sorted(tables["versions"], key=lambda row: (str(row["article_id"]), row["version"])):
        name = (row["article_id"], row["version"])
        if name not in staged and (article := _article(row, known.get(row["article_id"], {}))):
            draft = _draft(article, row, of_version.get(name, []), spans)
            beside = _beside(article.id, known.get(article.id), article.id in current)
            draft = replace(draft, corrections=tuple(corrected.get(article.id, ())), **beside)
            found.setdefault(article.id, []).append(draft)
    were = set(of_version) | {(row["id"], row["current"]) for row in tables["articles"] if row["current"]}
    were |= {(row["article_id"], row["version"]) for row in tables["versions"]}
    are = {(draft.article.id, draft.article.version) for drafts in found.values() for draft in drafts}
    lost = sorted(were - are - staged, key=str)
    return tuple(map(tuple, found.values())), tuple(f"{article}, version {version}" for article, version in lost)


def _beside(article_id: str, row: Row | None, is_current: bool) -> dict[str, Any]:
    """What an article's own row says; where it is lost, what follows from its versions."""
    if row is None:
        return {"group": article_id, "removed": None if is_current else datetime.now(UTC).isoformat()}
    return {"group": row["group"], "size": row["bytes"], "modified": row["modified"], "removed": row["removed"]}


def _article(row: Row, beside: Mapping[str, Any]) -> Article | None:
    """The article of a version; None where the row is not what it was."""
    try:
        article = to_article(
            _Fields({**row, "source": beside.get("source") or row["url"] or f"salvaged:{row['article_id']}"})
        )
    except (ValueError, TypeError):
        return None
    texts = (article.id, article.title, article.language, article.text, article.sha256, row["cleaner"], row["taken"])
    whole = all(isinstance(text, str) and "\0" not in text for text in texts)
    return article if whole and isinstance(row["signature"], bytes) and article.text else None


def _is_vector(content: object) -> bool:
    """Whether these bytes are numbers of unit length together."""
    if not isinstance(content, bytes) or not content or len(content) % 4:
        return False
    with np.errstate(all="ignore"):  # noise may be too large to be squared
        return abs(float(np.linalg.norm(np.frombuffer(content, dtype=np.float32))) - 1.0) < UNIT


class _Fields:
    """A row whose columns are attributes, as those of SQLAlchemy."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.__dict__.update(row)


def _draft(article: Article, row: Row, parts: Sequence[Row], spans: Mapping[str, bytes]) -> Draft:
    """A version with those of its passages that are whole, and the rest of its text as new ones."""
    passages: list[Passage] = []
    sentences: list[tuple[tuple[int, int], ...]] = []
    end = 0
    for part in [*sorted(filter(lambda part: _fits(article, part), parts), key=lambda part: int(part["start"])), None]:
        start = part["start"] if part else len(article.text)
        if start < end:
            continue
        for run in _runs(article.text, end, start):
            passages.append(_passage(article, run[0][0], run[-1][1]))
            sentences.append(run)
        if part:
            passages.append(to_passage(_Fields(part)))
            own = np.frombuffer(spans.get(part["vector"], b""), dtype=np.int32).reshape(-1, 2) + start
            sentences.append(tuple((int(a), int(b)) for a, b in own) or _sentences(article.text, start, part["end"]))
            end = part["end"]
    kept = len(passages) == len(parts)
    draft = Draft(article, tuple(passages), tuple(sentences), row["cleaner"] if kept else REMADE, row["signature"])
    return replace(draft, taken=row["taken"]).under(article)


def _fits(article: Article, part: Row) -> bool:
    start, end = part["start"], part["end"]
    return isinstance(start, int) and isinstance(end, int) and article.text[start:end] == part["text"]


def _passage(article: Article, start: int, end: int) -> Passage:
    return Passage("", article.id, article.version, start, end, article.text[start:end], None, None)


def _sentences(text: str, start: int, end: int) -> tuple[tuple[int, int], ...]:
    return tuple((a + start, b + start) for a, b in sentence_spans(text[start:end]))


def _runs(text: str, start: int, end: int) -> Iterator[tuple[tuple[int, int], ...]]:
    """The sentences between two offsets, in runs of about the length of a passage."""
    run: list[tuple[int, int]] = []
    for span in _sentences(text, start, end):
        if run and span[1] - run[0][0] > LONGEST:
            yield tuple(run)
            run = []
        run.append(span)
    if run:
        yield tuple(run)
