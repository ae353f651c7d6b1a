"""What a handler answers: body and status of the responses that it returns."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend_architect.knowledge import libraries
from backend_architect.python.bodies import own_nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.python.place import Place


@dataclass(frozen=True, slots=True)
class Answer:
    """One response: the expressions that are its body, and that of its status if it names one.

    `call` is the outermost call that makes the response, if one does; `default` the status that it has then.
    """

    node: ast.expr
    bodies: tuple[ast.expr, ...]
    status: ast.expr | None
    call: ast.Call | None = None
    default: int = 200


def answers(
    function: ast.FunctionDef | ast.AsyncFunctionDef, at: Place
) -> Iterator[tuple[ast.Return, Answer]]:
    """What the return statements of a handler answer."""
    for node in own_nodes(function.body):
        if isinstance(node, ast.Return) and node.value is not None:
            yield node, answer_of(node.value, at)


def answer_of(node: ast.expr, at: Place) -> Answer:
    """What a returned value answers: `body`, `body, status`, or a call that makes a response."""
    if isinstance(node, ast.Tuple) and len(node.elts) in {2, 3}:
        inner = answer_of(node.elts[0], at)
        second = node.elts[1]
        status = None if isinstance(second, ast.Dict) else second
        return Answer(node, inner.bodies, status or inner.status, inner.call)
    return made_by(node, at) or Answer(node, (node,), None)


def made_by(node: ast.expr, at: Place) -> Answer | None:
    """The response that a call makes, or that an exception becomes; None for any other expression."""
    if not isinstance(node, ast.Call):
        return None
    path = at.path(node.func)
    entry = libraries.entry("responses", path) if path is not None else None
    if entry is None:
        return None
    status = at.argument(node, entry.get("status-position"), entry.get("status"))
    if entry["body"] == "*":
        return Answer(node, (*node.args, *(one.value for one in node.keywords)), status, node)
    body = at.argument(node, entry.get("body-position"), entry["body"])
    inner = answer_of(body, at) if body is not None else None
    return Answer(
        node,
        inner.bodies if inner is not None else (),
        status or (inner.status if inner is not None else None),
        node,
        entry.get("default", 200),
    )
