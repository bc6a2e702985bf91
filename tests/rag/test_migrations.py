"""A catalog of an older program: copied, then brought up to date, all or nothing."""

import sqlite3
from pathlib import Path

import pytest

from rag.catalog.store import Catalog
from rag.domain import Filters
from rag.errors import LibraryDamaged, LibraryOutdated

SCHEMA_1 = """
CREATE TABLE articles (id VARCHAR NOT NULL, source VARCHAR NOT NULL, current INTEGER, bytes INTEGER, modified BIGINT,
    removed VARCHAR, "group" VARCHAR, PRIMARY KEY (id));
CREATE INDEX ix_articles_group ON articles ("group");
CREATE INDEX ix_articles_source ON articles (source);
CREATE TABLE facts (name VARCHAR NOT NULL, value VARCHAR NOT NULL, PRIMARY KEY (name));
CREATE TABLE vectors ("key" VARCHAR NOT NULL, vector BLOB NOT NULL, PRIMARY KEY ("key"));
CREATE TABLE sentences ("key" VARCHAR NOT NULL, spans BLOB NOT NULL, scale FLOAT NOT NULL, vectors BLOB NOT NULL,
    PRIMARY KEY ("key"), FOREIGN KEY("key") REFERENCES vectors ("key"));
CREATE TABLE versions (article_id VARCHAR NOT NULL, version INTEGER NOT NULL, state VARCHAR NOT NULL,
    title VARCHAR NOT NULL, outlet VARCHAR, author VARCHAR, published VARCHAR, updated VARCHAR, url VARCHAR,
    language VARCHAR NOT NULL, text TEXT NOT NULL, sha256 VARCHAR NOT NULL, found TEXT NOT NULL,
    signature BLOB NOT NULL, cleaner VARCHAR NOT NULL, taken VARCHAR NOT NULL, PRIMARY KEY (article_id, version),
    FOREIGN KEY(article_id) REFERENCES articles (id));
CREATE INDEX ix_versions_published ON versions (published);
CREATE INDEX ix_versions_sha256 ON versions (sha256);
CREATE TABLE passages (id VARCHAR NOT NULL, article_id VARCHAR NOT NULL, version INTEGER NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL, section VARCHAR, page INTEGER,
    vector VARCHAR NOT NULL, added INTEGER, removed INTEGER, PRIMARY KEY (id),
    FOREIGN KEY(article_id, version) REFERENCES versions (article_id, version),
    FOREIGN KEY(vector) REFERENCES vectors ("key"));
CREATE INDEX ix_passages_added ON passages (added);
CREATE INDEX ix_passages_removed ON passages (removed);
CREATE INDEX passages_of_version ON passages (article_id, version);
INSERT INTO facts VALUES ('schema', '1'), ('revision', '7'), ('identity', 'abc');
INSERT INTO articles VALUES ('moon', '/moon.txt', 1, 10, 20, NULL, 'moon');
INSERT INTO versions VALUES ('moon', 1, 'current', 'The Moon', 'Reuters', NULL, '2025-04-23', NULL, NULL, 'en',
    'The Moon is far.', 'sha', '{"title": "headline"}', x'', '1', '2026-01-02T03:04:05+00:00');
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "catalog.db"
    run(path, SCHEMA_1)
    return path


def run(path: Path, statements: str) -> None:
    connection = sqlite3.connect(path)
    connection.executescript(statements)
    connection.close()


def tables(path: Path) -> set[tuple[str, str]]:
    """Names of columns and indexes."""
    connection = sqlite3.connect(path)
    names = connection.execute("SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'").fetchall()
    columns = {
        (name, column[1])
        for kind, name in names
        if kind == "table"
        for column in connection.execute(f"PRAGMA table_info({name})")
    }
    connection.close()
    return columns | set(names)


def test_an_older_catalog_becomes_one_of_today_with_all_that_it_held(old: Path, tmp_path: Path) -> None:
    catalog = Catalog.open(old)
    assert (catalog.fact("schema"), catalog.revision) == ("2", 7)
    assert [article.text for article in catalog.articles(Filters())] == ["The Moon is far."]
    catalog.close()
    Catalog.open(tmp_path / "new" / "catalog.db").close()
    assert tables(old) == tables(tmp_path / "new" / "catalog.db")


def test_before_that_a_copy_is_made(old: Path, tmp_path: Path) -> None:
    before = tables(old)
    Catalog.open(old).close()
    assert tables(tmp_path / "catalog-schema-1.bak") == before
    assert not (tmp_path / "catalog-schema-1.bak.new").exists()


def test_one_that_only_reads_says_what_to_do_and_changes_nothing(old: Path) -> None:
    before = tables(old)
    with pytest.raises(LibraryOutdated, match=r"schema 1, now 2.*space-policy ingest FOLDER"):
        Catalog.open(old, writable=False)
    assert tables(old) == before


def test_a_step_that_fails_leaves_everything_as_it_was(old: Path) -> None:
    run(old, "CREATE INDEX ix_passages_vector ON passages (vector)")  # the step's last statement makes it too
    before = tables(old)
    with pytest.raises(LibraryDamaged, match="already exists"):
        Catalog.open(old)
    assert tables(old) == before
