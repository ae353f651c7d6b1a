"""What libraries do: a typed view of the files in `tables/`, read when somebody first asks.

All functions take the dotted name of a callable, a method (`class.method`) or a class, as an import resolves
it, and follow aliases, attributes that hold instances, and base classes: `psycopg.ServerCursor.execute` finds
what is said of `psycopg.Cursor.execute`. An unknown name gives None; that is no statement about it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from backend_architect.knowledge import entries
from backend_architect.knowledge.entries import Blocking, Driver, Sink, SqlArgument, Timeout
from backend_architect.knowledge.versions import ByVersion, Entry, Version, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["Blocking", "Driver", "Sink", "SqlArgument", "Timeout"]

T = TypeVar("T")

_KNOWN_PATHS = 8192
"""How many paths the answers are kept for; a file asks for the same few at every keystroke."""


@lru_cache(_KNOWN_PATHS)
def canonical(path: str) -> str:
    """The name under which the tables know a path: `requests.api.get` is `requests.get`."""
    return _replace_prefix(path, entries.tables().aliases, len(path))


def bases(path: str) -> tuple[str, ...]:
    """The classes whose methods the class has, directly."""
    return entries.tables().bases.get(canonical(path), ())


@lru_cache(_KNOWN_PATHS)
def returns(path: str) -> str | None:
    """The class of what a call gives, where the name of the callable does not say it.

    A context manager or an awaitable counts as what it gives; `type[a.B]` is the class itself. A call of an
    instance is asked for as `class.__call__`, a subscript as `class.__getitem__`, any undeclared attribute as
    `class.__getattr__`.
    """
    return _find(entries.tables().returns, path)


@lru_cache(_KNOWN_PATHS)
def attribute(path: str) -> str | None:
    """The class of the instance that an attribute holds, such as `django.db.connection`."""
    return _find(entries.tables().attributes, path)


@lru_cache(_KNOWN_PATHS)
def undeclared(owner: str, name: str) -> str | None:
    """The class of what an instance gives for any attribute it does not declare, such as `client.shop`."""
    found = returns(f"{owner}.__getattr__") if not name.startswith("_") else None
    tables, path = entries.tables(), f"{owner}.{name}"
    asked = (tables.returns, tables.attributes, tables.sql, tables.timeouts, tables.blocking)
    declared = found is not None and any(_find(table, path) for table in (*asked, *tables.entries.values()))
    return None if declared else found


@lru_cache(_KNOWN_PATHS)
def overriding_keyword(path: str) -> str | None:
    """The keyword with which a call names another class to use, so that `returns` no longer holds for it."""
    return _find(entries.tables().overridden, path)


def driver(path: str) -> Driver | None:
    """How statements are written for a class of connections, cursors or managers."""
    drivers = entries.tables().drivers
    return next((drivers[name] for name in _with_bases(_resolved(path)) if name in drivers), None)


@lru_cache(_KNOWN_PATHS)
def sql_argument(path: str) -> SqlArgument | None:
    """Where a call takes SQL; paramstyle and dialect are those of the very class that is asked for."""
    argument = _find(entries.tables().sql, path)
    if argument is None or argument.paramstyle is not None:
        return argument
    of_class = driver(_resolved(path).rpartition(".")[0])
    if of_class is None:
        return argument
    return replace(argument, paramstyle=of_class.paramstyle, dialect=of_class.dialect)


def timeout(path: str, version: Version = unknown) -> Timeout | None:
    """How long a call waits for the other side."""
    return _holding(_timeout(path), version)


@lru_cache(_KNOWN_PATHS)
def _timeout(path: str) -> Entry[Timeout] | None:
    return _find(entries.tables().timeouts, path)


@lru_cache(_KNOWN_PATHS)
def blocking(path: str) -> Blocking | None:
    """Why a call must not stand in the event loop."""
    return _find(entries.tables().blocking, path)


@lru_cache(_KNOWN_PATHS)
def sinks(path: str) -> tuple[Sink, ...]:
    """Where a call takes what must not come from a request as it is."""
    return _find(entries.tables().sinks, path) or ()


def entry(table: str, path: str, version: Version = unknown) -> Mapping[str, Any] | None:
    """What a table of its own says of a callable, method or class: the fields of its group, without `calls`.

    Such a table is an array of groups (`[[weak-hashes]]`) with the paths they speak of in `calls`. A group
    that says `since` or `until` holds for some versions of a library, and asks `version`, as a Place has it.

    Raises:
        KeyError: when there is no such table.
    """
    return _holding(_entry(table, path), version)


@lru_cache(_KNOWN_PATHS)
def _entry(table: str, path: str) -> Entry[Mapping[str, Any]] | None:
    return _find(entries.tables().entries[table], path)


def _holding(found: Entry[T] | None, version: Version) -> T | None:
    return cast("ByVersion[T]", found).under(version) if isinstance(found, ByVersion) else found


def distribution(module: str) -> str:
    """The normalized name under which the library of a top-level module is installed."""
    return entries.distribution_of(module, entries.tables().distributions)


def is_a(path: str, base: str) -> bool:
    """Whether a class is another one, or inherits from it as far as the tables know."""
    return base in _with_bases(_resolved(path))


@cache
def known_modules() -> frozenset[str]:
    """The top-level modules of all libraries that the tables speak of."""
    tables = entries.tables()
    named = [tables.aliases, tables.bases, tables.attributes, tables.drivers, tables.sql, tables.timeouts]
    named += [tables.blocking, tables.returns, *tables.entries.values()]
    return frozenset(path.partition(".")[0] for table in named for path in table)


LOOKUPS: Mapping[str, Callable[[str], Any]] = {
    "returns": returns,
    "sql": sql_argument,
    "timeouts": timeout,
    "blocking": blocking,
}
"""The tables that can be asked by name."""


def lookup(table: str, path: str) -> Any:
    """The entry of a table for a callable or method.

    Raises:
        KeyError: when there is no such table.
    """
    return LOOKUPS[table](path)


def paths(table: str) -> tuple[str, ...]:
    """All names that a table has an entry for, wildcards (`redis.Redis.*`) included."""
    tables = entries.tables()
    names: Mapping[str, Any] = tables.entries[table] if table in tables.entries else getattr(tables, table)
    return tuple(name for name, entry in names.items() if entry is not None)


def modules(*tables: str) -> frozenset[str]:
    """The top-level modules of all names in some tables; without them a file has no such call."""
    return frozenset(name.partition(".")[0] for table in tables for name in paths(table))


def _find(table: Mapping[str, T | None], path: str) -> T | None:
    """The entry of a path, of a wildcard over it, or of the same method of a base class; the nearest wins."""
    path = _resolved(path)
    if path in table:
        return table[path]
    owner, _, name = path.rpartition(".")
    for known in _with_bases(owner):
        for key in (f"{known}.{name}", f"{known}.*" if not name.startswith("_") else ""):
            if key in table:
                return table[key]
    return None


def _with_bases(name: str) -> Iterator[str]:
    yield name
    for base in entries.tables().bases.get(name, ()):
        yield from _with_bases(base)


def _resolved(path: str) -> str:
    """The canonical path, with attributes replaced by the class of what they hold."""
    path = canonical(path)
    while (shorter := _replace_prefix(path, entries.tables().attributes, path.rfind("."))) != path:
        path = shorter
    return path


def _replace_prefix(path: str, names: Mapping[str, str], end: int) -> str:
    """The path with its longest prefix of whole segments, up to `end`, replaced by what `names` says."""
    while end > 0:
        if (name := names.get(path[:end])) is not None:
            return name + path[end:]
        end = path.rfind(".", 0, end)
    return path
