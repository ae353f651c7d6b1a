"""Stand-ins for connections, which write down what would reach the database.

One object is connection, cursor, pool, session and row at the same time: whatever is called on it gives
itself again, it can be awaited, entered and walked. Only the methods that take SQL do something.
"""

from __future__ import annotations

import re
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


class Database:
    """Whatever stands between code and its database."""

    def __init__(self, driver: str, *, style: str | None = None) -> None:
        self._driver = driver
        self.style = style or STYLES.get(driver, "format")
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
            by_keyword = named if named and self._driver == "oracledb" else None
            self.driver_sql(statement, by_keyword if parameters is None else parameters)
        return self

    def driver_sql(self, statement: str, parameters: Any = None) -> Any:
        """One statement in the style of the driver."""
        sequence = SEQUENCES.get(self._driver, "array")
        quotes = "'\"" if self._driver in ("pymysql", "MySQLdb") else "'"
        tokens = told(self.style, statement, parameters, sequence=sequence, quotes=quotes)
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
        super().__init__(database._driver, style=database.style)
        self._database = database
        self._name = name

    def __call__(self, *args: Any, **named: Any) -> Any:
        driver = self._database._driver
        kind = "sqlalchemy" if driver in SQLALCHEMY else driver if driver in _SINKS else "dbapi"
        sink = _SINKS[kind].get(self._name)
        if sink and (args or named):  # a result has a `scalar` too
            names = _KEYWORDS.get(driver, {})
            renamed = {names.get(name, name): value for name, value in named.items()}
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
    "psycopg2": {"query": "statement", "vars": "parameters"},
    "psycopg": {"query": "statement", "params": "parameters"},
    "pymysql": {"query": "statement", "args": "parameters"},
    "MySQLdb": {"query": "statement", "args": "parameters"},
    "aiosqlite": {"sql": "statement"},
    "asyncpg": {"query": "statement"},
    "django": {"sql": "statement", "raw_query": "statement", "params": "parameters"},
    "sqlalchemy": {"params": "parameters"},
    "sqlmodel": {"params": "parameters"},
}
"""What drivers call the statement and the parameters, where it is not what the methods here call them."""
