"""Clients of other services that a handler makes for itself."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.detectors.reliability.engine_per_request import is_kept
from backend_architect.engine.rules import detector
from backend_architect.fixes.hoisting import make_once
from backend_architect.knowledge import libraries
from backend_architect.python.routes import enclosing_route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

_REASON = "All requests share it from now on, and it is made when the module is imported."


@detector(on=ast.Call, imports=libraries.modules("clients"))
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Look at calls in handlers whose result is not kept beyond the request."""
    path = at.path(call.func) if at.function is not None else None
    entry = libraries.entry("clients", path) if path is not None else None
    if entry is not None and not is_kept(call, at) and enclosing_route(at) is not None:
        message = f"`{at.source_of(call.func)}` makes a new client for every request: each {entry['why']}"
        yield at.finding(call.func, message, make_once(call, at, _REASON))
