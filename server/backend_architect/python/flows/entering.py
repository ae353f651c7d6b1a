"""Where request data enters: the parameters of handlers, and request objects by their types."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.python.flows.data import Data, Mark, Origin
from backend_architect.python.marks import SERVERS
from backend_architect.python.names import foreign_modules
from backend_architect.python.routes import Route, route_of
from backend_architect.python.survey import Frame
from backend_architect.python.values import UNKNOWN, Instance

if TYPE_CHECKING:
    from backend_architect.python.bindings import FunctionNode
    from backend_architect.python.flows.state import Env
    from backend_architect.python.place import Place
    from backend_architect.python.route_parameters import Parameter

_ROLES = {
    "path": "the path parameter",
    "query": "the query parameter",
    "body": "the body",
    "header": "the header",
    "cookie": "the cookie",
    "form": "the form field",
}
_REQUESTS = {
    "django": "django.http.HttpRequest",
    "drf": "rest_framework.request.Request",
    "starlette": "starlette.requests.Request",
    "aiohttp": "aiohttp.web.Request",
    "sanic": "sanic.request.Request",
    "falcon": "falcon.Request",
    "litestar": "litestar.Request",
}
"""The class of the request that a framework hands to its handlers."""

_NUMBERS = frozenset({"int", "float", "uuid", "slug", "number", "bool", "date", "ymd", "decimal"})
"""Converters in paths that let nothing harmful through."""


_TEXT = frozenset({"nosql"})


def may_enter(at: Place) -> bool:
    """Whether the file imports anything at all that serves requests."""
    return any(at.look(f"%imports.{module}") is not None for module in SERVERS)


def parameters(function: FunctionNode, frame: Frame, at: Place) -> Env:
    """The parameters of a function that the framework fills, and request objects."""
    if isinstance(function, ast.Lambda):
        return {}
    place = type(at)(at.rule, at.view, frame if frame.function is function else Frame(function, frame))
    route = route_of(function, place)
    if route is None:
        return _annotated(function, place)
    return {one.name: _value(one, route, place) for one in route.parameters}


def _annotated(function: ast.FunctionDef | ast.AsyncFunctionDef, at: Place) -> Env:
    """The types of the parameters of a function that is no handler."""
    resolver = at.view.resolver(at.frame)
    found: Env = {}
    for arg in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs):
        value = resolver.annotated(arg.annotation) if arg.annotation is not None else UNKNOWN
        if isinstance(value, Instance):
            found[arg.arg] = Data(value=value)
    return found


def _value(parameter: Parameter, route: Route, at: Place) -> Data:
    of_class = (
        parameter.type
        if (parameter.type and "." in parameter.type) or (parameter.type or "").startswith(":")
        else None
    )
    if parameter.role == "request":
        known = of_class or _REQUESTS.get(route.framework)
        return Data(value=Instance(known)) if known else Data()
    if parameter.role in {"dependency", "other"}:
        return Data(value=Instance(of_class)) if of_class else Data()
    if route.framework in {"fastapi", "litestar"} and _is_unread(parameter, of_class):
        return Data()
    if parameter.type in _NUMBERS or (of_class is not None and _is_harmless(of_class, at)):
        return Data()
    if parameter.role == "unknown" and (route.framework not in {"django", "drf"} or not route.certain):
        return Data(value=Instance(of_class)) if of_class else Data()
    text = f"{_ROLES.get(parameter.role, 'the path parameter')} `{parameter.name}`"
    safe = _TEXT if parameter.role != "body" else frozenset[str]()
    value = Instance(of_class) if of_class is not None and of_class not in _PLAIN else UNKNOWN
    if parameter.role in {"path", "unknown"} and value == UNKNOWN:
        value = Instance("builtins.str")
    return Data(frozenset({Mark(Origin(text, node=parameter.node), safe)}), value)


_PLAIN = frozenset({"builtins.str", "builtins.bytes", "builtins.dict", "builtins.list", "typing.Any"})


def _is_unread(parameter: Parameter, of_class: str | None) -> bool:
    """Whether a parameter has a type of the project that is none of a body: an alias, a choice."""
    if of_class is None:
        return isinstance(parameter.node.annotation, ast.Name | ast.Attribute)
    return parameter.role != "body" and of_class.partition(".")[0] not in foreign_modules()


def _is_harmless(of_class: str, at: Place) -> bool:
    from backend_architect.python.flows.state import State  # noqa: PLC0415 - as one who knows types

    return State(at.look).is_harmless(Instance(of_class))
