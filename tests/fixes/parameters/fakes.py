"""Stand-ins for drivers and frameworks that write down what would reach the database.

One object is connection, cursor, pool, session and row at the same time: whatever is called on it gives itself again, it
can be awaited, entered and walked. Only the methods that take SQL do something. Code runs with an `import` of its own
that knows the standard library; everything else is an `Anything`.
"""

from __future__ import annotations

import asyncio
import builtins
import inspect
import re
import sys
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final

from tests.fixes.parameters.tokens import RefusedError, told

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from tests.fixes.parameters.tokens import Tokens

STYLES: Final = {
    "sqlite3": "qmark",
    "aiosqlite": "qmark",
    "psycopg": "format",
    "psycopg_pool": "format",
    "psycopg2": "format",
    "django": "format",
    "asyncpg": "dollar",
    "pymysql": "format",
    "MySQLdb": "format",
    "oracledb": "colon",
}
SEQUENCES: Final = {
    "sqlite3": "none",
    "aiosqlite": "none",
    "oracledb": "none",
    "psycopg2": "either",
    "django": "either",
    "pymysql": "tuple",
    "MySQLdb": "tuple",
}
"""What becomes of a list that is bound; an array for the others."""

SQLALCHEMY: Final = frozenset({"sqlalchemy", "sqlmodel"})

recorded: list[Callable[[], Tokens]] = []
"""What the code handed over, in order; parameters may still come until it is asked for."""


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


class Database:
    """Whatever stands between code and its database."""

    def __init__(self, driver: str, *, style: str | None = None) -> None:
        self._driver = driver
        self._style = style or STYLES.get(driver, "format")
        self._clauses: list[Text] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Method(self, name)

    def record(self, statement: Any, parameters: Any = None, *more: Any, **named: Any) -> Any:
        """One statement with its parameters, as the DB-API takes them."""
        if more:
            raise RefusedError(f"{len(more) + 2} arguments where the DB-API knows two")
        if isinstance(statement, Text):
            recorded.append(lambda: statement.told(parameters))
        elif isinstance(statement, Database):
            return self  # a query, whose texts were recorded when they were put in
        elif self._driver in SQLALCHEMY:
            raise RefusedError("a str where SQLAlchemy wants text()")
        else:
            self.driver_sql(statement, parameters if parameters is not None else named or None)
        return self

    def driver_sql(self, statement: str, parameters: Any = None) -> Any:
        """One statement in the style of the driver."""
        sequence = SEQUENCES.get(self._driver, "array")
        quotes = "'\"" if self._driver in ("pymysql", "MySQLdb") else "'"
        tokens = told(self._style, statement, parameters, sequence=sequence, quotes=quotes)
        recorded.append(lambda: tokens)
        return self

    def many(self, statement: str, rows: Any, *_: Any) -> Any:
        """One statement for each row of parameters."""
        for row in rows:
            self.driver_sql(statement, row)
        return self

    def positional(self, statement: str, *parameters: Any, **_: Any) -> Any:
        """asyncpg: the parameters stand behind the statement."""
        return self.driver_sql(statement, parameters)

    def django_raw(self, statement: str, parameters: Any = (), **_: Any) -> Any:
        """Django: `raw` always gives parameters to the driver."""
        return self.driver_sql(statement, parameters)

    def django_extra(self, select: Any = None, where: Any = None, parameters: Any = (), **more: Any) -> Any:
        """Django: conditions and columns as text."""
        chosen = ", ".join((select or {}).values())
        if chosen:
            self.driver_sql(chosen, list(more.get("select_params") or ()))
        if where:
            self.driver_sql(" AND ".join(where), list(parameters or ()))
        return self

    def peewee_sql(self, statement: str, parameters: Any = None, *_: Any) -> Any:
        """peewee."""
        return self.driver_sql(statement, parameters or ())

    def keep(self, clauses: tuple[Any, ...]) -> None:
        """Texts inside a query; their values may still come with `params`."""
        for clause in clauses:
            if isinstance(clause, Text):
                self._clauses.append(clause)
                recorded.append(lambda clause=clause: clause.told(None))

    def params(self, **values: Any) -> Any:
        """SQLAlchemy: values for the texts in a query."""
        self._clauses = [clause.bindparams(**values, _in_place=True) for clause in self._clauses]
        return self

    def __call__(self, *_: Any, **__: Any) -> Any:
        return self

    def __getitem__(self, _: Any) -> Any:
        return self

    def __await__(self) -> Generator[Any, Any, Any]:
        yield from ()
        return self

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None: ...

    async def __aenter__(self) -> Any:
        return self

    async def __aexit__(self, *_: object) -> None: ...

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    async def __aiter__(self) -> Any:
        for row in ():
            yield row

    def __next__(self) -> Any:
        return self

    def keys(self) -> tuple[str, ...]:
        return ("id",)

    def __len__(self) -> int:
        return 1

    def __int__(self) -> int:
        return 1

    def __float__(self) -> float:
        return 1.0

    def __gt__(self, _: object) -> bool:
        return True

    def __sub__(self, _: object) -> Any:
        return self


