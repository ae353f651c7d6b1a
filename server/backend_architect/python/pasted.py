"""What is pasted into SQL, as far as rules on it agree what is harmless."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from backend_architect.python.values import Literal, is_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.python.folded import Hole
    from backend_architect.python.place import Place

_PLACEHOLDERS = re.compile(
    r"placeholder|qmark|\b(?:marks?|arg)\b|param_?(marks|list|str|style)", re.IGNORECASE
)
"""Names of variables that hold placeholders, when what they hold cannot be followed."""

_DUNDER = re.compile(r"__\w+__")
"""Names such as `__tablename__`, which only a program gives."""

_SHOWN = 40
"""Characters of an expression that a message shows."""


def is_decided(hole: Hole, at: Place) -> bool:
    """Whether what is pasted can be nothing but a number, a constant of the program or placeholders."""
    if hole.numeric or is_number(at.resolve(hole.node)) or is_constant(hole, at):
        return True
    folded = at.fold(hole.node) if isinstance(hole.node, ast.Name) else None
    return folded is not None and not folded.ambiguous and all(is_decided(one, at) for one in folded.holes)


def is_constant(hole: Hole, at: Place) -> bool:
    """Whether the program itself decides what stands there, or it is placeholders by its name."""
    if at.is_fixed(hole.node) or isinstance(at.resolve(hole.node), Literal):
        return True
    return _is_named_constant(hole.node) or is_named_placeholders(hole) or _joins_constants(hole.node, at)


def _joins_constants(node: ast.expr, at: Place) -> bool:
    """Whether a list of texts is joined that the program itself puts together: `" AND ".join(conditions)`."""
    match node:
        case ast.Call(func=ast.Attribute(attr="join"), args=[ast.Name(id=name)]) if at.function is not None:
            elements = list(_elements(name, at))
            return bool(elements) and all(
                one is not None and _is_text_of_program(one, at) for one in elements
            )
        case _:
            return False


def _elements(name: str, at: Place) -> Iterator[ast.expr | None]:
    """What a list is given where it is made and later on; None for what nobody can follow."""
    for binding in at.view.resolver(at.frame).scope.bindings_of(name):
        if binding.declared:
            continue
        if binding.kind == "value" and isinstance(binding.node, ast.List):
            yield from binding.node.elts
        elif binding.kind == "augmented" and isinstance(binding.node, ast.AugAssign):
            added = binding.node.value
            yield from added.elts if isinstance(added, ast.List | ast.Tuple) else [None]
        else:
            yield None
    for node in ast.walk(at.function) if at.function is not None else ():
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=method), args=args) if (
                owner == name
            ):
                yield from args if method == "append" else [None]
            case _:
                pass


def _is_text_of_program(node: ast.expr, at: Place) -> bool:
    folded = at.fold(node)
    return folded is not None and all(is_decided(hole, at) for hole in folded.holes)


def is_named_placeholders(hole: Hole) -> bool:
    """Whether a hole is called like placeholders, or joins a list that is."""
    names = [hole.node]
    if isinstance(hole.node, ast.Call):
        names += hole.node.args if _name(hole.node.func) == "join" else [hole.node.func]
    return any(_PLACEHOLDERS.search(_name(node)) for node in names)


def short(source: str) -> str:
    """An expression as a message shows it."""
    source = " ".join(source.split())
    return source if len(source) <= _SHOWN else f"{source[: _SHOWN - 3]}..."


def _is_named_constant(node: ast.expr) -> bool:
    """Whether a name says that the program decides: `LIMIT`, `State.OPEN.value`, `Order._meta.db_table`."""
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        node = node.value  # a table of constants
    if isinstance(node, ast.Attribute) and (node.attr in {"name", "value"} or _name(node.value) == "_meta"):
        node = node.value
    return _name(node).isupper() or _name(node) == "_meta" or _DUNDER.fullmatch(_name(node)) is not None


def _name(node: ast.expr) -> str:
    return getattr(node, "attr", getattr(node, "id", ""))
