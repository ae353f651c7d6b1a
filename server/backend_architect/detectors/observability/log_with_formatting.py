"""Messages that are formatted before the log has decided whether it wants them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.formatting import lazy
from backend_architect.knowledge import libraries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

_LEVELS = frozenset(["debug", "info", "warning", "warn", "error", "critical", "fatal", "exception", "log"])
_REASON = "The record has the same text, and is put together only if it is written."


@detector(on=ast.Call, imports={"logging", "celery", "flask", "quart"})
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Look at the message of calls to loggers of `logging`; other libraries format otherwise."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in _LEVELS:
        return
    path = at.path(call.func)
    entry = libraries.entry("log-calls", path) if path is not None else None
    if entry is None or entry["library"] != "logging":
        return
    position: int = entry["message"]
    message = at.argument(call, position, "msg")
    if message is None or not _is_formatted(message):
        return
    text = "the message is formatted before the log decides whether to write it, and no two of them are alike"
    yield at.finding(message, text, _fix(call, message, position, at))


def _is_formatted(message: ast.expr) -> bool:
    match message:
        case ast.JoinedStr():
            return any(isinstance(part, ast.FormattedValue) for part in message.values)
        case ast.BinOp(op=ast.Mod(), left=left):
            return _is_text(left)
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return any(map(_is_text, _operands(message))) and not (_is_text(left) and _is_text(right))
        case ast.Call(func=ast.Attribute(attr="format", value=value)):
            return _is_text(value)
        case _:
            return False


def _operands(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [*_operands(node.left), *_operands(node.right)]
    return [node]


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _fix(call: ast.Call, message: ast.expr, position: int, at: Place) -> Fix | None:
    if len(call.args) != position + 1 or call.args[position] is not message or at.f_string(call) is not None:
        return None
    arguments = lazy(message, at)
    if arguments is None:
        return None
    edit = at.edit(*at.range_of(message), arguments)
    return Fix("Leave the formatting to the log", "safe", _REASON, lambda: [edit])
