"""Which keys of two tables a join compares, and which rows its other conditions pick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from backend_architect.queries.conditions import conjuncts
from backend_architect.queries.keys import side
from backend_architect.queries.scopes import UNKNOWN, name_of
from backend_architect.queries.selects import shared_columns
from backend_architect.queries.shapes import Join, Key

if TYPE_CHECKING:
    from backend_architect.queries.scopes import Scope
    from backend_architect.queries.sql import Ctes, Reader


def read_join(reader: Reader, join: exp.Join, scope: Scope, ctes: Ctes, *, optional: bool = False) -> None:
    """Read a join into the scope of what stands left of it.

    `optional` says that all of it stands on the optional side of an outer join.
    """
    outer, before, first = join.side.upper(), len(scope.relations), len(scope.shape.uses)
    if outer in {"RIGHT", "FULL"}:
        for use in scope.shape.uses:
            use.optional = True
    reader.source(join.this, scope, ctes, optional=optional or outer in {"LEFT", "FULL"})
    if outer == "FULL":
        return
    using: list[str] = [name_of(name) for name in join.args.get("using") or ()]
    if join.method.upper() == "NATURAL":
        using = shared_columns(scope.relations[:before], scope.relations[before:])
    for name in using:
        _compare(name, scope, before)
    condition = join.args.get("on")
    if condition is None:
        return
    taker = reader.taker(scope)
    picked = {"LEFT": range(first, len(scope.shape.uses)), "RIGHT": range(first)}.get(outer)
    for one in conjuncts(condition):
        if picked is None or _picks(one, picked, scope):
            taker.take(one)
        reader.nested(one, scope, ctes, few=False)


def _picks(condition: exp.Expr, optional: range, scope: Scope) -> bool:
    """Whether a condition of an outer join leaves rows out: one on its other side alone leaves none out."""
    columns = condition.find_all(exp.Column)
    numbers = [scope.number(found.use) for one in columns if (found := side(one, scope)).kind == "key"]
    return any(number in optional for number in numbers)


def _compare(name: str, scope: Scope, before: int) -> None:
    """Join by a column that is the same on both sides."""
    left = [found for one in scope.relations[:before] if (found := one.find(name))]
    right = [found for one in scope.relations[before:] if (found := one.find(name))]
    known = [one for one in (*left, *right) if one is not UNKNOWN and one.column]
    scope.merged.add(name)
    if len(right) != 1 or not left or len(known) != len(left) + 1:
        return
    numbers = scope.number(left[0].use), scope.number(right[0].use)
    if numbers[0] is not None and numbers[1] is not None:
        keys = [Key(one.column, columns=(one.column,)) for one in (left[0], right[0])]
        scope.shape.joins.append(Join(numbers[0], keys[0], numbers[1], keys[1]))
