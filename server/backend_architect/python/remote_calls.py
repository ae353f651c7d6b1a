"""Requests to other services: which calls make them, and whether they may be made twice."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from backend_architect.knowledge import libraries
from backend_architect.python.values import Instance, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backend_architect.python.place import Place

_IDEMPOTENT: Final = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})
"""The verbs of which RFC 9110 says that doing it twice is like doing it once."""

_INSIDE = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True, slots=True)
class RemoteCall:
    """A call that makes a request."""

    call: ast.Call
    facts: Mapping[str, Any]
    """What the table of retryable calls says of it."""
    verb: str | None
    """The verb of the request; None where it is not known."""
    whole: ast.expr
    """The call with what belongs to it: that it is awaited, that its status is looked at."""
    entered: bool
    """Whether `with` takes it, to close it at the end."""

    @property
    def may_be_repeated(self) -> bool:
        """Whether the protocol allows to make it again."""
        return self.verb in _IDEMPOTENT


def remote_call(call: ast.Call, at: Place) -> RemoteCall | None:
    """A call as a request that is made where it stands; None for others, and for one that is made later."""
    path = at.path(call.func)
    facts = libraries.entry("retryable", path) if path is not None else None
    if facts is None or path is None or at.f_string(call) is not None:
        return None
    whole, entered = _whole(call, at)
    made = entered or isinstance(whole, ast.Await) or _awaits(whole) if "async" in facts else True
    if not made or any(isinstance(outer, _INSIDE) for outer in _up_to_statement(call, at)):
        return None
    return RemoteCall(call, facts, _verb(call, path, at), whole, entered)


def _whole(call: ast.Call, at: Place) -> tuple[ast.expr, bool]:
    whole: ast.expr = call
    while True:
        match at.view.parent(whole):
            case ast.Await() as outer:
                whole = outer
            case ast.Attribute(attr="raise_for_status") as attribute:
                checked = at.view.parent(attribute)
                if not isinstance(checked, ast.Call):
                    return whole, False
                whole = checked
            case ast.withitem():
                return whole, True
            case _:
                return whole, False


def _awaits(whole: ast.expr) -> bool:
    return any(isinstance(node, ast.Await) for node in ast.walk(whole))


def _up_to_statement(node: ast.AST, at: Place) -> list[ast.AST]:
    found: list[ast.AST] = []
    for outer in at.around(node):
        if isinstance(outer, ast.stmt):
            break
        found.append(outer)
    return found


def _verb(call: ast.Call, path: str, at: Place) -> str | None:
    name = path.rpartition(".")[2]
    if name == "urlopen":
        given = at.resolve(call.args[0]) if call.args else None
        by_address = isinstance(given, Text) or given == Instance("builtins.str")
        sends = at.argument(call, 1, "data") is not None or any(one.arg is None for one in call.keywords)
        return "GET" if by_address and not sends else None
    if name == "request":
        verb = at.constant(at.argument(call, 0, "method"))
        return verb.upper() if isinstance(verb, str) else None
    return name.upper()
