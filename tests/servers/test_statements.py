"""The fixes of SQL files, run by SQLite and PostgreSQL."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, Protocol

import psycopg
import pytest
from running import fixed

if TYPE_CHECKING:
    from collections.abc import Generator


class Database(Protocol):
    """What both drivers can do."""

    def execute(self, query: str) -> Any: ...


@pytest.fixture(params=["sqlite", "postgres"])
def dialect(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def db(dialect: str, request: pytest.FixtureRequest) -> Generator[Database]:
    if dialect == "sqlite":
        with closing(sqlite3.connect(":memory:")) as connection:
            yield connection
        return
    with psycopg.connect(request.getfixturevalue("postgres")) as connection:
        yield connection
        connection.rollback()


def rows(db: Database, query: str) -> list[tuple[Any, ...]]:
    return db.execute(query).fetchall()


class TestTableWithoutPrimaryKey:
    RULE = "table-without-primary-key"

    @pytest.mark.parametrize(
        "statement",
        [
            "CREATE TABLE visits (page text NOT NULL, seen integer DEFAULT 0);",
            "CREATE TABLE IF NOT EXISTS visits (\n    page text UNIQUE,\n    seen integer DEFAULT 0\n);",
            "CREATE TABLE visits (\n    -- where\n    page text, -- a path\n    seen integer DEFAULT 0\n);",
            "CREATE TABLE visits (\n    page text,\n    seen integer DEFAULT 0,\n    CHECK (seen >= 0)\n);",
            "create table visits(page text,seen integer default 0)",
            "CREATE TABLE visits (\n\tpage text\n\t, seen integer DEFAULT 0\n\t, UNIQUE (page, seen)\n);",
        ],
    )
    def test_the_table_gets_a_key_that_fills_itself(self, db: Database, dialect: str, statement: str):
        db.execute(fixed(statement, self.RULE, path="schema.sql", dialect=dialect))
        for page in ("/", "/about"):
            db.execute(f"INSERT INTO visits (page) VALUES ('{page}')")
        assert rows(db, "SELECT id, page, seen FROM visits ORDER BY id") == [(1, "/", 0), (2, "/about", 0)]
        assert self._key(db, dialect) == [("id",)]

    def _key(self, db: Database, dialect: str) -> list[tuple[Any, ...]]:
        if dialect == "sqlite":
            return rows(db, "SELECT name FROM pragma_table_info('visits') WHERE pk > 0")
        return rows(
            db,
            "SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)"
            " WHERE indisprimary AND indrelid = 'visits'::regclass",
        )

    def test_an_unlogged_table(self, postgres: str):
        statement = "CREATE UNLOGGED TABLE visits (page text);"
        with psycopg.connect(postgres) as connection:
            connection.execute(fixed(statement, self.RULE, path="schema.sql"))
            assert self._key(connection, "postgres") == [("id",)]
            connection.rollback()


class TestUpdateWithoutWhere:
    RULE = "update-without-where"

    @pytest.fixture(autouse=True)
    def tables(self, db: Database) -> None:
        db.execute("CREATE TABLE prices (id integer PRIMARY KEY, amount integer, note text)")
        db.execute("INSERT INTO prices VALUES (1, 10, 'a'), (2, 20, NULL), (3, NULL, 'where')")
        db.execute("CREATE TABLE rates (amount integer)")
        db.execute("INSERT INTO rates VALUES (7)")

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE prices SET amount = 0;",
            "UPDATE prices SET amount = 0, note = 'where'",
            "UPDATE prices\nSET amount = coalesce(amount, 0) + 1 -- a little more\n;",
            "UPDATE prices AS p SET amount = (SELECT max(amount) FROM rates WHERE amount > 0);",
            "UPDATE prices SET amount = rates.amount FROM rates;",
            "UPDATE prices SET note = 'it''s; done' RETURNING id;",
            "WITH top AS (SELECT max(amount) AS a FROM rates) UPDATE prices SET amount = top.a FROM top;",
        ],
    )
    def test_the_same_rows_are_changed_in_the_same_way(self, db: Database, dialect: str, statement: str):
        repaired = fixed(statement, self.RULE, path="nightly.sql", dialect=dialect)
        results = []
        for text in (statement, repaired):
            db.execute("SAVEPOINT before")
            returned = db.execute(text)
            returned = returned.fetchall() if "RETURNING" in text else []
            results.append((returned, rows(db, "SELECT * FROM prices ORDER BY id")))
            db.execute("ROLLBACK TO SAVEPOINT before")
        assert results[0] == results[1]
        assert results[0][1] != rows(db, "SELECT * FROM prices ORDER BY id")
