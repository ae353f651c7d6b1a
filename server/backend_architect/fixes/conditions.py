"""Numbers that are only asked whether they are zero."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backend_architect.python.place import Place

_ANY = {(ast.Gt, 0), (ast.GtE, 1), (ast.NotEq, 0)}
_NONE = {(ast.Eq, 0), (ast.Lt, 1), (ast.LtE, 0)}
_TURNED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt,
    ast.Gt: ast.Lt,
    ast.LtE: ast.GtE,
    ast.GtE: ast.LtE,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A condition about a number."""

    node: ast.expr
    """The whole condition."""
    any: bool
    """Whether it holds for numbers above zero, or for zero."""


def asks_for_any(number: ast.expr, at: Place) -> Asked | None:
    """The condition around a number that is not negative, if all it asks is whether the number is zero."""
    around = at.view.parent(number)
    match around:
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            asked = _compared(type(operator), right) if left is number else None
            if right is number:
                asked = _compared(_TURNED.get(type(operator), type(operator)), left)
            return None if asked is None else Asked(around, asked)
        case ast.UnaryOp(op=ast.Not()):
            return Asked(around, any=False)
        case ast.Call(func=ast.Name(id="bool"), args=[_], keywords=[]):
            return Asked(around, any=True)
        case _:
            return Asked(number, any=True) if _is_test(number, at) else None


def _compared(operator: type[ast.cmpop], other: ast.expr) -> bool | None:
    if not isinstance(other, ast.Constant) or type(other.value) is not int:
        return None
    asked = (operator, other.value)
    return True if asked in _ANY else False if asked in _NONE else None


def _is_test(node: ast.expr, at: Place) -> bool:
    """Whether only the truth of an expression matters."""
    inner: ast.AST = node
    for outer in at.around(node):
        match outer:
            case ast.BoolOp():
                inner = outer
            case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test) | ast.Assert(test=test):
                return test is inner
            case ast.UnaryOp(op=ast.Not()):
                return True
            case ast.comprehension(ifs=conditions):
                return inner in conditions
            case _:
                return False
    return False
