"""Rows that are loaded only to be counted."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.conditions import asks_for_any
from backend_architect.python.orm import MAPPERS, query_at, rows_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Edit, Finding
    from backend_architect.python.orm import OrmQuery
    from backend_architect.python.place import Place

_MULTIPLYING = frozenset({"join", "outerjoin", "options", "select_from", "union_all", "yield_per"})
"""With these, rows may come more than once, which SQLAlchemy counts and does not load twice."""

_REASON = "The database counts the same rows that were loaded to be counted."


@detector(on=ast.Call, imports=MAPPERS)
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Look at `len` of a query; of a variable only where nothing else uses its rows."""
    match call:
        case ast.Call(func=ast.Name(id="len"), args=[counted], keywords=[]):
            pass
        case _:
            return
    query = _counted(counted, at)
    if query is None or asks_for_any(call, at) is not None:
        return
    message = "all rows are loaded to be counted, which the database does without sending one"
    yield at.finding(call, message, _fix(call, counted, query, at))


def _counted(node: ast.expr, at: Place) -> OrmQuery | None:
    if not isinstance(node, ast.Call | ast.Name | ast.Await):
        return None
    query = rows_at(node, at)
    if query is None:
        lazy = query_at(node, at)
        query = lazy if lazy is not None and lazy.kind == "django" and lazy.known else None
    if query is None or (isinstance(node, ast.Name) and not _only_counted(node, at)):
        return None
    return query


def _only_counted(name: ast.Name, at: Place) -> bool:
    """Whether the function does nothing with a variable but take its length, once."""
    if at.function is None:
        return False
    uses = [node for node in ast.walk(at.function) if isinstance(node, ast.Name) and node.id == name.id]
    return sum(isinstance(use.ctx, ast.Load) for use in uses) == 1


def _fix(call: ast.Call, counted: ast.expr, query: OrmQuery, at: Place) -> Fix | None:
    if at.f_string(call) is not None or not isinstance(counted, ast.Call):
        return None
    if query.kind == "django":
        inner = counted.args[0] if isinstance(counted.func, ast.Name) else counted
    elif query.known and isinstance(counted.func, ast.Attribute) and _MULTIPLYING.isdisjoint(query.steps):
        inner = counted.func.value
    else:
        return None
    return Fix("Let the database count", "safe", _REASON, lambda: _asked(call, inner, at))


def _asked(call: ast.Call, inner: ast.expr, at: Place) -> list[Edit]:
    """Replace all around the query; where it stands on several lines, so do its parentheses."""
    start, end = at.range_of(call)
    first, last = at.range_of(inner)
    text = at.view.source.text
    if "\n" not in text[first:last]:
        return [at.edit(start, first, ""), at.edit(last, end, ".count()")]
    lead = text[text.rindex("(", start, first) : first]
    tail = text[last : end - 1]
    layout = tail[len(tail.rstrip()) :]
    return [at.edit(start, first, lead), at.edit(last, end, f"{layout}).count()")]
