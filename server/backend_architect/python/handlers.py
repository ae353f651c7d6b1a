"""What an `except` clause catches, and what it does with it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.python.bodies import own_nodes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend_architect.engine.findings import Span
    from backend_architect.python.place import Place

TryNode = ast.Try | ast.TryStar

BROAD = frozenset({"builtins.Exception", "builtins.BaseException"})
"""The classes of which every error of a program is one."""


def catches_all(caught: ast.expr | None, at: Place) -> bool:
    """Whether an `except` clause of these classes catches every error."""
    if caught is None:
        return True
    classes = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(at.path(one) in BROAD for one in classes)


def raises(handler: ast.ExceptHandler) -> bool:
    """Whether an error leaves the handler on some way through it."""
    return any(isinstance(node, ast.Raise) for node in own_nodes(handler.body))


def head_of(handler: ast.ExceptHandler, at: Place) -> Span:
    """The words `except ... as name`, up to the colon."""
    start, colon = head_range(handler, at)
    return at.view.source.span(start, colon)


def head_range(handler: ast.ExceptHandler, at: Place) -> tuple[int, int]:
    """The offsets at which the clause begins and at which its colon stands."""
    source = at.view.source
    start = source.offset(handler.lineno - at.view.parsed.shift - 1, handler.col_offset)
    behind = at.range_of(handler.type)[1] if handler.type is not None else start
    return start, _colon(source.text, behind)


def _colon(text: str, start: int) -> int:
    """The first colon that is not in a comment."""
    at = start
    while text[at] != ":":
        at = text.index("\n", at) if text[at] == "#" else at + 1
    return at


def uses(name: str, statements: Iterable[ast.AST]) -> list[ast.Name]:
    """Where statements read a variable, in functions inside of them as well."""
    return [
        node
        for statement in statements
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
    ]
