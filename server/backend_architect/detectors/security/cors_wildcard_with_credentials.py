"""Every site may ask in the user's name."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Finding, Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.arguments import remove_argument
from backend_architect.python.bodies import own_nodes
from backend_architect.python.cors import cors_of
from backend_architect.python.values import Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.python.place import Place

_SWITCHES = frozenset({"allow_credentials", "supports_credentials"})
_DJANGO = frozenset({"CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL"})
_ORIGIN = "access-control-allow-origin"
_CREDENTIALS = "access-control-allow-credentials"

_BOTH = (
    "every origin and credentials together: every site can read this API in the name of whoever is logged in"
)
_REFLECTED = (
    "the origin of the request is allowed, whichever it is: every site can read this API in the user's name"
)
_REASON = "Pages of other sites can no longer ask with the cookies of the user."


@detector(on=(ast.Call, ast.Assign, ast.Dict), words=("credentials", "cors_", "access-control"))
def detect(node: ast.Call | ast.Assign | ast.Dict, at: Place) -> Iterator[Finding]:
    """Look at calls that set it up, at settings of Django, and at headers that are written by hand."""
    match node:
        case ast.Call(keywords=keywords) if any(one.arg in _SWITCHES for one in keywords):
            yield from _of_set_up(node, at)
        case ast.Call(func=ast.Attribute(), args=[ast.Constant(value=str(name)), value]) if (
            name.lower() == _ORIGIN
        ):
            yield from _by_hand(value, at)
        case ast.Assign(targets=[ast.Name(id=name)]) if name in _DJANGO and at.function is None:
            yield from _of_setting(node, name, at)
        case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=str(name)))]) if (
            name.lower() == _ORIGIN
        ):
            yield from _by_hand(node.value, at)
        case ast.Dict():
            yield from _of_entries(node, at)
        case _:
            pass


def _of_set_up(call: ast.Call, at: Place) -> Iterator[Finding]:
    cors = cors_of(call, at)
    if cors is None or cors.anybody is None or not cors.credentials:
        return
    keyword: str = cors.entry["credentials"]
    edit = remove_argument(call, keyword, at)
    title = f"Remove `{keyword}`"
    fix = Fix(title, "unsafe", _REASON, lambda: [edit]) if edit is not None else None
    yield at.finding(cors.anybody, _BOTH, fix)


def _of_setting(node: ast.Assign, name: str, at: Place) -> Iterator[Finding]:
    if at.constant(node.value) is True and at.look("CORS_ALLOW_CREDENTIALS") == Literal(value=True):
        edit = at.edit(*at.range_of(node.value), "False")
        yield at.finding(node, _BOTH, Fix(f"Set `{name}` to `False`", "unsafe", _REASON, lambda: [edit]))


def _of_entries(node: ast.Dict, at: Place) -> Iterator[Finding]:
    """The defaults of aiohttp-cors, by origin, and headers that are written as a dictionary."""
    for key, value in zip(node.keys, node.values, strict=True):
        if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
            continue
        if key.value == "*" and isinstance(value, ast.Call):
            allows = at.constant(at.argument(value, None, "allow_credentials")) is True
            if allows and at.path(value.func) == "aiohttp_cors.ResourceOptions":
                yield at.finding(key, _BOTH)
        elif key.value.lower() == _ORIGIN:
            yield from _by_hand(value, at)


def _by_hand(value: ast.expr, at: Place) -> Iterator[Finding]:
    """Headers that send back the origin of the request, and allow credentials as well."""
    if not isinstance(at.function, ast.FunctionDef | ast.AsyncFunctionDef):
        return
    texts = (node.value for node in own_nodes(at.function.body) if isinstance(node, ast.Constant))
    allows = any(isinstance(text, str) and text.lower() == _CREDENTIALS for text in texts)
    if allows and at.request_data(value, "header") is not None:
        yield at.finding(value, _REFLECTED)
