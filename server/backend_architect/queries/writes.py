"""What UPDATE, DELETE and MERGE ask of their tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from backend_architect.queries.conditions import conjuncts
from backend_architect.queries.scopes import name_of

if TYPE_CHECKING:
    from backend_architect.queries.scopes import Scope
    from backend_architect.queries.sql import Ctes, Reader


def read_change(reader: Reader, node: exp.Update | exp.Delete, scope: Scope, ctes: Ctes) -> None:
    """Read an UPDATE or a DELETE into an empty scope."""
    ctes = reader.ctes(node, ctes, scope)
    if not isinstance(node.this, exp.Table):
        return
    reader.source(node.this, scope, ctes)
    target = scope.relations[0].table if scope.relations else None
    from_ = node.args.get("from_")
    for other in [from_.this] if from_ is not None else node.args.get("using") or []:
        reader.source(other, scope, ctes)
    reader.where(node.args.get("where"), scope, ctes)
    name = target.name if target is not None else ""
    if isinstance(node, exp.Delete):
        scope.shape.removes_from = name
        return
    scope.shape.updates = name
    scope.shape.changes = tuple(name_of(one.this.this) for one in node.expressions if isinstance(one, exp.EQ))
    for one in node.expressions:
        reader.nested(one, scope, ctes, few=True)


def read_merge(reader: Reader, node: exp.Merge, scope: Scope, ctes: Ctes) -> None:
    """Read a MERGE into an empty scope: its target is looked up for the rows of the source."""
    reader.source(node.this, scope, ctes, optional=True)
    reader.source(node.args["using"], scope, ctes)
    taker = reader.taker(scope)
    for condition in conjuncts(node.args["on"]):
        taker.take(condition)