class Method(Database):
    """A method of a database, or something that stands on it and is one as well."""

    def __init__(self, database: Database, name: str) -> None:
        super().__init__(database._driver, style=database._style)
        self._database = database
        self._name = name

    def __call__(self, *args: Any, **named: Any) -> Any:
        driver = self._database._driver
        kind = "sqlalchemy" if driver in SQLALCHEMY else driver if driver in _SINKS else "dbapi"
        sink = _SINKS[kind].get(self._name)
        if sink and (args or named):  # a result has a `scalar` too
            renamed = {_KEYWORDS.get((driver, name), name): value for name, value in named.items()}
            return sink(self._database, *args, **renamed)
        self._database.keep(args)
        return self._database

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


class Text:
    """`sqlalchemy.text`, with what is bound to it."""

    def __init__(self, text: str, *_: Any, **__: Any) -> None:
        self.text = text
        self.values: dict[str, Any] = {}
        self.expanding: set[str] = set()

    def bindparams(self, *binds: Bind, _in_place: bool = False, **values: Any) -> Text:
        """A copy with values, as SQLAlchemy gives it."""
        clause = self if _in_place else Text(self.text)
        clause.values = {**self.values, **values}
        clause.expanding = set(self.expanding)
        for bind in binds:
            if bind.value is not Bind:
                clause.values[bind.name] = bind.value
            if bind.expanding:
                clause.expanding.add(bind.name)
        if not _in_place and (unknown := (set(values) | {b.name for b in binds}) - clause.names()):
            raise RefusedError(f"text() has no parameter {', '.join(sorted(unknown))}")
        return clause

    def params(self, **values: Any) -> Text:
        return self.bindparams(**values)

    def names(self) -> set[str]:
        return set(re.findall(r"(?<![:\w\\]):(\w+)(?!:)", self.text))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_, **__: self  # columns, execution_options, label

    def told(self, parameters: Any) -> Tokens:
        values = {**self.values, **(parameters or {})}
        text = self.text
        for name in self.expanding:
            items = list(values.pop(name))
            several = ", ".join(f":{name}_{number}" for number in range(len(items)))
            text = re.sub(rf"\(\s*:{name}\s*\)|:{name}\b", f"({several})", text)
            values |= {f"{name}_{number}": item for number, item in enumerate(items)}
        return told("text", text, values)


class Bind:
    """`sqlalchemy.bindparam`."""

    def __init__(self, name: str, value: Any = None, *_: Any, expanding: bool = False, **__: Any) -> None:
        self.name = name
        self.value = Bind if value is None else value
        self.expanding = expanding


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
    inherited = next((arg._style for arg in args if isinstance(arg, Database)), style)
    database = Database(path.partition(".")[0], style=inherited)
    database.keep(args)
    return database


def _read_sql(sql: Any, con: Any = None, index_col: Any = None, coerce: Any = True, params: Any = None, **_: Any) -> Any:
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

_DBAPI: Final = {"execute": Database.record, "executemany": Database.many}
_SINKS: Final[dict[str, dict[str, Any]]] = {
    "dbapi": {
        **_DBAPI,
        "execute_fetchall": Database.record,
        "execute_insert": Database.record,
        "execute_sql": Database.peewee_sql,
    },
    "django": {**_DBAPI, "raw": Database.django_raw, "extra": Database.django_extra},
    "asyncpg": {
        "executemany": Database.many,
        **dict.fromkeys(("execute", "fetch", "fetchrow", "fetchval", "cursor"), Database.positional),
    },
    "sqlalchemy": {
        **dict.fromkeys(("execute", "scalar", "scalars", "exec", "stream"), Database.record),
        "exec_driver_sql": Database.driver_sql,
    },
}


_KEYWORDS: Final = {
    **{("psycopg2", name): place for name, place in (("query", "statement"), ("vars", "parameters"))},
    **{("psycopg", name): place for name, place in (("query", "statement"), ("params", "parameters"))},
    **{("pymysql", name): place for name, place in (("query", "statement"), ("args", "parameters"))},
    **{("MySQLdb", name): place for name, place in (("query", "statement"), ("args", "parameters"))},
    **{("aiosqlite", "sql"): "statement"},
    **{("asyncpg", "query"): "statement"},
    **{("django", name): place for name, place in (("sql", "statement"), ("raw_query", "statement"))},
    **{(driver, name): "parameters" for driver in ("django", "sqlalchemy", "sqlmodel") for name in ("params",)},
}
"""What drivers call the statement and the parameters; the names of these methods are the other half."""


def database(driver: str) -> Database:
    """What code of a driver is given."""
    return Database(driver)


def run(code: str, names: dict[str, Any], line: str) -> Any:
    """Runs a module, then a line that calls something in it; the value of the line if it is an expression."""
    # The name of a module that exists: dataclasses look it up.
    scope: dict[str, Any] = {**names, "__name__": __name__, "__builtins__": {**vars(builtins), "__import__": _import}}
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
