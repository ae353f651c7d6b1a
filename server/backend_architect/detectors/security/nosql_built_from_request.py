"""Filters of MongoDB in which a request can write operators."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.knowledge import libraries
from backend_architect.python.marks import SERVERS
from backend_architect.python.orm import assigned_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Edit, Finding
    from backend_architect.python.place import Place

_VALUES = frozenset({"$eq"})
"""Operators that take whatever they are given for a value."""

_PROGRAMS = frozenset({"$where", "$function", "$accumulator"})

_REASON = "A dict in the request is compared as a document then, and is no order to the database."


@detector(on=ast.Call, imports=SERVERS)
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Look at the filters of queries, key by key where they are written out."""
    if not call.args and not call.keywords:
        return
    for argument, use in {use.argument: use for use in at.sinks(call, "nosql")}.items():
        written = _written(argument, at) if use.helper is None else argument
        edits = list(_wrapped(written, at)) if isinstance(written, ast.Dict) else []
        if isinstance(written, ast.Dict) and not edits:
            continue
        sink = f"`{use.sink.rpartition('.')[2]}`" if use.helper is None else f"`{use.sink}` in `{use.helper}`"
        message = f"{use.source.text} may hold operators such as `$ne`, and {sink} then matches any document"
        known = [edit for edit in edits if edit is not None]
        fix = None
        if known and len(known) == len(edits):
            fix = Fix("Compare with `$eq`", "unsafe", _REASON, lambda known=known: known)
        yield at.finding(argument, message, fix)
    yield from _programs(call, at)


def _written(argument: ast.expr, at: Place) -> ast.expr:
    """The dict that an argument is, where it stands in a variable that is assigned once."""
    values = list(assigned_values(argument, at)) if isinstance(argument, ast.Name) else []
    return values[0] if len(values) == 1 and isinstance(values[0], ast.Dict) else argument


def _wrapped(node: ast.Dict, at: Place) -> Iterator[Edit | None]:
    """For each value that may hold operators, the edit that makes a value of it, where there is one."""
    for key, value in zip(node.keys, node.values, strict=True):
        name = at.constant(key) if key is not None else None
        if name in _VALUES or at.request_data(value, "nosql") is None:
            continue
        if isinstance(value, ast.Dict):
            yield from _wrapped(value, at)
        elif isinstance(name, str) and not name.startswith("$"):
            start, end = at.range_of(value)
            yield at.edit(start, end, f'{{"$eq": {at.source_of(value)}}}')
        else:
            yield None


def _programs(call: ast.Call, at: Place) -> Iterator[Finding]:
    """JavaScript with request data in it."""
    path = at.path(call.func)
    sinks = libraries.sinks(path) if path is not None and "." in path else ()
    for sink in sinks:
        argument = at.argument(call, sink.position, sink.keyword) if sink.kind == "nosql" else None
        written = _written(argument, at) if argument is not None else None
        for key, value in _pairs(written) if written is not None else ():
            source = at.request_data(value, "code") if at.constant(key) in _PROGRAMS else None
            if source is not None:
                yield at.finding(value, f"{source.text} becomes part of JavaScript that the database runs")


def _pairs(node: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if key is not None:
                yield key, value
