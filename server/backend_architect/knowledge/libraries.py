"""What libraries do: a typed view of the files in `tables/`, read when somebody first asks.

All functions take the dotted name of a callable, a method (`class.method`) or a class, as an import resolves
it, and follow aliases, attributes that hold instances, and base classes: `psycopg.ServerCursor.execute` finds
what is said of `psycopg.Cursor.execute`. An unknown name gives None; that is no statement about it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from backend_architect.knowledge.caching import Cache

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

ParamStyle = Literal["qmark", "format", "numeric", "named", "numeric-dollar"]
"""qmark `?`, format `%s`, numeric `:1`, named `:name` (all of PEP 249) and numeric-dollar `$1`."""

Parameters = Literal["one", "many", "each", "chained", "none"]
"""one: a sequence or mapping; many: a sequence of these; each: every value is an argument of its own;
chained: by `.bindparams(...)` on the result; none: the call takes no parameters."""

T = TypeVar("T")

_KNOWN_PATHS = 8192
"""How many paths the answers are kept for; a file asks for the same few at every keystroke."""


@dataclass(frozen=True, slots=True)
class Driver:
    """How statements are written for a connection or cursor; no dialect where it speaks to several."""

    paramstyle: ParamStyle
    dialect: str | None


@dataclass(frozen=True, slots=True)
class SqlArgument:
    """Where a call takes SQL, where the values for it, and how they are written in it."""

    position: int
    keyword: str | None
    parameters: Parameters
    parameters_position: int | None
    parameters_keyword: str | None
    paramstyle: ParamStyle | None
    dialect: str | None


@dataclass(frozen=True, slots=True)
class Timeout:
    """How long a call waits: `default` seconds, or for ever when that is None."""

    keyword: str
    position: int | None
    default: float | None
    source: str


@dataclass(frozen=True, slots=True)
class Blocking:
    """A call that holds up the event loop.

    `replacement` is an awaitable that takes the same arguments; `threadable` says that the call may run in
    another thread without changing what it means.
    """

    replacement: str | None
    threadable: bool


@dataclass(frozen=True, slots=True)
class Sink:
    """Where a call takes what must not come from a request as it is."""

    kind: str
    position: int | None
    keyword: str | None
    receiver: bool
    """Whether that is the object whose method is called."""
    each: bool
    """Whether it is every positional argument."""
    when: Mapping[str, Any]
    """Keywords that the call must give these constants."""
    html_unless: tuple[str, ...]
    """Keywords that tell the type of an answer, which is HTML if the call gives none of them."""


@dataclass(frozen=True, slots=True)
class _Tables:
    """The file, with its lists spelled out; an entry that is None is an exception from a wildcard."""

    aliases: Mapping[str, str]
    bases: Mapping[str, tuple[str, ...]]
    returns: Mapping[str, str]
    attributes: Mapping[str, str]
    overridden: Mapping[str, str]
    distributions: Mapping[str, str]
    drivers: Mapping[str, Driver]
    sql: Mapping[str, SqlArgument]
    timeouts: Mapping[str, Timeout]
    blocking: Mapping[str, Blocking | None]
    sinks: Mapping[str, tuple[Sink, ...]]
    entries: Mapping[str, Mapping[str, Mapping[str, Any]]]
    """Tables whose entries mean something to one rule only, by the name of the table and of the call."""


@lru_cache(_KNOWN_PATHS)
def canonical(path: str) -> str:
    """The name under which the tables know a path: `requests.api.get` is `requests.get`."""
    return _replace_prefix(path, _tables().aliases, len(path))


def bases(path: str) -> tuple[str, ...]:
    """The classes whose methods the class has, directly."""
    return _tables().bases.get(canonical(path), ())


@lru_cache(_KNOWN_PATHS)
def returns(path: str) -> str | None:
    """The class of what a call gives, where the name of the callable does not say it.

    A context manager or an awaitable counts as what it gives. A call of an instance is asked for as
    `class.__call__`, a subscript as `class.__getitem__`, any undeclared attribute as `class.__getattr__`.
    """
    return _find(_tables().returns, path)


@lru_cache(_KNOWN_PATHS)
def attribute(path: str) -> str | None:
    """The class of the instance that an attribute holds, such as `django.db.connection`."""
    return _find(_tables().attributes, path)


@lru_cache(_KNOWN_PATHS)
def undeclared(owner: str, name: str) -> str | None:
    """The class of what an instance gives for any attribute it does not declare, such as `client.shop`."""
    found = returns(f"{owner}.__getattr__") if not name.startswith("_") else None
    tables, path = _tables(), f"{owner}.{name}"
    asked = (tables.returns, tables.attributes, tables.sql, tables.timeouts, tables.blocking)
    declared = found is not None and any(_find(table, path) for table in (*asked, *tables.entries.values()))
    return None if declared else found


@lru_cache(_KNOWN_PATHS)
def overriding_keyword(path: str) -> str | None:
    """The keyword with which a call names another class to use, so that `returns` no longer holds for it."""
    return _find(_tables().overridden, path)


def driver(path: str) -> Driver | None:
    """How statements are written for a class of connections, cursors or managers."""
    drivers = _tables().drivers
    return next((drivers[name] for name in _with_bases(_resolved(path)) if name in drivers), None)


@lru_cache(_KNOWN_PATHS)
def sql_argument(path: str) -> SqlArgument | None:
    """Where a call takes SQL; paramstyle and dialect are those of the very class that is asked for."""
    argument = _find(_tables().sql, path)
    if argument is None or argument.paramstyle is not None:
        return argument
    of_class = driver(_resolved(path).rpartition(".")[0])
    if of_class is None:
        return argument
    return replace(argument, paramstyle=of_class.paramstyle, dialect=of_class.dialect)


@lru_cache(_KNOWN_PATHS)
def timeout(path: str) -> Timeout | None:
    """How long a call waits for the other side."""
    return _find(_tables().timeouts, path)


@lru_cache(_KNOWN_PATHS)
def blocking(path: str) -> Blocking | None:
    """Why a call must not stand in the event loop."""
    return _find(_tables().blocking, path)


@lru_cache(_KNOWN_PATHS)
def sinks(path: str) -> tuple[Sink, ...]:
    """Where a call takes what must not come from a request as it is."""
    return _find(_tables().sinks, path) or ()


@lru_cache(_KNOWN_PATHS)
def entry(table: str, path: str) -> Mapping[str, Any] | None:
    """What a table of its own says of a callable, method or class: the fields of its group, without `calls`.

    Such a table is an array of groups (`[[weak-hashes]]`) with the paths they speak of in `calls`.

    Raises:
        KeyError: when there is no such table.
    """
    return _find(_tables().entries[table], path)


def distribution(module: str) -> str:
    """The normalized name under which the library of a top-level module is installed."""
    return _tables().distributions.get(module) or module.lower().replace("_", "-")


def is_a(path: str, base: str) -> bool:
    """Whether a class is another one, or inherits from it as far as the tables know."""
    return base in _with_bases(_resolved(path))


@cache
def known_modules() -> frozenset[str]:
    """The top-level modules of all libraries that the tables speak of."""
    tables = _tables()
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
    tables = _tables()
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
    for base in _tables().bases.get(name, ()):
        yield from _with_bases(base)


def _resolved(path: str) -> str:
    """The canonical path, with attributes replaced by the class of what they hold."""
    path = canonical(path)
    while (shorter := _replace_prefix(path, _tables().attributes, path.rfind("."))) != path:
        path = shorter
    return path


def _replace_prefix(path: str, names: Mapping[str, str], end: int) -> str:
    """The path with its longest prefix of whole segments, up to `end`, replaced by what `names` says."""
    while end > 0:
        if (name := names.get(path[:end])) is not None:
            return name + path[end:]
        end = path.rfind(".", 0, end)
    return path


_TYPED = frozenset(
    {
        "aliases",
        "bases",
        "returns",
        "attributes",
        "overridden",
        "drivers",
        "sql",
        "timeouts",
        "blocking",
        "sinks",
        "distributions",
    }
)


@cache
def _tables() -> _Tables:
    raw = _raw()
    return _Tables(
        aliases=raw["aliases"],
        bases={name: _words(words) for name, words in raw["bases"].items()},
        returns={call: name for name, words in raw["returns"].items() for call in _words(words)},
        attributes=raw["attributes"],
        overridden=raw["overridden"],
        distributions=raw["distributions"],
        drivers={
            name: Driver(group["paramstyle"], group.get("dialect"))
            for group in raw["drivers"]
            for name in _words(group["classes"])
        },
        sql={call: _sql_argument(group) for group in raw["sql"] for call in _words(group["calls"])},
        timeouts={
            call: Timeout(group["keyword"], group.get("position"), group.get("default"), group["source"])
            for group in raw["timeouts"]
            for call in _words(group["calls"])
        },
        blocking=_blocking(raw["blocking"]),
        sinks=_sinks(raw["sinks"]),
        entries={
            table: {call: group for group in groups for call in _words(group.pop("calls"))}
            for table, groups in raw.items()
            if table not in _TYPED
        },
    )


def _raw() -> dict[str, Any]:
    """All files in one; reading TOML takes a hundred times as long as reading what was kept of it."""
    folder = Path(__file__).with_name("tables")
    files = sorted(folder.glob("*.toml"))
    cache = Cache("libraries", folder, [*files, Path(__file__)])
    raw = cache.load()
    if not isinstance(raw, dict):
        raw = _merged(files)
        cache.store(raw)
    return cast("dict[str, Any]", raw)


def _merged(files: Iterable[Path]) -> dict[str, Any]:
    """What all files say: lists are put together, and what two files say of one class of results as well."""
    import tomllib  # noqa: PLC0415 - nobody needs it who has the cache

    raw: dict[str, Any] = {}
    for file in files:
        for table, content in tomllib.loads(file.read_text(encoding="utf-8")).items():
            known = raw.setdefault(table, type(content)())
            if isinstance(content, list):
                known += content
            elif table == "returns":
                for name, words in content.items():
                    known[name] = f"{known.get(name, '')} {words}"
            else:
                known.update(content)
    return raw


def _words(text: str) -> tuple[str, ...]:
    """The paths of a list; `a.b|c` stands for a.b and a.c."""
    found: list[str] = []
    for word in text.split():
        owner, dot, names = word.rpartition(".")
        found.extend(f"{owner}{dot}{name}" for name in names.split("|"))
    return tuple(found)


def _sql_argument(group: dict[str, Any]) -> SqlArgument:
    position: int = group.get("position", 0)
    by_position = group["parameters"] in {"one", "many", "each"}
    return SqlArgument(
        position=position,
        keyword=group.get("keyword"),
        parameters=group["parameters"],
        parameters_position=group.get("parameters-position", position + 1) if by_position else None,
        parameters_keyword=group.get("parameters-keyword"),
        paramstyle=group.get("paramstyle"),
        dialect=group.get("dialect"),
    )


def _sinks(groups: list[dict[str, Any]]) -> dict[str, tuple[Sink, ...]]:
    found: dict[str, tuple[Sink, ...]] = {}
    for group in groups:
        keyword: str | None = group.get("keyword")
        by_keyword = keyword is not None and "position" not in group
        sink = Sink(
            kind=group["kind"],
            position=None if by_keyword else group.get("position", 0),
            keyword=keyword,
            receiver=group.get("receiver", False),
            each=group.get("each", False),
            when=group.get("when", {}),
            html_unless=tuple(group.get("html-unless", "").split()),
        )
        for call in _words(group["calls"]):
            found[call] = (*found.get(call, ()), sink)
    return found


def _blocking(groups: list[dict[str, Any]]) -> dict[str, Blocking | None]:
    found: dict[str, Blocking | None] = {}
    for group in groups:
        entry = Blocking(group.get("replacement"), group["threadable"])
        found.update(dict.fromkeys(_words(group["calls"]), entry))
        found.update(dict.fromkeys(_words(group.get("except", "")), None))
    return found
