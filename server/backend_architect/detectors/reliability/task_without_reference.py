"""Tasks of asyncio that nobody keeps."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.layout import indent_of, line_start, newline_of
from backend_architect.knowledge import libraries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Edit, Finding
    from backend_architect.python.place import Place

_KEPT = "running_tasks"
_REASON = "The task runs as before; it is kept until it is done."


@detector(on=(ast.Expr, ast.Assign), imports=libraries.modules("tasks"))
def detect(statement: ast.Expr | ast.Assign, at: Place) -> Iterator[Finding]:
    """Look at calls whose result is dropped, or assigned to `_`."""
    call = statement.value
    if not isinstance(call, ast.Call):
        return
    if isinstance(statement, ast.Assign) and not _is_dropped(statement, at):
        return
    path = at.path(call.func)
    if path is not None and libraries.entry("tasks", path) is not None:
        message = (
            f"nothing keeps the task that `{at.source_of(call.func)}` starts: it can disappear "
            "before it is done, and its exception is never seen"
        )
        yield at.finding(call.func, message, _fix(statement, call, at))


def _is_dropped(statement: ast.Assign, at: Place) -> bool:
    match statement.targets:
        case [ast.Name(id="_")]:
            return at.function is not None
        case _:
            return False


def _fix(statement: ast.Expr | ast.Assign, call: ast.Call, at: Place) -> Fix | None:
    """Keep the task in a set of the module; none inside a class that is too tall to be seen whole."""
    known = at.look(_KEPT)
    parsed = at.view.parsed
    if parsed.member or at.function is None or at.look_local("task") is not None:
        return None
    if known is None and at.look_local(_KEPT) is not None:
        return None
    start, end = at.range_of(statement)
    indent, newline = indent_of(start, at), newline_of(at)
    if indent is None:
        return None
    lines = [f"{_KEPT}.add(task)", f"task.add_done_callback({_KEPT}.discard)"]
    edits = [
        at.edit(start, at.range_of(call)[0], "task = "),
        at.edit(end, end, "".join(f"{newline}{indent}{line}" for line in lines)),
    ]
    if known is None:
        edits.append(_definition(at, newline))
    return Fix(f"Keep it in `{_KEPT}` until it is done", "safe", _REASON, lambda: edits)


def _definition(at: Place, newline: str) -> Edit:
    """A set of the module, above the function or the class in which the task is started."""
    start = line_start(at.view.parsed.body[0], at)
    return at.edit(start, start, f"{_KEPT} = set(){newline}{newline}{newline}")
