"""Texts and lists that grow on the way through a function."""

from __future__ import annotations

import ast
from functools import lru_cache


def added_to(statement: ast.AST | None) -> tuple[str, tuple[ast.expr, ...]] | None:
    """The variable that a statement puts more text behind, or elements into, and what it adds."""
    match statement:
        case ast.AugAssign(target=ast.Name(id=name), op=ast.Add(), value=value):
            return name, (value,)
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.BinOp(op=ast.Add()) as value):
            first, *others = operands(value)
            return (name, tuple(others)) if isinstance(first, ast.Name) and first.id == name else None
        case ast.Expr(
            value=ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[element], keywords=[]
            )
        ):
            return name, (element,)
        case _:
            return None


def operands(node: ast.BinOp) -> list[ast.expr]:
    """What is added up, in order; long sums nest deeper than anything may recurse."""
    found = [node.right]
    left = node.left
    while isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add):
        found.append(left.right)
        left = left.left
    return [left, *reversed(found)]


@lru_cache(maxsize=32)
def elements_of(function: ast.AST, name: str) -> tuple[ast.expr, ...] | None:
    """What a list is given in a function, in order; None if it is not only filled, tested and joined once."""
    around = {child: node for node in ast.walk(function) for child in ast.iter_child_nodes(node)}
    elements: list[ast.expr] = []
    joins = made = 0
    for node, outer in around.items():
        if not isinstance(node, ast.Name) or node.id != name:
            continue
        match outer:
            case ast.Assign(targets=[ast.Name()], value=ast.List(elts=elts)):
                made += 1
                elements += elts
            case ast.Attribute(attr="append"):
                added = added_to(around.get(around[outer]))
                if added is None:
                    return None
                elements += added[1]
            case ast.Call(func=ast.Attribute(attr="join")):
                joins += 1
            case ast.If() | ast.IfExp() | ast.UnaryOp() | ast.Call(func=ast.Name(id="len" | "bool")):
                pass
            case _:
                return None
    is_plain = made == 1 == joins and not any(isinstance(one, ast.Starred) for one in elements)
    return tuple(sorted(elements, key=_position)) if is_plain else None


def _position(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset
