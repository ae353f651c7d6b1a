"""What the conditions of WHERE and ON ask of each table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlglot import exp

from backend_architect.queries.expressions import before_now, canonical, is_constant, pattern_kind
from backend_architect.queries.keys import Side, side
from backend_architect.queries.rewrites import rewritten
from backend_architect.queries.scopes import name_of
from backend_architect.queries.shapes import Either, Join, Key, Kind, Predicate, TableUse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.queries.scopes import Scope

LISTED = 5
"""How many values people list in IN, where only the program knows."""

_RANGES: dict[type[exp.Expr], Kind] = {
    exp.GT: "lower",
    exp.GTE: "lower",
    exp.LT: "upper",
    exp.LTE: "upper",
}
_FLIPPED: dict[Kind, Kind] = {"lower": "upper", "upper": "lower"}
_OPERATORS: dict[type[exp.Expr], Kind] = {
    exp.StartsWith: "prefix",
    exp.ArrayContainsAll: "contains",
    exp.ArrayOverlaps: "overlaps",
    exp.JSONBContainsTopKey: "has-key",
    exp.JSONBContainsAnyTopKeys: "has-key",
    exp.JSONBContainsAllTopKeys: "has-key",
}
_PATTERNS = (exp.Like, exp.ILike, exp.RegexpLike, exp.RegexpILike)

Bound = tuple[TableUse, Predicate]
"""A condition with the use that it is on."""


def conjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    """The conditions that all hold."""
    pending = [node]
    while pending:
        one = pending.pop().unnest()
        if isinstance(one, exp.And):
            pending += [one.expression, one.this]
        else:
            yield from _columnwise(one)


def _columnwise(condition: exp.Expr) -> Iterator[exp.Expr]:
    """A comparison of rows for equality, as one of each of their columns."""
    left = condition.args.get("this")
    if not isinstance(left, exp.Tuple) or not isinstance(condition, exp.EQ | exp.In):
        yield condition
        return
    rows = [condition.expression] if isinstance(condition, exp.EQ) else condition.expressions
    if not all(isinstance(row, exp.Tuple) and len(row.expressions) == len(left.expressions) for row in rows):
        return
    for at, column in enumerate(left.expressions):
        values = [row.expressions[at].copy() for row in rows]
        yield exp.In(this=column.copy(), expressions=values)


@dataclass(slots=True)
class Conditions:
    """Takes conditions apart, in one scope."""

    scope: Scope
    outer_row: TableUse
    """What stands for the row around a subquery."""

    def take(self, condition: exp.Expr) -> TableUse | None:
        """Add a condition that must hold to the uses that it is on; gives the use if it is one."""
        joined = self._join(condition)
        if joined:
            return None
        found = self._either(condition) if isinstance(condition, exp.Or) else self.predicate(condition)
        if isinstance(found, tuple):
            use, predicate = found
            if isinstance(predicate, Either):
                use.either.append(predicate)
            else:
                _narrow(use.conditions, predicate)
            return use
        return None

    def take_listed(self, key: exp.Expr) -> None:
        """Add that a key is one of a few values that another query gives."""
        found = side(key, self.scope)
        if found.kind == "key":
            found.use.conditions.append(Predicate(found.key, "in", values=LISTED))

    def _join(self, condition: exp.Expr) -> bool:
        """Add the equality of keys of two uses."""
        if not isinstance(condition, exp.EQ):
            return False
        left, right = self._joined_side(condition.this), self._joined_side(condition.expression)
        if left.kind == "key" and right.kind == "outer":
            right = Side("key", self.outer_row)
        elif right.kind == "key" and left.kind == "outer":
            left = Side("key", self.outer_row)
        if left.kind != "key" or right.kind != "key" or left.use is right.use:
            return False
        self.join(left, right)
        return True

    def _joined_side(self, node: exp.Expr) -> Side:
        """A side of a comparison; a column of a query that is run by itself is one of its rows."""
        found = side(node, self.scope)
        foreign = found.kind == "key" and self.scope.number(found.use) is None
        if not foreign or not isinstance(node, exp.Column):
            return found
        table = name_of(node.args.get("table"))
        rows = [one.use for one in self.scope.relations if one.name == table and one.inner is not None]
        return Side("key", rows[0]) if rows else found

    def join(self, left: Side, right: Side) -> None:
        """Add the equality of two keys."""
        numbers = self.scope.number(left.use), self.scope.number(right.use)
        if numbers[0] is not None and numbers[1] is not None:
            self.scope.shape.joins.append(Join(numbers[0], left.key, numbers[1], right.key))

    def predicate(self, node: exp.Expr) -> Bound | None:
        """The condition on one key; None where it is on none or on several."""
        node = node.unnest()
        if isinstance(node, exp.Escape):
            node = node.this
        found = self._positive(node)
        if found is None:
            return None
        use, predicate = found
        return use, replace(predicate, sql=predicate.sql or canonical(node))

    def _positive(self, node: exp.Expr) -> Bound | None:
        match node:
            case exp.Column():
                return self._flag(node, "TRUE")
            case exp.Not():
                return self._negated(node.this.unnest())
            case exp.Is():
                return self._is(node)
            case exp.In():
                return self._in(node)
            case exp.EQ() | exp.Between() | exp.GT() | exp.GTE() | exp.LT() | exp.LTE():
                return self._comparison(node)
            case exp.MatchAgainst():
                return self._search(node)
            case _ if isinstance(node, _PATTERNS):
                return self._pattern(node)
            case _ if type(node) in _OPERATORS:
                return self._simple(node.this, _OPERATORS[type(node)], [node.expression])
            case _:
                return self._other(node)

    def _comparison(self, node: exp.Expr) -> Bound | None:
        if isinstance(node, exp.Between):
            return self._simple(node.this, "between", [node.args["low"], node.args["high"]])
        return self._equality(node) if isinstance(node, exp.EQ) else self._range(node)

    def _simple(self, key: exp.Expr, kind: Kind, values: list[exp.Expr]) -> Bound | None:
        """A condition that compares a key with values."""
        found = side(key, self.scope)
        if found.kind != "key" or not all(side(value, self.scope).is_value for value in values):
            return None
        constants = [canonical(value) for value in values if self.is_constant(value)]
        constant = ", ".join(constants) if len(constants) == len(values) else None
        return found.use, Predicate(found.key, kind, constant=constant, values=len(values))

    def is_constant(self, node: exp.Expr) -> bool:
        """Whether an expression is the same at every run: no placeholder, and none in its strings."""
        if not is_constant(node):
            return False
        return not any(self.holes_in(literal) for literal in node.find_all(exp.Literal))

    def holes_in(self, literal: exp.Expr) -> list[tuple[int, int]]:
        """Where a string has parts that only the program knows."""
        start, end = literal.meta.get("start"), literal.meta.get("end")
        if start is None or end is None:
            return []
        return [hole for hole in self.scope.holes if start <= hole[0] and hole[1] <= end + 1]

    def _flag(self, node: exp.Expr, value: str) -> Bound | None:
        found = side(node, self.scope)
        if found.kind != "key":
            return None
        text = canonical(node)
        sql = text if value == "TRUE" else f"NOT {text}"
        return found.use, Predicate(found.key, "equal", sql=sql, constant=value)

    def _negated(self, node: exp.Expr) -> Bound | None:
        if isinstance(node, exp.Column):
            return self._flag(node, "FALSE")
        if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null) and not node.args.get("negate"):
            bound = self._simple(node.this, "not-null", [])
            return (bound[0], replace(bound[1], sql=f"{canonical(node.this)} IS NOT NULL")) if bound else None
        bound = self.predicate(node)
        if bound is None:
            return None
        return bound[0], replace(bound[1], kind="other", sql=f"NOT {bound[1].sql}", constant=None)

    def _is(self, node: exp.Is) -> Bound | None:
        negated = bool(node.args.get("negate"))
        if isinstance(node.expression, exp.Null):
            return self._simple(node.this, "not-null" if negated else "null", [])
        if isinstance(node.expression, exp.Boolean) and not negated:
            return self._flag(node.this, "TRUE" if node.expression.this else "FALSE")
        return self._other(node)

    def _equality(self, node: exp.EQ) -> Bound | None:
        left, right = node.this, node.expression
        if side(left, self.scope).is_value and not isinstance(right, exp.Any):
            left, right = right, left
        if isinstance(right, exp.Any):
            return self._any(left, right.this.unnest(), node)
        if isinstance(right, exp.Boolean):
            return self._flag(left, "TRUE" if right.this else "FALSE")
        bound = self._simple(left, "equal", [right])
        return self._with_rewrite(bound, node, left, right, "equal")

    def _any(self, key: exp.Expr, values: exp.Expr, node: exp.EQ) -> Bound | None:
        """`key = ANY(values)`: a list of values, or an array that holds one."""
        if isinstance(values, exp.Query):
            return None
        found = side(values, self.scope)
        if found.kind == "key" and side(key, self.scope).is_value:
            original = Predicate(found.key, "other")
            return found.use, replace(original, rewrite=rewritten(node, self.scope, values, "contains", key))
        if isinstance(values, exp.Array):
            return self._simple(key, "in", values.expressions)
        bound = self._simple(key, "in", [values])
        return (bound[0], replace(bound[1], values=LISTED, constant=None)) if bound else None

    def _in(self, node: exp.In) -> Bound | None:
        if node.args.get("query") is not None:
            return None
        values: list[exp.Expr] = node.expressions or [one for one in [node.args.get("field")] if one]
        if isinstance(node.this, exp.Tuple):
            return None
        bound = self._simple(node.this, "in", values)
        if bound is not None and len(values) == 1:
            constant = bound[1].constant
            known = constant is not None
            return bound[0], replace(bound[1], kind="equal" if known else "in", values=1 if known else LISTED)
        return bound

    def _range(self, node: exp.Expr) -> Bound | None:
        kind: Kind = _RANGES[type(node)]
        left, right = node.this, node.expression
        if isinstance(left, exp.Tuple) and isinstance(right, exp.Tuple):
            # The first elements decide, but for ties.
            left, right = left.expressions[0], right.expressions[0]
        if side(left, self.scope).is_value:
            left, right, kind = right, left, _FLIPPED[kind]
        bound = self._simple(left, kind, [right])
        if bound is not None:
            bound = bound[0], replace(bound[1], before_now=before_now(right))
        return self._with_rewrite(bound, node, left, right, kind)

    def _with_rewrite(
        self, bound: Bound | None, node: exp.Expr, key: exp.Expr, value: exp.Expr, kind: Kind
    ) -> Bound | None:
        if bound is None or bound[1].key.column is not None:
            return bound
        return bound[0], replace(bound[1], rewrite=rewritten(node, self.scope, key, kind, value))

    def _search(self, node: exp.MatchAgainst) -> Bound | None:
        if len(node.expressions) != 1:
            return None
        bound = self._simple(node.expressions[0], "text-search", [node.this])
        return bound or self._simple(node.this, "text-search", node.expressions)

    def _pattern(self, node: exp.Expr) -> Bound | None:
        bound = self._simple(node.this, "infix", [node.expression])
        if bound is None:
            return None
        if node.args.get("negate"):
            return bound[0], replace(bound[1], kind="other")
        if isinstance(node, exp.RegexpLike | exp.RegexpILike):
            return bound
        kind = pattern_kind(self._text(node.expression))
        if isinstance(node, exp.ILike) and kind == "prefix":
            # A tree sorts by case; trigrams do not.
            kind = "infix"
        return bound[0], replace(bound[1], kind=kind)

    def _text(self, node: exp.Expr) -> list[str | None]:
        """The parts of a pattern; None for what only the program knows."""
        node = node.unnest()
        if isinstance(node, exp.Cast):
            return self._text(node.this)
        if isinstance(node, exp.DPipe):
            return [*self._text(node.this), *self._text(node.expression)]
        if isinstance(node, exp.Concat):
            return [part for one in node.expressions for part in self._text(one)]
        if not (isinstance(node, exp.Literal) and node.is_string):
            return [None]
        holes = self.holes_in(node)
        if not holes:
            return [node.name]
        parts: list[str | None] = []
        at = node.meta["start"] + 1
        for start, end in holes:
            parts += [self.scope.parsed.text[at:start], None]
            at = end
        return [*parts, self.scope.parsed.text[at : node.meta["end"]]]

    def _other(self, node: exp.Expr) -> Bound | None:
        """A condition of another kind, on one key, that filters what was read."""
        operands = [one for one in node.iter_expressions() if side(one, self.scope).kind == "key"]
        if len(operands) != 1:
            return None
        found = side(operands[0], self.scope)
        return found.use, Predicate(found.key, "other")

    def _either(self, node: exp.Or) -> tuple[TableUse, Predicate | Either] | None:
        """Conditions of which one must hold, if all are on one use; on one column they are like IN."""
        branches: list[tuple[Predicate, ...]] = []
        uses: set[int] = set()
        use: TableUse | None = None
        for branch in node.flatten():
            bounds = [self.predicate(one) for one in conjuncts(branch)]
            known = [bound for bound in bounds if bound is not None]
            if not known:
                return None
            uses |= {id(bound[0]) for bound in known}
            use = known[0][0]
            branches.append(tuple(bound[1] for bound in known))
        if use is None or len(uses) != 1:
            return None
        first = branches[0][0]
        same = [branch[0] for branch in branches if len(branch) == 1 and branch[0].key == first.key]
        if len(same) == len(branches) and all(one.kind in {"equal", "in"} for one in same):
            constants = [one.constant for one in same if one.constant is not None]
            constant = ", ".join(constants) if len(constants) == len(same) else None
            values = sum(one.values for one in same)
            return use, Predicate(first.key, "in", canonical(node), constant, values)
        return use, Either(tuple(branches))


def _narrow(conditions: list[Predicate], predicate: Predicate) -> None:
    """Add a condition; a lower and an upper end of one key are both ends of a range."""
    other = _FLIPPED.get(predicate.kind)
    for at, one in enumerate(conditions):
        if other is not None and one.kind == other and one.key == predicate.key:
            conditions[at] = replace(one, kind="between", sql=f"{one.sql} AND {predicate.sql}", constant=None)
            return
    conditions.append(predicate)


def equal_to(key: Key) -> Predicate:
    """The condition that a key has the value of another row."""
    return Predicate(key, "equal")
