"""Request data in the text of templates, which are programs."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.fixes.templates import as_context
from backend_architect.python.marks import SERVERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place


@detector(on=ast.Call, imports=SERVERS)
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Look at the text of the template; what it is given to show may come from anywhere."""
    if not call.args and not call.keywords:
        return
    for argument, use in {use.argument: use for use in at.sinks(call, "template")}.items():
        sink = f"`{use.sink}`" if use.helper is None else f"`{use.sink}` in `{use.helper}`"
        message = (
            f"{use.source.text} becomes part of the template that {sink} reads: `{{{{ }}}}` in it is run"
        )
        fix = as_context(call, argument, at) if use.helper is None else None
        yield at.finding(argument, message, fix)
