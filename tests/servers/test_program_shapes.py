"""What is read of programs, compared with what the mappers themselves send to PostgreSQL."""

from __future__ import annotations

import ast
import datetime as dt
import re
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django_settings
import psycopg
import pytest
from django.apps import apps
from django.db import connections
from django.http import Http404
from django.utils import timezone
from programs import imported, installed
from psycopg import ClientCursor
from sqlalchemy import create_engine, event
from sqlalchemy.orm import Query, Session

QUERIES = Path(__file__).parent.parent / "queries"
sys.path.insert(0, str(QUERIES))

from shaping import PROGRAMS, Programs, without_idle_order  # noqa: E402 - the tests of queries are beside

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

TEXT, NUMBER = "zzqzz", 987654321
VALUES: dict[str, Any] = {
    "text": TEXT,
    "texts": [TEXT],
    "number": NUMBER,
    "numbers": [NUMBER],
    "day": dt.datetime(1987, 6, 5, tzinfo=dt.UTC),
    "other": dt.datetime(1987, 6, 5, tzinfo=dt.UTC),
    "date": dt.date(1987, 6, 5),
}
_UNKNOWN = re.compile(
    rf"""
    '(?P<before>%?){TEXT}(?P<after>%?)'(?:::\w+)? | (?P<json>'"{TEXT}"'(?:::\w+)?)
    | {NUMBER}(?:::\w+)? | '1987-[^']*'(?:::\w+)?
    | (?P<bag>'\{{[^']*\}}'(?:::\w+(?:\[\])?)*) | (?P<array>ARRAY\[[^]]*\](?:::\w+(?:\([0-9]+\))?(?:\[\])?)?)
    """,
    re.VERBOSE,
)


def without_values(sql: str) -> str:
    """The statement with placeholders for what only the program knew."""

    def placeholder(found: re.Match[str]) -> str:
        parts = ["'%'"] if found["before"] else []
        return " || ".join([*parts, ":v", *(["'%'"] if found["after"] else [])])

    sql = re.sub(r'"([a-z_][a-z0-9_]*)"', r"\1", sql)
    sql = re.sub(r"#> '\{([^}]*)\}'", lambda one: f"#> '<{one[1]}>'", sql)
    sql = _UNKNOWN.sub(placeholder, sql)
    sql = re.sub(r"#> '<([^>]*)>'", lambda one: f"#> '{{{one[1]}}}'", sql)
    # How Django writes what the type of a column says already.
    sql = re.sub(r"(\w+\.\w+)::text", r"\1", sql)
    sql = re.sub(r"UPPER\((:v|'%' \|\| :v|:v \|\| '%'|'%' \|\| :v \|\| '%')\)", _upper, sql)
    return re.sub(r"(:v)(?:::\w+(?: with time zone)?)+", r"\1", sql)


def _upper(found: re.Match[str]) -> str:
    return found[1].replace(":v", "upper(:v)")


@cache
def programs(name: str) -> Programs:
    return Programs(f"{name}.py")


def names_of(name: str) -> list[str]:
    tree = ast.parse((PROGRAMS / f"{name}.py").read_text(encoding="utf-8"))
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]


@pytest.fixture(scope="module")
def alchemy(postgres: str) -> Generator[Callable[[str], list[str]]]:
    """Runs a program of SQLAlchemy, and gives the statements that it sends."""
    module = imported(PROGRAMS / "alchemy.py")
    place = psycopg.conninfo.conninfo_to_dict(postgres)
    engine = create_engine(f"postgresql+psycopg2://postgres@127.0.0.1:{place['port']}/postgres")
    sent: list[str] = []

    with engine.connect() as connection, Session(connection) as session:
        module.Base.metadata.create_all(connection)
        module.audit.metadata.create_all(connection)

        @event.listens_for(engine, "before_cursor_execute")
        def remember(_, cursor, statement, parameters, *__) -> None:
            sent.append(cursor.mogrify(statement, parameters).decode())

        def run(name: str) -> list[str]:
            function = getattr(module, name)
            wanted = function.__annotations__.keys() - {"session", "return"}
            given = {one: module.Customer(id=NUMBER) if one == "customer" else VALUES[one] for one in wanted}
            sent.clear()
            found = function(session, **given)
            if hasattr(found, "compile") and not isinstance(found, Query):
                session.execute(found)
            session.expunge_all()
            return list(sent)

        yield run
        session.rollback()
    engine.dispose()


@pytest.fixture(scope="module")
def library(postgres: str) -> Generator[Callable[[str], list[str]]]:
    """Runs a program of Django, and gives the statements that it sends."""
    place = psycopg.conninfo.conninfo_to_dict(postgres)
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE DATABASE library")
    database = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "library",
        "USER": "postgres",
        "HOST": "127.0.0.1",
        "PORT": place["port"],
    }
    before, settings = connections["default"], connections.settings["default"]
    del connections["default"]
    django_settings.add_database("default", database)
    module = installed(PROGRAMS / "library.py", "library")
    connection = connections["default"]
    models = [one for one in apps.all_models["library"].values() if not one._meta.auto_created]
    with connection.schema_editor() as editor:
        for model in models:
            editor.create_model(model)
    author = module.Author.objects.create(id=NUMBER, name="a", email=TEXT)
    sent: list[str] = []

    def remember(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.append(ClientCursor(connection.connection).mogrify(sql, params))
        return execute(sql, params, many, context)

    def run(name: str) -> list[str]:
        function = getattr(module, name)
        objects = {"author": author, "book": module.Book(id=NUMBER)}
        given = {one: objects.get(one, VALUES.get(one)) for one in function.__annotations__}
        sent.clear()
        with connection.execute_wrapper(remember), timezone.override("UTC"):
            try:
                found = function(**given)
            except (module.Book.DoesNotExist, module.Review.DoesNotExist, Http404):
                found = None
            if hasattr(found, "query") and hasattr(found, "model"):
                list(found)
        return list(sent)

    yield run
    connection.close()
    connections["default"], connections.settings["default"] = before, settings


@pytest.mark.filterwarnings("ignore:.*deprecated:sqlalchemy.exc.SADeprecationWarning")
@pytest.mark.parametrize("name", names_of("alchemy"))
def test_sqlalchemy_sends_what_is_read(name: str, alchemy: Callable[[str], list[str]]):
    known = programs("alchemy")
    sent = [without_values(one) for one in alchemy(name)]
    assert sent
    assert known.shapes(*known.read(name)) == known.shapes(*sent)


@pytest.mark.parametrize("name", names_of("library"))
def test_django_sends_what_is_read(name: str, library: Callable[[str], list[str]]):
    known = programs("library")
    sent = [without_idle_order(without_values(one)) for one in library(name)]
    assert sent
    assert known.shapes(*known.read(name)) == known.shapes(*sent)
