"""The fix of sql-built-from-strings, run: same rows for honest values, none for hostile ones."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
import psycopg2
import pytest
from running import versions
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DataError, ProgrammingError
from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

RULE = "sql-built-from-strings"

HOSTILE = "x' OR '1'='1"
"""A value that ends a quoted text and goes on as SQL."""

OTHERS = {
    "in a list": "x') OR '1'='1' OR name IN ('x",
    "with a cast": "x' AS text) OR CAST('1' AS text) = CAST('1",
    "in a subquery": "x') OR ('1'='1",
}
"""Such values for statements that have a bracket open there."""

PEOPLE = [(1, "ada", "london"), (2, "bob", "why?"), (3, "o'hara", "a%b"), (4, "ada", "10:30")]
SCHEMA = "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, city text NOT NULL)"


@dataclass(frozen=True)
class Driver:
    """How code talks to a database: what it imports, what it is given, and how it executes."""

    imports: str
    annotation: str
    execute: str
    """With `{}` for the statement."""
    connect: Callable[[str], Any]
    """A context manager around what the code is given, from PostgreSQL's connection string."""


def _filled(execute: Callable[[str], object]) -> None:
    execute(SCHEMA)
    for number, name, city in PEOPLE:
        quoted = name.replace("'", "''")
        execute(f"INSERT INTO users VALUES ({number}, '{quoted}', '{city}')")


@contextmanager
def _sqlite3(_: str) -> Generator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as connection:
        _filled(connection.execute)
        yield connection


@contextmanager
def _psycopg(conninfo: str) -> Generator[psycopg.Connection]:
    with psycopg.connect(conninfo) as connection:
        _filled(connection.execute)
        yield connection
        connection.rollback()


@contextmanager
def _psycopg2(conninfo: str) -> Generator[Any]:
    with closing(psycopg2.connect(conninfo)) as connection, connection.cursor() as cursor:
        _filled(cursor.execute)
        yield cursor


@contextmanager
def _session(url: str) -> Generator[Session]:
    engine = create_engine(url)
    try:
        with Session(engine) as session:
            _filled(lambda statement: session.execute(text(statement.replace("10:30", r"10\:30"))))
            yield session
    finally:
        engine.dispose()


def _sqlalchemy(dialect: str) -> Callable[[str], Any]:
    def connect(conninfo: str) -> Any:
        if dialect == "sqlite":
            return _session("sqlite://")
        parts = dict(part.split("=") for part in conninfo.split())
        return _session("postgresql+{}://{user}@{host}:{port}/{dbname}".format(dialect, **parts))

    return connect


SQLALCHEMY = (
    "from sqlalchemy import text\nfrom sqlalchemy.orm import Session",
    "Session",
    "db.execute(text({}))",
)

DRIVERS = {
    "sqlite3": Driver("import sqlite3", "sqlite3.Connection", "db.execute({})", _sqlite3),
    "psycopg": Driver("import psycopg", "psycopg.Connection", "db.execute({})", _psycopg),
    "psycopg-cursor": Driver(
        "import psycopg", "psycopg.Connection", "(cursor := db.cursor()).execute({})", _psycopg
    ),
    "psycopg2": Driver(
        "import psycopg2.extensions", "psycopg2.extensions.cursor", "db.execute({})", _psycopg2
    ),
    "sqlalchemy-sqlite": Driver(*SQLALCHEMY, _sqlalchemy("sqlite")),
    "sqlalchemy-psycopg": Driver(*SQLALCHEMY, _sqlalchemy("psycopg")),
    "sqlalchemy-psycopg2": Driver(*SQLALCHEMY, _sqlalchemy("psycopg2")),
}

FORMS = {
    "f-string": """f"SELECT id FROM users WHERE name = '{name}' ORDER BY id" """,
    "several lines": '''f"""
        SELECT id
        FROM users
        WHERE name = '{name}'
        ORDER BY id
        """''',
    "adjacent strings": """(
            "SELECT id FROM users "
            f"WHERE name = '{name}' "
            "ORDER BY id"
        )""",
    "percent": """"SELECT id FROM users WHERE name = '%s' ORDER BY id" % name""",
    "percent with a tuple": (
        """"SELECT id FROM users WHERE name = '%s' AND city <> '%s'" % (name, name + "x")"""
    ),
    "percent with names": """"SELECT id FROM users WHERE name = '%(who)s' ORDER BY id" % {"who": name}""",
    "twice": """f"SELECT id FROM users WHERE name = '{name}' OR city = '{name}' ORDER BY id" """,
    "expression": """f"SELECT id FROM users WHERE name = '{name.strip()}' ORDER BY id" """,
    "in a list": """f"SELECT id FROM users WHERE name IN ('{name}', 'nobody') ORDER BY id" """,
    "beside a percent sign": """f"SELECT id FROM users WHERE city <> '%' AND name = '{name}' ORDER BY id" """,
    "beside a placeholder": """f"SELECT id FROM users WHERE city <> '?' AND name = '{name}' ORDER BY id" """,
    "beside a colon": """f"SELECT id FROM users WHERE name = '{name}' AND city <> '09:15' ORDER BY id" """,
    "beside a quote": """f"SELECT id FROM users WHERE name = '{name}' AND city <> 'l''or' ORDER BY id" """,
    "with a cast": """f"SELECT id FROM users WHERE name = CAST('{name}' AS text) ORDER BY id" """,
    "in a subquery": (
        """f"SELECT id FROM users WHERE id IN (SELECT id FROM users WHERE name = '{name}') ORDER BY id" """
    ),
}

