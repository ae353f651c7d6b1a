"""What calls of SQLAlchemy, SQLModel and Flask-SQLAlchemy give, and what their options load."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from backend_architect.loading.frames import rows_of
from backend_architect.loading.values import (
    ALL,
    NOTHING,
    Column,
    Equal,
    Many,
    Mapped,
    Method,
    Options,
    Pending,
    Query,
    Result,
    Row,
    Several,
    Symbol,
    Text,
    Unknown,
    Value,
    Way,
    column_of,
    is_each,
)
from backend_architect.python.words import word_set

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from backend_architect.loading.frames import Calling

LOADERS: Final = word_set(
    "joinedload subqueryload selectinload immediateload contains_eager eagerload lazyload raiseload noload"
    " defaultload selectin_polymorphic"
)
"""Options that say how a relationship is loaded; raiseload and noload keep it from being so."""
KEEPING: Final = word_set(
    """
    where filter filter_by order_by join outerjoin limit offset distinct execution_options with_for_update
    group_by having select_from params slice prefix_with yield_per populate_existing enable_eagerloads
    with_hint correlate autoflush enable_assertions join_from outerjoin_from
    """
)
_ENTIRE: Final = word_set("all fetchall unique tuples yield_per partitions fetchmany columns")
_SINGLE: Final = word_set(
    "one one_or_none first scalar scalar_one scalar_one_or_none fetchone first_or_404 one_or_404"
)
_SCALAR: Final = word_set("scalar scalar_one scalar_one_or_none")
_RUNS: Final = {
    "scalars": True,
    "stream_scalars": True,
    "execute": False,
    "stream": False,
    "exec": None,
}
"""Methods of sessions that run a query, and whether they give first columns; None for what depends on it."""


def function(name: str, call: Calling) -> Value | None:
    """What a function or the method of a session gives; None if it is none of SQLAlchemy's."""
    args, first = call.args, call.first
    if name in {"select", "query"} and args:
        return _select(name, call)
    if name in LOADERS or name == "Load":
        return _option(name, args, Options(frozenset()))
    if name in {"get", "get_one", "get_or_404"} and isinstance(first, Mapped) and len(args) > 1:
        return _get(first, call)
    if name == "refresh" and isinstance(first, Row):
        names = call.keywords.get("attribute_names", args[1] if len(args) > 1 else None)
        for one in _texts(names):
            call.frame.load(first, one)
        return NOTHING
    if isinstance(first, Pending) and first.query.library == "sqlalchemy":
        return _run(name, first.query, call)
    if name == "inspect" and isinstance(first, Row):
        # Whoever looks at the state of a row knows what is loaded.
        call.frame.load(first, ALL)
    return None


def _run(name: str, query: Query, call: Calling) -> Value | None:
    if name in _RUNS:
        scalars = _RUNS[name]
        call.run(query, name)
        return Result(query, len(query.classes) == 1 if scalars is None else scalars)
    if name == "scalar":
        call.run(query, name)
        return rows_of(query, scalars=True)
    if name in {"paginate", "first_or_404", "one_or_404"}:
        call.run(query, name)
        one = rows_of(query, scalars=True)
        return Pending(query) if name == "paginate" else one
    return None


def _select(name: str, call: Calling) -> Value | None:
    classes = tuple(one.key if isinstance(one, Mapped) else "" for one in call.args)
    asked = call.frame.effects.asked
    keys = [call.frame.workspace.mapped(key, asked) for key in classes if key]
    if not any(one is not None and one.library == "sqlalchemy" for one in keys):
        return None
    start = "select" if name == "select" else "query"
    return Pending(Query(classes, call.at.site, "sqlalchemy", start))


def _get(cls: Mapped, call: Calling) -> Value | None:
    mapped = call.frame.workspace.mapped(cls.key, call.frame.effects.asked)
    if mapped is None or mapped.library != "sqlalchemy":
        return None
    key = call.args[1]
    query = Query((cls.key,), call.at.site, "sqlalchemy", "get")
    if is_each(key):
        query = replace(query, by_each="pk", column=column_of(key))
    if "options" in call.keywords:
        query = with_options(query, [call.keywords["options"]])
    if cls.key not in call.frame.effects.known:
        call.run(query, "get")
    return Row(cls.key, query)


