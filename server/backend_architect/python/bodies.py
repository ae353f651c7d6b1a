"""What stands in the body of a function, without the functions and classes inside of it."""

from __future__ import annotations

import ast
from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from backend_architect.python.survey import FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_OTHERS = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda})


def own_nodes(body: Iterable[ast.AST]) -> tuple[ast.AST, ...]:
    """The nodes below some statements in the order of the text, without those of inner functions."""
    return _below(tuple(body))


@lru_cache(maxsize=16)
def _below(body: tuple[ast.AST, ...]) -> tuple[ast.AST, ...]:
    """The same for several rules that look at one function after the other."""
    found: list[ast.AST] = []
    stack = list(reversed(body))
    while stack:
        node = stack.pop()
        found.append(node)
        if node.__class__ in _OTHERS:
            continue
        inner: list[ast.AST] = []
        for part in FIELDS[node.__class__]:
            value: Any = getattr(node, part, None)
            if value.__class__ is list:
                inner += [item for item in value if isinstance(item, ast.AST)]
            elif isinstance(value, ast.AST):
                inner.append(value)
        inner.reverse()
        stack += inner
    return tuple(found)


@lru_cache(maxsize=16)
def names_in(function: ast.AST) -> Mapping[str, tuple[ast.Name, ...]]:
    """The places in a function, and in those inside of it, where names stand, by the name."""
    found: defaultdict[str, list[ast.Name]] = defaultdict(list)
    for node in ast.walk(function):
        if isinstance(node, ast.Name):
            found[node.id].append(node)
    return {name: tuple(nodes) for name, nodes in found.items()}


def nodes_outside(body: Iterable[ast.AST], kinds: tuple[type[ast.AST], ...]) -> Iterator[ast.AST]:
    """The nodes below some statements in the order of the text, without those inside of some kinds."""
    stack = list(body)[::-1]
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, kinds):
            stack += list(ast.iter_child_nodes(node))[::-1]
