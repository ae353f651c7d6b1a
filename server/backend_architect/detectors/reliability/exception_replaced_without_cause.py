"""An exception that is raised in the place of another one, and does not name it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.knowledge import libraries
from backend_architect.python.bodies import own_nodes
from backend_architect.python.handlers import catches_all, head_range, uses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Edit, Finding
    from backend_architect.python.place import Place

_MESSAGE = "the new exception does not name its cause: the log says that handling an error failed"
_REASON = "The same exception is raised; its traceback names the first one as the cause."
_NAME = "error"


@detector(on=ast.ExceptHandler)
def detect(handler: ast.ExceptHandler, at: Place) -> Iterator[Finding]:
    """Look at handlers of all errors: a narrow one that raises another class translates what it expected."""
    if not catches_all(handler.type, at):
        return
    for node in own_nodes(handler.body):
        if (
            isinstance(node, ast.Raise)
            and node.cause is None
            and _is_new(node.exc, at)
            and _handler_of(node, at) is handler
        ):
            yield at.finding(node, _MESSAGE, _fix(node, handler, at))


def _is_new(raised: ast.expr | None, at: Place) -> bool:
    """Whether an exception is made on the spot, and is not the way to answer a request or to leave."""
    if not isinstance(raised, ast.Call):
        return False
    path = at.path(raised.func)
    if isinstance(raised.func, ast.Attribute) and raised.func.attr == "with_traceback":
        return False
    name = path or at.source_of(raised.func)
    return name[:1].isupper() or (
        path is not None
        and path.rpartition(".")[2].lstrip(":")[:1].isupper()
        and libraries.entry("answers", path) is None
    )


def _handler_of(node: ast.AST, at: Place) -> ast.AST | None:
    return next((outer for outer in at.around(node) if isinstance(outer, ast.ExceptHandler)), None)


def _fix(node: ast.Raise, handler: ast.ExceptHandler, at: Place) -> Fix | None:
    if node.exc is None:
        return None
    name = handler.name or _NAME
    end = at.range_of(node.exc)[1]
    edits = [at.edit(end, end, f" from {name}")]
    if handler.name is None:
        named = _named(handler, at)
        if named is None:
            return None
        edits.append(named)
    elif _is_rebound(handler.name, handler):
        return None
    return Fix(f"Raise it from `{name}`", "safe", _REASON, lambda: edits)


def _is_rebound(name: str, handler: ast.ExceptHandler) -> bool:
    return any(
        isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load)
        for node in own_nodes(handler.body)
    )


def _named(handler: ast.ExceptHandler, at: Place) -> Edit | None:
    """The edit that gives the exception a name, where that name is free."""
    around = at.function.body if isinstance(at.function, ast.FunctionDef | ast.AsyncFunctionDef) else None
    if handler.type is None or around is None or at.look_local(_NAME) is not None or uses(_NAME, around):
        return None
    colon = head_range(handler, at)[1]
    return at.edit(colon, colon, f" as {_NAME}")