def method(of: Value, name: str, call: Calling) -> Value | None:
    """What the method of a query, a result or an option gives."""
    match of:
        case Pending(query=query):
            return _of_query(query, name, call)
        case Result():
            return _of_result(of, name)
        case Options() if name in LOADERS:
            return _option(name, call.args, of)
        case Options() if name == "options":
            inner = [way for one in call.args if isinstance(one, Options) for way in one.ways]
            return replace(of, ways=of.ways | {(*of.end, *way) for way in inner})
        case Options():
            return of if name in {"load_only", "defer", "undefer"} else None
        case Column() if name in {"of_type", "and_"}:
            return of
        case _:
            return None


def _of_query(query: Query, name: str, call: Calling) -> Value | None:
    args, keywords = call.args, call.keywords
    if name == "options":
        return Pending(with_options(query, [*args, *([keywords["*"]] if "*" in keywords else [])]))
    if name in KEEPING or name == "paginate":
        return Pending(_narrowed(query, name, args, keywords))
    if query.start != "query":
        return NOTHING
    if name in {"get", "get_or_404"}:
        narrowed = replace(query, by_each="pk" if args and is_each(args[0]) else "")
        if query.classes[0] not in call.frame.effects.known:
            call.run(narrowed, name)
        return rows_of(narrowed, scalars=True)
    if name in _SINGLE:
        call.run(query, name)
        return rows_of(query, scalars=len(query.classes) == 1 or name == "scalar")
    if name in _ENTIRE or name in {"__iter__", "count", "exists"}:
        call.run(query, name)
        return Many(rows_of(query, scalars=len(query.classes) == 1)) if name in _ENTIRE else NOTHING
    return NOTHING


def _narrowed(query: Query, name: str, args: Sequence[Value], keywords: Mapping[str, Value]) -> Query:
    by, value = next(((one.name, one) for one in args if isinstance(one, Equal)), ("", None))
    if name == "filter_by":
        by, value = next(((key, value) for key, value in keywords.items() if is_each(value)), ("", None))
    return replace(query, by_each=by, column=column_of(value)) if by else query


def _of_result(of: Result, name: str) -> Value | None:
    if name == "scalars":
        return Result(of.query, scalars=True)
    if name in _SINGLE:
        return rows_of(of.query, scalars=of.scalars or name in _SCALAR)
    if name in {"unique", "tuples", "yield_per"}:
        return of
    if name in _ENTIRE:
        return Many(rows_of(of.query, scalars=of.scalars))
    return NOTHING


def awaited(value: Value) -> Value:
    """What an `await` in front of a session's method makes of its value."""
    match value:
        case Result():
            return replace(value, query=replace(value.query, awaited=True))
        case Row(query=Query(library="sqlalchemy") as query):
            return replace(value, query=replace(query, awaited=True))
        case _:
            return value


# Options


def with_options(query: Query, options: Sequence[Value]) -> Query:
    """A query with what options load."""
    ways: set[Way] = set()
    unclear = query.unclear
    pending: list[Value] = list(options)
    while pending:
        one = pending.pop()
        match one:
            case Options(ways=found):
                ways |= found
            case Many(of=of):
                pending.append(of)
            case Several(items=items):
                pending += items
            case Method() | Unknown() | Symbol():
                unclear = True
            case _:
                pass
    return replace(query, loaded=query.loaded | ways, unclear=unclear)


def _option(name: str, args: Sequence[Value], before: Options) -> Value:
    if name == "Load":
        return Options(frozenset())
    end = before.end
    ways = set(before.ways)
    for one in args[:2]:
        match one:
            case Column(way=way):
                end = (*end, *way)
            case Text(text=text):
                end = (*end, *text.split("."))
            case _:
                return NOTHING
        if name != "defaultload":
            ways |= {end[:length] for length in range(len(before.end) + 1, len(end) + 1)}
    if ALL in end:
        ways.add((*before.end, ALL))
    return Options(frozenset(ways), end)


def _texts(value: Value | None) -> list[str]:
    match value:
        case Text(text=text):
            return [text]
        case Many(of=of):
            return _texts(of)
        case Several(items=items):
            return [text for one in items for text in _texts(one)]
        case _:
            return []
