"""`except` without a class, which also catches what is no error."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.detectors.reliability.swallowed_exception import is_swallowed
from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.python.bodies import own_nodes
from backend_architect.python.handlers import catches_all, head_range, raises

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

_PASSING_ON = frozenset({"sys.exit", "os._exit", "sys.exc_info", "os.abort"})
"""Calls by which a handler ends the process, or takes the exception elsewhere."""

_MESSAGE = (
    "`except` without a class also catches Ctrl+C, `sys.exit()` and the cancellation of a task, and goes on"
)
_REASON = "Ctrl+C, `sys.exit()` and the cancellation of a task are no longer caught here."


@detector(on=ast.ExceptHandler)
def detect(handler: ast.ExceptHandler, at: Place) -> Iterator[Finding]:
    """Leave handlers alone that let the exception go on, and those that another rule reports."""
    if handler.type is not None or raises(handler) or _follows_a_broad_one(handler, at):
        return
    calls = (node for node in own_nodes(handler.body) if isinstance(node, ast.Call))
    if any(at.path(call.func) in _PASSING_ON for call in calls) or is_swallowed(handler, at):
        return
    start, colon = head_range(handler, at)
    edit = at.edit(start + len("except"), colon, " Exception")
    yield at.finding(
        at.view.source.span(start, colon),
        _MESSAGE,
        Fix("Catch `Exception`", "unsafe", _REASON, lambda: [edit]),
    )


def _follows_a_broad_one(handler: ast.ExceptHandler, at: Place) -> bool:
    """Whether the errors are caught before, so that this one is meant for the rest."""
    around = at.view.parent(handler)
    earlier = around.handlers[:-1] if isinstance(around, ast.Try) else []
    return any(one.type is not None and catches_all(one.type, at) for one in earlier)
