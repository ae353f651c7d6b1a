"""Rows that are counted to learn whether there is one."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.conditions import Asked, asks_for_any
from backend_architect.python.orm import MAPPERS, chain_of, imports_django, query_at, rows_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Edit, Finding
    from backend_architect.python.place import Place

_REASON = "It holds in the same cases; the database stops at the first row instead of counting all."
_STEPS_OF_DJANGO = frozenset({"exclude", "annotate", "select_related", "prefetch_related", "values_list"})
"""Methods whose names no other library has on something that can be counted."""


@detector(on=ast.Call, imports=MAPPERS)
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Look at `query.count()` and `len(query)` that are compared with zero."""
    counted = _counted(call)
    asked = asks_for_any(call, at) if counted is not None else None
    if counted is None or asked is None:
        return
    mapper = _mapper(counted, call, at)
    if mapper is not None:
        message = "the database counts all rows, though one is enough to answer the question"
        if isinstance(call.func, ast.Name):
            message = "all rows are loaded, though one is enough to answer the question"
        yield at.finding(asked.node, message, _fix(asked, counted, mapper, at))


def _counted(call: ast.Call) -> ast.expr | None:
    """What a call counts."""
    match call:
        case ast.Call(func=ast.Attribute(value=query, attr="count"), args=[], keywords=[]):
            return query
        case ast.Call(func=ast.Name(id="len"), args=[ast.Call() as query], keywords=[]):
            return query
        case _:
            return None


def _mapper(counted: ast.expr, call: ast.Call, at: Place) -> str | None:
    """The mapper whose query is counted; a name of a variable, or of a method of the project, is no proof."""
    by_len = isinstance(call.func, ast.Name)
    query = query_at(counted, at)
    if query is not None:
        return query.kind if not by_len or (query.kind == "django" and query.known) else None
    if by_len:
        return "rows" if rows_at(counted, at) is not None else None
    return "django" if imports_django(at) and _looks_like_django(counted) else None


def _looks_like_django(node: ast.expr) -> bool:
    """Whether methods are called in a way that only query sets know: `user.orders.filter(paid=True)`."""
    chain = chain_of(node)
    by_keyword = any(
        call.keywords and not call.args
        for call, step in zip(chain.calls, chain.steps, strict=True)
        if step == "filter"
    )
    return by_keyword or not _STEPS_OF_DJANGO.isdisjoint(chain.steps)


def _fix(asked: Asked, counted: ast.expr, mapper: str, at: Place) -> Fix | None:
    if at.f_string(asked.node) is not None or mapper == "rows":
        return None
    if mapper == "django":
        return Fix("Ask with `exists()`", "safe", _REASON, lambda: _exists(asked, counted, at))
    return Fix("Load at most one row", "safe", _REASON, lambda: _first(asked, counted, at))


def _exists(asked: Asked, counted: ast.expr, at: Place) -> list[Edit]:
    """`query.exists()` or `not query.exists()`."""
    return _around(asked, counted, "" if asked.any else "not ", ".exists()", at)


def _first(asked: Asked, counted: ast.expr, at: Place) -> list[Edit]:
    """`query.first() is not None` or `query.first() is None`."""
    return _around(asked, counted, "", ".first() is not None" if asked.any else ".first() is None", at)


def _around(asked: Asked, counted: ast.expr, before: str, behind: str, at: Place) -> list[Edit]:
    """Put other text around the query; in parentheses where an operator around would take hold of it."""
    start, end = at.range_of(asked.node)
    first, last = at.range_of(counted)
    outer = at.view.parent(asked.node)
    loose = isinstance(outer, ast.Compare | ast.BinOp | ast.UnaryOp) and (before or " is " in behind)
    left, right = ("(", ")") if loose else ("", "")
    text = at.view.source.text
    if "\n" in text[first:last] and text[start:first].endswith("("):
        before, behind = f"{before}(", f"){behind}"
    return [at.edit(start, first, left + before), at.edit(last, end, behind + right)]
