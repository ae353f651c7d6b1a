"""The drivers: one for each way in which a library takes SQL, on each database that it speaks to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import sqlmodel
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from parameters import connections
from parameters.driver import Driver

if TYPE_CHECKING:
    from parameters.connections import Connect

_ROWS = "[row[0] for row in result]"
_ASYNC_ROWS = "[row[0] async for row in result]"

SQLITE3 = Driver(
    "sqlite",
    "qmark",
    "import sqlite3",
    "sqlite3.Connection",
    "result = db.execute({sql}{given})",
    _ROWS,
    connections.on_sqlite3,
    many="db.executemany({sql}, people)",
    all_forms=True,
)

AIOSQLITE = replace(
    SQLITE3,
    imports="import aiosqlite",
    annotation="aiosqlite.Connection",
    execute="result = await db.execute({sql}{given})",
    keyword="result = await db.execute(sql={sql}{given})",
    keyword_given=", parameters={}",
    many="await db.executemany({sql}, people)",
    rows=_ASYNC_ROWS,
    connect=connections.on_aiosqlite,
    asynchronous=True,
    all_forms=False,
)

PSYCOPG = Driver(
    "postgres",
    "format",
    "import psycopg",
    "psycopg.Connection",
    "result = db.execute({sql}{given})",
    _ROWS,
    connections.on_psycopg,
    keyword="result = db.execute(query={sql}{given})",
    all_forms=True,
)

PSYCOPG_CURSOR = replace(
    PSYCOPG,
    annotation="psycopg.Cursor",
    many="db.executemany({sql}, people)",
    connect=connections.on_psycopg_cursor,
    all_forms=False,
)

PSYCOPG2 = Driver(
    "postgres",
    "format",
    "import psycopg2.extensions",
    "psycopg2.extensions.cursor",
    "db.execute({sql}{given})",
    "[row[0] for row in db]",
    connections.on_psycopg2_cursor,
    many="db.executemany({sql}, people)",
    keyword="db.execute(query={sql}{given})",
    keyword_given=", vars={}",
)

ASYNCPG = Driver(
    "postgres",
    "numeric-dollar",
    "import asyncpg",
    "asyncpg.Connection",
    "result = await db.fetch({sql}{given})",
    _ROWS,
    connections.on_asyncpg,
    many="await db.executemany({sql}, people)",
    each=True,
    asynchronous=True,
    all_forms=True,
)

PYMYSQL = Driver(
    "mysql",
    "format",
    "import pymysql.cursors",
    "pymysql.cursors.Cursor",
    "db.execute({sql}{given})",
    "[row[0] for row in db]",
    connections.on_pymysql,
    many="db.executemany({sql}, people)",
    keyword="db.execute(query={sql}{given})",
    keyword_given=", args={}",
    all_forms=True,
)

SESSION = Driver(
    "sqlite",
    "named",
    "from sqlalchemy import text\nfrom sqlalchemy.orm import Session",
    "Session",
    "result = db.execute(text({sql}){given})",
    _ROWS,
    connections.with_engine("pysqlite", Session),
    many="db.execute(text({sql}), people)",
    keyword="result = db.execute(text(text={sql}){given})",
)

CONNECTION = replace(
    SESSION,
    imports="from sqlalchemy import text\nfrom sqlalchemy.engine import Connection",
    annotation="Connection",
    connect=connections.with_engine("pysqlite", Engine.connect),
)

ASYNC_SESSION = replace(
    SESSION,
    dialect="postgres",
    imports="from sqlalchemy import text\nfrom sqlalchemy.ext.asyncio import AsyncSession",
    annotation="AsyncSession",
    execute="result = await db.execute(text({sql}){given})",
    many="await db.execute(text({sql}), people)",
    keyword="result = await db.execute(text(text={sql}){given})",
    asynchronous=True,
    connect=connections.with_async_engine("asyncpg", "session"),
)

SQLMODEL = replace(
    SESSION,
    imports="from sqlmodel import Session, text",
    execute="result = db.exec(text({sql}){given})",
    given=", params={}",
    many="",
    keyword="",
    connect=connections.with_engine("pysqlite", sqlmodel.Session),
)


def _driver_sql(url: str, connect: Connect, **differences: object) -> Driver:
    """`exec_driver_sql`, whose paramstyle is that of the URL from which the engine was made."""
    return replace(
        SQLITE3,
        imports="from sqlalchemy import create_engine",
        annotation="",
        module=f'engine = create_engine("{url}")',
        around="with engine.connect() as db:",
        execute="result = db.exec_driver_sql({sql}{given})",
        keyword="result = db.exec_driver_sql(statement={sql}{given})",
        keyword_given=", parameters={}",
        many="",
        connect=connect,
        all_forms=False,
        **differences,
    )


DJANGO_CURSOR = Driver(
    "sqlite",
    "format",
    "from django.db.backends.utils import CursorWrapper",
    "CursorWrapper",
    "db.execute({sql}{given})",
    "[row[0] for row in db.fetchall()]",
    connections.on_django_cursor,
    many="db.executemany({sql}, people)",
    keyword="db.execute(sql={sql}{given})",
)

DJANGO_RAW = Driver(
    "sqlite",
    "format",
    "from django.db.models import QuerySet",
    "QuerySet",
    "result = db.raw({sql}{given})",
    "[person.pk for person in result]",
    connections.on_django_queryset,
    keyword="result = db.raw(raw_query={sql}{given})",
    reads_only=True,
    always_formats=True,
)

DJANGO_RAWSQL = replace(
    DJANGO_RAW,
    imports="from django.db.models import QuerySet\nfrom django.db.models.expressions import RawSQL",
    execute="result = db.filter(id__in=RawSQL({sql}{given}))",
    nothing=", []",
    keyword="",
    without=frozenset({"bound-mapping"}),
)

DJANGO_EXTRA = replace(
    DJANGO_RAW,
    execute="result = db.extra(where=[{sql}]{given})",
    given=", params={}",
    keyword="",
    conditions_only=True,
    without=frozenset({"bound-mapping"}),
)

PANDAS = replace(
    SQLITE3,
    imports="import sqlite3\n\nimport pandas",
    execute="result = pandas.read_sql({sql}, db{given})",
    rows='result["id"].tolist()',
    given=", params={}",
    keyword="result = pandas.read_sql(sql={sql}, con=db{given})",
    many="",
    reads_only=True,
    all_forms=False,
)

PEEWEE = replace(
    SQLITE3,
    imports="import peewee",
    annotation="peewee.SqliteDatabase",
    execute="result = db.execute_sql({sql}{given})",
    many="",
    keyword="result = db.execute_sql(sql={sql}{given})",
    connect=connections.on_peewee,
    all_forms=False,
)

DRIVERS = {
    "sqlite3": SQLITE3,
    "sqlite3-cursor": replace(
        SQLITE3, annotation="sqlite3.Cursor", connect=connections.on_sqlite3_cursor, all_forms=False
    ),
    "aiosqlite": AIOSQLITE,
    "psycopg": PSYCOPG,
    "psycopg-cursor": PSYCOPG_CURSOR,
    "psycopg-async": replace(
        PSYCOPG,
        annotation="psycopg.AsyncConnection",
        execute="result = await db.execute({sql}{given})",
        keyword="result = await db.execute(query={sql}{given})",
        rows=_ASYNC_ROWS,
        connect=connections.on_psycopg_async,
        asynchronous=True,
        all_forms=False,
    ),
    "psycopg2": PSYCOPG2,
    "psycopg2-connection": replace(
        PSYCOPG2,
        annotation="psycopg2.extensions.connection",
        around="with db.cursor() as cursor:",
        execute="cursor.execute({sql}{given})",
        keyword="cursor.execute(query={sql}{given})",
        many="cursor.executemany({sql}, people)",
        rows="[row[0] for row in cursor]",
        connect=connections.on_psycopg2,
    ),
    "asyncpg": ASYNCPG,
    "pymysql": PYMYSQL,
    "session-sqlite": SESSION,
    "session-psycopg": replace(
        SESSION,
        dialect="postgres",
        connect=connections.with_engine("psycopg", Session),
        all_forms=True,
    ),
    "session-psycopg2": replace(
        SESSION, dialect="postgres", connect=connections.with_engine("psycopg2", Session)
    ),
    "session-pymysql": replace(SESSION, dialect="mysql", connect=connections.with_engine("pymysql", Session)),
    "session-asyncpg": ASYNC_SESSION,
    "connection-sqlite": CONNECTION,
    "connection-psycopg": replace(
        CONNECTION,
        dialect="postgres",
        connect=connections.with_engine("psycopg", Engine.connect),
    ),
    "connection-asyncpg": replace(
        ASYNC_SESSION,
        imports="from sqlalchemy import text\nfrom sqlalchemy.ext.asyncio import AsyncConnection",
        annotation="AsyncConnection",
        connect=connections.with_async_engine("asyncpg", "connection"),
    ),
    "driver-sql-sqlite": _driver_sql("sqlite:///people.db", connections.with_engine("pysqlite")),
    "driver-sql-psycopg": _driver_sql(
        "postgresql+psycopg://db.example/people",
        connections.with_engine("psycopg"),
        dialect="postgres",
        style="format",
        always_formats=True,
    ),
    "driver-sql-psycopg2": _driver_sql(
        "postgresql+psycopg2://db.example/people",
        connections.with_engine("psycopg2"),
        dialect="postgres",
        style="format",
        always_formats=True,
    ),
    "driver-sql-asyncpg": replace(
        _driver_sql("", connections.with_async_engine("asyncpg")),
        dialect="postgres",
        style="numeric-dollar",
        imports="from sqlalchemy.ext.asyncio import create_async_engine",
        module='engine = create_async_engine("postgresql+asyncpg://db.example/people")',
        around="async with engine.connect() as db:",
        execute="result = await db.exec_driver_sql({sql}{given})",
        keyword="",
        asynchronous=True,
    ),
    "django-cursor-sqlite": DJANGO_CURSOR,
    "django-cursor-postgres": replace(DJANGO_CURSOR, dialect="postgres", all_forms=True),
    "django-raw-sqlite": DJANGO_RAW,
    "django-raw-postgres": replace(DJANGO_RAW, dialect="postgres"),
    "django-rawsql-sqlite": DJANGO_RAWSQL,
    "django-rawsql-postgres": replace(DJANGO_RAWSQL, dialect="postgres"),
    "django-extra-sqlite": DJANGO_EXTRA,
    "django-extra-postgres": replace(DJANGO_EXTRA, dialect="postgres"),
    "pandas": PANDAS,
    "sqlmodel": SQLMODEL,
    "peewee": PEEWEE,
}
"""All drivers, by name."""
