"""Which table and column a name in a query means."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlglot import exp

from backend_architect.queries.shapes import TableUse

if TYPE_CHECKING:
    from backend_architect.queries.shapes import QueryShape
    from backend_architect.schema.model import Table
    from backend_architect.sql.parsing import Parsed


@dataclass(slots=True, eq=False)
class Relation:
    """What stands behind a name in FROM."""

    name: str
    use: TableUse
    table: Table | None = None
    """None for rows that come from elsewhere."""
    inner: Scope | None = None
    """The scope of a query that stands for a table."""
    outputs: dict[str, exp.Expr] | None = None
    """What its columns are in that scope; None for all columns, of `SELECT *`."""
    columns: frozenset[str] | None = None
    """The names of the columns of rows from elsewhere; None where nobody knows them."""
    passes: frozenset[str] | None = None
    """The columns by which a condition from outside picks rows inside; None for all."""

    def find(self, column: str) -> Found | None:
        """The column of this name; None where there is none. What is found may be unknown."""
        if self.table is not None:
            known = column in self.table.columns
            return Found(self.use, column, self.table) if known else None if self.table.complete else UNKNOWN
        if self.inner is None or (self.passes is not None and column not in self.passes):
            return self._elsewhere(column)
        if self.outputs is None:
            return self.inner.find(column)
        output = self.outputs.get(column)
        return self.inner.output(output) if output is not None else self._star(column)

    def _elsewhere(self, column: str) -> Found | None:
        if self.columns is None:
            return UNKNOWN
        return Found(self.use, column) if column in self.columns else None

    def _star(self, column: str) -> Found | None:
        """A column of a query with a star beside other outputs."""
        if self.inner is not None and self.outputs is not None and "*" in self.outputs:
            return self.inner.find(column)
        return None


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A column of a use, or an expression of another query with the scope that it is written in."""

    use: TableUse
    column: str
    table: Table | None = None
    expression: exp.Expr | None = None
    scope: Scope | None = None


UNKNOWN = Found(TableUse(""), "")
"""A name of which nobody knows what it means."""


@dataclass(slots=True, eq=False)
class Scope:
    """The relations that the names of one SELECT are looked up in."""

    shape: QueryShape
    parsed: Parsed
    """The statement whose positions the nodes have."""
    outer: Scope | None = None
    relations: list[Relation] = field(default_factory=list[Relation])
    foreign: bool = False
    """Whether its text is not the text of the statement at hand but, say, of a view."""
    placeholders: frozenset[int] = frozenset()
    """Where the names begin that stand for values of the program."""
    holes: tuple[tuple[int, int], ...] = ()
    """Where the text of the statement is filler for what only the program knows."""
    merged: set[str] = field(default_factory=set[str])
    """The columns of USING, which are the same in all relations."""

    def find(self, name: str, table: str = "") -> Found | None:
        """The column of a name here, not in the scopes around; `UNKNOWN` where several fit or may."""
        found: list[Found] = []
        for relation in self.relations:
            if table and relation.name != table:
                continue
            one = relation.find(name)
            if one is UNKNOWN and table:
                one = Found(relation.use, name)
            if one is not None:
                found.append(one)
        if not found:
            return None
        return found[0] if len(found) == 1 or name in self.merged else UNKNOWN

    def output(self, expression: exp.Expr) -> Found:
        """What an expression of this scope is from outside."""
        if isinstance(expression, exp.Column):
            return self.resolve(expression)[0] or UNKNOWN
        return Found(UNKNOWN.use, "", None, expression, self)

    def resolve(self, column: exp.Column) -> tuple[Found | None, Scope]:
        """What a column means, and the scope that knows; None for what is a value."""
        if self.is_placeholder(column):
            return None, self
        name, table = name_of(column.this), name_of(column.args.get("table"))
        scope: Scope | None = self
        while scope is not None:
            found = scope.find(name, table)
            if found is not None:
                return found, scope
            scope = scope.outer
        return UNKNOWN, self

    def is_placeholder(self, column: exp.Column) -> bool:
        """Whether a column is none but stands for a value of the program."""
        return column.this.meta.get("start") in self.placeholders

    def number(self, use: TableUse) -> int | None:
        """The number of a use in the shape; None if it belongs to another."""
        return next((at for at, one in enumerate(self.shape.uses) if one is use), None)


def name_of(identifier: exp.Expr | None) -> str:
    """A name as PostgreSQL keeps it; empty where there is none."""
    if identifier is None:
        return ""
    return identifier.name if identifier.args.get("quoted") else identifier.name.lower()
