"""UPDATE statements that reach every row of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.fixes.every_row import joined_on, say_every_row, written_name
from backend_architect.sql.holes import roles
from backend_architect.sql.query import Query
from backend_architect.sql.spans import span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.sql.query import QueryPlace


@detector(on=Query)
def detect(query: Query, at: QueryPlace) -> Iterator[Finding]:
    """Look at the statement and at those in its WITH clause."""
    from sqlglot import exp  # noqa: PLC0415 - imported when the first statement is parsed

    if "UPDATE" not in query.text.upper() or query.tree is None:
        return
    if any(role not in {"value", "quoted"} for role in roles(query)):
        return  # the condition may be in what is not known
    for update in query.tree.find_all(exp.Update):
        if update.this is None or isinstance(update.parent, exp.When | exp.OnConflict):
            continue
        conditions = [update.args.get(part) for part in ("where", "limit")] + joined_on(update.this)
        if not any(conditions) and update.expressions:
            table = span(update.this, query.parsed)
            message = f"this UPDATE changes every row of `{written_name(update.this)}`: it has no WHERE"
            yield at.finding(query.locate(*table), message, say_every_row(update, query))
