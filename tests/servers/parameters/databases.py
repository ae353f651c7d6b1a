"""The databases: how each is filled, and what is in it, seen from a connection of its own."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import psycopg
import pymysql

from parameters.people import PEOPLE, SECRET, TABLES, Person

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEXT = {"sqlite": "text", "postgres": "text", "mysql": "varchar(100)"}
"""The type of a text, by dialect."""


class Database:
    """One database, and what any program may know of it; everybody commits what they do at once."""

    def __init__(self, dialect: str, connection: Any, address: Any) -> None:
        self.dialect = dialect
        self.address = address
        """The path of SQLite's file, the connection string of PostgreSQL, the port of MariaDB."""
        self._connection = connection
        self._cursor = connection.cursor()
        self._sign = "?" if dialect == "sqlite" else "%s"
        self.reset()

    def reset(self) -> None:
        """Make the tables anew."""
        for name, definition in TABLES.items():
            self._cursor.execute(f"DROP TABLE IF EXISTS {name}")
            self._cursor.execute(definition.format(text=TEXT[self.dialect]))
        signs = ", ".join([self._sign] * len(Person._fields))
        self._cursor.executemany(f"INSERT INTO users VALUES ({signs})", PEOPLE)
        self._cursor.execute(f"INSERT INTO secrets VALUES ({SECRET})")

    def table(self) -> tuple[tuple[object, ...], ...] | None:
        """All rows of `users`; None if the table is gone."""
        with suppress(sqlite3.Error, psycopg.Error, pymysql.Error):
            self._cursor.execute("SELECT id, name, city, age FROM users ORDER BY id")
            return tuple(Person(*row) for row in self._cursor.fetchall())
        return None

    def close(self) -> None:
        self._cursor.close()
        self._connection.close()


def on_sqlite(folder: Path) -> Database:
    """A database in a file, so that every library can open it."""
    path = folder / "people.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=OFF")
    return Database("sqlite", connection, path)


def on_postgres(conninfo: str) -> Database:
    """A database in a running PostgreSQL."""
    connection = psycopg.connect(conninfo, autocommit=True)
    connection.execute("SET lock_timeout = '10s'")
    connection.execute("SET client_min_messages = 'warning'")
    return Database("postgres", connection, conninfo)


def on_mariadb(port: int) -> Database:
    """A database in a running MariaDB."""
    connection = pymysql.connect(**mariadb_account(port))
    return Database("mysql", connection, port)


def mariadb_account(port: int) -> dict[str, Any]:
    """How PyMySQL connects to the server of the tests."""
    return {
        "host": "127.0.0.1",
        "port": port,
        "user": "root",
        "database": "test",
        "collation": "utf8mb4_bin",
        "autocommit": True,
    }


OPENED: dict[str, Callable[[Any], Database]] = {
    "sqlite": on_sqlite,
    "postgres": on_postgres,
    "mysql": on_mariadb,
}
