"""What a SELECT says about its rows as a whole: outputs, limit, order, whether rows are put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlglot import exp

from backend_architect.queries.expressions import canonical
from backend_architect.queries.keys import side
from backend_architect.queries.scopes import name_of
from backend_architect.queries.shapes import Key, OrderKey

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend_architect.queries.scopes import Relation, Scope

PAGE: Final = 20
"""How many rows a page has, where only the program knows."""


def name_of_alias(node: exp.Expr) -> str:
    """The name that a source has in its query; empty where it has its own."""
    alias = node.args.get("alias")
    return name_of(alias.this if isinstance(alias, exp.TableAlias) else alias) if alias is not None else ""


def is_plain(select: exp.Select, *, limited: bool = False, ordered: bool = False) -> bool:
    """Whether each output row of a query is made of one row of its tables."""
    args = select.args
    if any(args.get(name) for name in ("group", "having", "qualify", "windows", "into")):
        return False
    distinct = args.get("distinct")
    if distinct is not None and not (ordered or (limited and distinct.args.get("on") is not None)):
        return False
    if not limited and (args.get("limit") or args.get("offset")):
        return False
    return not any(_aggregates(one) for one in select.expressions)


def _aggregates(node: exp.Expr) -> bool:
    pending = [node]
    while pending:
        one = pending.pop()
        if isinstance(one, exp.AggFunc | exp.Window):
            return True
        if not isinstance(one, exp.Query):
            pending += list(one.iter_expressions())
    return False


def outputs(select: exp.Select) -> dict[str, exp.Expr] | None:
    """What the columns of a query are; None for all columns of its tables."""
    found: dict[str, exp.Expr] = {}
    for one in select.expressions:
        if isinstance(one, exp.Star) or (isinstance(one, exp.Column) and isinstance(one.this, exp.Star)):
            found["*"] = one
        else:
            alias = one.args.get("alias")
            found[name_of(alias) if alias is not None else one.alias_or_name.lower()] = one.unalias()
    return None if set(found) == {"*"} else found


def names_of(query: exp.Expr) -> frozenset[str] | None:
    """The names of the columns of a query; None where they are not written down."""
    while isinstance(query, exp.SetOperation | exp.Subquery):
        query = query.this
    found = outputs(query) if isinstance(query, exp.Select) else None
    return None if found is None or "*" in found else frozenset(found)


def alias_columns(node: exp.Expr) -> frozenset[str] | None:
    """The columns that an alias names, as in `AS pairs(a, b)`; of a function it is one itself."""
    alias = node.args.get("alias")
    columns = alias.args.get("columns") if isinstance(alias, exp.TableAlias) else None
    if columns:
        return frozenset(name_of(one) for one in columns)
    return frozenset({name_of_alias(node)}) if isinstance(node, exp.Unnest | exp.Table) else None


def passing(select: exp.Select) -> frozenset[str] | None:
    """The outputs by which a condition from outside may be asked inside, before rows are put together."""
    group, distinct = select.args.get("group"), select.args.get("distinct")
    windows = list(select.find_all(exp.Window))
    if group is None and distinct is None and not windows:
        return None if not any(_aggregates(one) for one in select.expressions) else frozenset()
    listed = [*(group.expressions if group is not None else ())]
    for window in windows:
        listed += window.args.get("partition_by") or []
    if distinct is not None and distinct.args.get("on") is not None:
        listed += distinct.args["on"].expressions
    keys = {canonical(one) for one in listed}
    numbers = {int(one.name) for one in listed if isinstance(one, exp.Literal) and one.is_int}
    names = {
        one.alias_or_name.lower()
        for at, one in enumerate(select.expressions, 1)
        if at in numbers or canonical(one.unalias()) in keys
    }
    if any(isinstance(one, exp.Star) for one in select.expressions):
        names |= {name_of(one.this) for one in listed if isinstance(one, exp.Column)}
    return frozenset(names)


def shared_columns(left: Iterable[Relation], right: Iterable[Relation]) -> list[str]:
    """The columns that a natural join compares, as far as the tables are known."""
    names: list[set[str]] = []
    for side_of in (left, right):
        tables = [relation.table for relation in side_of]
        if any(table is None for table in tables):
            return []
        names.append({column for table in tables if table is not None for column in table.columns})
    return sorted(names[0] & names[1])


def limit_of(node: exp.Select) -> int | None:
    """How many rows are wanted, with those that are skipped; None for all."""
    limit, offset = node.args.get("limit"), node.args.get("offset")
    if limit is None:
        return None
    count = limit.args.get("count") if isinstance(limit, exp.Fetch) else limit.expression
    if isinstance(count, exp.Null) or count is None:
        return None if isinstance(count, exp.Null) else 1
    rows = int(count.name) if isinstance(count, exp.Literal) and count.is_int else PAGE
    skipped = offset.expression if offset is not None else None
    return rows + (int(skipped.name) if isinstance(skipped, exp.Literal) and skipped.is_int else 0)


def expression_of(node: exp.Expr, select: exp.Select) -> exp.Expr:
    """What a key of ORDER BY stands for: an output by its number or its name, or an expression."""
    if isinstance(node, exp.Literal) and node.is_int and 0 < int(node.name) <= len(select.expressions):
        return select.expressions[int(node.name) - 1].unalias()
    if isinstance(node, exp.Column) and node.args.get("table") is None:
        named = [one for one in select.expressions if isinstance(one, exp.Alias) and one.alias == node.name]
        return named[0].this if named else node
    return node


def order_key(ordered: exp.Expr, key: Key) -> OrderKey:
    """A key of ORDER BY, with its direction."""
    descending, first = bool(ordered.args.get("desc")), bool(ordered.args.get("nulls_first"))
    nulls = "" if first == descending else "first" if first else "last"
    return OrderKey(key, descending, nulls)


def extremes_of(node: exp.Select, scope: Scope) -> tuple[tuple[int, OrderKey], ...]:
    """The keys of min and max, if a query asks for nothing else."""
    found: list[tuple[int, OrderKey]] = []
    for one in node.expressions:
        call = one.unalias()
        while isinstance(call, exp.Coalesce | exp.Cast | exp.Paren):
            call = call.this
        if not isinstance(call, exp.Max | exp.Min) or call.args.get("expressions"):
            return ()
        key = side(call.this, scope)
        number = scope.number(key.use)
        if key.kind != "key" or number is None:
            return ()
        found.append((number, OrderKey(key.key, isinstance(call, exp.Max))))
    return tuple(found)


def holds_for_null(condition: exp.Expr) -> bool:
    """Whether a condition may hold for the row of an outer join that has no partner."""
    return isinstance(condition, exp.Is | exp.Not) or condition.find(exp.Coalesce) is not None
