"""Connections as the code under test is given them; what they do is committed at once."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Any

import aiosqlite
import asyncpg
import django_settings
import peewee
import psycopg
import psycopg2
import pymysql
from django.db import connections, models
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from parameters.databases import mariadb_account

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextlib import AbstractContextManager

    from parameters.databases import Database
    from parameters.drivers import Driver

    Connect = Callable[["Database", asyncio.Runner], AbstractContextManager[Any]]
    """From a database to what is given to code that works on it."""


class Person(models.Model):
    class Meta:
        app_label = "people"
        db_table = "users"
        managed = False


def address(conninfo: str) -> dict[str, str]:
    """The parts of PostgreSQL's connection string."""
    return dict(part.split("=") for part in conninfo.split())


@contextmanager
def on_sqlite3(database: Database, _: asyncio.Runner) -> Generator[sqlite3.Connection]:
    with closing(sqlite3.connect(database.address, isolation_level=None)) as connection:
        yield connection


@contextmanager
def on_sqlite3_cursor(database: Database, _: asyncio.Runner) -> Generator[sqlite3.Cursor]:
    with closing(sqlite3.connect(database.address, isolation_level=None)) as connection:
        yield connection.cursor()


@contextmanager
def on_aiosqlite(database: Database, runner: asyncio.Runner) -> Generator[aiosqlite.Connection]:
    async def opened() -> aiosqlite.Connection:
        return await aiosqlite.connect(database.address, isolation_level=None)

    connection = runner.run(opened())
    yield connection
    runner.run(connection.close())


@contextmanager
def on_psycopg(database: Database, _: asyncio.Runner) -> Generator[psycopg.Connection]:
    with psycopg.connect(database.address, autocommit=True) as connection:
        yield connection


@contextmanager
def on_psycopg_cursor(database: Database, _: asyncio.Runner) -> Generator[psycopg.Cursor]:
    with psycopg.connect(database.address, autocommit=True) as connection:
        yield connection.cursor()


@contextmanager
def on_psycopg_async(database: Database, runner: asyncio.Runner) -> Generator[psycopg.AsyncConnection]:
    connection = runner.run(psycopg.AsyncConnection.connect(database.address, autocommit=True))
    yield connection
    runner.run(connection.close())


@contextmanager
def on_psycopg2(database: Database, _: asyncio.Runner) -> Generator[Any]:
    with closing(psycopg2.connect(database.address)) as connection:
        connection.autocommit = True
        yield connection


@contextmanager
def on_psycopg2_cursor(database: Database, _: asyncio.Runner) -> Generator[Any]:
    with closing(psycopg2.connect(database.address)) as connection:
        connection.autocommit = True
        yield connection.cursor()


@contextmanager
def on_asyncpg(database: Database, runner: asyncio.Runner) -> Generator[asyncpg.Connection]:
    options = {
        "database" if name == "dbname" else name: part for name, part in address(database.address).items()
    }

    async def opened() -> asyncpg.Connection:
        return await asyncpg.connect(**options, statement_cache_size=0)

    connection = runner.run(opened())
    yield connection
    runner.run(connection.close())


@contextmanager
def on_pymysql(database: Database, _: asyncio.Runner) -> Generator[pymysql.cursors.Cursor]:
    with pymysql.connect(**mariadb_account(database.address)) as connection:
        yield connection.cursor()


@contextmanager
def on_peewee(database: Database, _: asyncio.Runner) -> Generator[peewee.SqliteDatabase]:
    with closing(peewee.SqliteDatabase(database.address)) as connection:
        yield connection


@contextmanager
def on_django_queryset(database: Database, _: asyncio.Runner) -> Generator[models.QuerySet[Person]]:
    with django_connection(database) as connection:
        yield Person.objects.using(connection.alias)


@contextmanager
def on_django_cursor(database: Database, _: asyncio.Runner) -> Generator[Any]:
    with django_connection(database) as connection, connection.cursor() as cursor:
        yield cursor


@contextmanager
def django_connection(database: Database) -> Generator[Any]:
    """Django's connection to a database, which is not the default one."""
    alias = f"people_{database.dialect}"
    if database.dialect == "sqlite":
        settings = {"ENGINE": "django.db.backends.sqlite3", "NAME": database.address}
    else:
        parts = address(database.address)
        settings = {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts["dbname"],
            **{name.upper(): parts[name] for name in ("user", "host", "port")},
        }
    django_settings.add_database(alias, settings)
    try:
        yield connections[alias]
    finally:
        connections[alias].close()
        del connections[alias]


def _engine_arguments(database: Database, library: str) -> tuple[str, dict[str, Any]]:
    """The URL of a database, and how SQLAlchemy connects to it with a library."""
    arguments: dict[str, Any] = {"isolation_level": "AUTOCOMMIT"}
    match database.dialect:
        case "sqlite":
            return f"sqlite+{library}:///{database.address}", arguments
        case "mysql":
            arguments["connect_args"] = {"collation": "utf8mb4_bin"}
            return f"mysql+{library}://root@127.0.0.1:{database.address}/test", arguments
        case _:
            if library == "asyncpg":
                # The tables are made anew, and statements that were prepared before do not fit them.
                arguments["connect_args"] = {"statement_cache_size": 0, "prepared_statement_cache_size": 0}
            parts = address(database.address)
            url = "postgresql+{}://{user}@{host}:{port}/{dbname}".format(library, **parts)
            return url, arguments


def with_engine(library: str, wrap: Callable[[Any], Any] = lambda engine: engine) -> Connect:
    """How to connect through SQLAlchemy: to an engine, or to what is made of it and can be closed."""

    @contextmanager
    def connect(database: Database, _: asyncio.Runner) -> Generator[Any]:
        url, arguments = _engine_arguments(database, library)
        engine = create_engine(url, **arguments)
        try:
            given = wrap(engine)
            yield given
            if given is not engine:
                given.close()
        finally:
            engine.dispose()

    return connect


def with_async_engine(library: str, wrap: str = "") -> Connect:
    """The same for `asyncio`: to an engine, or to a `connection` or `session` of it."""

    @contextmanager
    def connect(database: Database, runner: asyncio.Runner) -> Generator[Any]:
        url, arguments = _engine_arguments(database, library)
        engine = create_async_engine(url, **arguments)

        async def opened() -> Any:
            return await engine.connect() if wrap == "connection" else AsyncSession(engine)

        given = runner.run(opened()) if wrap else engine
        yield given
        if wrap:
            runner.run(given.close())
        runner.run(engine.dispose())

    return connect


class Connections:
    """The connection of one driver at a time: most servers allow only so many."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        self._driver: Driver | None = None
        self._opened: Any = None
        self._stack = ExitStack()

    def to(self, driver: Driver, database: Database) -> Any:
        """What code for a driver is given."""
        if driver is not self._driver:
            self._stack.close()
            self._driver = driver
            self._opened = self._stack.enter_context(driver.connect(database, self.runner))
        return self._opened

    def close(self) -> None:
        self._stack.close()
        self.runner.close()
