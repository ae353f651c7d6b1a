"""When values are put into a statement, and whether they are still the same when it is handed over."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend_architect.fixes.layout import siblings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.python.place import Place

_CHANGING = frozenset(
    {
        "add",
        "append",
        "clear",
        "discard",
        "extend",
        "insert",
        "pop",
        "popitem",
        "remove",
        "reverse",
        "setdefault",
        "sort",
        "update",
    }
)
_LASTING = frozenset(
    {
        "casefold",
        "format",
        "get",
        "isoformat",
        "join",
        "keys",
        "lower",
        "replace",
        "rstrip",
        "lstrip",
        "split",
        "strftime",
        "strip",
        "title",
        "upper",
        "values",
    }
)
"""Methods that give the same when they are called a little later."""

_LASTING_CALLS = frozenset(
    f"builtins.{name}" for name in ("abs", "float", "int", "len", "list", "max", "min", "repr", "round")
) | {"builtins.sorted", "builtins.str", "builtins.sum", "builtins.tuple", "builtins.map"}

_MOMENTARY = (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)


@dataclass(frozen=True, slots=True)
class Moments:
    """Compares where things are evaluated with where a call stands."""

    at: Place
    call: ast.Call

    def statement_of(self, node: ast.AST) -> ast.stmt | None:
        """The statement in which a node stands."""
        return next((one for one in (node, *self.at.around(node)) if isinstance(one, ast.stmt)), None)

    @property
    def here(self) -> ast.stmt | None:
        """The statement of the call."""
        return self.statement_of(self.call)

    def always_before(self, statement: ast.stmt) -> bool:
        """Whether a statement has been run whenever the call is, and once for it."""
        around = {id(one) for one in (self.here, *self.at.around(self.call))}
        return any(id(one) in around for one in self._behind(statement))

    def _behind(self, statement: ast.stmt) -> list[ast.stmt]:
        suite = siblings(statement, self.at)
        return suite[suite.index(statement) + 1 :]

    def lasts(self, node: ast.expr, statement: ast.stmt) -> bool:
        """Whether an expression that is evaluated in a statement gives the same at the call."""
        behind = self._behind(statement)
        if behind and behind[0] is self.here:
            return True
        parts = list(ast.walk(node))
        if any(isinstance(one, _MOMENTARY) or not self._is_lasting(one) for one in parts):
            return False
        names = {one.id for one in parts if isinstance(one, ast.Name)}
        attributes = {one.attr for one in parts if isinstance(one, ast.Attribute)}
        return not any(self._changes(one, names, attributes) for one in self._between(statement))

    def _is_lasting(self, node: ast.AST) -> bool:
        if not isinstance(node, ast.Call):
            return True
        if isinstance(node.func, ast.Attribute) and node.func.attr in _LASTING:
            return True
        return self.at.path(node.func) in _LASTING_CALLS

    def _between(self, statement: ast.stmt) -> Iterator[ast.AST]:
        """The nodes of the function that may run behind a statement and before the call."""
        loops = [
            one
            for one in self.at.around(self.call)
            if isinstance(one, ast.For | ast.AsyncFor | ast.While)
            and not any(inner is statement for inner in ast.walk(one))
        ]
        start = (statement.end_lineno or 0, statement.end_col_offset or 0)
        end = (self.call.lineno, self.call.col_offset)
        for node in ast.walk(self.at.function) if self.at.function is not None else ():
            position = (getattr(node, "lineno", 0), getattr(node, "col_offset", 0))
            if start <= position < end:
                yield node
        for loop in loops:
            yield from ast.walk(loop)

    @staticmethod
    def _changes(node: ast.AST, names: set[str], attributes: set[str]) -> bool:
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                return name in names
            case ast.Attribute(attr=name, ctx=ast.Store() | ast.Del()):
                return name in attributes
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
                return name in names
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)):
                return name in names and method in _CHANGING
            case _:
                return False
