"""Handlers that create something and answer 200."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Finding, Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.calls import add_keyword
from backend_architect.python.answers import answers
from backend_architect.python.bodies import own_nodes
from backend_architect.python.marks import FRAMEWORKS
from backend_architect.python.orm import MANAGERS, is_session
from backend_architect.python.routes import route_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Edit
    from backend_architect.python.answers import Answer
    from backend_architect.python.place import Place
    from backend_architect.python.routes import Function, Route

_REASON = (
    "Clients that compare the status with 200 instead of looking whether it is one of success see a failure."
)
_DUMPING = frozenset({"dump", "from_orm", "model_validate", "parse_obj"})


@detector(on=(ast.FunctionDef, ast.AsyncFunctionDef), imports=FRAMEWORKS)
def detect(function: Function, at: Place) -> Iterator[Finding]:
    """Look for a thing that a handler of POST stores and answers."""
    route = route_of(function, at)
    if (
        route is None
        or not route.certain
        or route.methods != frozenset({"POST"})
        or route.status_code is not None
    ):
        return
    at = at.within(function)
    nodes = list(own_nodes(function.body))
    made = set(_made(nodes, at))
    if not made or any(isinstance(node, ast.Attribute) and _sets_status(node) for node in nodes):
        return
    own = [answer for _, answer in answers(function, at) if answer.status is None and _gives(answer, made)]
    if own and own[-1].default == 200:
        answer = own[-1]
        where = route.decorator.func if route.framework == "fastapi" and route.decorator else answer.node
        message = (
            "this creates something and answers 200, which says that something there was is given or changed"
        )
        yield at.finding(where, message, _fix(answer, route, at))


def _sets_status(node: ast.Attribute) -> bool:
    return node.attr == "status_code" and isinstance(node.ctx, ast.Store)


def _made(nodes: list[ast.AST], at: Place) -> Iterator[str]:
    """The variables that hold what is stored."""
    for node in nodes:
        match node:
            case ast.Call(func=ast.Attribute(value=session, attr="add"), args=[ast.Name(id=name)]):
                if is_session(session, at):
                    yield name
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                value = value.value if isinstance(value, ast.Await) else value
                match value:
                    case ast.Call(func=ast.Attribute(value=ast.Attribute(attr=manager), attr="create")):
                        if manager in MANAGERS:
                            yield name
                    case ast.Call(func=ast.Attribute(attr="insert_one") as function):
                        if (at.path(function) or "").endswith("Collection.insert_one"):
                            yield name
                    case _:
                        pass
            case _:
                pass


def _gives(answer: Answer, made: set[str]) -> bool:
    """Whether what is stored is in an answer; a function of the project may make one with another status."""
    if not all(_is_plain(body, made) for body in answer.bodies):
        return False
    parts = (part for body in answer.bodies for part in ast.walk(body))
    return any(isinstance(part, ast.Name) and part.id in made for part in parts)


def _is_plain(body: ast.expr, made: set[str]) -> bool:
    """Whether a body is no response that somebody else makes."""
    if not isinstance(body, ast.Call):
        return True
    function = body.func
    own = (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id in made
    )
    return own or (isinstance(function, ast.Attribute) and function.attr in _DUMPING)


def _fix(answer: Answer, route: Route, at: Place) -> Fix | None:
    edit: Edit | None = None
    if route.framework == "fastapi" and route.decorator is not None:
        edit = add_keyword(route.decorator, "status_code", "201", at)
    elif route.framework in {"flask", "quart"}:
        end = at.range_of(answer.node)[1]
        edit = None if isinstance(answer.node, ast.Tuple) else at.edit(end, end, ", 201")
    elif answer.call is not None and route.framework in {"django", "drf", "aiohttp", "sanic"}:
        edit = add_keyword(answer.call, "status", "201", at)
    if edit is None:
        return None
    edits = [edit]
    return Fix("Answer with status 201", "unsafe", _REASON, lambda: edits)
