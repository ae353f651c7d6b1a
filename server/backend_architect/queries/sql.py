"""The shapes of a statement of SQL."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlglot import exp

from backend_architect.queries.conditions import Conditions, conjuncts
from backend_architect.queries.keys import side
from backend_architect.queries.scopes import UNKNOWN, Relation, Scope, name_of
from backend_architect.queries.shapes import Join, Key, OrderKey, QueryShape, TableUse
from backend_architect.sql.parsing import Parsed, parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend_architect.queries.statements import Statement
    from backend_architect.schema.model import Origin, Schema

PAGE = 20
"""How many rows a page has, where only the program knows."""

_DEPTH = 40
"""Queries within queries; views may be written in circles."""

Ctes = dict[str, "_Cte"]


@dataclass(slots=True, eq=False)
class _Cte:
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
    reader = _Reader(schema, statement, statement.origin)
    try:
        reader.statement_of(parsed)
    except RecursionError:
        return []
    return [shape for shape in reader.shapes if any(use.table for use in shape.uses)]


@dataclass(slots=True)
class _Reader:
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
        scope = self._scope(parsed, None)
        ctes = self._ctes(tree, {}, scope)
        match tree:
            case exp.Query():
                self.query(tree, scope, ctes, new=True)
            case exp.Insert() if isinstance(tree.expression, exp.Query):
                self.query(tree.expression, scope, ctes, new=True)
            case exp.Update() | exp.Delete():
                self._change(tree, scope, ctes)
            case exp.Merge():
                self._merge(tree, scope, ctes)
            case _:
                pass

    # Scopes

    def _shape(self) -> QueryShape:
        shape = QueryShape(self.origin, self.statement.text, often=self.statement.often)
        self.shapes.append(shape)
        return shape

    def _scope(self, parsed: Parsed, outer: Scope | None, shape: QueryShape | None = None) -> Scope:
        starts = frozenset(start for start, _ in parsed.placeholders)
        foreign = parsed.text is not self.statement.text
        holes = () if foreign else self.statement.holes
        return Scope(
            shape or self._shape(), parsed, outer, foreign=foreign, placeholders=starts, holes=holes
        )

    def _ctes(self, tree: exp.Expr, around: Ctes, scope: Scope) -> Ctes:
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
                self._change(cte.this, self._scope(scope.parsed, None), ctes)
            ctes[name] = _Cte(cte.this, ctes if with_.recursive else dict(ctes), scope.parsed, once)
        return ctes

    # Queries

    def query(self, node: exp.Expr, scope: Scope, ctes: Ctes, *, new: bool) -> Scope | None:
        """Read a query into a scope that is empty; gives the scope if its outputs are those of one SELECT.

        `new` says that the scope has a shape of its own.
        """
        node = node.unnest()
        if isinstance(node, exp.SetOperation):
            inner = self._ctes(node, ctes, scope)
            for branch in (node.left, node.right):
                self.query(branch, self._scope(scope.parsed, scope.outer), inner, new=True)
            return None
        if not isinstance(node, exp.Select):
            return None
        self.depth += 1
        try:
            if self.depth <= _DEPTH:
                self._select(node, scope, self._ctes(node, ctes, scope), new=new)
        finally:
            self.depth -= 1
        return scope

    def _select(self, node: exp.Select, scope: Scope, ctes: Ctes, *, new: bool) -> None:
        if node.args.get("from_") is not None:
            self._source(node.args["from_"].this, scope, ctes)
        for join in node.args.get("joins") or ():
            self._join(join, scope, ctes)
        self._where(node.args.get("where"), scope, ctes)
        for part in (*node.expressions, node.args.get("having"), node.args.get("order")):
            if part is not None:
                self._nested(part, scope, ctes, few=True)
        if new:
            self._finish(node, scope)

    def _finish(self, node: exp.Select, scope: Scope) -> None:
        """Order, limit and extremes, which are of the whole query."""
        shape = scope.shape
        shape.limit = _limit(node)
        order = node.args.get("order")
        if not is_plain(node, limited=True):
            if not node.args.get("group") and not node.args.get("having"):
                shape.extremes = _extremes(node, scope)
            return
        keys: list[OrderKey] = []
        for ordered in order.expressions if order is not None else ():
            found = side(_expression_of(ordered.this, node), scope)
            number = scope.number(found.use)
            if found.kind != "key" or number is None or shape.ordered not in {None, number}:
                break
            shape.ordered = number
            keys.append(_order_key(ordered, found.key))
        shape.order = tuple(keys)

    # What rows come from

    def _source(self, node: exp.Expr, scope: Scope, ctes: Ctes, *, optional: bool = False) -> None:
        if isinstance(node, exp.Lateral):
            self._lateral(node, scope, ctes)
            return
        if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table):
            # A join in parentheses.
            self._source(node.this, scope, ctes, optional=optional)
            return
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
            self._table(node, scope, ctes, optional=optional)
        elif isinstance(node, exp.Subquery):
            self._derived(node.this, name_of_alias(node), scope, ctes, scope.parsed, optional=optional)
        else:
            few = isinstance(node, exp.Values | exp.Unnest)
            use = self._elsewhere(scope, few=few)
            scope.relations.append(Relation(name_of_alias(node), use, columns=_alias_columns(node)))
        for join in node.args.get("joins") or ():
            self._join(join, scope, ctes, optional=optional)

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

    def _cte(self, cte: _Cte, alias: str, scope: Scope, *, optional: bool) -> None:
        if cte.running:
            use = self._elsewhere(scope, few=True)
            scope.relations.append(Relation(alias, use, columns=_names(cte.query)))
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
        """A query in the place of a table: its tables are joined as if they stood here, if that is possible."""
        select = node.unnest()
        if not isinstance(select, exp.Select) or optional or not is_plain(select):
            self._apart(node, alias, scope, ctes, parsed)
            return
        inner = self._scope(parsed, scope.outer, scope.shape)
        self.query(select, inner, ctes, new=False)
        use = inner.relations[0].use if inner.relations else self._elsewhere(scope, few=True)
        scope.relations.append(Relation(alias, use, None, inner, outputs(select)))

    def _apart(self, node: exp.Expr, alias: str, scope: Scope, ctes: Ctes, parsed: Parsed) -> None:
        """A query in the place of a table that is run by itself."""
        select = node.unnest()
        inner = self._scope(parsed, None)
        read = self.query(select, inner, ctes, new=True)
        use = self._elsewhere(scope, few=is_small(inner))
        relation = Relation(alias, use, columns=_names(select))
        if read is not None and isinstance(select, exp.Select) and not select.args.get("limit"):
            relation.inner, relation.outputs = inner, outputs(select)
            relation.passes = _passing(select)
        scope.relations.append(relation)

    def _lateral(self, node: exp.Lateral, scope: Scope, ctes: Ctes) -> None:
        subquery = node.this
        select = subquery.unnest() if isinstance(subquery, exp.Subquery) else None
        alias = name_of_alias(node)
        if not isinstance(select, exp.Select):
            scope.relations.append(Relation(alias, self._elsewhere(scope, few=True)))
            return
        if is_plain(select):
            inner = self._scope(scope.parsed, scope, scope.shape)
            self.query(select, inner, ctes, new=False)
            scope.relations.append(Relation(alias, self._elsewhere(scope, few=False), None, inner, outputs(select)))
            return
        inner = self._scope(scope.parsed, scope)
        self._elsewhere(inner, few=True)
        self.query(select, inner, ctes, new=True)
        use = self._elsewhere(scope, few=False)
        scope.relations.append(Relation(alias, use, columns=_names(select)))

    # Joins and conditions

    def _join(self, join: exp.Join, scope: Scope, ctes: Ctes, *, optional: bool = False) -> None:
        side_of, before = join.side.upper(), len(scope.relations)
        first = len(scope.shape.uses)
        if side_of in {"RIGHT", "FULL"}:
            for use in scope.shape.uses[:first]:
                use.optional = True
        outer = side_of in {"LEFT", "FULL"} or optional
        self._source(join.this, scope, ctes, optional=outer)
        right = scope.relations[before:]
        on, using = join.args.get("on"), join.args.get("using")
        if side_of == "FULL":
            return
        if join.method.upper() == "NATURAL":
            using = _shared(scope.relations[:before], right)
        for name in using or ():
            self._using(name_of(name) if isinstance(name, exp.Expr) else name, scope, before)
        if on is not None:
            taker = self._taker(scope)
            for condition in conjuncts(on):
                self._on(condition, taker, scope, ctes, first if outer else None)

    def _on(
        self, condition: exp.Expr, taker: Conditions, scope: Scope, ctes: Ctes, optional_from: int | None
    ) -> None:
        """A condition of ON; of an outer join it picks rows of the optional side only."""
        if optional_from is not None and not isinstance(condition, exp.EQ):
            bound = taker.predicate(condition)
            number = scope.number(bound[0]) if bound is not None else None
            if number is None or number < optional_from:
                return
        if optional_from is not None and isinstance(condition, exp.EQ):
            sides = [side(one, scope) for one in (condition.this, condition.expression)]
            keys = [one for one in sides if one.kind == "key"]
            numbers = [scope.number(one.use) for one in keys]
            if len(keys) == 1 and (numbers[0] is None or numbers[0] < optional_from):
                return
        taker.take(condition)
        self._nested(condition, scope, ctes, few=False)

    def _using(self, name: str, scope: Scope, before: int) -> None:
        """A column that is the same on both sides."""
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

    def _taker(self, scope: Scope) -> Conditions:
        row = next((use for use in scope.shape.uses if not use.table and use.few), None)
        return Conditions(scope, row or UNKNOWN.use)

    def _where(self, where: exp.Expr | None, scope: Scope, ctes: Ctes) -> None:
        if where is None:
            return
        taker = self._taker(scope)
        for condition in conjuncts(where.this):
            if self._joined_query(condition, scope, ctes):
                continue
            if not self._is_about_missing(condition, taker):
                use = taker.take(condition)
                if use is not None:
                    use.optional = False
            self._nested(condition, scope, ctes, few=False)

    def _is_about_missing(self, condition: exp.Expr, taker: Conditions) -> bool:
        """Whether a condition may hold for rows that have no partner in an outer join."""
        if not _holds_for_null(condition):
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
            return False
        if anti and key is not None:
            # NOT IN compares with all rows.
            return False
        inner = self._scope(scope.parsed, scope, scope.shape)
        inner.foreign = scope.foreign
        first = len(scope.shape.uses)
        self.query(query, inner, ctes, new=False)
        if anti:
            for use in scope.shape.uses[first:]:
                use.optional = True
        if key is not None and len(query.expressions) == 1:
            left, right = side(key, scope), side(query.expressions[0].unalias(), inner)
            if left.kind == right.kind == "key":
                self._taker(scope).join(left, right)
        return True

    def _nested(self, node: exp.Expr, scope: Scope, ctes: Ctes, *, few: bool) -> None:
        """The queries within an expression, each run for the rows around it.

        `few` says whether a query that uses those rows is run for each of them.
        """
        pending = [node]
        while pending:
            one = pending.pop()
            if isinstance(one, exp.Query) and not isinstance(one, exp.Subquery):
                inner = self._scope(scope.parsed, scope)
                inner.foreign = scope.foreign
                scalar = not isinstance(one.parent, exp.Exists | exp.In)
                self._elsewhere(inner, few=few or scalar)
                self.query(one, inner, ctes, new=True)
            else:
                pending += list(one.iter_expressions())

    # Changes

    def _change(self, node: exp.Update | exp.Delete, scope: Scope, ctes: Ctes) -> None:
        ctes = self._ctes(node, ctes, scope)
        if not isinstance(node.this, exp.Table):
            return
        self._source(node.this, scope, ctes)
        target = scope.relations[0].table if scope.relations else None
        others = [node.args["from_"].this] if node.args.get("from_") is not None else node.args.get("using") or []
        for other in others:
            self._source(other, scope, ctes)
        self._where(node.args.get("where"), scope, ctes)
        if isinstance(node, exp.Delete):
            scope.shape.removes_from = target.name if target is not None else ""
            return
        scope.shape.updates = target.name if target is not None else ""
        scope.shape.changes = tuple(name_of(one.this.this) for one in node.expressions if isinstance(one, exp.EQ))
        for one in node.expressions:
            self._nested(one, scope, ctes, few=True)

    def _merge(self, node: exp.Merge, scope: Scope, ctes: Ctes) -> None:
        self._source(node.this, scope, ctes, optional=True)
        self._source(node.args["using"], scope, ctes)
        taker = self._taker(scope)
        for condition in conjuncts(node.args["on"]):
            taker.take(condition)


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


def is_small(scope: Scope) -> bool:
    """Whether a query that is run by itself gives few rows, as far as its own conditions tell."""
    uses = [use for use in scope.shape.uses if use.table]
    picked = any(one.kind in {"equal", "in", "prefix"} for use in uses for one in use.conditions)
    return scope.shape.limit is not None or picked


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


def _names(query: exp.Expr) -> frozenset[str] | None:
    """The names of the columns of a query; None where they are not written down."""
    while isinstance(query, exp.SetOperation | exp.Subquery):
        query = query.this
    found = outputs(query) if isinstance(query, exp.Select) else None
    return None if found is None or "*" in found else frozenset(found)


def _alias_columns(node: exp.Expr) -> frozenset[str] | None:
    """The columns that an alias names, as in `AS pairs(a, b)`; the alias itself is one of a function's rows."""
    alias = node.args.get("alias")
    columns = alias.args.get("columns") if isinstance(alias, exp.TableAlias) else None
    if columns:
        return frozenset(name_of(one) for one in columns)
    return frozenset({name_of_alias(node)}) if isinstance(node, exp.Unnest | exp.Table) else None


