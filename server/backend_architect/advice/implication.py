"""Whether the conditions of a query imply the predicate of a partial index, as PostgreSQL proves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from backend_architect.queries.expressions import canonical, is_constant, parsed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend_architect.queries.shapes import Predicate

_STRICT = frozenset({"equal", "in", "lower", "upper", "between", "prefix", "infix", "contains", "overlaps"})
"""Conditions that hold for no NULL."""


def implies(predicates: Sequence[Predicate], where: str) -> bool:
    """Whether rows that meet all conditions meet `where`."""
    tree = parsed(where)
    if tree is None:
        return False
    return all(_implied(predicates, part.unnest()) for part in _flat(tree))


def _flat(tree: exp.Expr) -> list[exp.Expr]:
    tree = tree.unnest()
    return (
        [one for side in (tree.this, tree.expression) for one in _flat(side)]
        if isinstance(tree, exp.And)
        else [tree]
    )


def _implied(predicates: Sequence[Predicate], wanted: exp.Expr) -> bool:
    text = _boolean(wanted)
    if any(text == one.sql for one in predicates):
        return True
    subject = _subject(wanted)
    if subject is None:
        return False
    mine = [one for one in predicates if (one.key.column or one.key.expression) == subject]
    if _is_not_null(wanted):
        return any(one.kind in _STRICT for one in mine)
    return any(_follows(one, wanted) for one in mine)


def _boolean(node: exp.Expr) -> str:
    """The canonical text, with comparisons to TRUE and FALSE as queries have them."""
    if (
        isinstance(node, exp.EQ | exp.Is)
        and isinstance(node.expression, exp.Boolean)
        and not node.args.get("negate")
    ):
        text = canonical(node.this)
        return text if node.expression.this else f"NOT {text}"
    return canonical(node)


def _subject(node: exp.Expr) -> str | None:
    """What a condition is about."""
    if isinstance(node, exp.Not):
        return _subject(node.this.unnest())
    return canonical(node.this) if isinstance(node.args.get("this"), exp.Expr) else None


def _is_not_null(node: exp.Expr) -> bool:
    if isinstance(node, exp.Not) and isinstance(node.this.unnest(), exp.Is):
        return isinstance(node.this.unnest().expression, exp.Null)
    return (
        isinstance(node, exp.Is) and bool(node.args.get("negate")) and isinstance(node.expression, exp.Null)
    )


def _follows(predicate: Predicate, wanted: exp.Expr) -> bool:
    """Whether a comparison with constants follows from another."""
    if predicate.constant is None:
        return False
    values = parsed(f"ARRAY[{predicate.constant}]")
    mine = [canonical(one) for one in values.expressions] if values is not None else []
    if predicate.kind not in {"equal", "in"} or not mine:
        return _follows_from_range(predicate, wanted)
    if isinstance(wanted, exp.EQ):
        return mine == [canonical(wanted.expression)]
    if isinstance(wanted, exp.NEQ) and is_constant(wanted.expression):
        return canonical(wanted.expression) not in mine
    if isinstance(wanted, exp.In):
        return set(mine) <= {canonical(one) for one in wanted.expressions}
    return all(_holds(one, wanted) for one in mine)


def _follows_from_range(predicate: Predicate, wanted: exp.Expr) -> bool:
    lower = predicate.kind == "lower" and isinstance(wanted, exp.GT | exp.GTE)
    upper = predicate.kind == "upper" and isinstance(wanted, exp.LT | exp.LTE)
    return (lower or upper) and _holds(predicate.constant or "", wanted)


def _holds(value: str, wanted: exp.Expr) -> bool:
    """Whether a number meets a comparison with a number."""
    try:
        one, other = float(value), float(canonical(wanted.expression))
    except (ValueError, AttributeError):
        return False
    match wanted:
        case exp.GT():
            return one > other
        case exp.GTE():
            return one >= other
        case exp.LT():
            return one < other
        case exp.LTE():
            return one <= other
        case _:
            return False
