"""Bodies of requests that are used without a look at what is in them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.fixes.models import model_from_keys
from backend_architect.python.bodies import own_nodes
from backend_architect.python.marks import FRAMEWORKS, name_of, words
from backend_architect.python.payloads import is_raw, payload
from backend_architect.python.routes import route_of
from backend_architect.python.words import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place
    from backend_architect.python.route_parameters import Parameter
    from backend_architect.python.routes import Function

_VALIDATING = word_set(
    """
    check clean ensure form internal isinstance load model parse schema serializer valid validate validated
    validator verify
    """
)
_ENOUGH = 2


@detector(on=(ast.FunctionDef, ast.AsyncFunctionDef), imports=FRAMEWORKS)
def detect(function: Function, at: Place) -> Iterator[Finding]:
    """Look at parameters that take anything, and at what handlers read out of the body by key."""
    route = route_of(function, at)
    if route is None or route.methods == frozenset({"GET"}):
        return
    at = at.within(function)
    for parameter in route.of_role("body"):
        anything = is_raw(parameter.type) and _keys(parameter.name, function)
        if anything and not _is_validated({parameter.name}, function):
            yield _of_parameter(parameter, function, at)
            return
    yield from _read(function, at)


def _of_parameter(parameter: Parameter, function: Function, at: Place) -> Finding:
    message = f"nothing checks the body: `{parameter.name}` takes any keys and any values"
    where = parameter.node.annotation or ast.Constant(None)
    return at.finding(where, message, model_from_keys(parameter, function, at))


def _read(function: Function, at: Place) -> Iterator[Finding]:
    """The first place where a handler takes a value out of a body that nobody has checked."""
    names = set[str]()
    reads: list[ast.expr] = []
    for node in own_nodes(function.body):
        if isinstance(node, ast.Assign) and payload(node.value, at) == "json":
            names.update(one.id for one in node.targets if isinstance(one, ast.Name))
        source = _source(node)
        if source is not None and _is_body(source[0], names, at):
            reads.append(source[0])
    if len(reads) >= _ENOUGH and not _is_validated(names, function):
        message = (
            "nothing checks the body before its values are used: a missing key or another type fails below"
        )
        yield at.finding(reads[0], message)


def _is_body(node: ast.expr, names: set[str], at: Place) -> bool:
    return node.id in names if isinstance(node, ast.Name) else payload(node, at) == "json"


def _source(node: ast.AST) -> tuple[ast.expr, str] | None:
    """What a key is read from: `x["key"]`, `x.get("key")`."""
    match node:
        case ast.Subscript(value=source, slice=ast.Constant(value=str() as key), ctx=ast.Load()):
            return source, key
        case ast.Call(
            func=ast.Attribute(value=source, attr="get"), args=[ast.Constant(value=str() as key), *_]
        ):
            return source, key
        case _:
            return None


def _keys(name: str, function: Function) -> list[str]:
    found = map(_source, own_nodes(function.body))
    return [one[1] for one in found if one is not None and isinstance(one[0], ast.Name) and one[0].id == name]


def _is_validated(names: set[str], function: Function) -> bool:
    """Whether the body goes to something that may check it, or is compared."""
    for node in own_nodes(function.body):
        if isinstance(node, ast.Call):
            given = [*node.args, *(one.value for one in node.keywords)]
            whole = any(isinstance(one, ast.Name) and one.id in names for one in given)
            if whole or not words(name_of(node)).isdisjoint(_VALIDATING):
                return True
        elif isinstance(node, ast.Compare) and any(isinstance(op, ast.In | ast.NotIn) for op in node.ops):
            return True
    return False
