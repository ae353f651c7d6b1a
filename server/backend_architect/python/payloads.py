"""Which expressions are what a client sent, before anybody has looked at it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Literal, cast

from backend_architect.knowledge import libraries
from backend_architect.python.routes import enclosing_route

if TYPE_CHECKING:
    from backend_architect.python.place import Place

Kind = Literal["json", "form", "query", "bytes"]

_REQUESTS = {"django": "django.http.HttpRequest", "drf": "rest_framework.request.Request"}
"""The classes of request objects that handlers do not annotate."""

_COPIES = frozenset({"to_dict", "copy", "dict", "deepcopy"})
_DEEP = 4
"""So many names are followed to where they come from."""


def payload(node: ast.expr | None, at: Place, depth: int = _DEEP) -> Kind | None:
    """Whether an expression is the whole body, form or query of a request: as it came, or copied."""
    match node:
        case ast.Await(value=inner) | ast.NamedExpr(value=inner):
            return payload(inner, at, depth)
        case ast.BoolOp(op=ast.Or(), values=[first, *_]):
            return payload(first, at, depth)
        case ast.Call(func=function, args=args):
            return _called(function, args, at, depth)
        case ast.Attribute():
            return _known(node, at)
        case ast.Name() if depth:
            return _named(node, at, depth)
        case _:
            return None


def _called(function: ast.expr, args: list[ast.expr], at: Place, depth: int) -> Kind | None:
    if isinstance(function, ast.Attribute) and function.attr in _COPIES and not args:
        return payload(function.value, at, depth)
    path = at.path(function)
    if path in {"json.loads", "orjson.loads", "ujson.loads"} and args:
        return "json" if _bytes(args[0], at, depth) else None
    if path in {"builtins.dict", "copy.copy", "copy.deepcopy"} and len(args) == 1:
        return payload(args[0], at, depth)
    return _known(function, at)


def _bytes(node: ast.expr, at: Place, depth: int) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "decode":
        node = node.func.value
    return payload(node, at, depth) == "bytes"


def _known(node: ast.expr, at: Place) -> Kind | None:
    path = at.path(node)
    if path is None and isinstance(node, ast.Attribute):
        owner = _request_class(node.value, at)
        path = f"{owner}.{node.attr}" if owner is not None else None
    entry = libraries.entry("payloads", path) if path is not None else None
    return cast("Kind", entry["kind"]) if entry is not None else None


def _request_class(node: ast.expr, at: Place) -> str | None:
    """The class of the request object of the handler around, if it is what the expression stands for."""
    found = enclosing_route(at)
    if found is None:
        return None
    of_framework = _REQUESTS.get(found[1].framework)
    if isinstance(node, ast.Attribute) and node.attr == "request" and isinstance(node.value, ast.Name):
        return of_framework if node.value.id == "self" else None
    if isinstance(node, ast.Name) and node.id == found[1].request:
        return of_framework or {
            "aiohttp": "aiohttp.web.Request",
            "starlette": "starlette.requests.Request",
        }.get(found[1].framework)
    return None


def _named(node: ast.Name, at: Place, depth: int) -> Kind | None:
    found = enclosing_route(at)
    bindings = at.view.resolver(at.frame).scope.bindings_of(node.id)
    kinds: set[Kind | None] = {
        payload(one.node, at, depth - 1) if one.kind == "value" and isinstance(one.node, ast.expr) else None
        for one in bindings
    }
    if len(kinds) == 1 and (kind := kinds.pop()) is not None:
        return kind
    for parameter in found[1].of_role("body") if found is not None else ():
        if parameter.name == node.id and len(bindings) == 1 and is_raw(parameter.type):
            return "json"
    return None


def is_raw(of_class: str | None) -> bool:
    """Whether a parameter of this type takes any object."""
    return of_class in {
        "builtins.dict",
        "typing.Dict",
        "typing.Any",
        "typing.Mapping",
        "collections.abc.Mapping",
    }
