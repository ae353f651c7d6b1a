"""When values are put into a statement, and whether they are still the same when it is handed over."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from backend_architect.fixes.layout import siblings
from backend_architect.python.growth import added_to
from backend_architect.python.order import Position, covers

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

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_PLAIN = 2
"""Nodes of an expression that is a variable and nothing else: the name and its context."""

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
        before = any(id(one) in around for one in self._behind(statement))
        return before and not (added_to(statement) is not None and self._is_repeated(statement))

    def _is_repeated(self, statement: ast.stmt) -> bool:
        """Whether a text grows in a loop in which it is not begun."""
        added = added_to(statement)
        names = {added[0]} if added is not None else set[str]()
        loops = [one for one in self.at.around(statement) if isinstance(one, _LOOPS)]
        begun = [{name for one in _own_assignments(loop) for name, _ in _changes(one)} for loop in loops]
        return any(names.isdisjoint(one) for one in begun)

    def function_of(self, node: ast.AST) -> ast.AST | None:
        """The innermost function around a node."""
        functions = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
        return next((one for one in self.at.around(node) if isinstance(one, functions)), None)

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
        names |= {f".{one.attr}" for one in parts if isinstance(one, ast.Attribute)}
        names |= (
            {f"{one.id}." for one in parts if isinstance(one, ast.Name)} if len(parts) > _PLAIN else set()
        )
        changes = _changes(self.at.function) if self.at.function is not None else ()
        stretches = self._between(statement)
        return not any(name in names and covers(stretches, position) for name, position in changes)

    def _is_lasting(self, node: ast.AST) -> bool:
        if not isinstance(node, ast.Call):
            return True
        if isinstance(node.func, ast.Attribute) and node.func.attr in _LASTING:
            return True
        return self.at.path(node.func) in _LASTING_CALLS

    def _between(self, statement: ast.stmt) -> list[tuple[Position, Position]]:
        """The stretches of the function that may run behind a statement and before the call."""
        start = (statement.end_lineno or 0, statement.end_col_offset or 0)
        found = [(start, (self.call.lineno, self.call.col_offset))]
        for loop in self.at.around(self.call):
            if isinstance(loop, _LOOPS):
                begin = (loop.lineno, loop.col_offset)
                if not begin <= (statement.lineno, statement.col_offset) < _end(loop):
                    found.append((begin, _end(loop)))
        return found


def _own_assignments(loop: ast.AST) -> Iterator[ast.stmt]:
    for node in ast.walk(loop):
        if isinstance(node, ast.Assign | ast.AnnAssign) and added_to(node) is None:
            yield node


def _end(node: ast.stmt) -> Position:
    return node.end_lineno or node.lineno, node.end_col_offset or 0


@lru_cache(maxsize=16)
def _changes(function: ast.AST) -> tuple[tuple[str, Position], ...]:
    """What a function assigns, deletes or changes in place, and where.

    Attributes begin with a dot. A variable whose method is called, which may change it inside, ends in one.
    """
    found: list[tuple[str, Position]] = []
    for node in ast.walk(function):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                pass
            case ast.Attribute(attr=attribute, ctx=ast.Store() | ast.Del()):
                name = f".{attribute}"
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
                pass
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)):
                name = name if method in _CHANGING else f"{name}."
            case ast.ExceptHandler(name=str() as name) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                pass
            case ast.MatchAs(name=str() as name) | ast.MatchStar(name=str() as name):
                pass
            case ast.alias(asname=asname):
                name = asname or node.name
            case _:
                continue
        found.append((name, (node.lineno, node.col_offset)))
    return tuple(found)