def _passing(select: exp.Select) -> frozenset[str] | None:
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
    names = {name_of(one.this) for one in listed if isinstance(one, exp.Column)}
    numbers = {int(one.name) for one in listed if isinstance(one, exp.Literal) and one.is_int}
    names |= {one.alias_or_name.lower() for at, one in enumerate(select.expressions, 1) if at in numbers}
    return frozenset(names)


def _shared(left: Iterable[Relation], right: Iterable[Relation]) -> list[str]:
    """The columns that a natural join compares, as far as the tables are known."""
    names: list[set[str]] = []
    for side_of in (left, right):
        tables = [relation.table for relation in side_of]
        if any(table is None for table in tables):
            return []
        names.append({column for table in tables if table is not None for column in table.columns})
    return sorted(names[0] & names[1])


def _limit(node: exp.Select) -> int | None:
    limit, offset = node.args.get("limit"), node.args.get("offset")
    if limit is None:
        return None
    count = limit.args.get("count") if isinstance(limit, exp.Fetch) else limit.expression
    if isinstance(count, exp.Null) or count is None:
        return None if isinstance(count, exp.Null) else 1
    rows = int(count.name) if isinstance(count, exp.Literal) and count.is_int else PAGE
    skipped = offset.expression if offset is not None else None
    return rows + (int(skipped.name) if isinstance(skipped, exp.Literal) and skipped.is_int else 0)


def _expression_of(node: exp.Expr, select: exp.Select) -> exp.Expr:
    """What a key of ORDER BY stands for: an output by its number or its name, or an expression."""
    if isinstance(node, exp.Literal) and node.is_int and 0 < int(node.name) <= len(select.expressions):
        return select.expressions[int(node.name) - 1].unalias()
    if isinstance(node, exp.Column) and node.args.get("table") is None:
        named = [one for one in select.expressions if isinstance(one, exp.Alias) and one.alias == node.name]
        return named[0].this if named else node
    return node


def _order_key(ordered: exp.Expr, key: Key) -> OrderKey:
    descending, first = bool(ordered.args.get("desc")), bool(ordered.args.get("nulls_first"))
    nulls = "" if first == descending else "first" if first else "last"
    return OrderKey(key, descending, nulls)


def _extremes(node: exp.Select, scope: Scope) -> tuple[tuple[int, OrderKey], ...]:
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


def _holds_for_null(condition: exp.Expr) -> bool:
    """Whether a condition may hold for the row of an outer join that has no partner."""
    return isinstance(condition, exp.Is | exp.Not) or condition.find(exp.Coalesce) is not None
