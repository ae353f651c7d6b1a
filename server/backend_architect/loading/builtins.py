"""What the functions of Python itself give for rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from backend_architect.loading.frames import element
from backend_architect.loading.values import (
    NOTHING,
    Manager,
    Many,
    Pending,
    Result,
    Row,
    Several,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SAME: Final = frozenset({"list", "tuple", "sorted", "reversed", "set", "iter", "frozenset", "filter"})
_ROWS = (Pending, Result, Many, Manager)


def builtin(name: str, args: Sequence[Value], gone_over: Callable[[Value], None]) -> Value | None:
    """What a function of Python gives; None if it says nothing about rows."""
    if name in {"range", "count"}:
        return Many(NOTHING, "few")
    if name == "zip":
        return Many(Several(tuple(map(one_of, args))))
    first = args[-1] if name == "filter" and args else args[0] if args else None
    if not isinstance(first, (*_ROWS, Several)):
        return None
    if name in _SAME:
        gone_over(first)
        return first if isinstance(first, Several) else Many(one_of(first))
    if name == "enumerate":
        return Many(Several((NOTHING, one_of(first))))
    if name in {"next", "min", "max"}:
        gone_over(first)
        return one_of(first)
    if name in {"len", "bool", "any", "all", "sum"}:
        gone_over(first)
    return NOTHING


def one_of(value: Value) -> Value:
    """One of some things, wherever it is used."""
    if isinstance(value, Manager):
        return value.row
    found = element(value)
    match found:
        case Row():
            return Row(found.cls, found.query, found.way, each=False, back=found.back, before=found.before)
        case Unknown():
            return found
        case _:
            return found
