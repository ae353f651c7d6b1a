"""NOT IN over a subquery, which finds nothing as soon as the subquery gives a NULL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.sql.query import Query
from backend_architect.sql.spans import span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlglot import exp

    from backend_architect.engine.findings import Finding
    from backend_architect.sql.query import QueryPlace


@detector(on=Query)
def detect(query: Query, at: QueryPlace) -> Iterator[Finding]:
    """Look at subqueries that may give NULL as far as they say."""
    from sqlglot import exp  # noqa: PLC0415 - imported when the first statement is parsed

    text = query.text.upper()
    if "NOT" not in text or "IN" not in text or "SELECT" not in text or query.tree is None:
        return
    for negation in query.tree.find_all(exp.Not):
        membership = negation.this.unnest()
        subquery = membership.args.get("query") if isinstance(membership, exp.In) else None
        inner = subquery.unnest() if subquery is not None else None
        if isinstance(inner, exp.Select) and _may_be_null(inner):
            message = "a single NULL among these makes NOT IN true for no row, so the query finds nothing"
            yield at.finding(query.locate(*span(inner, query.parsed)), message)


def _may_be_null(select: exp.Expr) -> bool:
    """Whether what a query selects is a column of which it does not demand a value."""
    from sqlglot import exp  # noqa: PLC0415 - imported when the first statement is parsed

    if len(select.expressions) != 1:
        return False
    selected = select.expressions[0].unalias()
    where = select.args.get("where")
    if not isinstance(selected, exp.Column) or selected.name.lower() in {"id", "pk", "oid", "rowid"}:
        return False
    # Any comparison with the column fails for NULL, and IS NULL beside NOT IN would be odd.
    tests = (exp.Is, exp.EQ, exp.In, exp.Like, exp.GT, exp.LT)
    compared = (test.this for test in (where.find_all(*tests) if where is not None else ()))
    return all(getattr(other, "name", None) != selected.name for other in compared)
