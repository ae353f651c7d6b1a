"""What the sides of a condition are: keys of a table, or values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sqlglot import exp

from backend_architect.queries.expressions import canonical, canonical_text, is_immutable
from backend_architect.queries.scopes import UNKNOWN, Found, Scope
from backend_architect.queries.shapes import Key
from backend_architect.sql.parsing import words
from backend_architect.sql.spans import span

if TYPE_CHECKING:
    from backend_architect.queries.shapes import TableUse
    from backend_architect.sql.parsing import Parsed


NO_KEY = Key(None)
"""Of a row from elsewhere."""


_FUNCTION = re.compile(r"""'(?:[^']|'')*'|"[^"]*"|\b([a-z_]\w*)(?=\()""", re.IGNORECASE)
"""A string, a quoted name, or the name of a function, which is written in lower case."""

_UNPLACED = 5
"""How many words without a position an expression may begin or end with."""


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One side of a condition."""

    kind: Literal["key", "value", "outer", "unknown"]
    """outer: a value of the row around a subquery."""
    use: TableUse = UNKNOWN.use
    key: Key = NO_KEY
    type: str = ""
    """The type of a column, where it is known."""

    @property
    def is_value(self) -> bool:
        """Whether it is the same for all rows of the tables at hand."""
        return self.kind in {"value", "outer"}


_VALUE = Side("value")
_OUTER = Side("outer")
_UNKNOWN = Side("unknown")


def side(node: exp.Expr, scope: Scope) -> Side:
    """What an expression of a condition is, in a scope."""
    node = node.unnest()
    if isinstance(node, exp.Column):
        return _column(node, scope)
    columns, opaque = _columns(node)
    if opaque:
        return _UNKNOWN if columns else _VALUE
    sides = [_column(column, scope) for column in columns]
    if any(one.kind == "unknown" for one in sides):
        return _UNKNOWN
    keys = [one for one in sides if one.kind == "key"]
    if not keys:
        return _OUTER if any(one.kind == "outer" for one in sides) else _VALUE
    uses = {id(one.use) for one in keys}
    if len(uses) > 1 or len(keys) != len(sides) or any(one.key.column is None for one in keys):
        return _UNKNOWN
    return Side("key", keys[0].use, _expression(node, scope, keys))


def _columns(node: exp.Expr) -> tuple[list[exp.Column], bool]:
    """The columns of an expression, and whether it holds a query."""
    found: list[exp.Column] = []
    opaque = False
    pending = [node]
    while pending:
        one = pending.pop()
        if isinstance(one, exp.Query | exp.Subquery | exp.Window | exp.Exists):
            opaque = True
        elif isinstance(one, exp.Column):
            found.append(one)
        else:
            pending += list(one.iter_expressions())
    return found, opaque


def _column(column: exp.Column, scope: Scope) -> Side:
    found, where = scope.resolve(column)
    if found is None:
        return _VALUE
    if found is UNKNOWN:
        return _UNKNOWN
    if found.expression is not None and found.scope is not None:
        return side(found.expression, found.scope)
    if where.shape is not scope.shape:
        return _OUTER
    return Side("key", found.use, Key(found.column, columns=(found.column,)), _type(found))


def _type(found: Found) -> str:
    return found.table.columns[found.column].type if found.table is not None else ""


def _expression(node: exp.Expr, scope: Scope, keys: list[Side]) -> Key:
    columns = tuple(dict.fromkeys(one.key.column for one in keys if one.key.column))
    types = {one.key.column: one.type for one in keys if one.key.column}
    return Key(None, canonical(node), written(node, scope), columns, is_immutable(node, types))


def written(node: exp.Expr, scope: Scope) -> str:
    """The text of an expression as it is written, without the names of tables."""
    found = whole_span(node, scope.parsed)
    if found is None:
        return canonical(node)
    start, end = found
    text = scope.parsed.text[start:end]
    for column in sorted(node.find_all(exp.Column), key=lambda one: -one.this.meta.get("start", 0)):
        table, at = column.args.get("table"), column.this.meta.get("start")
        first = table.meta.get("start") if table is not None else None
        if first is not None and at is not None and start <= first < at <= end:
            text = text[: first - start] + text[at - start :]
    return _FUNCTION.sub(lambda name: name[0].lower() if name[1] else name[0], " ".join(text.split()))


def whole_span(node: exp.Expr, parsed: Parsed) -> tuple[int, int] | None:
    """The half-open range of an expression in its statement; None if it cannot be told.

    Parts without a position, such as NULL, units of time and the keys of JSON, may be missing at both ends of
    what `span` gives.
    """
    start, end = span(node, parsed)
    listed, same = words(parsed), canonical(node)
    starts = [word.start for word in listed if word.start <= start][: -_UNPLACED - 1 : -1]
    ends = [word.end for word in listed if word.end >= end][:_UNPLACED]
    for last in ends:
        for first in starts:
            inside = [word.text for word in listed if first <= word.start < last and not word.quoted]
            if inside.count("(") != inside.count(")"):
                continue  # sqlglot does not miss every parenthesis
            if canonical_text(parsed.masked[first:last]) == same:
                return first, last
    return None
