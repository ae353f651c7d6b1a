"""Attempts that go on for as long as the other side is down."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.retries import add_option
from backend_architect.knowledge import libraries
from backend_architect.python.place import NO_CONSTANT
from backend_architect.python.retry_loops import gives_up, retry_loop

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

_MODULES = libraries.modules("retries", "http-retries", "celery-tasks", "timeouts", "blocking", "sleeps")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_REASON = "A call that fails more often than this raises an exception; how often is enough is yours to say."
_MESSAGE = "tries again for ever: a failure that does not pass keeps its caller waiting, and nobody is told"


@detector(on=(ast.Call, ast.While, *_FUNCTIONS), imports=_MODULES)
def detect(
    node: ast.Call | ast.While | ast.FunctionDef | ast.AsyncFunctionDef, at: Place
) -> Iterator[Finding]:
    """Look at calls of libraries that retry, at decorators without arguments, and at endless loops."""
    if isinstance(node, ast.Call):
        yield from _call(node, at)
    elif isinstance(node, ast.While):
        yield from _loop(node, at)
    else:
        for decorator in node.decorator_list:
            if not isinstance(decorator, ast.Call):
                yield from _library(decorator, None, at)


def _call(call: ast.Call, at: Place) -> Iterator[Finding]:
    path = at.path(call.func)
    if path is None or any(given.arg is None for given in call.keywords):
        return
    if libraries.entry("retries", path) is not None:
        yield from _library(call.func, call, at)
    elif libraries.entry("celery-tasks", path) is not None:
        yield from _option(call, "max_retries", at, "5")
    elif libraries.entry("http-retries", path) is not None:
        others = {"connect", "read", "status", "other"}
        if not call.args and not any(given.arg in others for given in call.keywords):
            yield from _option(call, "total", at, "5")


def _library(function: ast.expr, call: ast.Call | None, at: Place) -> Iterator[Finding]:
    path = at.path(function)
    entry = libraries.entry("retries", path) if path is not None else None
    if path is None or entry is None or (call is not None and _is_limited(call, entry, at)):
        return
    if call is not None and call.args and entry["module"] != "backoff" and not _is_plain_decorator(call, at):
        return
    message = f"`{at.source_of(function)}` {_MESSAGE}"
    yield at.finding(function, message, _fix(function, call, entry, at))


def _is_plain_decorator(call: ast.Call, at: Place) -> bool:
    return not call.args and isinstance(at.view.parent(call), _FUNCTIONS)


def _is_limited(call: ast.Call, entry: Mapping[str, Any], at: Place) -> bool:
    for given in call.keywords:
        if given.arg in entry["limits"].split():
            path = at.path(given.value)
            never = path is not None and libraries.entry("never-stops", path) is not None
            if not never and at.constant(given.value) not in (None, -1):
                return True
    return False


def _fix(function: ast.expr, call: ast.Call | None, entry: Mapping[str, Any], at: Place) -> Fix | None:
    added = add_option(function, call, entry["limit"], entry["module"], at)
    if added is None:
        return None
    edits, imports = added
    return Fix(f"Add `{entry['limit']}`", "unsafe", _REASON, lambda: edits, imports)


def _option(call: ast.Call, keyword: str, at: Place, value: str) -> Iterator[Finding]:
    """An option whose value `None` stands for ever."""
    given = at.argument(call, None, keyword)
    if given is None or at.constant(given) is not None or at.constant(given) is NO_CONSTANT:
        return
    edit = at.edit(*at.range_of(given), value)
    fix = Fix(f"Set `{keyword}={value}`", "unsafe", _REASON, lambda: [edit])
    yield at.finding(given, f"`{keyword}=None` {_MESSAGE}", fix)


def _loop(loop: ast.While, at: Place) -> Iterator[Finding]:
    found = retry_loop(loop, at)
    if found is not None and not gives_up(found.handler) and not _is_limited_elsewhere(loop, found.handler):
        test = at.view.source.span(at.range_of(loop)[0], at.range_of(loop.test)[1])
        yield at.finding(test, f"this loop {_MESSAGE}")


def _is_limited_elsewhere(loop: ast.While, handler: ast.ExceptHandler) -> bool:
    """Whether a statement of the loop, outside of the attempt, can leave it: a deadline, a counter."""
    for statement in loop.body:
        if not isinstance(statement, ast.Try):
            nodes = ast.walk(statement)
            if isinstance(statement, ast.If) and any(
                isinstance(node, ast.Raise | ast.Return | ast.Break) for node in nodes
            ):
                return True
    return any(isinstance(node, ast.AugAssign) for node in ast.walk(handler))
