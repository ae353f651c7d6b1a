"""Attempts that follow each other at once, or at a steady pace."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.calls import append_argument
from backend_architect.fixes.retries import add_option
from backend_architect.knowledge import libraries
from backend_architect.python.place import NO_CONSTANT
from backend_architect.python.retry_loops import retry_loop

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place
    from backend_architect.python.retry_loops import RetryLoop

_MODULES = libraries.modules(
    "retries", "http-retries", "http-adapters", "celery-tasks", "timeouts", "blocking", "sleeps"
)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_REASON = "The pauses between attempts become longer, and with them the time until the last one has failed."
_MESSAGE = "so all callers together take a recovering service down again"


@detector(on=(ast.Call, ast.While, ast.For, *_FUNCTIONS), imports=_MODULES)
def detect(
    node: ast.Call | ast.While | ast.For | ast.FunctionDef | ast.AsyncFunctionDef, at: Place
) -> Iterator[Finding]:
    """Look at calls of libraries that retry, at decorators without arguments, and at loops."""
    if isinstance(node, ast.Call):
        yield from _call(node, at)
    elif isinstance(node, ast.While | ast.For):
        found = retry_loop(node, at)
        if found is not None:
            yield from _loop(found, at)
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
        if at.argument(call, None, "autoretry_for") is not None:
            yield from _missing(call, "retry_backoff", "True", at)
    elif libraries.entry("http-retries", path) is not None:
        if not _is_zero(at.argument(call, 0, "total"), at):
            yield from _missing(call, "backoff_factor", "0.5", at)
    elif libraries.entry("http-adapters", path) is not None:
        given = at.argument(call, None, "max_retries")
        if given is not None and isinstance(at.constant(given), int) and not _is_zero(given, at):
            yield at.finding(given, f"`max_retries` as a number retries without a pause, {_MESSAGE}")


def _is_zero(given: ast.expr | None, at: Place) -> bool:
    return given is not None and at.constant(given) in (0, False)


def _missing(call: ast.Call, keyword: str, value: str, at: Place) -> Iterator[Finding]:
    given = at.argument(call, None, keyword)
    if given is not None and not _is_zero(given, at):
        return
    edit = (
        at.edit(*at.range_of(given), value)
        if given is not None
        else append_argument(call, f"{keyword}={value}", at)
    )
    fix = Fix(f"Set `{keyword}={value}`", "unsafe", _REASON, lambda: [edit]) if edit is not None else None
    yield at.finding(
        call.func,
        f"without `{keyword}` the pauses between attempts never grow, {_MESSAGE}",
        fix,
    )


def _library(function: ast.expr, call: ast.Call | None, at: Place) -> Iterator[Finding]:
    path = at.path(function)
    entry = libraries.entry("retries", path) if path is not None else None
    if entry is None or (call is not None and _grows(call, entry, at)):
        return
    if call is not None and call.args and entry["module"] != "backoff":
        return
    fix = None
    given = (
        None
        if call is None
        else next((k for k in call.keywords if k.arg in {"wait", "delay", "wait_fixed"}), None)
    )
    if "pause" in entry and given is None:
        fix = _fix(function, call, entry, at)
    yield at.finding(function, f"`{at.source_of(function)}` retries without growing pauses, {_MESSAGE}", fix)


def _grows(call: ast.Call, entry: Mapping[str, Any], at: Place) -> bool:
    if entry["module"] == "backoff":
        return not call.args or not _is_constant_wait(call.args[0], at)
    for given in call.keywords:
        if given.arg in entry["pauses"].split() and not _is_constant_wait(given.value, at):
            return True
    return False


def _is_constant_wait(node: ast.expr, at: Place) -> bool:
    function = node.func if isinstance(node, ast.Call) else node
    path = at.path(function)
    return path is not None and libraries.entry("constant-waits", path) is not None


def _fix(function: ast.expr, call: ast.Call | None, entry: Mapping[str, Any], at: Place) -> Fix | None:
    added = add_option(function, call, entry["pause"], entry["module"], at)
    if added is None:
        return None
    edits, imports = added
    return Fix(f"Add `{entry['pause']}`", "unsafe", _REASON, lambda: edits, imports)


def _loop(found: RetryLoop, at: Place) -> Iterator[Finding]:
    """A loop with one pause of a constant length, or with none at all."""
    call, sleep = next(iter(found.calls), None), next(iter(found.sleeps), None)
    if sleep is None:
        if call is not None:
            yield at.finding(call.func, f"this call is tried again without a pause, {_MESSAGE}")
        return
    if len(found.sleeps) > 1 or not sleep.args:
        return
    length = sleep.args[0]
    constant = at.constant(length)
    if constant is NO_CONSTANT or not isinstance(constant, int | float):
        return
    fix = None
    if found.counter is not None:
        edit = at.edit(*at.range_of(length), f"{at.source_of(length)} * 2**{found.counter} + random.random()")
        fix = Fix("Double the pause each time", "unsafe", _REASON, lambda: [edit], ("import random",))
    yield at.finding(sleep, f"the pause before the next attempt never grows, {_MESSAGE}", fix)
