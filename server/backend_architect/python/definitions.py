"""What the decorators and annotations of a function say of it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backend_architect.python.bindings import FunctionNode

_YIELDING = {"Iterator", "Iterable", "Generator", "AsyncIterator", "AsyncIterable", "AsyncGenerator"}


def is_context_manager(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function is made a context manager of."""
    names = [ast.unparse(node).rpartition(".")[2] for node in function.decorator_list]
    return "contextmanager" in names or "asynccontextmanager" in names


def is_property(node: ast.AST | None) -> bool:
    """Whether a function is called by whoever reads it."""
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
    return any(ast.unparse(one).rpartition(".")[2] in {"property", "cached_property"} for one in decorators)


def is_static(function: FunctionNode) -> bool:
    """Whether the first parameter of a method is not its instance."""
    decorators = [] if isinstance(function, ast.Lambda) else function.decorator_list
    return any(
        isinstance(node, ast.Name) and node.id in {"staticmethod", "classmethod"} for node in decorators
    )


def given(function: ast.FunctionDef | ast.AsyncFunctionDef, annotation: ast.expr) -> ast.expr:
    """The annotation of what a function gives: of what it yields, where that makes a context manager."""
    return yielded(annotation) if is_context_manager(function) else annotation


def yielded(annotation: ast.expr) -> ast.expr:
    """What a generator of this type yields."""
    if (
        isinstance(annotation, ast.Subscript)
        and ast.unparse(annotation.value).rpartition(".")[2] in _YIELDING
    ):
        return annotation.slice.elts[0] if isinstance(annotation.slice, ast.Tuple) else annotation.slice
    return annotation
