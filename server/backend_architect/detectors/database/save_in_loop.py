"""Rows of Django that are written one by one."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.statements import line_before, stands_alone
from backend_architect.python.bodies import nodes_outside
from backend_architect.python.marks import name_of
from backend_architect.python.orm import query_at, rows_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Edit, Finding
    from backend_architect.python.orm import OrmQuery
    from backend_architect.python.place import Place

_INNER = (ast.For, ast.AsyncFor, ast.While, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_LEAVING = (ast.Break, ast.Return, ast.Try, ast.Yield)
_CHANGED = "changed"
_REASON = "`save` is not called: signals, overridden methods and fields such as `auto_now` do nothing."


@detector(on=ast.For, imports={"django", "rest_framework"})
def detect(loop: ast.For, at: Place) -> Iterator[Finding]:
    """Look at loops that go to the end, and whose elements may share a fate."""
    if isinstance(loop.iter, ast.Tuple | ast.List):
        return
    nodes = list(nodes_outside(loop.body, _INNER))
    if any(isinstance(node, _LEAVING) or _is_transaction(node) for node in nodes):
        return
    calls = sorted((node for node in nodes if isinstance(node, ast.Call)), key=at.range_of)
    for call in calls:
        if _creates(call, at) is not None:
            message = "every turn of the loop sends an INSERT of its own, where one could write all rows"
            yield at.finding(call.func, message, _bulk_create(loop, call, at))
            return
        query = _saves(call, loop, at)
        if query is not None:
            message = "every turn of the loop sends an UPDATE of its own, where one could write all rows"
            yield at.finding(call.func, message, _bulk_update(loop, call, query, at))
            return


def _is_transaction(node: ast.AST) -> bool:
    """Whether a node begins a transaction: then every turn is one on purpose."""
    return isinstance(node, ast.Attribute | ast.Name) and name_of(node) == "atomic"


def _creates(call: ast.Call, at: Place) -> OrmQuery | None:
    """The manager of `Model.objects.create(...)`."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "create":
        return None
    if not isinstance(at.view.parent(call), ast.Expr):
        return None  # what is made is needed, with its key
    query = query_at(call.func.value, at)
    return query if query is not None and query.kind == "django" and set(query.steps) <= {"using"} else None


def _saves(call: ast.Call, loop: ast.For, at: Place) -> OrmQuery | None:
    """The query whose rows the loop saves one after another."""
    match call, loop.target:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=saved), attr="save")), ast.Name(id=target):
            if saved != target:
                return None
        case _:
            return None
    if any(_is_key(node, saved) for node in nodes_outside(loop.body, _INNER)):
        return None  # a copy, whose new key others need
    query = query_at(loop.iter, at) or rows_at(loop.iter, at)
    return query if query is not None and query.kind == "django" else None


def _is_key(node: ast.AST, variable: str) -> bool:
    """Whether a node is the primary key of what a variable holds, to be set."""
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr="pk" | "id", ctx=ast.Store()):
            return name == variable
        case _:
            return False


def _bulk_create(loop: ast.For, call: ast.Call, at: Place) -> Fix | None:
    """`Model.objects.bulk_create(Model(...) for row in rows)`, where the loop does nothing else."""
    statement, query = loop.body[0], _creates(call, at)
    alone = len(loop.body) == 1 and isinstance(statement, ast.Expr) and statement.value is call
    header = at.view.source.text[at.range_of(loop)[0] : at.range_of(statement)[0]]
    if not alone or loop.orelse or query is None or query.model is None or "#" in header:
        return None
    if "\n" not in header or not stands_alone(statement, at) or isinstance(at.function, ast.AsyncFunctionDef):
        return None
    model = query.model
    return Fix(
        "Write all rows with `bulk_create`", "unsafe", _REASON, lambda: _created(loop, call, model, at)
    )


def _created(loop: ast.For, call: ast.Call, model: ast.expr, at: Place) -> list[Edit]:
    start, inner = at.range_of(loop)[0], at.range_of(loop.body[0])[0]
    text = at.view.source.text
    owner = at.source_of(call.func.value) if isinstance(call.func, ast.Attribute) else ""
    indent = text[text.rfind("\n", 0, inner) : inner]
    outer = text[text.rfind("\n", 0, start) + 1 : start]
    each = text[start : at.range_of(loop.iter)[1]]
    function, end = at.range_of(call.func)[1], at.range_of(call)[1]
    return [
        at.edit(start, inner, f"{owner}.bulk_create({indent}"),
        at.edit(inner, function, at.source_of(model)),
        at.edit(end, end, f"{indent}{each}\n{outer})"),
    ]


def _bulk_update(loop: ast.For, call: ast.Call, query: OrmQuery, at: Place) -> Fix | None:
    """`bulk_update` behind the loop, where it does nothing but set attributes of what it saves."""
    *others, last = loop.body
    fields = [_field(statement, loop.target) for statement in others]
    saves = isinstance(last, ast.Expr) and last.value is call and not call.args and not call.keywords
    if not saves or not fields or None in fields or loop.orelse or query.model is None:
        return None
    if at.look_local(_CHANGED) is not None or not stands_alone(last, at) or not stands_alone(loop, at):
        return None
    model = f"{at.source_of(query.model)}.objects"
    names = ", ".join(f'"{name}"' for name in dict.fromkeys(fields))
    written = f"{model}.bulk_update({_CHANGED}, [{names}])"
    return Fix(
        "Write all rows with `bulk_update`", "unsafe", _REASON, lambda: _updated(loop, last, written, at)
    )


def _field(statement: ast.stmt, target: ast.expr) -> str | None:
    """The attribute of the loop's variable that a statement sets."""
    match statement, target:
        case (
            ast.Assign(targets=[ast.Attribute(value=ast.Name(id=owner), attr=name)])
            | ast.AugAssign(target=ast.Attribute(value=ast.Name(id=owner), attr=name)),
            ast.Name(id=variable),
        ):
            return name if owner == variable else None
        case _:
            return None


def _updated(loop: ast.For, last: ast.stmt, written: str, at: Place) -> list[Edit]:
    text = at.view.source.text
    start, end = at.range_of(last)
    line = text.rfind("\n", 0, start) + 1
    outer = at.range_of(loop)[0]
    indent = text[text.rfind("\n", 0, outer) + 1 : outer]
    first, behind = at.range_of(loop.iter)
    rows = at.source_of(loop.iter)
    loaded = rows if rows.startswith("list(") else f"list({rows})"
    return [
        line_before(loop, f"{_CHANGED} = {loaded}", at),
        at.edit(first, behind, _CHANGED),
        at.edit(line, end, indent + written),
    ]
