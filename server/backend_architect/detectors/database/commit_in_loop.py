"""Transactions that are committed once for each element of a loop."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Edit, Finding, Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.layout import indent_of
from backend_architect.knowledge import libraries
from backend_architect.python.bodies import own_nodes
from backend_architect.python.orm import is_session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.python.place import Place

IMPORTS = libraries.modules("commits") | {"sqlmodel", "flask_sqlalchemy", "flask"}

_REASON = (
    "All elements are written together or not at all, and their rows stay locked until the loop has ended."
)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_PORTIONS = re.compile(
    r"(^|_)(batch\w*|chunk\w*|page\w*|partition\w*|group\w*|slice\w*|attempt\w*|retr(y|ies)|tries|consumer\w*|"
    r"messages?|events?|listen\w*|consume\w*|poll\w*|stream\w*|queue\w*|watch\w*|subscri\w+|jobs?|tasks?)(_|$)",
    re.IGNORECASE,
)
"""What a loop goes over that wants a transaction for each: portions of many rows, attempts, messages."""


@detector(on=ast.Call, imports=IMPORTS)
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Look for the loop around a commit."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "commit" or call.args or call.keywords:
        return
    loop = _loop(call, at)
    if loop is None or not _is_transaction(call.func, at) or _wants_transactions(loop, call.func.value):
        return
    message = "every turn of the loop commits on its own: a failure leaves the work half done"
    yield at.finding(call, message, _fix(call, loop, at))


def _is_transaction(function: ast.Attribute, at: Place) -> bool:
    path = at.path(function)
    if path is not None and libraries.entry("commits", path) is not None:
        return True
    return is_session(function.value, at)


def _loop(call: ast.Call, at: Place) -> ast.For | None:
    """The innermost loop in which every turn reaches the commit."""
    for outer in at.around(call):
        match outer:
            case ast.For():
                return outer
            case ast.If(test=test) if _counts(test):
                return None
            case ast.While() | ast.AsyncFor() | ast.Try() | ast.TryStar() | ast.ExceptHandler():
                return None  # batches, messages, attempts; one that fails does not take the others along
            case _ if isinstance(outer, _FUNCTIONS):
                return None
            case _:
                pass
    return None


def _counts(test: ast.expr) -> bool:
    """Whether a condition holds once in a while: `number % 1000 == 0`, `len(rows) >= 1000`."""
    operators = (ast.Mod, ast.Gt, ast.GtE, ast.Lt, ast.LtE)
    return any(isinstance(node, operators) for node in ast.walk(test))


def _wants_transactions(loop: ast.For, owner: ast.expr) -> bool:
    """Whether a transaction for each turn is what the loop is for."""
    source = loop.iter
    if isinstance(source, ast.Call) and ast.unparse(source.func) == "range":
        return True  # attempts, or the beginnings of portions
    if any(_PORTIONS.search(name) for name in (*_names(loop.target), *_names(source))):
        return True
    bound = {name for part in loop.body for name in _bound(part)}
    if not bound.isdisjoint(_names(owner)):
        return True  # a session of its own
    return any(
        isinstance(node, ast.Break | ast.Return | ast.Yield | ast.YieldFrom | ast.Try)
        for node in own_nodes(loop.body)
    )


def _names(node: ast.expr) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.Attribute):
            yield part.attr


def _bound(statement: ast.stmt) -> Iterator[str]:
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _fix(call: ast.Call, loop: ast.For, at: Place) -> Fix | None:
    last = loop.body[-1]
    statement = last.value if isinstance(last, ast.Expr) else None
    if isinstance(statement, ast.Await):
        statement = statement.value
    alone = indent_of(at.range_of(last)[0], at) is not None
    if statement is not call or len(loop.body) < 2 or loop.orelse or not alone:
        return None
    return Fix("Commit once, behind the loop", "unsafe", _REASON, lambda: _moved(last, loop, at))


def _moved(last: ast.stmt, loop: ast.For, at: Place) -> list[Edit]:
    """Take the last statement out of a loop: nothing but its indentation changes."""
    start, end = at.range_of(last)
    text = at.view.source.text
    line = text.rfind("\n", 0, start) + 1
    indent = " " * loop.col_offset if "\t" not in text[line:start] else "\t" * loop.col_offset
    return [at.edit(line, end, indent + text[start:end])]
