"""Queries that sort all rows at random to take a few of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.sql.query import Query
from backend_architect.sql.spans import span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.sql.query import QueryPlace

_WORDS = ("RAND", "NEWID")
"""What must stand in a statement that sorts at random, in whichever dialect."""


@detector(on=Query)
def detect(query: Query, at: QueryPlace) -> Iterator[Finding]:
    """Look at the keys of ORDER BY, also of subqueries; a few rows that were chosen before may be mixed."""
    from sqlglot import exp  # noqa: PLC0415 - imported when the first statement is parsed

    text = query.text.upper()
    if "ORDER" not in text or not any(word in text for word in _WORDS) or query.tree is None:
        return
    for select in query.tree.find_all(exp.Select):
        order = select.args.get("order")
        for key in order.expressions if order is not None else ():
            if isinstance(key.this, exp.Rand | exp.Uuid) and not isinstance(select.parent, exp.Window):
                message = "the database gives every row a random number and sorts them all, for a few of them"
                yield at.finding(query.locate(*span(key, query.parsed)), message)
