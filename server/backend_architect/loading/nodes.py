"""What the nodes are that neither call nor name an attribute."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from backend_architect.loading import sqlalchemy
from backend_architect.loading.frames import element
from backend_architect.loading.merging import joined
from backend_architect.loading.values import (
    NOTHING,
    Column,
    Equal,
    Manager,
    Many,
    Pairs,
    Pending,
    Result,
    Row,
    Several,
    Symbol,
    Text,
    Unknown,
    Value,
    column_of,
    is_each,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from backend_architect.loading.frames import At


def gone_over(of: Value, at: At) -> None:
    """Take in that all rows of something are read."""
    if isinstance(of, Pending):
        at.frame.run(of.query, "", at.node)
    elif isinstance(of, Manager) and not at.frame.is_loaded(of.parent, of.relation):
        at.frame.touch(of.parent, of.relation, at.node)


def _name(at: At) -> Value:
    frame = at.frame
    found = frame.workspace.find(at.node.text, frame.traced, frame.effects.asked)
    return found or Symbol(at.node.text)


def _constant(at: At) -> Value:
    return Text(at.node.text) if at.node.text else NOTHING


def _store(at: At) -> Value:
    if isinstance(at.first, Row):
        at.frame.load(at.first, at.node.text)
    return NOTHING


def _await(at: At) -> Value:
    return sqlalchemy.awaited(at.first)


def _iterate(at: At) -> Value:
    gone_over(at.first, at)
    return _slice(at)


def _element(at: At) -> Value:
    return element(at.first)


def _part(at: At) -> Value:
    of = at.first
    if isinstance(of, Several):
        place = int(at.node.text)
        return of.items[place] if place < len(of.items) else NOTHING
    return Unknown(each=is_each(of))


def _slice(at: At) -> Value:
    return Many(at.first.row) if isinstance(at.first, Manager) else at.first


def _item(at: At) -> Value:
    match at.first:
        case Many(of=one) | Pairs(of=one):
            return one
        case Pending() | Result():
            row = element(at.first)
            return replace(row, each=False) if isinstance(row, Row) else NOTHING
        case Several(items=items) if items and all(one == items[0] for one in items):
            return items[0]
        case Manager(parent=parent, relation=relation):
            at.frame.touch(parent, relation, at.node, certain=True)
            return NOTHING
        case _:
            return _other(at)


def _equal(at: At) -> Value:
    left, right = at.parts
    if isinstance(right, Column):
        left, right = right, left
    if isinstance(left, Column) and is_each(right):
        return Equal(left.way[-1], column_of(right))
    return _other(at)


def _gathered(at: At) -> Value:
    return Pairs(at.first) if at.node.text == "dict" else Many(at.first)


def _list(at: At) -> Value:
    return Several(tuple(at.parts))


def _join(at: At) -> Value:
    return joined(at.parts)


def _other(at: At) -> Value:
    return Unknown(each=any(map(is_each, at.parts)))


PLAIN: Final[dict[str, Callable[[At], Value]]] = {
    "name": _name,
    "constant": _constant,
    "store": _store,
    "await": _await,
    "iterate": _iterate,
    "element": _element,
    "part": _part,
    "slice": _slice,
    "item": _item,
    "equal": _equal,
    "gathered": _gathered,
    "list": _list,
    "join": _join,
    "other": _other,
}
