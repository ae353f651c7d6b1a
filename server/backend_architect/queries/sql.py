"""The shapes of a statement of SQL."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlglot import exp

from backend_architect.queries.conditions import Conditions, conjuncts
from backend_architect.queries.joins import read_join
from backend_architect.queries.keys import side
from backend_architect.queries.scopes import UNKNOWN, Relation, Scope, name_of
from backend_architect.queries.selects import (
    alias_columns,
    expression_of,
    extremes_of,
    holds_for_null,
    is_plain,
    limit_of,
    name_of_alias,
    names_of,
    order_key,
    outputs,
    passing,
)
from backend_architect.queries.shapes import OrderKey, QueryShape, TableUse
from backend_architect.queries.writes import read_change, read_merge
from backend_architect.sql.parsing import Parsed, parse

if TYPE_CHECKING:
    from backend_architect.queries.statements import Statement
    from backend_architect.schema.model import Origin, Schema

_DEPTH = 40
"""Queries within queries; views may be written in circles."""

Ctes = dict[str, "Cte"]


@dataclass(slots=True, eq=False)
class Cte:
    """A named query in front of another."""

    query: exp.Expr
    around: Ctes
    parsed: Parsed
    once: bool
    """Whether it is used once and may be read as if it stood there."""
    running: bool = False
    """Whether it is being read: the name then stands for the rows of a recursion so far."""


def shapes_of(statement: Statement, schema: Schema) -> list[QueryShape]:
    """What a statement asks of the tables of a schema; nothing where it cannot be read."""
    parsed = parse(statement.text, statement.dialect, statement.holes)
    if parsed.tree is None or parsed.errors:
        return []
    reader = Reader(schema, statement, statement.origin)
    try:
        reader.statement_of(parsed)
    except RecursionError:
        return []
    return [shape for shape in reader.shapes if any(use.table for use in shape.uses)]


@dataclass(slots=True)
class Reader:
    """Reads one statement, for the tables of one schema."""

    schema: Schema
    statement: Statement
    origin: Origin
    shapes: list[QueryShape] = field(default_factory=list[QueryShape])
    depth: int = 0

    def statement_of(self, parsed: Parsed) -> None:
        """Read a whole statement."""
        tree = parsed.tree
        if tree is None:
            return
        scope = self.scope(parsed, None)
        ctes = self.ctes(tree, {}, scope)
        match tree:
            case exp.Query():
                self.query(tree, scope, ctes, new=True)
            case exp.Insert() if isinstance(tree.expression, exp.Query):
                self.query(tree.expression, scope, ctes, new=True)
            case exp.Update() | exp.Delete():
                read_change(self, tree, scope, ctes)
            case exp.Merge():
                read_merge(self, tree, scope, ctes)
            case _:
                pass

    # Scopes

    def _shape(self) -> QueryShape:
        shape = QueryShape(self.origin, self.statement.text, often=self.statement.often)
        self.shapes.append(shape)
        return shape

    def scope(self, parsed: Parsed, outer: Scope | None, shape: QueryShape | None = None) -> Scope:
        """An empty scope, of a new shape if none is given."""
        starts = frozenset(start for start, _ in parsed.placeholders)
        foreign = parsed.text != self.statement.text
        holes = () if foreign else self.statement.holes
        return Scope(shape or self._shape(), parsed, outer, foreign=foreign, placeholders=starts, holes=holes)

    def ctes(self, tree: exp.Expr, around: Ctes, scope: Scope) -> Ctes:
        """The named queries in front of a query, and those around it."""
        with_ = tree.args.get("with_")
        if with_ is None:
            return around
        ctes = dict(around)
        for cte in with_.expressions:
            name = name_of(cte.args["alias"].this)
            uses = sum(name_of(table.this) == name for table in tree.find_all(exp.Table))
            once = uses == 1 and not cte.args.get("materialized")
            if isinstance(cte.this, exp.Update | exp.Delete):
                read_change(self, cte.this, self.scope(scope.parsed, None), ctes)
            ctes[name] = Cte(cte.this, ctes if with_.recursive else dict(ctes), scope.parsed, once)
        return ctes

    # Queries

    def query(self, node: exp.Expr, scope: Scope, ctes: Ctes, *, new: bool) -> Scope | None:
        """Read a query into a scope that is empty; gives the scope if its outputs are those of one SELECT.

        `new` says that the scope has a shape of its own.
        """
        node = node.unnest()
        if isinstance(node, exp.SetOperation):
            inner = self.ctes(node, ctes, scope)
            for branch in (node.left, node.right):
                self.query(branch, self.scope(scope.parsed, scope.outer), inner, new=True)
            return None
        if not isinstance(node, exp.Select):
            return None
        self.depth += 1
        try:
            if self.depth <= _DEPTH:
                self._select(node, scope, self.ctes(node, ctes, scope), new=new)
        finally:
            self.depth -= 1
        return scope

    def _select(self, node: exp.Select, scope: Scope, ctes: Ctes, *, new: bool) -> None:
        if node.args.get("from_") is not None:
            self.source(node.args["from_"].this, scope, ctes)
        for join in node.args.get("joins") or ():
            read_join(self, join, scope, ctes)
        self.where(node.args.get("where"), scope, ctes)
        for part in (*node.expressions, node.args.get("having"), node.args.get("order")):
            if part is not None:
                self.nested(part, scope, ctes, few=True)
        if new:
            self._finish(node, scope)

    def _finish(self, node: exp.Select, scope: Scope) -> None:
        """Order, limit and extremes, which are of the whole query."""
        shape = scope.shape
        shape.limit = limit_of(node)
        order = node.args.get("order")
        if not is_plain(node, limited=True):
            if not node.args.get("group") and not node.args.get("having"):
                shape.extremes = extremes_of(node, scope)
            return
        keys: list[OrderKey] = []
        for ordered in order.expressions if order is not None else ():
            found = side(expression_of(ordered.this, node), scope)
            number = scope.number(found.use)
            if found.kind != "key" or number is None or shape.ordered not in {None, number}:
                break
            shape.ordered = number
            keys.append(order_key(ordered, found.key))
        shape.order = tuple(keys)

    # What rows come from

    def source(self, node: exp.Expr, scope: Scope, ctes: Ctes, *, optional: bool = False) -> None:
        """Read what rows come from: a table, a named query, a query, a list of values."""
        if isinstance(node, exp.Lateral):
            self._lateral(node, scope, ctes)
            return
        if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table):
            # A join in parentheses.
            self.source(node.this, scope, ctes, optional=optional)
            return
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
            self._table(node, scope, ctes, optional=optional)
        elif isinstance(node, exp.Subquery):
            self._derived(node.this, name_of_alias(node), scope, ctes, scope.parsed, optional=optional)
        else:
            few = isinstance(node, exp.Values | exp.Unnest)
            use = self._elsewhere(scope, few=few)
            scope.relations.append(Relation(name_of_alias(node), use, columns=alias_columns(node)))
        for join in node.args.get("joins") or ():
            read_join(self, join, scope, ctes, optional=optional)

    def _elsewhere(self, scope: Scope, *, few: bool) -> TableUse:
        use = TableUse("", few=few)
        scope.shape.uses.append(use)
        return use

    def _table(self, node: exp.Table, scope: Scope, ctes: Ctes, *, optional: bool) -> None:
        name, schema = name_of(node.this), name_of(node.args.get("db"))
        alias = name_of_alias(node) or name
        cte = ctes.get(name) if not schema else None
        if cte is not None:
            self._cte(cte, alias, scope, optional=optional)
            return
        full = f"{schema}.{name}" if schema else name
        table = self.schema.table(full)
        view = self.schema.views.get(full) or self.schema.views.get(name)
        if table is None and view is not None and not scope.placeholders & {node.this.meta.get("start")}:
            parsed = parse(view, "postgres")
            if parsed.tree is not None:
                self._derived(parsed.tree, alias, scope, {}, parsed, optional=optional)
                return
        use = TableUse(table.name if table is not None else "", optional=optional)
        scope.shape.uses.append(use)
        scope.relations.append(Relation(alias, use, table))

    def _cte(self, cte: Cte, alias: str, scope: Scope, *, optional: bool) -> None:
        if cte.running:
            use = self._elsewhere(scope, few=True)
            scope.relations.append(Relation(alias, use, columns=names_of(cte.query)))
            return
        cte.running = True
        try:
            if cte.once:
                self._derived(cte.query, alias, scope, cte.around, cte.parsed, optional=optional)
            else:
                self._apart(cte.query, alias, scope, cte.around, cte.parsed)
                # Once is enough, however often it is used.
                cte.query = exp.Null()
        finally:
            cte.running = False

    def _derived(  # noqa: PLR0913 - a query and where it stands
        self, node: exp.Expr, alias: str, scope: Scope, ctes: Ctes, parsed: Parsed, *, optional: bool
    ) -> None:
        """A query in the place of a table, whose tables are joined as if they stood here, if possible."""
        select = node.unnest()
        if not isinstance(select, exp.Select) or optional or not is_plain(select):
            self._apart(node, alias, scope, ctes, parsed)
            return
        inner = self.scope(parsed, scope.outer, scope.shape)
        self.query(select, inner, ctes, new=False)
        use = inner.relations[0].use if inner.relations else self._elsewhere(scope, few=True)
        scope.relations.append(Relation(alias, use, None, inner, outputs(select)))

    def _apart(self, node: exp.Expr, alias: str, scope: Scope, ctes: Ctes, parsed: Parsed) -> None:
        """A query in the place of a table that is run by itself."""
        select = node.unnest()
        inner = self.scope(parsed, None)
        read = self.query(select, inner, ctes, new=True)
        use = self._elsewhere(scope, few=False)
        use.source = inner.shape
        relation = Relation(alias, use, columns=names_of(select))
        if read is not None and isinstance(select, exp.Select) and not select.args.get("limit"):
            relation.inner, relation.outputs = inner, outputs(select)
            relation.passes = passing(select)
        scope.relations.append(relation)

    def _lateral(self, node: exp.Lateral, scope: Scope, ctes: Ctes) -> None:
        subquery = node.this
        select = subquery.unnest() if isinstance(subquery, exp.Subquery) else None
        alias = name_of_alias(node)
        if not isinstance(select, exp.Select):
            scope.relations.append(Relation(alias, self._elsewhere(scope, few=True)))
            return
        if is_plain(select):
            inner = self.scope(scope.parsed, scope, scope.shape)
            self.query(select, inner, ctes, new=False)
            scope.relations.append(
                Relation(alias, self._elsewhere(scope, few=False), None, inner, outputs(select))
            )
            return
        inner = self.scope(scope.parsed, scope)
        self._elsewhere(inner, few=True)
        self.query(select, inner, ctes, new=True)
        use = self._elsewhere(scope, few=False)
        scope.relations.append(Relation(alias, use, columns=names_of(select)))

    # Conditions

    def taker(self, scope: Scope) -> Conditions:
        """What takes conditions apart in a scope."""
        row = next((use for use in scope.shape.uses if not use.table and use.few), None)
        return Conditions(scope, row or UNKNOWN.use)

    def where(self, where: exp.Expr | None, scope: Scope, ctes: Ctes) -> None:
        """Read the conditions of WHERE."""
        if where is None:
            return
        taker = self.taker(scope)
        for condition in conjuncts(where.this):
            if self._joined_query(condition, scope, ctes):
                continue
            if not self._is_about_missing(condition, taker):
                use = taker.take(condition)
                if use is not None:
                    use.optional = False
            self.nested(condition, scope, ctes, few=False)

    def _is_about_missing(self, condition: exp.Expr, taker: Conditions) -> bool:
        """Whether a condition may hold for rows that have no partner in an outer join."""
        if not holds_for_null(condition):
            return False
        bound = taker.predicate(condition)
        return bound is not None and bound[0].optional

    def _joined_query(self, condition: exp.Expr, scope: Scope, ctes: Ctes) -> bool:
        """EXISTS and IN with a query: its tables are joined to those around, if that is possible."""
        anti = isinstance(condition, exp.Not)
        inner_condition = condition.this.unnest() if anti else condition
        match inner_condition:
            case exp.Exists():
                query, key = inner_condition.this.unnest(), None
            case exp.In() if inner_condition.args.get("query") is not None:
                query, key = inner_condition.args["query"].unnest(), inner_condition.this
            case exp.EQ(expression=exp.Any() as values) if isinstance(values.this.unnest(), exp.Query):
                query, key = values.this.unnest(), inner_condition.this
            case _:
                return False
        if not isinstance(query, exp.Select) or not is_plain(query, ordered=True):
            if key is not None and not anti and query.args.get("limit") is not None:
                self.taker(scope).take_listed(key)
            return False
        if anti and key is not None:
            # NOT IN compares with all rows.
            return False
        inner = self.scope(scope.parsed, scope, scope.shape)
        inner.foreign = scope.foreign
        first = len(scope.shape.uses)
        self.query(query, inner, ctes, new=False)
        if anti:
            for use in scope.shape.uses[first:]:
                use.optional = True
        if key is not None and len(query.expressions) == 1:
            left, right = side(key, scope), side(query.expressions[0].unalias(), inner)
            if left.kind == right.kind == "key":
                self.taker(scope).join(left, right)
        return True

    def nested(self, node: exp.Expr, scope: Scope, ctes: Ctes, *, few: bool) -> None:
        """The queries within an expression, each run for the rows around it.

        `few` says whether a query that uses those rows is run for each of them.
        """
        pending = [node]
        while pending:
            one = pending.pop()
            if isinstance(one, exp.Query) and not isinstance(one, exp.Subquery):
                inner = self.scope(scope.parsed, scope)
                inner.foreign = scope.foreign
                scalar = not isinstance(one.parent, exp.Exists | exp.In)
                self._elsewhere(inner, few=few or scalar)
                self.query(one, inner, ctes, new=True)
            else:
                pending += list(one.iter_expressions())
