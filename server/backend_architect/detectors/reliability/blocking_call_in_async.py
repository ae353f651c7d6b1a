"""Calls that hold up the event loop, in the body of an async function."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Edit, Finding, Fix
from backend_architect.engine.rules import detector
from backend_architect.knowledge import libraries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.knowledge.entries import Blocking
    from backend_architect.python.place import Place

MODULES = {path.partition(".")[0] for path in libraries.paths("blocking")}

_SLEEP_REASON = "Other tasks run while this one sleeps, which they could not do before."
_THREAD_REASON = "The call moves to another thread, and other tasks run while it waits."


@detector(on=ast.Call, imports=MODULES)
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Look at the innermost function only: a nested one may run in a thread."""
    if not isinstance(at.function, ast.AsyncFunctionDef):
        return
    path = at.path(call.func)
    blocking = libraries.blocking(path) if path is not None else None
    if path is None or blocking is None or isinstance(at.view.parent(call), ast.Await):
        return
    message = f"`{path}` blocks the event loop: every other task of the process waits until it returns"
    yield at.finding(call.func, message, _fix(call, blocking, at))


def _fix(call: ast.Call, blocking: Blocking, at: Place) -> Fix | None:
    in_generator = any(isinstance(outer, ast.GeneratorExp) for outer in at.around(call))
    if in_generator or at.f_string(call) is not None or at.look("trio") is not None:
        return None
    if blocking.replacement is not None:
        module = blocking.replacement.rpartition(".")[0]
        title = f"Await `{blocking.replacement}`"
        edits = _awaited(call, blocking.replacement, "", at)
        return Fix(title, "unsafe", _SLEEP_REASON, lambda: edits, (f"import {module}",))
    if not blocking.threadable:
        return None
    function = at.source_of(call.func)
    edits = _awaited(call, "asyncio.to_thread", function + (", " if call.args or call.keywords else ""), at)
    title = "Run it in a thread with `asyncio.to_thread`"
    return Fix(title, "unsafe", _THREAD_REASON, lambda: edits, ("import asyncio",))


def _awaited(call: ast.Call, function: str, first: str, at: Place) -> list[Edit]:
    """Await another function with the same arguments, behind a first one."""
    start, end = at.range_of(call)
    opening = at.view.source.text.index("(", at.range_of(call.func)[1])
    left, right = ("(", ")") if _binds_tighter(call, at.view.parent(call)) else ("", "")
    edits = [at.edit(start, opening + 1, f"{left}await {function}({first}")]
    return [*edits, at.edit(end, end, right)] if right else edits


def _binds_tighter(call: ast.Call, outer: ast.AST | None) -> bool:
    """Whether what stands around the call takes hold of it before `await` does."""
    match outer:
        case ast.Attribute() | ast.Subscript(value=_):
            return getattr(outer, "value", None) is call
        case ast.Call():
            return outer.func is call
        case ast.BinOp(op=ast.Pow()):
            return outer.left is call
        case _:
            return False
