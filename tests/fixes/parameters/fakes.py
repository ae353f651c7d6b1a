"""Stand-ins for drivers and frameworks, and running code with them.

Code runs with an `import` of its own that knows the standard library; everything else is an `Anything`.
"""

from __future__ import annotations

import asyncio
import builtins
import inspect
import sys
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final

from tests.fixes.parameters.databases import SQLALCHEMY, STYLES, Bind, Database, Text

if TYPE_CHECKING:
    from collections.abc import Iterator


class Anything:
    """A name of a library, whose calls give themselves or a database."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        path = f"{self._path}.{name}"
        top = path.partition(".")[0]
        if special := _SPECIAL.get((top, name)):
            return special
        if path.startswith("django.db.connection") or (name == "objects" and top not in STYLES):
            return Database("django")
        return Anything(path)

    def __call__(self, *args: Any, **_: Any) -> Any:
        if len(args) == 1 and isinstance(args[0], FunctionType | type) and not self._path.endswith("Depends"):
            return args[0]  # a decorator
        top = self._path.partition(".")[0]
        if top in SQLALCHEMY:
            return _sqlalchemy(self._path, args)
        if top == "peewee" and self._path.endswith("Database"):
            return Database("sqlite3" if "Sqlite" in self._path else "psycopg2")
        return Database(top) if top in STYLES and top != "django" else self

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        return (_BASES.get(self._path.partition(".")[0], Plain),)

    def __getitem__(self, _: Any) -> Any:
        return self

    def __or__(self, _: Any) -> Any:
        return self

    __ror__ = __or__


class Plain:
    """What models, serializers and views are built on."""

    def __init__(self, **values: Any) -> None:
        vars(self).update(values)


class DjangoModel(Plain):
    """`django.db.models.Model`."""

    objects = Database("django")


class PeeweeModel(Plain):
    """`peewee.Model`."""

    @classmethod
    def raw(cls, statement: str, *parameters: Any) -> Any:
        return _peewee(cls).peewee_sql(statement, parameters)

    @classmethod
    def select(cls, *_: Any) -> Any:
        return _Where(_peewee(cls))

    update = delete = select


class _Where(Anything):
    """A query of peewee, of which only its texts count."""

    def __init__(self, database: Database) -> None:
        super().__init__("peewee.query")
        self.database = database

    def where(self, *conditions: Any) -> Any:
        for condition in conditions:
            if isinstance(condition, PeeweeSQL):
                self.database.peewee_sql(condition.text, condition.parameters)
        return self

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: self

    def __iter__(self) -> Iterator[Any]:
        return iter(())


class PeeweeSQL:
    """`peewee.SQL`."""

    def __init__(self, text: str, params: Any = None) -> None:
        self.text = text
        self.parameters = params


def _peewee(model: Any) -> Database:
    return model.Meta.database


def _sqlalchemy(path: str, args: tuple[Any, ...]) -> Any:
    url = next((arg for arg in args if isinstance(arg, str) and "://" in arg), "postgresql://")
    style = "qmark" if url.startswith("sqlite") else "dollar" if "asyncpg" in url else "format"
    inherited = next((arg.style for arg in args if isinstance(arg, Database)), style)
    database = Database(path.partition(".")[0], style=inherited)
    database.keep(args)
    return database


def _read_sql(
    sql: Any, con: Any = None, index_col: Any = None, coerce: Any = True, params: Any = None, **_: Any
) -> Any:
    if isinstance(sql, Text):
        return con.record(sql, params)
    return con.driver_sql(sql, params)


def _raw_sql(sql: str, params: Any, *_: Any, **__: Any) -> Any:
    return Database("django").driver_sql(sql, params)


_BASES: Final = {"django": DjangoModel, "peewee": PeeweeModel}

_SPECIAL: Final[dict[tuple[str, str], Any]] = {
    ("sqlalchemy", "text"): Text,
    ("sqlmodel", "text"): Text,
    ("sqlalchemy", "bindparam"): Bind,
    ("sqlmodel", "bindparam"): Bind,
    ("pandas", "read_sql"): _read_sql,
    ("pandas", "read_sql_query"): _read_sql,
    ("django", "RawSQL"): _raw_sql,
    ("peewee", "SQL"): PeeweeSQL,
}


def run(code: str, names: dict[str, Any], line: str) -> Any:
    """Runs a module, then a line that calls something in it; the value of the line if it is an expression."""
    # The name of a module that exists: dataclasses look it up.
    scope: dict[str, Any] = {
        **names,
        "__name__": __name__,
        "__builtins__": {**vars(builtins), "__import__": _import},
    }
    exec(compile(code, "example.py", "exec"), scope)
    *before, last = line.split("; ")
    for statement in before:
        exec(statement, scope)
    result = eval(last, scope)
    return asyncio.run(_finished(result)) if inspect.isawaitable(result) else result


async def _finished(result: Any) -> Any:
    return await result


def _import(name: str, scope: Any = None, local: Any = None, wanted: Any = (), level: int = 0) -> Any:
    top = name.partition(".")[0]
    if top in sys.stdlib_module_names and top != "sqlite3":
        return __import__(name, scope, local, wanted, level)
    return Anything(name if wanted else top)
