"""New values that are computed from old ones which somebody else may have changed meanwhile."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.python.orm import MAPPERS, assigned_values, chain_of, query_at
from backend_architect.python.values import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Edit, Finding
    from backend_architect.python.place import Place

_LOOKING_UP = frozenset({"get", "first", "last", "one", "one_or_none", "earliest", "latest", "get_or_404"})
_LOCKS = frozenset({"select_for_update", "with_for_update", "F", "lock", "acquire"})
_GETTERS = frozenset({"django.shortcuts.get_object_or_404"})
_REASON = "The attribute holds an expression instead of a number until the row is read again."


class _Row(NamedTuple):
    kind: str
    model: ast.expr | None


@detector(on=ast.AugAssign, imports=MAPPERS)
def detect(statement: ast.AugAssign, at: Place) -> Iterator[Finding]:
    """Look at numbers that are added to attributes of rows which the same function loads and saves."""
    match statement:
        case ast.AugAssign(
            target=ast.Attribute(value=ast.Name() as owner) as target, op=ast.Add() | ast.Sub()
        ):
            pass
        case _:
            return
    if not isinstance(at.function, ast.FunctionDef | ast.AsyncFunctionDef) or not _may_be_number(
        statement, at
    ):
        return
    row = _row(owner, at)
    if row is None or not _is_saved(owner, row, at.function):
        return
    message = f"two requests that do this at once lose one of the two changes of `{target.attr}`"
    yield at.finding(statement, message, _fix(statement, target, owner, row, at))


def _may_be_number(statement: ast.AugAssign, at: Place) -> bool:
    if isinstance(statement.op, ast.Sub):
        return True
    value = statement.value
    display = isinstance(value, ast.List | ast.Tuple | ast.ListComp | ast.Dict | ast.JoinedStr)
    return not display and not isinstance(at.resolve(value), Text)


def _row(owner: ast.Name, at: Place) -> _Row | None:
    """The row that a variable holds, if the function itself has loaded it."""
    values = list(assigned_values(owner, at))
    found = [row for row in (_loaded(value, at) for value in values) if row is not None]
    return found[0] if found and len(found) == len(values) else None


def _loaded(value: ast.expr, at: Place) -> _Row | None:
    if isinstance(value, ast.Call) and at.path(value.func) in _GETTERS and value.args:
        return _Row("django", value.args[0])
    chain = chain_of(value)
    if not chain.calls:
        return None
    last = chain.calls[-1]
    if chain.steps[-1] in _LOOKING_UP and isinstance(last.func, ast.Attribute):
        query = query_at(last.func.value, at)
        if query is not None and _LOCKS.isdisjoint(query.steps):
            return _Row(query.kind, query.model)
    return None


def _is_saved(owner: ast.Name, row: _Row, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether the function writes the row, and nothing in it keeps others away meanwhile."""
    saved = False
    for node in ast.walk(function):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr="save") if name == owner.id:
                saved = True
            case ast.Attribute(attr="commit" | "flush") if row.kind == "query":
                saved = True
            case ast.Attribute(attr=name) | ast.Name(id=name) if name in _LOCKS:
                return False
            case ast.Attribute(value=ast.Name(id=name), attr="pk" | "id", ctx=ast.Store()) if (
                name == owner.id
            ):
                return False  # a copy, which nobody else knows yet
            case _:
                pass
    return saved


def _fix(
    statement: ast.AugAssign, target: ast.Attribute, owner: ast.Name, row: _Row, at: Place
) -> Fix | None:
    if _is_read(target, owner, at) or (row.kind == "query" and not isinstance(row.model, ast.Name)):
        return None
    sign = "+" if isinstance(statement.op, ast.Add) else "-"
    simple = isinstance(statement.value, ast.Constant | ast.Name | ast.Attribute | ast.Call | ast.Subscript)
    value = at.source_of(statement.value) if simple else f"({at.source_of(statement.value)})"
    written = at.source_of(target)
    if row.kind == "django":
        old, imports = f'F("{target.attr}")', ("from django.db.models import F",)
    else:
        old, imports = f"{getattr(row.model, 'id', '')}.{target.attr}", ()
    return Fix(
        "Let the database compute the new value",
        "unsafe",
        _REASON,
        lambda: _computed(statement, f"{written} = {old} {sign} {value}", at),
        imports,
    )


def _is_read(target: ast.Attribute, owner: ast.Name, at: Place) -> bool:
    """Whether the function reads the attribute, which would then be an expression."""
    reads = 0
    for node in ast.walk(at.function) if at.function is not None else ():
        if isinstance(node, ast.Attribute) and node.attr == target.attr and node is not target:
            reads += isinstance(node.value, ast.Name) and node.value.id == owner.id
    return reads > 0


def _computed(statement: ast.AugAssign, text: str, at: Place) -> list[Edit]:
    return [at.edit(*at.range_of(statement), text)]
