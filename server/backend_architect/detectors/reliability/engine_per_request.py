"""Engines, pools and database clients that a handler makes for itself."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.fixes.hoisting import make_once
from backend_architect.knowledge import libraries
from backend_architect.python.routes import enclosing_route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

_REASON = "All requests share it from now on, and it is made when the module is imported."


@detector(on=ast.Call, imports=libraries.modules("engines"))
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Look at calls in handlers whose result is not kept beyond the request."""
    path = at.path(call.func) if at.function is not None else None
    entry = libraries.entry("engines", path) if path is not None else None
    if entry is not None and not is_kept(call, at) and enclosing_route(at) is not None:
        message = f"`{at.source_of(call.func)}` makes a new {entry['what']} for every request: {entry['why']}"
        yield at.finding(call.func, message, make_once(call, at, _REASON))


def is_kept(call: ast.Call, at: Place) -> bool:
    """Whether what a call makes outlives the function: an attribute, an item or a name of the module."""
    outer = at.view.parent(call)
    if isinstance(outer, ast.Await):
        outer = at.view.parent(outer)
    if not isinstance(outer, ast.Assign | ast.AnnAssign):
        return False
    targets = outer.targets if isinstance(outer, ast.Assign) else [outer.target]
    scope = at.view.resolver(at.frame).scope
    return any(not isinstance(one, ast.Name) or not scope.bindings_of(one.id) for one in targets)
