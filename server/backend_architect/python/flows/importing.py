"""Imports inside of functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.knowledge import libraries
from backend_architect.python.flows.data import NOTHING, Data
from backend_architect.python.values import Instance, Symbol, Value

if TYPE_CHECKING:
    import ast

    from backend_architect.python.flows.state import State


def imports(walk: State, node: ast.Import) -> None:
    """Bind modules."""
    for alias in node.names:
        root = alias.name.partition(".")[0]
        _bind_import(walk, alias.asname or root, alias.name if alias.asname else root)


def imports_from(walk: State, node: ast.ImportFrom) -> None:
    """Bind what modules hold."""
    for alias in node.names:
        if node.level == 0:
            _bind_import(walk, alias.asname or alias.name, f"{node.module}.{alias.name}")
        else:
            walk.bind(alias.asname or alias.name, NOTHING)


def _bind_import(walk: State, name: str, path: str) -> None:
    known = libraries.attribute(path)
    value: Value = Instance(known) if known else Symbol(libraries.canonical(path))
    walk.bind(name, Data(value=value))
