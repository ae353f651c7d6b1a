"""Keys of Redis that are never removed, one for each thing there is."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.calls import append_argument
from backend_architect.knowledge import libraries
from backend_architect.python.place import NO_CONSTANT
from backend_architect.python.values import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

_WRITES = {path.rpartition(".")[2] for path in libraries.paths("redis-writes")}
_LIFETIMES = {path.rpartition(".")[2] for path in libraries.paths("redis-lifetimes")}
_LIFETIME = "ex=3600"
_REASON = "The key is gone after an hour; only the author knows how long its value is good for."


@detector(on=ast.Call, imports=libraries.modules("redis-writes"))
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Look at keys that are made from data: of one that is constant there is only one."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in _WRITES:
        return
    path = at.path(call.func)
    entry = libraries.entry("redis-writes", path) if path is not None else None
    key = at.argument(call, 0, "name")
    if entry is None or key is None or _expires(call, entry):
        return
    if not _is_one_of_many(key, at) and not (_is_lock(call) and at.constant(key) is NO_CONSTANT):
        return
    if not _is_managed(call, at):
        message = "nothing ever removes this key: such keys pile up until Redis has no memory left"
        yield at.finding(call.func, message, _fix(call, entry, at))


def _is_one_of_many(key: ast.expr, at: Place) -> bool:
    """Whether a key is put together from a kind and data; who is handed a whole key stores for others."""
    value = at.resolve(key)
    return isinstance(value, Text) and None in value.parts and any(value.parts)


def _is_lock(call: ast.Call) -> bool:
    return any(one.arg == "nx" for one in call.keywords)


def _expires(call: ast.Call, entry: Mapping[str, Any]) -> bool:
    """Whether a call says when the key is to go, or may do so by `**`."""
    keywords = entry.get("expiry", ())
    starred = any(isinstance(one, ast.Starred) for one in call.args)
    by_position = "expiry-position" in entry and len(call.args) > entry["expiry-position"]
    return starred or by_position or any(one.arg is None or one.arg in keywords for one in call.keywords)


def _is_managed(call: ast.Call, at: Place) -> bool:
    """Whether the function around, or the class in the same block, lets keys expire or removes them."""
    around = [node for node in at.around(call) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return any(
        isinstance(node, ast.Attribute) and node.attr in _LIFETIMES
        for function in around
        for node in ast.walk(function)
    )


def _fix(call: ast.Call, entry: Mapping[str, Any], at: Place) -> Fix | None:
    if "ex" not in entry.get("expiry", ()) or at.f_string(call) is not None:
        return None
    edit = append_argument(call, _LIFETIME, at)
    if edit is None:
        return None
    return Fix("Let the key expire: `ex=3600`", "unsafe", _REASON, lambda: [edit])
