"""Which statements of a function have certainly been run when a place is reached."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from backend_architect.python.bindings import FunctionNode

Position = tuple[int, int]
"""Line and column, as the parser counts."""

Stretch = tuple[Position, Position]


def certainly_run(function: FunctionNode, here: Position) -> list[Stretch]:
    """The simple statements before a place of a function that no branch leads around, from first to last."""
    found: list[Stretch] = []
    suite: Sequence[ast.stmt] = () if isinstance(function, ast.Lambda) else function.body
    while suite:
        around = None
        for statement in suite:
            start, end = _stretch(statement)
            if start <= here < end:
                around = statement
                break
            if end <= here and not any(_suites(statement)):
                found.append((start, end))
        suite = _suite_around(around, here) if around is not None else ()
    return found


def covers(stretches: Iterable[Stretch], position: Position) -> bool:
    """Whether a position is in one of some stretches."""
    return any(start <= position < end for start, end in stretches)


def _suite_around(statement: ast.stmt, here: Position) -> Sequence[ast.stmt]:
    """The inner suite of a statement in which a place is."""
    for suite in _suites(statement):
        if _stretch(suite[0])[0] <= here < _stretch(suite[-1])[1]:
            return suite
    return ()


def _suites(statement: ast.stmt) -> Iterator[Sequence[ast.stmt]]:
    for holder in (statement, *getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        for part in ("body", "orelse", "finalbody"):
            suite: Sequence[ast.stmt] = getattr(holder, part, ())
            if suite:
                yield suite


def _stretch(statement: ast.stmt) -> Stretch:
    end = (statement.end_lineno or statement.lineno, statement.end_col_offset or 0)
    return (statement.lineno, statement.col_offset), end
