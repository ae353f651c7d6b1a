"""Handlers that check a password as often as somebody asks."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.fixes.login_accounts import counting_of
from backend_architect.knowledge import libraries
from backend_architect.python.bodies import own_nodes
from backend_architect.python.credentials import TYPED_TWICE, compares_password, password_in
from backend_architect.python.embedded import sink_at
from backend_architect.python.marks import FRAMEWORKS, demands_user, name_of, words
from backend_architect.python.routes import route_of
from backend_architect.python.words import word_set
from backend_architect.snippets.login_limits import limit_login

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place
    from backend_architect.python.routes import Function, Route

_LIMITING = word_set(
    "attempts axes captcha enroll limit limited limiter limits lockout rate ratelimit throttle throttled"
)
_PASSWORDS = word_set("password passwd pwd otp pin passcode")
_CHECKING = word_set("auth authenticate check compare credentials login signin validate verify")
_FINDING = frozenset({"filter", "filter_by", "find_one", "find_by", "get", "get_or_none"})
_LOGIN = word_set("authenticate login logon signin")
"""Words in names and paths of handlers whose work it is to check a password."""


@detector(on=(ast.FunctionDef, ast.AsyncFunctionDef), imports=FRAMEWORKS)
def detect(function: Function, at: Place) -> Iterator[Finding]:
    """Look for the place at which a handler of POST checks a password, or at least reads one."""
    route = route_of(function, at)
    named = words(function.name) | words(route.path or "" if route is not None else "")
    logs_in = not named.isdisjoint(_LOGIN)
    if route is None and (not logs_in or function.args.args):
        return
    if route is not None and _is_another(route, at):
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
    expressions = [node for node in nodes if isinstance(node, ast.expr)]
    checked = next((node for node in expressions if route is not None and _checks(node, at)), None)
    if checked is None and logs_in:
        checked = next((node for node in expressions if _reads(node, at)), None)
    if checked is not None:
        message = "passwords can be tried here as fast as the server answers: nothing limits how often"
        counting = counting_of(function, route, checked, at) if route is not None else None
        remedy = limit_login(route.framework, function, counting, at) if route and counting else None
        yield replace(at.finding(checked, message), remedy=remedy)


def _is_another(route: Route, at: Place) -> bool:
    """Whether a handler is none for certain, or none of POST."""
    return (at.frame.owner is not None and not route.certain) or bool(
        route.methods and "POST" not in route.methods
    )


def _checks(node: ast.expr, at: Place) -> bool:
    """Whether an expression tells if a password is right."""
    match node:
        case ast.Call():
            return _calls_check(node, at)
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]):
            sides = (left, right)
            twice = any(not words(_name(one)).isdisjoint(TYPED_TWICE) for one in sides)
            return not twice and all(map(_mentions_password, sides))
        case _:
            return False


def _calls_check(call: ast.Call, at: Place) -> bool:
    path = at.path(call.func)
    names = {one.arg for one in call.keywords}
    if path is not None and libraries.entry("password-checks", path) is not None:
        return not path.endswith(".authenticate") or not names.isdisjoint({"password", None})
    called = name_of(call.func)
    if called in _FINDING:
        return any(not words(name or "").isdisjoint(_PASSWORDS) for name in names)
    given = [_name(one) for one in [*call.args, *(one.value for one in call.keywords)]]
    secret = any(not words(one).isdisjoint(_PASSWORDS) for one in (*given, called))
    if secret and not words(called).isdisjoint(_CHECKING):
        return True
    sink = sink_at(call, at)
    return sink is not None and any(map(compares_password, sink.queries))


def _mentions_password(node: ast.expr) -> bool:
    """Whether a password is a part of an expression, as in `md5(password).hexdigest()`."""
    return any(not words(_name(part)).isdisjoint(_PASSWORDS) for part in ast.walk(node))


def _reads(node: ast.expr, at: Place) -> bool:
    """Whether an expression takes a password out of a request."""
    if not isinstance(node, ast.Call | ast.Subscript | ast.Attribute):
        return False
    typed = password_in(node, at)
    return typed is not None and typed.from_request


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
