"""Pickles that are read back from a place to which others may write."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.knowledge import libraries

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place


@detector(on=ast.Call, imports=libraries.modules("unpickling") | {"six", "sklearn"})
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """What comes from a request is the matter of `unsafe-deserialization`."""
    path = at.path(call.func)
    entry = libraries.entry("unpickling", path, at.version) if path is not None else None
    if path is None or entry is None or not _applies(call, entry, at):
        return
    data = at.argument(call, 0, None)
    if data is None or _made_here(data, at) or any(at.sinks(call, "deserialize")):
        return
    yield at.finding(call.func, f"`{path}` runs code for whoever can write what it reads")


def _applies(call: ast.Call, entry: Mapping[str, str], at: Place) -> bool:
    """Whether a call gives the constant without which it is harmless, and not the one with which it is."""
    when, unless = entry.get("when"), entry.get("unless")
    return (when is None or gives(call, when, at)) and not (unless is not None and gives(call, unless, at))


def gives(call: ast.Call, argument: str, at: Place) -> bool:
    """Whether a call gives a constant for a keyword: `weights_only=True`."""
    keyword, _, value = argument.partition("=")
    return repr(at.constant(at.argument(call, None, keyword))) == value


def _made_here(data: ast.expr, at: Place) -> bool:
    """Whether the data is a constant, or was pickled in the same function."""
    if isinstance(at.constant(data), bytes | str):
        return isinstance(at.constant(data), bytes)
    nodes = [data]
    if not isinstance(data, ast.Constant) and at.is_fixed(data):
        return True
    if isinstance(data, ast.Name):
        bound = at.view.resolver(at.frame).scope.bindings_of(data.id)
        nodes = [one.node for one in bound if isinstance(one.node, ast.expr)]
    return bool(nodes) and all(_is_pickling(node, at) for node in nodes)


def _is_pickling(node: ast.expr, at: Place) -> bool:
    path = at.path(node.func) if isinstance(node, ast.Call) else None
    return path is not None and libraries.entry("pickling", path) is not None
