"""Values that are one of several, because only one way through a function was taken."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from backend_architect.loading.values import (
    NOTHING,
    Many,
    Pending,
    Query,
    Result,
    Row,
    Several,
    Unknown,
    Value,
    is_each,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


def joined(values: Sequence[Value]) -> Value:
    """What may be any of some values; of those that are not known nothing is said."""
    told = [one for one in values if one != NOTHING]
    found: Value = told[0] if told else NOTHING
    for one in told[1:]:
        if one != found:
            found = _merged(found, one)
    return found


def _merged(one: Value, other: Value) -> Value:
    match one, other:
        case Pending(query=query), Pending(query=another) if query.site == another.site:
            return Pending(_both(query, another))
        case Result(query=query), Result(query=another) if query.site == another.site:
            return replace(one, query=_both(query, another))
        case Row(query=Query() as query), Row(query=Query() as another) if (
            query.site == another.site and one.way == other.way
        ):
            return replace(one, query=_both(query, another), each=one.each or other.each)
        case Many(of=of), Many(of=another):
            return Many(_merged(of, another) if of != another else of)
        case Many(), Several(items=()):
            return one
        case Several(items=()), Many():
            return other
        case _:
            return Unknown(each=is_each(one) or is_each(other))


def _both(one: Query, other: Query) -> Query:
    """A query that is put together in one of two ways; what either loads may be there."""
    return replace(
        one,
        loaded=one.loaded | other.loaded,
        unclear=one.unclear or other.unclear,
        by_each=other.by_each if one.by_each else "",
        column=other.column if one.by_each else "",
    )
