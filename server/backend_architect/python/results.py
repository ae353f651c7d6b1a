"""What a function gives that does not say so in an annotation."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypeGuard

from backend_architect.python.bodies import own_nodes
from backend_architect.python.values import UNKNOWN, Literal, Value, merged

if TYPE_CHECKING:
    from backend_architect.python.names import Resolver

_TALL = 60
"""Lines above which nobody reads a function for its result: that would be felt in typing."""


def is_silent(node: ast.AST | None) -> TypeGuard[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Whether this is a function that does not say what it gives: `Any` says nothing."""
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (
        node.returns is None or getattr(node.returns, "attr", getattr(node.returns, "id", "")) == "Any"
    )


def result_of(function: ast.FunctionDef | ast.AsyncFunctionDef, resolver: Resolver) -> Value:
    """What all `return` or, in a generator, all `yield` agree on.

    A generator counts as what it yields, since those that are called for a result are context managers and
    dependencies.

    Args:
        function: without an annotation of its result.
        resolver: resolves expressions in the body.
    """
    if (function.end_lineno or 0) - function.lineno > _TALL:
        return UNKNOWN
    returned: list[ast.expr | None] = []
    yielded: list[ast.expr | None] = []
    for node in own_nodes(function.body):
        if isinstance(node, ast.Return):
            returned.append(node.value)
        elif isinstance(node, ast.Yield):
            yielded.append(node.value)
        elif isinstance(node, ast.YieldFrom):
            return UNKNOWN
    given = yielded or returned
    values = [Literal(None) if node is None else resolver.resolve(node) or UNKNOWN for node in given]
    return merged(values) if values else UNKNOWN
