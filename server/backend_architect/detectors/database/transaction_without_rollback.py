"""Handlers that carry on with a transaction that has failed."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.statements import line_before, stands_alone
from backend_architect.knowledge import libraries
from backend_architect.python.bodies import nodes_outside
from backend_architect.python.orm import is_session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

_INNER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.Try)
_ENDING = frozenset({"rollback", "close", "remove", "invalidate", "reset", "abort"})
"""Methods that end a transaction without making it last."""

_GIVING_UP = frozenset({"sys.exit", "exit", "abort", "flask.abort", "os._exit"})

_REASON = "What was written before the failure is taken back, also where the handler meant to keep it."


@detector(on=ast.Try, imports=libraries.modules("commits") | {"sqlmodel", "flask_sqlalchemy", "flask"})
def detect(statement: ast.Try, at: Place) -> Iterator[Finding]:
    """Look at statements that commit in `try` and carry on in `except`."""
    commit = next(
        (found for node in nodes_outside(statement.body, _INNER) if (found := _commit(node, at))), None
    )
    if commit is None or _ends(statement.finalbody) or _closes_by_itself(commit.value, statement, at):
        return
    for handler in statement.handlers:
        if _catches(handler, at) and not _ends(handler.body) and not _leaves(handler):
            owner = at.source_of(commit.value)
            message = f"when the commit fails, `{owner}` stays in a broken transaction: nothing rolls it back"
            where = handler.type or handler.body[0]
            yield at.finding(where, message, _fix(handler, commit, owner, at))


def _commit(node: ast.AST, at: Place) -> ast.Attribute | None:
    """The `session.commit` that a node calls."""
    match node:
        case ast.Call(func=ast.Attribute(attr="commit") as function, args=[], keywords=[]):
            path = at.path(function)
            if path is not None and libraries.entry("commits", path) is not None:
                return function
            return function if is_session(function.value, at) else None
        case _:
            return None


def _ends(body: list[ast.stmt]) -> bool:
    """Whether a body ends a transaction, itself or by a function that is called like it."""
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func).rpartition(".")[2].lower()
                if name in _ENDING or "rollback" in name:
                    return True
    return False


def _leaves(handler: ast.ExceptHandler) -> bool:
    """Whether the exception goes on to somebody who may roll back, or the program ends."""
    for statement in handler.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Raise):
                return True
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {
                "sys.exit",
                "exit",
                "abort",
                "os._exit",
            }:
                return True
    return False


def _closes_by_itself(owner: ast.expr, statement: ast.Try, at: Place) -> bool:
    """Whether a `with` opens the session inside of `try`, so that it has been closed in `except`."""
    if not isinstance(owner, ast.Name):
        return False
    inside = [
        node for node in nodes_outside(statement.body, _INNER) if isinstance(node, ast.With | ast.AsyncWith)
    ]
    # A `with` around closes it as well, when the handler is the last that is done in it.
    around = [
        node
        for node in at.around(statement)
        if isinstance(node, ast.With | ast.AsyncWith) and node.body[-1] is statement
    ]
    entered = [item.optional_vars for node in (*inside, *around) for item in node.items]
    return owner.id in {target.id for target in entered if isinstance(target, ast.Name)}


def _catches(handler: ast.ExceptHandler, at: Place) -> bool:
    """Whether a handler is for what a commit raises."""
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    paths = [at.path(kind) for kind in kinds]
    return any(path is not None and libraries.entry("commit-errors", path) is not None for path in paths)


def _fix(handler: ast.ExceptHandler, commit: ast.Attribute, owner: str, at: Place) -> Fix | None:
    first = handler.body[0]
    call = at.view.parent(commit)
    awaited = call is not None and isinstance(at.view.parent(call), ast.Await)
    if not stands_alone(first, at) or not isinstance(commit.value, ast.Name | ast.Attribute):
        return None
    rollback = f"await {owner}.rollback()" if awaited else f"{owner}.rollback()"
    return Fix("Roll back first", "unsafe", _REASON, lambda: [line_before(first, rollback, at)])
