"""Handlers that check a password as often as somebody asks."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.knowledge import libraries
from backend_architect.python.bodies import own_nodes
from backend_architect.python.marks import FRAMEWORKS, demands_user, name_of, words
from backend_architect.python.routes import route_of
from backend_architect.python.words import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place
    from backend_architect.python.routes import Function

_LIMITING = word_set(
    "attempts axes captcha enroll limit limited limiter limits lockout rate ratelimit throttle throttled"
)
_PASSWORDS = word_set("password passwd pwd otp pin passcode")
_CHECKING = word_set("authenticate check compare validate verify")


@detector(on=(ast.FunctionDef, ast.AsyncFunctionDef), imports=FRAMEWORKS)
def detect(function: Function, at: Place) -> Iterator[Finding]:
    """Look for the place at which a handler of POST compares a password."""
    route = route_of(function, at)
    if (
        route is None
        or (at.frame.owner is not None and not route.certain)
        or (route.methods and "POST" not in route.methods)
    ):
        return
    if at.look("%limiter") is not None or at.look("%guard") is not None or demands_user(function):
        return
    at = at.within(function)
    nodes = list(own_nodes([*function.decorator_list, function.args, *function.body]))
    if any(not words(_name(node)).isdisjoint(_LIMITING) for node in nodes):
        return
    if any(
        isinstance(node, ast.Attribute) and node.attr in {"create_user", "set_password"} for node in nodes
    ):
        return  # whoever sets a password has proved by other means who calls
    checked = next((node for node in nodes if isinstance(node, ast.expr) and _checks(node, at)), None)
    if checked is not None:
        message = "passwords can be tried here as fast as the server answers: nothing limits how often"
        yield at.finding(checked, message)


def _checks(node: ast.expr, at: Place) -> bool:
    """Whether an expression tells if a password is right."""
    match node:
        case ast.Call(func=function, args=args, keywords=keywords):
            path = at.path(function)
            names = {one.arg for one in keywords}
            if path is not None and libraries.entry("password-checks", path) is not None:
                return not path.endswith(".authenticate") or not names.isdisjoint({"password", None})
            given = [_name(one) for one in [*args, *(one.value for one in keywords)]]
            called = words(name_of(function))
            secret = any(not words(one).isdisjoint(_PASSWORDS) for one in given) or not called.isdisjoint(
                _PASSWORDS
            )
            return secret and not called.isdisjoint(_CHECKING)
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]):
            return all(not words(_name(one)).isdisjoint(_PASSWORDS) for one in (left, right))
        case _:
            return False


def _name(node: ast.AST) -> str:
    match node:
        case (
            ast.Name(id=name)
            | ast.Attribute(attr=name)
            | ast.arg(arg=name)
            | ast.Constant(value=str() as name)
        ):
            return name
        case ast.Subscript(slice=ast.Constant(value=str() as name)):
            return name
        case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str() as name), *_]):
            return name
        case _:
            return ""
