"""Applications that nobody can ask how they are."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from backend_architect.engine.rules import detector
from backend_architect.knowledge import libraries
from backend_architect.python.marks import FRAMEWORKS
from backend_architect.snippets.remedy import write_snippet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.engine.remedies import Remedy
    from backend_architect.python.place import Place

_FRAMEWORKS: Final = {"fastapi.FastAPI": "fastapi", "flask.Flask": "flask"}
"""The frameworks whose probes a snippet writes, by the classes of their applications."""


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
        yield replace(at.finding(call.func, message), remedy=_remedy(call, path, at))


def _remedy(call: ast.Call, path: str, at: Place) -> Remedy | None:
    """What writes the probes for an application that has a name."""
    match at.view.parent(call):
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            framework = _FRAMEWORKS.get(path, "")
            return write_snippet(at.rule, framework, at.view.path, name)
        case _:
            return None
