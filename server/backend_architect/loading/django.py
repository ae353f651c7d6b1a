"""What calls of Django's models give, and what `select_related` and `prefetch_related` load."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from backend_architect.loading.builtins import one_of
from backend_architect.loading.frames import rows_of
from backend_architect.loading.values import (
    ALL,
    NOTHING,
    Manager,
    Many,
    Mapped,
    Options,
    Pairs,
    Pending,
    Query,
    Row,
    Text,
    Value,
    Way,
    column_of,
    is_each,
)
from backend_architect.python.words import word_set
from backend_architect.queries.spines import SHORTCUTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from backend_architect.loading.frames import Calling

_NARROWING: Final = word_set("filter exclude get aget first last")
_KEEPING: Final = word_set(
    """
    filter exclude order_by all distinct using reverse annotate alias select_for_update iterator aiterator
    defer complex_filter page get_page none
    """
)
_EXACT: Final = re.compile(r"__(?:id|pk)$|__(?:id|pk)?_?_?i?exact$")
"""What may stand behind a field that must equal a value."""
SINGLE: Final = word_set("get first last latest earliest aget afirst alast alatest aearliest")
_COUNTS: Final = word_set("count exists acount aexists aggregate aaggregate contains acontains")
_ASKING: Final = (
    word_set("filter exclude order_by distinct annotate reverse values values_list only using in_bulk")
    | SINGLE
    | {"select_related", "prefetch_related"}
)
"""Methods of related managers that send a query of their own, whatever was prefetched."""


def shortcut(name: str, call: Calling) -> Value | None:
    """What a function of Django gives; None if it is none."""
    first = call.first
    if name in SHORTCUTS:
        if isinstance(first, Mapped):
            first = Pending(Query((first.key,), call.at.site, "django", "get"))
        if not isinstance(first, Pending):
            return None
        query = _narrowed(first.query, name, call.keywords)
        call.run(query, name)
        row = rows_of(query, scalars=True)
        return Many(row) if "list" in name else row
    if name == "Paginator" and isinstance(first, Pending):
        return first
    if name == "Prefetch":
        return _prefetch(call.args, call.keywords)
    if name in {"prefetch_related_objects", "aprefetch_related_objects"}:
        rows = one_of(first) if first is not None else NOTHING
        if isinstance(rows, Row):
            _load(rows, call)
        return NOTHING
    return None


def _load(row: Row, call: Calling) -> None:
    """Take in that ways from rows are loaded behind their query."""
    for way in sorted(way for one in call.args[1:] for way in _ways(one)):
        for end in range(len(way)):
            call.frame.load(replace(row, way=(*row.way, *way[:end])), way[end])


def method(of: Value, name: str, call: Calling) -> Value:
    """What the method of a query, or of a manager of related rows, gives."""
    if isinstance(of, Manager):
        return _of_manager(of, name, call)
    if not isinstance(of, Pending):
        return NOTHING
    query = of.query
    if name in {"select_related", "prefetch_related"}:
        return Pending(_loading(query, name, call.args, call.keywords))
    if name in SINGLE:
        query = _narrowed(query, name, call.keywords)
        call.run(query, name)
        return rows_of(query, scalars=True)
    if name in _KEEPING:
        streamed = query.streamed or name in {"iterator", "aiterator"}
        return Pending(replace(_narrowed(query, name, call.keywords), streamed=streamed))
    if name in _COUNTS:
        call.run(query, name)
        return NOTHING
    if name == "in_bulk":
        return Pairs(rows_of(query, scalars=True))
    if name in {"union", "intersection", "difference"}:
        return Pending(replace(query, unclear=True))
    return NOTHING


def _narrowed(query: Query, name: str, keywords: Mapping[str, Value]) -> Query:
    if name not in _NARROWING and name not in SHORTCUTS:
        return query
    keys = [key for key, value in keywords.items() if is_each(value) and key not in {"*", "**"}]
    exact = [key for key in keys if "__" not in _EXACT.sub("", key)]
    # A range, a list or a search is no question for the rows of one.
    by = exact[0] if exact and len(exact) == len(keys) and name != "exclude" else ""
    return replace(query, by_each=by, column=column_of(keywords[by])) if by else query


def _of_manager(of: Manager, name: str, call: Calling) -> Value:
    """The related rows of a row: as they were prefetched, or asked for."""
    frame = call.frame
    if name in {"all", "iterator", "get_queryset"}:
        return of
    if name in _COUNTS:
        if not frame.is_loaded(of.parent, of.relation):
            frame.touch(of.parent, of.relation, call.node, certain=True)
        return NOTHING
    if name not in _ASKING:
        return NOTHING
    frame.touch(of.parent, of.relation, call.node, certain=True)
    fresh = Query((of.relation.target,), of.site, "django", "related", back=of.relation.back)
    return method(Pending(fresh), name, call)


# What is loaded besides


def _loading(query: Query, name: str, args: Sequence[Value], keywords: Mapping[str, Value]) -> Query:
    if "*" in keywords:
        return replace(query, unclear=True)
    if not args:
        # All that must be there is followed; which that is depends on the models.
        return replace(query, unclear=query.unclear or name == "select_related")
    ways: set[Way] = set()
    unclear = query.unclear
    for one in args:
        found = _ways(one)
        unclear = unclear or (not found and one != NOTHING)
        ways |= {way[:end] for way in found for end in range(1, len(way) + 1)}
    return replace(query, loaded=query.loaded | ways, unclear=unclear)


def _ways(value: Value) -> frozenset[Way]:
    match value:
        case Text(text=text) if text:
            return frozenset({tuple(text.split("__"))})
        case Options(ways=ways):
            return ways
        case _:
            return frozenset()


def _prefetch(args: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
    lookup = args[0] if args else keywords.get("lookup", NOTHING)
    queryset = args[1] if len(args) > 1 else keywords.get("queryset")
    if not isinstance(lookup, Text):
        return NOTHING
    way = tuple(lookup.text.split("__"))
    ways = {way[:end] for end in range(1, len(way) + 1)}
    if isinstance(queryset, Pending):
        ways |= {(*way, *inner) for inner in queryset.query.loaded}
        if queryset.query.unclear:
            ways.add((*way, ALL))
    elif queryset is not None:
        ways.add((*way, ALL))
    if "to_attr" in keywords:
        ways.discard(way)
    return Options(frozenset(ways))
