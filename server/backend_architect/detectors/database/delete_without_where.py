"""DELETE statements that reach every row of a table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.fixes.every_row import joined_on, say_every_row, written_name
from backend_architect.sql.holes import roles
from backend_architect.sql.query import Query
from backend_architect.sql.spans import span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlglot import exp

    from backend_architect.engine.findings import Finding
    from backend_architect.sql.query import QueryPlace

_PASSING = re.compile(r"(^|[._])(temp|tmp|temporary|staging|stage|scratch|pg_temp)([._]|$)", re.IGNORECASE)
"""Names of tables that are emptied as a matter of course."""


@detector(on=Query)
def detect(query: Query, at: QueryPlace) -> Iterator[Finding]:
    """Look at the statement and at those in its WITH clause."""
    from sqlglot import exp  # noqa: PLC0415 - imported when the first statement is parsed

    if "DELETE" not in query.text.upper() or query.tree is None:
        return
    if any(role not in {"value", "quoted"} for role in roles(query)):
        return  # the condition may be in what is not known
    for delete in query.tree.find_all(exp.Delete):
        table = _table(delete)
        if table is None or isinstance(delete.parent, exp.When | exp.Alter) or _limited(delete):
            continue
        name = written_name(table)
        if not _PASSING.search(name) and not table.this.args.get("temporary"):
            message = f"this DELETE removes every row of `{name}`: it has no WHERE"
            where = query.locate(*span(table, query.parsed))
            yield at.finding(where, message, say_every_row(delete, query))


def _table(delete: exp.Expr) -> exp.Expr | None:
    """The table that loses rows; T-SQL and Oracle may write it without FROM, MySQL in front of it."""
    named: list[exp.Expr] = delete.args.get("tables") or []
    return delete.this or (named[0] if len(named) == 1 else None)


def _limited(delete: exp.Expr) -> bool:
    """Whether something says which rows are removed."""
    tables = [table for table in (delete.this, *(delete.args.get("using") or ())) if table]
    conditions = [delete.args.get("where"), delete.args.get("limit")]
    conditions += [condition for table in tables for condition in joined_on(table)]
    top = any(table.name.upper() == "TOP" for table in delete.args.get("tables") or ())
    return top or any(conditions)
