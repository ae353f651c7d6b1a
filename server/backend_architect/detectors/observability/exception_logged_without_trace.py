"""Errors of any kind that are logged without saying where they came from."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.calls import append_argument
from backend_architect.knowledge import libraries
from backend_architect.python.bodies import own_nodes
from backend_architect.python.handlers import catches_all, raises

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

_LEVELS = frozenset({"error", "critical", "fatal"})
_SAYING = frozenset({"builtins.str", "builtins.repr", "builtins.type", "builtins.print", "builtins.format"})
_REASON = "The record keeps its level and its text; the traceback is added."


@detector(on=ast.ExceptHandler, imports=libraries.modules("log-calls") | {"celery", "flask", "quart"})
def detect(handler: ast.ExceptHandler, at: Place) -> Iterator[Finding]:
    """Look at handlers in which an error of any kind comes to its end."""
    calls = [node for node in own_nodes(handler.body) if isinstance(node, ast.Call)]
    logged = next((call for call in calls if _is_error(call, at)), None)
    if logged is None or not catches_all(handler.type, at) or raises(handler):
        return
    if any(_has_trace(call, at) for call in calls) or _goes_on(handler, at):
        return
    message = (
        f"`{at.source_of(logged.func)}` logs that something failed, but not where: the traceback is lost"
    )
    yield at.finding(logged.func, message, _fix(logged, at))


def _is_error(call: ast.Call, at: Place) -> bool:
    function = call.func
    return isinstance(function, ast.Attribute) and function.attr in _LEVELS and _log(call, at) is not None


def _log(call: ast.Call, at: Place) -> str | None:
    """The library to whose log a call writes."""
    path = at.path(call.func)
    entry = libraries.entry("log-calls", path) if path is not None else None
    return entry["library"] if entry is not None else None


def _has_trace(call: ast.Call, at: Place) -> bool:
    path = at.path(call.func)
    if path is not None and libraries.entry("trace-calls", path) is not None:
        return True
    if isinstance(call.func, ast.Attribute) and call.func.attr in {"exception", "opt", "capture_exception"}:
        return True
    return any(given.arg in {"exc_info", "stack_info", None} for given in call.keywords)


def _goes_on(handler: ast.ExceptHandler, at: Place) -> bool:
    """Whether the exception itself is handed on to somebody, and not only its text."""
    return any(
        isinstance(node, ast.Name)
        and node.id == handler.name
        and isinstance(node.ctx, ast.Load)
        and not _is_said(node, at)
        for node in own_nodes(handler.body)
    )


def _is_said(name: ast.Name, at: Place) -> bool:
    outer = at.view.parent(name)
    if isinstance(outer, ast.keyword):
        outer = at.view.parent(outer)
    if isinstance(outer, ast.Call):
        return at.path(outer.func) in _SAYING or _log(outer, at) is not None
    if isinstance(outer, ast.Tuple):
        return isinstance(at.view.parent(outer), ast.BinOp)
    return isinstance(outer, ast.FormattedValue | ast.Attribute | ast.BinOp | ast.Compare)


def _fix(call: ast.Call, at: Place) -> Fix | None:
    level = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if level == "error":
        end = at.range_of(call.func)[1]
        edit = at.edit(end - len(level), end, "exception")
        return Fix("Log it with `exception`", "safe", _REASON, lambda: [edit])
    added = append_argument(call, "exc_info=True", at) if _log(call, at) != "loguru" else None
    if added is None:
        return None
    return Fix("Add `exc_info=True`", "safe", _REASON, lambda: [added])
