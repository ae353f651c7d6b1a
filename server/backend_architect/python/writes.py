"""What a function writes to a database, and which of it happens in the same run."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend_architect.knowledge import libraries
from backend_architect.python.ancestry import lineage
from backend_architect.python.bodies import own_nodes
from backend_architect.python.embedded import sink_at
from backend_architect.python.marks import name_of
from backend_architect.python.orm import assigned_values, chain_of, query_at
from backend_architect.python.values import Symbol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.python.place import Place

Function = ast.FunctionDef | ast.AsyncFunctionDef
Branches = tuple[tuple[int, str, bool], ...]
"""Statement, part of it, and whether the function ends with that part; from the outside in."""

_BY_QUERY = frozenset(
    {"create", "bulk_create", "bulk_update", "update", "delete", "get_or_create", "update_or_create"}
)
_BY_OBJECT = frozenset({"save", "delete"})
_LOOKING_UP = frozenset({"get", "first", "last", "create", "earliest", "latest"})
_METHODS = _BY_QUERY | _BY_OBJECT | {path.rpartition(".")[2] for path in libraries.paths("autocommitting")}
"""What is called where something is written."""

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_PARTS = ("body", "orelse", "finalbody")
_WRITING = ("INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE")


@dataclass(frozen=True, slots=True)
class Write:
    """A call that changes rows."""

    call: ast.Call
    target: str
    """What is changed: a model, a variable or a table."""
    key: str
    """Tells two changes of the same target apart, where that matters."""
    branches: Branches
    relative: bool = False
    """Whether the new value is made from the old one."""
    makes: str | None = None
    """The variable that holds a row which is new."""
    mentions: frozenset[str] = frozenset()
    """The names from which the row is made."""

    def excludes(self, other: Write) -> bool:
        """Whether a run that comes here did not do the other, earlier write."""
        mine = {statement: part for statement, part, _ in self.branches}
        return any(
            part != mine[statement] if statement in mine else ends for statement, part, ends in other.branches
        )


def writes_of(function: Function, at: Place) -> list[Write]:
    """The writes in the body of a function, in order; `at` stands in the function."""
    if not any(map(_may_write, own_nodes(function.body))):
        return []
    reader = _Reader(function, at)
    return sorted(reader.writes(), key=lambda write: at.range_of(write.call))


@dataclass(slots=True)
class _Reader:
    function: Function
    at: Place

    def writes(self) -> Iterator[Write]:
        changed = dict(_changed(self.function, self.at))
        for call, branches in _calls(self.function.body, ()):
            yield from self._of_django(call, branches, changed)
            yield from self._of_sql(call, branches)

    def _of_django(self, call: ast.Call, branches: Branches, changed: dict[str, bool]) -> Iterator[Write]:
        match call.func:
            case ast.Attribute(value=ast.Name(id=name) as owner, attr=method) if method in _BY_OBJECT:
                if self._is_row(owner) or (name in changed and self.at.type_of(owner) is None):
                    relative, values = changed.get(name, False), list(assigned_values(owner, self.at))
                    makes = name if any(map(_makes_row, values)) else None
                    yield Write(call, name, name, branches, relative, makes, _names(*values))
            case ast.Attribute(value=owner, attr=method) if method in _BY_QUERY:
                query = query_at(owner, self.at)
                if query is not None and query.kind == "django" and query.model is not None:
                    target, statement = ast.unparse(query.model), self.at.view.parent(call)
                    held = statement.targets[0] if isinstance(statement, ast.Assign) else None
                    makes = held.id if isinstance(held, ast.Name) and _makes_row(call) else None
                    yield Write(call, target, makes or target, branches, False, makes, _names(call))
            case _:
                pass

    def _is_row(self, name: ast.Name) -> bool:
        """Whether a variable holds a row of Django, by what is assigned to it."""
        values = list(assigned_values(name, self.at))
        return bool(values) and all(map(self._gives_row, values))

    def _gives_row(self, value: ast.expr) -> bool:
        chain = chain_of(value)
        if chain.calls and chain.steps[-1] in _LOOKING_UP and isinstance(chain.calls[-1].func, ast.Attribute):
            return query_at(chain.calls[-1].func.value, self.at) is not None
        if not isinstance(value, ast.Call):
            return False
        made = self.at.resolve(value.func)
        if not isinstance(made, Symbol):
            return False
        if made.path == "django.shortcuts.get_object_or_404":
            return True
        return "django.db.models.Model" in lineage(made.path, self.at.look)

    def _of_sql(self, call: ast.Call, branches: Branches) -> Iterator[Write]:
        path = self.at.path(call.func) if isinstance(call.func, ast.Attribute) else None
        entry = libraries.entry("autocommitting", path) if path is not None else None
        if path is None or entry is None or not isinstance(call.func, ast.Attribute):
            return
        if not self._autocommits(call.func.value, entry.get("by"), path):
            return
        sink = sink_at(call, self.at)
        for query in sink.queries if sink is not None else ():
            words = query.text.split()
            if words[0].upper() in _WRITING and len(words) > 2:
                table = next(
                    (word for word in words[1:] if word.upper() not in {"INTO", "FROM", "OR", "ONLY"}), ""
                )
                yield Write(call, table.strip('"`'), query.text, branches, relative=True)

    def _autocommits(self, owner: ast.expr, by: dict[str, object] | None, path: str) -> bool:
        """Whether a connection that was opened here writes each statement for good."""
        if by is None and path.startswith("asyncpg.Pool."):
            return True
        if not isinstance(owner, ast.Name):
            return False
        bindings = self.at.view.resolver(self.at.frame).scope.bindings_of(owner.id)
        opened = [one.node for one in bindings if one.kind in {"value", "enter"}]
        calls = [node.value if isinstance(node, ast.Await) else node for node in opened]
        call = calls[0] if len(bindings) == 1 and calls else None
        if not isinstance(call, ast.Call):
            return False
        if isinstance(call.func, ast.Attribute) and call.func.attr == "cursor":
            return self._autocommits(call.func.value, by, path)
        return by is None or any(
            one.arg in by and isinstance(one.value, ast.Constant) and str(one.value.value) == str(by[one.arg])
            for one in call.keywords
        )


def _may_write(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in _METHODS


def _makes_row(value: ast.expr) -> bool:
    """Whether a call makes a row, instead of looking one up."""
    return isinstance(value, ast.Call) and name_of(value.func) not in {
        *_LOOKING_UP - {"create"},
        "get_object_or_404",
    }


def _names(*nodes: ast.expr) -> frozenset[str]:
    return frozenset(part.id for node in nodes for part in ast.walk(node) if isinstance(part, ast.Name))


def _changed(function: Function, at: Place) -> Iterator[tuple[str, bool]]:
    """The variables of which an attribute is set, and whether some is made from its old value."""
    for node in ast.walk(function):
        match node:
            case ast.AugAssign(target=ast.Attribute(value=ast.Name(id=name))):
                yield name, True
            case ast.Assign(
                targets=[ast.Attribute(value=ast.Name(id=name)) as target], value=ast.BinOp() as value
            ):
                yield name, any(_is_old(target, part, at) for part in ast.walk(value))
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id=name))]):
                yield name, False
            case _:
                pass


def _is_old(target: ast.Attribute, part: ast.AST, at: Place) -> bool:
    """Whether part of an expression is what an attribute, or the column of that name, was before."""
    match part:
        case ast.Attribute():
            return ast.unparse(part) == ast.unparse(target)
        case ast.Call(func=called, args=[ast.Constant(value=target.attr)]):
            return at.path(called) == "django.db.models.F"
        case _:
            return False


def _calls(body: list[ast.stmt], branches: Branches) -> Iterator[tuple[ast.Call, Branches]]:
    """The calls in some statements, each with the branches it stands in."""
    for statement in body:
        if isinstance(statement, _FUNCTIONS):
            continue
        for node in _own(statement):
            if isinstance(node, ast.Call):
                yield node, branches
        for part, inner in _inner(statement):
            yield from _calls(inner, (*branches, (id(statement), part, _ends(inner))))


def _own(statement: ast.stmt) -> Iterator[ast.AST]:
    """The nodes of a statement without those of the statements in it."""
    pending: list[ast.AST] = list(ast.iter_child_nodes(statement))
    while pending:
        node = pending.pop()
        if not isinstance(node, (ast.stmt, ast.ExceptHandler, ast.match_case, *_FUNCTIONS)):
            yield node
            pending += ast.iter_child_nodes(node)


def _inner(statement: ast.stmt) -> Iterator[tuple[str, list[ast.stmt]]]:
    """The parts of a statement of which some may be done and others not."""
    shared = isinstance(statement, ast.With | ast.AsyncWith | ast.For | ast.AsyncFor | ast.While | ast.Try)
    for part in _PARTS:
        inner: list[ast.stmt] = getattr(statement, part, [])
        if inner:
            yield ("body" if shared else part), inner
    for number, handler in enumerate(getattr(statement, "handlers", ())):
        yield f"handler {number}", handler.body
    for number, case in enumerate(getattr(statement, "cases", ())):
        yield f"case {number}", case.body


def _ends(body: list[ast.stmt]) -> bool:
    return isinstance(body[-1], ast.Return | ast.Raise | ast.Continue | ast.Break)
