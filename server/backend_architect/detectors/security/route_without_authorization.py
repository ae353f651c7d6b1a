"""Routes that change something without asking who, beside others that ask."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.python.bodies import own_nodes
from backend_architect.python.marks import FRAMEWORKS, ROUTING, demands_user, dependencies_of, name_of, words
from backend_architect.python.routes import route_of
from backend_architect.python.words import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place
    from backend_architect.python.routes import Function, Route

_OPEN = word_set(
    """
    activate activation auth authenticate authorize callback challenge code confirm confirmation
    contact csp csrf feedback forgot graphql health hook hooks invitation invite ipn jwt log login
    logout mfa notify oauth oauth2 oidc otp password ping probe public recover refresh register
    registration report reset saml search session sessions signin signup sso status subscribe
    telemetry test token tokens totp track unsubscribe verify webhook webhooks in
    """
)
"""Words in paths and names of handlers that must be open, or that prove by other means who calls."""

_LOOKING = word_set(
    """
    acl admin allowed anonymous apikey auth authenticate authenticated authentication authorization
    authorize bearer credential credentials current hmac identity jwt logged login permission
    permissions principal protected role roles scope secret signature staff superuser token verify
    """
)
"""Words in the body of a handler by which it may look at who calls."""

_HOLDERS = frozenset({"context", "ctx", "g", "info", "request", "req", "self", "state"})

_NO_GUARDS = word_set(
    """
    background cache client config connection db database email engine event events logger logging
    mailer page pagination params query queue rate limit limiter redis repo repository request
    response service session settings storage store uow unit
    """
)
"""Words of dependencies and decorators that guard nothing."""


@detector(on=(ast.FunctionDef, ast.AsyncFunctionDef), imports=FRAMEWORKS)
def detect(function: Function, at: Place) -> Iterator[Finding]:
    """Compare a route that writes with the others of its file."""
    if not function.decorator_list:
        return
    route = route_of(function, at)
    if route is None or route.decorator is None or not route.writes:
        return
    if at.look("%protected-route") is None or at.look("%guard") is not None:
        return
    if not _does(function) or _may_be_open(function, route) or _may_ask(function):
        return
    verb = ", ".join(sorted(route.methods))
    message = f"anybody may {verb} here: other routes of this file ask who calls, and this one does not"
    yield at.finding(route.decorator.func, message)


def _does(function: Function) -> bool:
    """Whether a handler does more than to answer; some are there to say that they are gone."""
    doing = [one for one in function.body if not isinstance(one, ast.Return)]
    return any(isinstance(node, ast.Call) for node in own_nodes(doing))


def _may_be_open(function: Function, route: Route) -> bool:
    named = words(function.name) | words(route.path or "")
    return not named.isdisjoint(_OPEN)


def _may_ask(function: Function) -> bool:
    """Whether something that the handler has may look at who calls."""
    if demands_user(function):
        return True
    decorators = [one for one in function.decorator_list if name_of(one) not in ROUTING]
    guards = [*decorators, *dependencies_of(function)]
    if any(words(name_of(one)).isdisjoint(_NO_GUARDS) for one in guards if _is_called(one)):
        return True
    route = [one for one in function.decorator_list if name_of(one) in ROUTING and isinstance(one, ast.Call)]
    if any(
        keyword.arg in {"dependencies", "auth", "security", None}
        for call in route
        for keyword in call.keywords
    ):
        return True
    return any(map(_looks, own_nodes([*function.body, function.args])))


def _is_called(guard: ast.expr) -> bool:
    """Whether a guard is a function; annotations of parameters are models as often as dependencies."""
    name = name_of(guard)
    return isinstance(guard, ast.Call) or (name[:1].islower() and name not in dir(builtins))


def _looks(node: ast.AST) -> bool:
    """Whether something in a handler looks like a question who calls."""
    match node:
        case ast.Attribute(value=owner, attr="user" | "user_id" | "account"):
            return name_of(owner) in _HOLDERS or not words(name_of(owner)).isdisjoint(_LOOKING)
        case ast.Subscript(value=ast.Name(id="session")) | ast.Compare(comparators=[ast.Name(id="session")]):
            return True
        case ast.Call(func=ast.Attribute(value=ast.Name(id="session"), attr="get")):
            return True
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
            return not words(name).isdisjoint(_LOOKING)
        case _:
            return False
