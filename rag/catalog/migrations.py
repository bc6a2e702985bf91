"""How the catalog of an older program becomes one of today. Each step is written once and never changed.

A step says what was done to the tables at its time, in words of its own: `tables` goes on changing.
"""

from collections.abc import Mapping, Sequence

import sqlalchemy as sql

# schema -> statements that make the next one of it
MIGRATIONS: Mapping[int, Sequence[str]] = {
    1: (
        "CREATE TABLE corrections ("
        " article_id VARCHAR NOT NULL, field VARCHAR NOT NULL, value VARCHAR,"
        " PRIMARY KEY (article_id, field), FOREIGN KEY (article_id) REFERENCES articles (id))",
        "CREATE INDEX ix_passages_vector ON passages (vector)",  # else each purged vector reads all passages
    ),
}


def migrate(connection: sql.Connection, schema: int) -> None:
    """Takes the next step from `schema` within the connection's transaction, and notes it."""
    for statement in MIGRATIONS[schema]:
        connection.exec_driver_sql(statement)
    connection.execute(sql.text("UPDATE facts SET value = :now WHERE name = 'schema'"), {"now": str(schema + 1)})
