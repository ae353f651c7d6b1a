"""Request data, or what somebody types, that is run as a program."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.arguments import replace_callee
from backend_architect.python.folded import Chunk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

_IMPORTING = ("__import__", "importlib.", "runpy.", "django.utils.module_loading", "werkzeug.utils")
"""How the names of functions begin that load a module by its name."""

_TYPED = frozenset({"builtins.eval", "builtins.exec"})

_REASON = (
    "Only literals are understood then: numbers, strings, lists, dicts; anything else raises `ValueError`."
)


@detector(on=ast.Call)
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Look at what is run, and at modules that are chosen by name."""
    if not call.args and not call.keywords:
        return
    uses = {use.argument: use for use in at.sinks(call, "code")}
    for argument, use in uses.items():
        sink = f"`{use.sink}`" if use.helper is None else f"`{use.sink}` in `{use.helper}`"
        if use.sink.startswith(_IMPORTING):
            yield at.finding(argument, f"{use.source.text} decides which module {sink} loads and runs")
            continue
        message = f"{use.source.text} is run as a program by {sink}: whoever sends it takes over the process"
        fix = _literal(call, at) if use.helper is None and use.sink == "eval" else None
        yield at.finding(argument, message, fix)
    if not uses and call.args and at.path(call.func) in _TYPED and _is_typed(call.args[0], at):
        yield at.finding(call.args[0], "what is typed in is run as a program", _literal(call, at))


def _is_typed(node: ast.expr, at: Place) -> bool:
    """Whether an expression is what somebody types, as it is."""
    match node:
        case ast.Call(func=ast.Attribute(attr="strip" | "lower", value=inner)):
            return _is_typed(inner, at)
        case ast.Call(func=ast.Name(id="input") as function):
            return at.path(function) == "builtins.input"
        case _:
            return False


def _literal(call: ast.Call, at: Place) -> Fix | None:
    """The fix that reads a literal instead, where the result is used and no code stands around the data."""
    folded = at.fold(call.args[0]) if len(call.args) == 1 and not call.keywords else None
    has_code = folded is not None and any(isinstance(part, Chunk) for part in folded.parts)
    if len(call.args) != 1 or has_code or isinstance(at.view.parent(call), ast.Expr):
        return None
    if at.path(call.func) != "builtins.eval":
        return None
    replaced = replace_callee(call, "ast.literal_eval", at)
    if replaced is None:
        return None
    edits, imports = replaced
    return Fix("Read it as a literal", "unsafe", _REASON, lambda: edits, imports)
