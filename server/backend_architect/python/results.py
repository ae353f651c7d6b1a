"""What a function gives that does not say so in an annotation."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypeGuard

from backend_architect.python.values import UNKNOWN, Literal, Value, merged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.python.names import Resolver

_TALL = 60
"""Lines above which nobody reads a function for its result: that would be felt in typing."""

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def is_silent(node: ast.AST | None) -> TypeGuard[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Whether this is a function that does not say what it gives."""
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is None


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
    for node in _own_nodes(function):
        if isinstance(node, ast.Return):
            returned.append(node.value)
        elif isinstance(node, ast.Yield):
            yielded.append(node.value)
        elif isinstance(node, ast.YieldFrom):
            return UNKNOWN
    given = yielded or returned
    values = [Literal(None) if node is None else resolver.resolve(node) or UNKNOWN for node in given]
    return merged(values) if values else UNKNOWN


def _own_nodes(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.AST]:
    pending: list[ast.AST] = list(function.body)
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, _SCOPES):
            pending += ast.iter_child_nodes(node)
