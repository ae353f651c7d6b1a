"""What libraries do: the shape of the table, and the ways in which it is asked."""

from __future__ import annotations

import inspect
import re
import sqlite3
import subprocess
import time
import urllib.request

import pytest

from backend_architect.knowledge import entries, libraries
from backend_architect.knowledge.entries import Driver

TABLES = entries.tables()
CALLS = {name for table in ("returns", "sql", "timeouts", "blocking") for name in getattr(TABLES, table)}
OWNERS = {name.rpartition(".")[0] for name in CALLS}
CLASSES = {
    *(name.removeprefix("type[").removesuffix("]") for name in TABLES.returns.values()),
    *TABLES.attributes.values(),
    *TABLES.bases,
    *(base for names in TABLES.bases.values() for base in names),
    *(owner for owner in OWNERS if "." in owner and owner.rpartition(".")[2][0].isupper()),
}
_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")


def test_every_path_is_dotted() -> None:
    names = {
        *CALLS,
        *CLASSES,
        *TABLES.attributes,
        *TABLES.overridden,
        *TABLES.drivers,
    }
    assert not [name for name in names if not _DOTTED.fullmatch(name.removesuffix(".*"))]
    # A module may be the canonical name of another module.
    assert all(_DOTTED.fullmatch(name) or name.isidentifier() for name in TABLES.aliases.values())


def test_every_path_is_canonical() -> None:
    names = {*CALLS, *CLASSES, *TABLES.attributes, *TABLES.overridden, *TABLES.drivers}
    assert {name: libraries.canonical(name) for name in names if libraries.canonical(name) != name} == {}
    targets = TABLES.aliases.values()
    assert {name for name in targets if libraries.canonical(name) != name} == set()


def test_every_driver_belongs_to_a_class_that_something_gives() -> None:
    assert set(TABLES.drivers) - CLASSES == set()


def test_every_class_that_takes_sql_has_a_driver_or_says_why_not() -> None:
    without = {
        name
        for name, argument in TABLES.sql.items()
        if argument.paramstyle is None and libraries.driver(name.rpartition(".")[0]) is None
    }
    assert without == {
        # The engine behind them decides.
        "sqlalchemy.engine.Connection.exec_driver_sql",
        "sqlalchemy.engine.Connection.execute",
        "sqlalchemy.engine.Connection.scalar",
        "sqlalchemy.ext.asyncio.AsyncConnection.exec_driver_sql",
        "alembic.op.execute",
        "pandas.read_sql",
        "pandas.read_sql_query",
        # The database behind the model decides.
        "peewee.Database.execute_sql",
        "peewee.Model.raw",
        "peewee.SQL",
    }


def test_base_classes_have_no_cycles() -> None:
    for name in TABLES.bases:
        assert name not in list(libraries._with_bases(name))[1:]


def test_wildcards_are_methods_of_classes() -> None:
    assert {name for name in CALLS if name.endswith(".*")} == {
        "redis.Redis.*",
        "botocore.client.BaseClient.*",
    }


def test_replacements_exist() -> None:
    replaced = {name: entry.replacement for name, entry in TABLES.blocking.items() if entry}
    assert {name: new for name, new in replaced.items() if new} == {"time.sleep": "asyncio.sleep"}


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("requests.sessions.Session.get", "requests.Session.get"),
        ("requests.api.get", "requests.get"),
        ("sqlalchemy.orm.session.Session", "sqlalchemy.orm.Session"),
        ("sqlalchemy.sql.expression.text", "sqlalchemy.text"),
        ("sqlite3.dbapi2.connect", "sqlite3.connect"),
        ("app.models.User", "app.models.User"),
        ("requests.apiary", "requests.apiary"),
    ],
)
def test_canonical(path: str, canonical: str) -> None:
    assert libraries.canonical(path) == canonical


def test_what_calls_give() -> None:
    assert libraries.returns("sqlite3.connect") == "sqlite3.Connection"
    assert libraries.returns("psycopg.ServerCursor.execute") == "psycopg.Cursor"
    assert libraries.returns("sqlalchemy.orm.session.sessionmaker.__call__") == "sqlalchemy.orm.Session"
    assert libraries.returns("django.db.connection.cursor") == "django.db.backends.utils.CursorWrapper"
    assert libraries.returns("app.connect") is None
    assert libraries.overriding_keyword("sqlalchemy.orm.sessionmaker") == "class_"


def test_attributes_hold_instances() -> None:
    session = libraries.attribute("flask_sqlalchemy.SQLAlchemy.session")
    assert session == "sqlalchemy.orm.scoped_session"
    assert libraries.bases(session) == ("sqlalchemy.orm.Session",)
    assert libraries.blocking("flask_sqlalchemy.SQLAlchemy.session.commit") is not None


def test_the_nearest_class_says_how_parameters_are_written() -> None:
    assert libraries.driver("psycopg.Cursor") == Driver("format", "postgres")
    assert libraries.driver("psycopg.RawServerCursor") == Driver("numeric-dollar", "postgres")
    argument = libraries.sql_argument("psycopg.RawServerCursor.execute")
    assert argument is not None
    assert (argument.paramstyle, argument.parameters_position) == ("numeric-dollar", 1)
    assert libraries.driver("sqlalchemy.engine.Connection") is None


def test_where_sql_is_taken() -> None:
    text = libraries.sql_argument("sqlmodel.text")
    assert text is not None
    assert (text.position, text.parameters, text.parameters_position) == (0, "chained", None)
    batch = libraries.sql_argument("psycopg2.extras.execute_batch")
    assert batch is not None
    assert (batch.position, batch.parameters_position, batch.dialect) == (1, 2, "postgres")
    assert libraries.sql_argument("sqlite3.Cursor.fetchall") is None


def test_wildcards_have_exceptions() -> None:
    assert libraries.blocking("redis.client.StrictRedis.hgetall") is not None
    assert libraries.blocking("redis.RedisCluster.get") is not None
    assert libraries.blocking("redis.Redis.pipeline") is None
    assert libraries.blocking("redis.Redis.__enter__") is None
    assert libraries.blocking("redis.asyncio.Redis.get") is None
    assert "redis.Redis.pipeline" not in libraries.paths("blocking")
    assert "redis.Redis.*" in libraries.paths("blocking")


def test_tables_can_be_asked_by_name() -> None:
    assert libraries.lookup("timeouts", "requests.get") == libraries.timeout("requests.get")
    with pytest.raises(KeyError):
        libraries.lookup("timeout", "requests.get")
    for table in libraries.LOOKUPS:
        assert libraries.paths(table)


def test_who_waits_for_ever() -> None:
    for name in libraries.paths("timeouts"):
        entry = libraries.timeout(name)
        assert entry is not None
        assert (entry.default is None) == name.startswith(("requests.", "urllib.")), name
        assert entry.source


def test_the_standard_library_agrees() -> None:
    urlopen = list(inspect.signature(urllib.request.urlopen).parameters)
    assert urlopen[libraries.timeout("urllib.request.urlopen").position] == "timeout"
    standard = {"sqlite3": sqlite3, "subprocess": subprocess, "time": time}
    for name in CALLS:
        module, *attributes = name.split(".")
        found = standard.get(module)
        for attribute in attributes if found else ():
            assert hasattr(found, attribute), name
            found = getattr(found, attribute)
