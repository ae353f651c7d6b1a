"""Where lines begin and how they are indented."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend_architect.python.place import Place


def indent_of(offset: int, at: Place) -> str | None:
    """What stands left of an offset on its line; None unless that is blank."""
    row, column = at.view.source.position(offset)
    before = at.view.source.lines[row][:column]
    return None if before.strip() else before


def newline_of(at: Place) -> str:
    """The end of the lines of the block."""
    first = at.view.source.lines[0] if at.view.source.lines else ""
    return first[len(first.rstrip("\r\n")) :] or "\n"


def line_start(statement: ast.stmt, at: Place) -> int:
    """The offset at which the line of a statement begins, with its decorators and the comment above them."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    first = min([statement, *decorators], key=lambda node: node.lineno)
    row, _ = at.view.source.position(at.range_of(first)[0])
    while row and at.view.source.lines[row - 1].startswith("#"):
        row -= 1
    return at.view.source.at(row, 0)


def siblings(statement: ast.stmt, at: Place) -> list[ast.stmt]:
    """The statements among which one stands, itself included."""
    outer = at.view.parent(statement)
    bodies: list[list[ast.stmt]] = [getattr(outer, part, []) for part in ("body", "orelse", "finalbody")]
    return next((body for body in bodies if statement in body), [statement])


def has_tall_string(nodes: Iterable[ast.AST]) -> bool:
    """Whether a string has lines of its own, which must not be moved."""
    return any(
        isinstance(node, ast.Constant | ast.JoinedStr) and node.lineno != node.end_lineno
        for one in nodes
        for node in ast.walk(one)
    )
