"""Statements that reach every row of a table, and writing down that they are meant to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.sql.spans import keyword_span

if TYPE_CHECKING:
    from sqlglot import exp

    from backend_architect.sql.query import Query

_REASON = "It writes down a decision that only the author can take: that every row is meant."
_WITHOUT_BOOLEANS = {"tsql", "oracle"}
_BEHIND_WHERE = ("RETURNING", "ORDER", "OPTION")


def joined_on(table: exp.Expr) -> list[exp.Expr | None]:
    """The conditions of inner joins: they may leave out rows of the table."""
    joins = [join for join in table.args.get("joins") or () if not join.side]
    return [join.args.get("on") or join.args.get("using") for join in joins]


def written_name(table: exp.Expr) -> str:
    """A table as it is written, without alias and joins."""
    return ".".join(part.sql() for part in getattr(table, "parts", [table]))


def say_every_row(statement: exp.Expr, query: Query) -> Fix | None:
    """The fix that adds a condition which is always true; None for a part of another statement."""
    if statement is not query.tree:
        return None
    condition = "1 = 1" if query.dialect in _WITHOUT_BOOLEANS else "true"
    behind = next(filter(None, (keyword_span(query.parsed, word) for word in _BEHIND_WHERE)), None)
    end = len(query.text) if behind is None else len(query.text[: behind[0]].rstrip())
    edit = query.replace(end, end, f" WHERE {condition}")
    if edit is None:
        return None
    return Fix(f"Say that every row is meant: `WHERE {condition}`", "unsafe", _REASON, lambda: [edit])
