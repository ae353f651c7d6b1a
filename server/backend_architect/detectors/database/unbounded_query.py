"""Whole tables that are loaded while somebody waits."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.python.marks import name_of
from backend_architect.python.orm import MAPPERS, assigned_values, query_at, rows_at
from backend_architect.python.routes import enclosing_route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Edit, Finding
    from backend_architect.python.orm import OrmQuery
    from backend_architect.python.place import Place

_BOUNDING = frozenset({"limit", "slice", "fetch", "fetchmany", "first", "one", "get", "none", "paginate"})
_NARROWING = frozenset({"filter", "filter_by", "where", "exclude", "distinct", "join", "group_by", "having"})
_STREAMING = frozenset({"iterator", "yield_per", "partitions"})
_TASKS = frozenset({"task", "shared_task", "job", "actor"})
_CONSUMERS = frozenset({"sum", "any", "all", "max", "min", "next"})
_REASON = (
    "Rows come in portions over one cursor: they are not kept, and a second loop asks the database again."
)


@detector(on=(ast.For, ast.comprehension), imports=MAPPERS)
def detect(loop: ast.For | ast.comprehension, at: Place) -> Iterator[Finding]:
    """Look at loops in handlers and jobs; lists that a handler returns are a matter of pagination."""
    if at.function is None or (isinstance(loop, ast.comprehension) and not _is_consumed(loop, at)):
        return
    rows = loop.iter
    if isinstance(rows, ast.Name):
        values = list(assigned_values(rows, at))
        rows = values[0] if len(values) == 1 else rows
    query = rows_at(rows, at)
    if query is None:
        lazy = query_at(loop.iter, at)
        query = lazy if lazy is not None and lazy.kind == "django" and lazy.known else None
    if query is None or (_BOUNDING | _NARROWING | _STREAMING).intersection(query.steps):
        return
    if not _somebody_waits(at):
        return
    message = "this loads the whole table, which grows for as long as the service lives"
    yield at.finding(loop.iter, message, _fix(loop.iter, query, at))


def _is_consumed(loop: ast.comprehension, at: Place) -> bool:
    """Whether a comprehension only serves to compute one value."""
    outer = at.view.parent(loop)
    call = at.view.parent(outer) if outer is not None else None
    return isinstance(call, ast.Call) and name_of(call.func) in _CONSUMERS and outer in call.args


def _somebody_waits(at: Place) -> bool:
    """Whether the code runs in a handler of requests or in a job."""
    if enclosing_route(at) is not None:
        return True
    decorators = getattr(at.function, "decorator_list", [])
    return any(name_of(decorator) in _TASKS for decorator in decorators)


def _fix(rows: ast.expr, query: OrmQuery, at: Place) -> Fix | None:
    if (
        not isinstance(rows, ast.Call)
        or not isinstance(rows.func, ast.Attribute)
        or at.f_string(rows) is not None
    ):
        return None
    end = at.range_of(rows)[1]
    if query.kind == "django" and query.known and "prefetch_related" not in query.steps:
        edit = at.edit(end, end, ".iterator()")
    elif query.kind == "query" and query.known and "options" not in query.steps and rows.func.attr == "all":
        edit = at.edit(at.range_of(rows.func.value)[1], end, ".yield_per(1000)")
    else:
        return None
    return _portions(edit)


def _portions(edit: Edit) -> Fix:
    return Fix("Load the rows in portions", "unsafe", _REASON, lambda: [edit])
