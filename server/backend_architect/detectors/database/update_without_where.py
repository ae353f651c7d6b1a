"""UPDATE statements that reach every row of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.findings import Finding, Fix
from backend_architect.engine.rules import detector
from backend_architect.sql.holes import roles
from backend_architect.sql.query import Query
from backend_architect.sql.spans import keyword_span, span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlglot import exp

    from backend_architect.sql.query import QueryPlace

_REASON = "It writes down a decision that only the author can take: that every row is meant."
_WITHOUT_BOOLEANS = {"tsql", "oracle"}


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
        conditions = [update.args.get(part) for part in ("where", "limit")] + _joins(update)
        if not any(conditions) and update.expressions:
            table = span(update.this, query.parsed)
            message = f"this UPDATE changes every row of `{_name(update.this)}`: it has no WHERE"
            yield at.finding(query.locate(*table), message, _fix(update, query))


def _joins(update: exp.Update) -> list[exp.Expr | None]:
    """The conditions of inner joins, which MySQL writes before SET."""
    joins = [join for join in update.this.args.get("joins") or () if not join.side]
    return [join.args.get("on") or join.args.get("using") for join in joins]


def _name(table: exp.Expr) -> str:
    """A table as it is written, without alias and joins."""
    return ".".join(part.sql() for part in getattr(table, "parts", [table]))


def _fix(update: exp.Update, query: Query) -> Fix | None:
    if update is not query.tree:
        return None
    condition = "1 = 1" if query.dialect in _WITHOUT_BOOLEANS else "true"
    behind = next(
        filter(None, (keyword_span(query.parsed, word) for word in ("RETURNING", "ORDER", "OPTION"))), None
    )
    end = len(query.text) if behind is None else len(query.text[: behind[0]].rstrip())
    edit = query.replace(end, end, f" WHERE {condition}")
    if edit is None:
        return None
    return Fix(f"Say that every row is meant: `WHERE {condition}`", "unsafe", _REASON, lambda: [edit])
