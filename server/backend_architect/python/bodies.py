"""What stands in the body of a function, without the functions and classes inside of it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_OTHERS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def own_nodes(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """The nodes below some statements in the order of the text, without those of inner functions."""
    stack = list(reversed(list(body)))
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, _OTHERS):
            stack += reversed(list(ast.iter_child_nodes(node)))
