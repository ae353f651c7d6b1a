"""Whether code runs only when whoever operates the program has asked for it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.python.words import words_of

if TYPE_CHECKING:
    from backend_architect.python.place import Place


def words_in(node: ast.AST) -> frozenset[str]:
    """The words of all names and short strings in an expression."""
    found: set[str] = set()
    for part in ast.walk(node):
        match part:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
                found.update(words_of(name))
            case ast.Constant(value=str(text)) if len(text) < 60:
                found.update(words_of(text))
            case _:
                pass
    return frozenset(found)


def is_asked_for(node: ast.AST, at: Place, asking: frozenset[str], refusing: frozenset[str]) -> bool:
    """Whether a condition around a node asks for it.

    A condition does so by its words: one of `asking` (`if insecure:`), or the absence of one of `refusing`
    (`if not use_tls:`, or the other branch of `if use_tls:`).
    """
    inner = node
    for outer in at.around(node):
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            return False
        if isinstance(outer, ast.If | ast.IfExp) and inner is not outer.test:
            words = words_in(outer.test)
            otherwise = inner in outer.orelse if isinstance(outer, ast.If) else inner is outer.orelse
            if words & asking or (words & refusing and (otherwise or _denies(outer.test))):
                return True
        inner = outer
    return False


def _denies(test: ast.expr) -> bool:
    """Whether a part of a condition says that something is not so."""
    return any(
        isinstance(part, ast.Not | ast.IsNot | ast.NotEq)
        or (isinstance(part, ast.Constant) and part.value is False)
        for part in ast.walk(test)
    )