POSTGRES_ONLY = {
    "with a colon cast": """f"SELECT id FROM users WHERE name = '{name}'::text ORDER BY id" """,
}


def _module(driver: Driver, statement: str, method: str = ".fetchall()") -> str:
    call = driver.execute.format(statement.strip())
    return (
        f"{driver.imports}\n\n\n"
        f"def find(db: {driver.annotation}, name: str):\n"
        f"    result = {call}\n"
        f"    return {'db' if driver.connect is _psycopg2 else 'result'}{method}\n"
    )


def _ids(rows: list[Any]) -> list[int]:
    return [row[0] for row in rows]


def _cases() -> list[object]:
    return [
        pytest.param(driver, statement, OTHERS.get(form, HOSTILE), id=f"{name}-{form}")
        for name, driver in DRIVERS.items()
        for form, statement in {**FORMS, **({} if "sqlite" in name else POSTGRES_ONLY)}.items()
    ]


@pytest.mark.parametrize(("driver", "statement", "hostile"), _cases())
def test_a_query_finds_the_same_rows_and_cannot_be_broken_out_of(
    driver: Driver, statement: str, hostile: str, postgres: str
):
    code = versions(_module(driver, statement), RULE)
    with driver.connect(postgres) as db:
        for name in ("ada", "bob", "nobody"):
            assert _ids(code.fixed["find"](db, name)) == _ids(code.written["find"](db, name)), name
        assert _ids(code.fixed["find"](db, "o'hara")) in ([3], []), "a quote in a value is no mistake"
        assert _ids(code.fixed["find"](db, hostile)) == []
        leaked = _ids(code.written["find"](db, hostile))
        assert len(leaked) > 2, "the test proves nothing: the code was safe before"


@pytest.mark.parametrize("driver", DRIVERS.values(), ids=DRIVERS)
def test_a_number_stays_a_number(driver: Driver, postgres: str):
    statement = 'f"SELECT id FROM users WHERE id = {name} ORDER BY id"'
    code = versions(_module(driver, statement), RULE)
    with driver.connect(postgres) as db:
        assert _ids(code.written["find"](db, 2)) == _ids(code.fixed["find"](db, 2)) == [2]
        assert _ids(code.written["find"](db, "0 OR 1=1")) == [1, 2, 3, 4]
        with suppress(psycopg.DataError, psycopg2.DataError, ProgrammingError, DataError):
            # SQLite compares them as text; PostgreSQL says that this is no number.
            assert _ids(code.fixed["find"](db, "0 OR 1=1")) == []


@pytest.mark.parametrize("driver", DRIVERS.values(), ids=DRIVERS)
def test_a_change_reaches_the_same_rows_and_no_others(driver: Driver, postgres: str):
    statement = """f"UPDATE users SET city = 'paris' WHERE name = '{name}'" """
    code = versions(_module(driver, statement, ".rowcount"), RULE)
    with driver.connect(postgres) as db:
        assert code.written["find"](db, "ada") == code.fixed["find"](db, "ada") == 2
        assert code.fixed["find"](db, HOSTILE) == 0
        assert code.written["find"](db, HOSTILE) == 4


@pytest.mark.parametrize("driver", DRIVERS.values(), ids=DRIVERS)
def test_a_new_row_holds_the_value_to_the_letter(driver: Driver, postgres: str):
    statement = """f"INSERT INTO users (id, name, city) VALUES (9, '{name}', 'rome')" """
    code = versions(_module(driver, statement, ".rowcount"), RULE)
    value = "a'); DELETE FROM users; -- %s ? :name {x} \\ \N{SNOWMAN}"
    with driver.connect(postgres) as db:
        assert code.fixed["find"](db, value) == 1
        query = "SELECT name, (SELECT count(*) FROM users) FROM users WHERE id = 9"
        result = db.execute(text(query) if isinstance(db, Session) else query)
        row = (result or db).fetchone()
        assert tuple(row) == (value, 5)
