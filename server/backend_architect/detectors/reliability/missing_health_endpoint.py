"""Applications that nobody can ask how they are."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.knowledge import libraries
from backend_architect.python.marks import FRAMEWORKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place


@detector(on=ast.Call, imports=FRAMEWORKS)
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Look at the making of an application in a file that declares all its routes."""
    path = at.path(call.func)
    if path is None or libraries.entry("applications", path) is None:
        return
    if at.look("%route") is None or at.look("%includes") is not None or at.look("%liveness") is not None:
        return
    on_a_desk = at.look("webbrowser") is not None or at.look("typer") is not None
    if (
        not on_a_desk
        and at.look("%readiness") is None
        and not isinstance(at.view.parent(call), ast.Attribute)
    ):
        message = (
            "a platform cannot tell whether this application works: no route says that it lives or is ready"
        )
        yield at.finding(call.func, message)
