"""The files in `tables/`, as typed entries by the paths they speak of; read when somebody first asks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from backend_architect.knowledge.caching import Cache
from backend_architect.knowledge.versions import Entry, collected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

T = TypeVar("T")

ParamStyle = Literal["qmark", "format", "numeric", "named", "numeric-dollar"]
"""qmark `?`, format `%s`, numeric `:1`, named `:name` (all of PEP 249) and numeric-dollar `$1`."""

Parameters = Literal["one", "many", "each", "chained", "none"]
"""one: a sequence or mapping; many: a sequence of these; each: every value is an argument of its own;
chained: by `.bindparams(...)` on the result; none: the call takes no parameters."""


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
    interpolates: bool = False
    """Whether `%` means something in the text also where the call is given no values."""
    prefix: str = ""
    """What the library writes before the text, where that is no statement of its own."""
    listed: bool = False
    """Whether the argument is a list of conditions."""
    takes: Literal["any", "sequence", "tuple"] = "any"
    """sequence: values by position only; tuple: a list would be many of them."""
    driver: str = ""
    """What tells the paramstyle where the class does not: `receiver`, or the name of an argument."""
    driver_position: int | None = None


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
class Tables:
    """The file, with its lists spelled out; an entry that is None is an exception from a wildcard."""

    aliases: Mapping[str, str]
    bases: Mapping[str, tuple[str, ...]]
    returns: Mapping[str, str]
    attributes: Mapping[str, str]
    overridden: Mapping[str, str]
    distributions: Mapping[str, str]
    drivers: Mapping[str, Driver]
    sql: Mapping[str, SqlArgument]
    timeouts: Mapping[str, Entry[Timeout]]
    blocking: Mapping[str, Blocking | None]
    sinks: Mapping[str, tuple[Sink, ...]]
    entries: Mapping[str, Mapping[str, Entry[Mapping[str, Any]]]]
    """Tables whose entries mean something to one rule only, by the name of the table and of the call."""


_ABOUT = frozenset({"calls", "since", "until", "version", "distribution"})
"""Fields of a group that say what it speaks of."""

TYPED: frozenset[str] = frozenset(
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
def tables() -> Tables:
    """All that the files say."""
    raw = _raw()
    return Tables(
        aliases=raw["aliases"],
        bases={name: words(text) for name, text in raw["bases"].items()},
        returns={call: name for name, text in raw["returns"].items() for call in words(text)},
        attributes=raw["attributes"],
        overridden=raw["overridden"],
        distributions=raw["distributions"],
        drivers={
            name: Driver(group["paramstyle"], group.get("dialect"))
            for group in raw["drivers"]
            for name in words(group["classes"])
        },
        sql={call: _sql_argument(group) for group in raw["sql"] for call in words(group["calls"])},
        timeouts=_by_version(raw["timeouts"], raw, _timeout),
        blocking=_blocking(raw["blocking"]),
        sinks=_sinks([*raw["sinks"], *map(_sql_sink, raw["sql"])]),
        entries={
            table: _by_version(groups, raw, _fields) for table, groups in raw.items() if table not in TYPED
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
                for name, text in content.items():
                    known[name] = f"{known.get(name, '')} {text}"
            else:
                known.update(content)
    return raw


def words(text: str) -> tuple[str, ...]:
    """The paths of a list; `a.b|c` stands for a.b and a.c."""
    found: list[str] = []
    for word in text.split():
        owner, dot, names = word.rpartition(".")
        found.extend(f"{owner}{dot}{name}" for name in names.split("|"))
    return tuple(found)


def _by_version(
    groups: Iterable[dict[str, Any]], raw: Mapping[str, Any], make: Callable[[dict[str, Any]], T]
) -> dict[str, Entry[T]]:
    made = ((group, make(group)) for group in groups)
    said = ((path, group, entry) for group, entry in made for path in words(group["calls"]))
    return collected(said, lambda module: distribution_of(module, raw["distributions"]))


def distribution_of(module: str, distributions: Mapping[str, str]) -> str:
    """The normalized name under which the library of a top-level module is installed."""
    return distributions.get(module) or module.lower().replace("_", "-")


def _fields(group: dict[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in group.items() if name not in _ABOUT}


def _timeout(group: dict[str, Any]) -> Timeout:
    return Timeout(group["keyword"], group.get("position"), group.get("default"), group["source"])


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
        interpolates=group.get("interpolates", False),
        prefix=group.get("prefix", ""),
        listed=group.get("listed", False),
        takes=group.get("takes", "any"),
        driver=group.get("driver", ""),
        driver_position=group.get("driver-position"),
    )


def _sql_sink(group: dict[str, Any]) -> dict[str, Any]:
    """Where a call that takes SQL must not be given what a client wrote."""
    given = {key: group[key] for key in ("calls", "keyword") if key in group}
    return {**given, "position": group.get("position", 0), "kind": "sql"}


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
        for call in words(group["calls"]):
            found[call] = (*found.get(call, ()), sink)
    return found


def _blocking(groups: list[dict[str, Any]]) -> dict[str, Blocking | None]:
    found: dict[str, Blocking | None] = {}
    for group in groups:
        entry = Blocking(group.get("replacement"), group["threadable"])
        found.update(dict.fromkeys(words(group["calls"]), entry))
        found.update(dict.fromkeys(words(group.get("except", "")), None))
    return found
