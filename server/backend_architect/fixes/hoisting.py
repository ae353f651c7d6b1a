"""Moving what a function makes to the module, so that it is made once."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.fixes.layout import indent_of, line_start, newline_of
from backend_architect.python.bodies import own_nodes

if TYPE_CHECKING:
    from backend_architect.python.place import Place

_CLOSING = frozenset({"close", "aclose", "dispose", "disconnect", "shutdown", "wait_closed"})


def make_once(call: ast.Call, at: Place, reason: str) -> Fix | None:
    """The fix that moves `name = call` above the function; none where the call depends on the request."""
    statement, function = at.view.parent(call), at.function
    if isinstance(statement, ast.Await) or not isinstance(statement, ast.Assign):
        return None
    match statement.targets:
        case [ast.Name(id=name)]:
            pass
        case _:
            return None
    if at.view.parsed.member or not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        return None
    if function not in at.view.parsed.body or len(function.body) == 1 or at.look(name) is not None:
        return None
    if _depends_on_locals(call, at) or _is_changed(name, statement, function):
        return None
    start, end = at.range_of(statement)
    line_end = at.view.source.text.find("\n", end)
    indent = indent_of(start, at)
    if (
        indent is None
        or line_end < 0
        or at.view.source.text[end:line_end].strip()
        or "\n" in at.source_of(call)
    ):
        return None
    top = line_start(at.view.parsed.body[0], at)
    newline = newline_of(at)
    edits = [
        at.edit(top, top, f"{at.view.source.text[start:end]}{newline}{newline}{newline}"),
        at.edit(start - len(indent), line_end + 1, ""),
    ]
    return Fix(f"Make `{name}` once, in the module", "unsafe", reason, lambda: edits)


def _depends_on_locals(call: ast.Call, at: Place) -> bool:
    scope = at.view.resolver(at.frame).scope
    names = {node.id for node in ast.walk(call) if isinstance(node, ast.Name)}
    return any(scope.bindings_of(name) for name in names) or any(
        isinstance(node, ast.Await | ast.NamedExpr | ast.Lambda) for node in ast.walk(call)
    )


def _is_changed(name: str, statement: ast.Assign, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether the function binds the name again, or closes what it stands for."""
    for node in own_nodes(function.body):
        match node:
            case ast.Name(id=bound, ctx=ast.Store() | ast.Del()):
                changed = bound == name and node is not statement.targets[0]
            case ast.Attribute(attr=attribute, value=ast.Name(id=owner)):
                changed = owner == name and attribute in _CLOSING
            case ast.withitem(context_expr=ast.Name(id=entered)):
                changed = entered == name
            case _:
                changed = False
        if changed:
            return True
    return False
