"""What the syntax of statements and expressions tells besides their values."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from backend_architect.python.words import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

_WRITES: Final = word_set(
    "save create commit flush bulk_create bulk_update get_or_create update_or_create add_all merge delete"
    " asave acreate"
)
"""Methods that write rows, whatever they are called on."""


def absent_in(test: ast.expr) -> Iterator[tuple[str, int]]:
    """A name that a condition compares with None, and the number of the branch in which it is None."""
    match test:
        case ast.Compare(left=ast.Name(id=name), ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
            yield name, 0
        case ast.Compare(left=ast.Name(id=name), ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]):
            yield name, 1
        case ast.UnaryOp(op=ast.Not(), operand=ast.Name(id=name)):
            yield name, 0
        case ast.Name(id=name):
            yield name, 1
        case _:
            pass


def writes(method: ast.Attribute) -> bool:
    """Whether a method writes rows; sets have one called `add` as well as sessions."""
    of = method.value.attr if isinstance(method.value, ast.Attribute) else getattr(method.value, "id", "")
    return method.attr in _WRITES or (method.attr == "add" and of.endswith("session"))


def expressions(node: ast.AST) -> Iterator[ast.expr]:
    """The expressions in a node that is none of the kinds that matter."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield child
        elif not isinstance(child, ast.stmt | ast.expr_context | ast.operator):
            yield from expressions(child)
