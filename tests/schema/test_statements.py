"""The statements that create a schema, run by SQLite; tests/servers has PostgreSQL run them."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from tests.schema.reading import placeless, read

from backend_architect.schema.statements import create_statements

NOTES = """
CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,
    "order" INTEGER DEFAULT 1 CHECK ("order" > 0));
CREATE TABLE notes (user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    [the title] TEXT NOT NULL, body, PRIMARY KEY (user_id, [the title]));
CREATE UNIQUE INDEX by_title ON notes (lower([the title]) DESC, body) WHERE body IS NOT NULL;
CREATE VIEW titles AS SELECT "the title" FROM notes;
"""


def shape(statements: list[str]) -> list[object]:
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in statements:
            connection.execute(statement)
        found: list[object] = []
        for (name,) in connection.execute(
            "select name from sqlite_master where type = 'table' order by 1"
        ).fetchall():
            found += [
                connection.execute(f"pragma {pragma}({name})").fetchall()
                for pragma in ("table_info", "foreign_key_list", "index_list")
            ]
        return found


def test_sqlite_makes_the_same_tables() -> None:
    ours = list(create_statements(read(NOTES, "sqlite")))
    assert shape(ours) == shape([one for one in NOTES.split(";\n") if one])
    assert placeless(read(";\n".join(ours), "sqlite")).tables == placeless(read(NOTES, "sqlite")).tables


def test_mysql_is_written_as_mysql() -> None:
    schema = read(
        "CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, `Key` text, FULLTEXT KEY words (`Key`));"
        "CREATE INDEX i ON t ((lower(`Key`)));",
        "mysql",
    )
    assert list(create_statements(schema)) == [
        "create table t (\n    id integer not null auto_increment,\n    `Key` text,\n    primary key (id)\n)",
        "create fulltext index words on t (`Key`)",
        "create index i on t ((lower(`Key`)))",
    ]


def test_what_nobody_says() -> None:
    schema = read("ALTER TABLE old ADD a int; CREATE TABLE t (a, b) AS SELECT 1, 2")
    assert list(create_statements(schema)) == [
        "create table t (\n    a /* unknown type */,\n    b /* unknown type */\n)"
    ]
