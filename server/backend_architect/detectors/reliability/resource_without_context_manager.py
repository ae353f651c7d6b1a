"""Files and connections that stay open when something goes wrong, or for ever."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.fixes.context import Opening, enter
from backend_architect.fixes.layout import siblings
from backend_architect.knowledge import libraries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_CLOSING = frozenset({"close", "aclose", "quit", "detach", "shutdown", "__exit__", "__aexit__"})
_LENDING = frozenset(
    {"cursor", "makefile", "stream", "begin", "iter_lines", "iter_content", "name", "fileno"}
)
"""Attributes whose value lives on what they belong to; returned, it takes the resource along."""


@detector(on=ast.Assign)
def detect(statement: ast.Assign, at: Place) -> Iterator[Finding]:
    """Look at what is opened into a variable of a function and stays there."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call):
            pass
        case _:
            return
    function = at.function
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        return
    path = _path_of(call, at)
    entry = libraries.entry("resources", path) if path is not None else None
    if entry is None or _is_in_memory(call, at):
        return
    if len(at.view.resolver(at.frame).scope.bindings_of(name)) != 1:
        return
    uses = _uses(name, function)
    if any(not _stays(use, function, at) for use in uses):
        return
    closings = [use for use in uses if _closes(use, at)]
    if any(_is_certain(use, at) for use in closings):
        return
    if closings and not _may_fail_before(closings, statement, at):
        return
    how = "stays open when something fails before it is closed" if closings else "is never closed"
    message = f"the {entry['what']} that `{at.source_of(call.func)}` opens {how}"
    yield at.finding(call.func, message, enter(Opening(statement, name, uses, closings, entry["with"]), at))


def _path_of(call: ast.Call, at: Place) -> str | None:
    """The path of what is called; an object that makes others is called by its class."""
    path = at.path(call.func)
    if path is not None:
        return path
    made = at.type_of(call.func)
    return f"{made}.__call__" if made is not None else None


def _is_in_memory(call: ast.Call, at: Place) -> bool:
    """Whether an archive is read from memory or written to it: nothing of the system is held."""
    return bool(call.args) and at.type_of(call.args[0]) in {"io.BytesIO", "io.StringIO"}


def _uses(name: str, function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.Name]:
    return [
        node
        for statement in function.body
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
    ]


def _stays(use: ast.Name, function: ast.AST, at: Place) -> bool:
    """Whether a use leaves the variable the only way to the resource."""
    for outer in at.around(use):
        if outer is function:
            break
        if isinstance(outer, (*_FUNCTIONS, ast.ClassDef, ast.withitem)):
            return False
    outer = at.view.parent(use)
    match outer:
        case ast.Attribute(attr=attribute):
            return not (attribute in _LENDING and _leaves(outer, at)) and not (
                attribute in _CLOSING and not isinstance(at.view.parent(outer), ast.Call)
            )
        case ast.Call():
            path = at.path(outer.func)
            return use is not outer.func and path is not None and libraries.entry("readers", path) is not None
        case ast.keyword():
            call = at.view.parent(outer)
            path = at.path(call.func) if isinstance(call, ast.Call) else None
            return path is not None and libraries.entry("readers", path) is not None
        case ast.For() | ast.Compare() | ast.If() | ast.UnaryOp() | ast.comprehension():
            return True
        case _:
            return False


def _leaves(node: ast.AST, at: Place) -> bool:
    """Whether a value is returned, yielded or kept somewhere else."""
    for outer in at.around(node):
        if isinstance(outer, ast.Return | ast.Yield | ast.YieldFrom):
            return True
        if isinstance(outer, ast.stmt):
            return isinstance(outer, ast.Assign) and not isinstance(outer.targets[0], ast.Name)
    return False


def _closes(use: ast.Name, at: Place) -> bool:
    outer = at.view.parent(use)
    return isinstance(outer, ast.Attribute) and outer.attr in _CLOSING


def _is_certain(use: ast.Name, at: Place) -> bool:
    """Whether a resource is closed behind `finally`, or in a handler as well as without an error."""
    inner: ast.AST = use
    for outer in at.around(use):
        if isinstance(outer, ast.Try | ast.TryStar) and inner in outer.finalbody:
            return True
        if isinstance(outer, ast.ExceptHandler):
            return True
        inner = outer
    return False


def _may_fail_before(closings: list[ast.Name], statement: ast.Assign, at: Place) -> bool:
    """Whether something is called between the opening and the first closing."""
    first = min(use.lineno for use in closings)
    body = siblings(statement, at)
    between = [one for one in body[body.index(statement) + 1 :] if one.lineno < first]
    return any(isinstance(node, ast.Call | ast.Raise) for one in between for node in ast.walk(one))
