"""KEYS, which holds up the whole Redis server while it looks at every key."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.knowledge import libraries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Edit, Finding
    from backend_architect.python.place import Place

_REASON = "A key may come twice, and one that is made or removed meanwhile may be missing."


@detector(on=ast.Call, imports=libraries.modules("redis-keys"))
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Look at `keys` of clients; a pipeline sends it, too, but has no `scan_iter`."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "keys":
        return
    path = at.path(call.func)
    entry = libraries.entry("redis-keys", path) if path is not None else None
    if entry is not None:
        message = "KEYS looks at every key of the database, and Redis serves nobody else meanwhile"
        yield at.finding(call, message, _fix(call, bool(entry.get("asynchronous")), at))


def _fix(call: ast.Call, asynchronous: bool, at: Place) -> Fix | None:
    positional = len(call.args) <= 1 and not any(isinstance(one, ast.Starred) for one in call.args)
    named = not call.args and len(call.keywords) == 1 and call.keywords[0].arg == "pattern"
    if at.f_string(call) is not None or not (named or (positional and not call.keywords)):
        return None
    outer = at.view.parent(call)
    if asynchronous and not isinstance(outer, ast.Await):
        return None
    title = "Walk through the keys with `scan_iter`"
    return Fix(title, "unsafe", _REASON, lambda: _scanned(call, outer if asynchronous else None, at))


def _scanned(call: ast.Call, awaited: ast.AST | None, at: Place) -> list[Edit]:
    """`list(client.scan_iter(match=pattern))`, or a comprehension where it is awaited."""
    owner = call.func.value if isinstance(call.func, ast.Attribute) else call.func
    pattern = next((at.source_of(one) for one in (*call.args, *(one.value for one in call.keywords))), None)
    scan = f".scan_iter(match={pattern})" if pattern is not None else ".scan_iter()"
    start, end = at.range_of(call)
    behind = at.range_of(owner)[1]
    if isinstance(awaited, ast.Await):
        start = at.range_of(awaited)[0]
        first = at.range_of(owner)[0]
        return [at.edit(start, first, "[key async for key in "), at.edit(behind, end, f"{scan}]")]
    if _is_iterated(call, at):
        return [at.edit(behind, end, scan)]
    return [at.edit(start, start, "list("), at.edit(behind, end, f"{scan})")]


def _is_iterated(call: ast.Call, at: Place) -> bool:
    """Whether something takes the keys one after another as they come."""
    match at.view.parent(call):
        case ast.comprehension() | ast.Starred():
            return True
        case ast.Call(func=ast.Name(id="list" | "set" | "sorted" | "tuple" | "frozenset")):
            return True
        case _:
            return False
