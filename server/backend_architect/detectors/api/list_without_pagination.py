"""Handlers that answer every row of a query."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Edit, Finding, Fix
from backend_architect.engine.rules import detector
from backend_architect.python.ancestry import ancestors
from backend_architect.python.answers import answers
from backend_architect.python.bodies import own_nodes
from backend_architect.python.marks import FRAMEWORKS
from backend_architect.python.orm import assigned_values, query_at, rows_at
from backend_architect.python.routes import route_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.python.orm import OrmQuery
    from backend_architect.python.place import Place
    from backend_architect.python.routes import Function, Route

_BOUNDING = frozenset({"limit", "slice", "paginate", "fetch", "first", "one", "get", "aggregate", "group_by"})
_NARROWING = frozenset({"filter", "filter_by", "where", "exclude", "values_list", "distinct"})
_REASON = "Clients get the first hundred rows until they ask for the next ones."
_DEEP = 3


@detector(on=(ast.FunctionDef, ast.AsyncFunctionDef, ast.Assign), imports=FRAMEWORKS)
def detect(subject: Function | ast.Assign, at: Place) -> Iterator[Finding]:
    """Look at what handlers of GET return, and at views that switch pagination off."""
    if isinstance(subject, ast.Assign):
        yield from _switched_off(subject, at)
        return
    route = route_of(subject, at)
    if route is None or not _reads(route) or route.of_role("path"):
        return
    at = at.within(subject)
    seen: set[ast.expr] = set()
    for _, answer in answers(subject, at):
        for body in answer.bodies if route.certain or answer.call is not None else ():
            for where, query in _rows(body, at, _DEEP):
                if where not in seen and _is_unbounded(query):
                    seen.add(where)
                    message = (
                        "this answers all rows that there are, however many that will be: it has no limit"
                    )
                    yield at.finding(where, message, _fix(where, query, subject, route, at))


def _reads(route: Route) -> bool:
    of_one = route.framework in {"django", "drf"} and route.of_role("unknown")
    reads = route.methods == frozenset({"GET"}) and route.certain
    return (reads or (route.framework == "django" and not route.methods)) and not of_one


def _is_unbounded(query: OrmQuery) -> bool:
    return _BOUNDING.isdisjoint(query.steps) and _NARROWING.isdisjoint(query.steps)


def _rows(node: ast.expr, at: Place, depth: int) -> Iterator[tuple[ast.expr, OrmQuery]]:
    """The queries all of whose rows an answer holds, with where they stand."""
    found = rows_at(node, at)
    if found is not None:
        yield node, found
        return
    match node:
        case ast.Name() if depth:
            for value in assigned_values(node, at):
                yield from _rows(value, at, depth - 1)
        case ast.ListComp(generators=[ast.comprehension(iter=source, ifs=[])]):
            yield from _iterated(source, at, depth)
        case ast.Dict(values=parts) | ast.List(elts=parts):
            for part in parts:
                yield from _rows(part, at, depth)
        case ast.Call(args=[source, *_], keywords=keywords) if any(one.arg == "many" for one in keywords):
            yield from _iterated(source, at, depth)
        case ast.Call(func=ast.Attribute(attr="dump"), args=[source]):
            yield from _rows(source, at, depth)
        case ast.Attribute(value=inner, attr="data"):
            yield from _rows(inner, at, depth)
        case _:
            pass


def _iterated(source: ast.expr, at: Place, depth: int) -> Iterator[tuple[ast.expr, OrmQuery]]:
    query = query_at(source, at)
    if query is not None and query.kind in {"django", "query"} and not isinstance(source, ast.Name):
        yield source, query
    else:
        values = list(assigned_values(source, at)) if isinstance(source, ast.Name) else []
        queries = [query_at(value, at) for value in values]
        if len(values) == 1 and queries[0] is not None and queries[0].kind == "django":
            yield values[0], queries[0]
        else:
            yield from _rows(source, at, depth)


def _switched_off(statement: ast.Assign, at: Place) -> Iterator[Finding]:
    """`pagination_class = None` in a view that lists."""
    match statement:
        case ast.Assign(targets=[ast.Name(id="pagination_class")], value=ast.Constant(value=None) as value):
            owner = at.frame.owner
            bases = list(ancestors(owner, at.look)) if owner is not None and at.function is None else []
            known = [base for base in bases if base is not None and base.startswith("rest_framework.")]
            if known:
                yield at.finding(value, "without pagination this view answers all rows that there are")
        case _:
            pass


def _fix(where: ast.expr, query: OrmQuery, function: Function, route: Route, at: Place) -> Fix | None:
    """Let clients of FastAPI say which rows they want."""
    args = function.args
    taken = {one.arg for one in (*args.args, *args.kwonlyargs)} | _assigned(function)
    call = where.value if isinstance(where, ast.Await) else where
    if (
        route.framework != "fastapi"
        or not taken.isdisjoint({"limit", "offset"})
        or args.kwonlyargs
        or args.vararg
    ):
        return None
    if query.kind != "query" or not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return None
    before = at.range_of(call.func.value)[1]
    added = "limit: int = Query(100, ge=1, le=100), offset: int = Query(0, ge=0)"
    place = _behind_parameters(function, at)
    if place is None:
        return None
    edits: list[Edit] = [
        at.edit(before, before, ".limit(limit).offset(offset)"),
        at.edit(place, place, f", {added}" if args.args else added),
    ]
    title = "Let clients ask for at most 100 rows at a time"
    return Fix(title, "unsafe", _REASON, lambda: edits, ("from fastapi import Query",))


def _assigned(function: Function) -> set[str]:
    return {node.id for node in own_nodes(function.body) if isinstance(node, ast.Name)}


def _behind_parameters(function: Function, at: Place) -> int | None:
    """Where the last parameter ends; the place between the parentheses where there is none."""
    args = function.args
    if args.kwarg is not None:
        return None
    if not args.args:
        text, start = at.view.source.text, at.range_of(function)[0]
        opening = text.index("(", text.index(f" {function.name}", start))
        return opening + 1 if text[opening + 1] == ")" else None
    last = args.args[-1]
    parts = (
        [*args.defaults[-1:]] if args.defaults else [last.annotation] if last.annotation is not None else []
    )
    if not parts:
        shift = at.view.parsed.shift + 1
        return at.view.source.offset((last.end_lineno or last.lineno) - shift, last.end_col_offset or 0)
    return at.range_of(parts[0])[1] if not isinstance(parts[0], ast.Tuple) else None
