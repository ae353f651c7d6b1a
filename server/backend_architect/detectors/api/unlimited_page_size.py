"""Page sizes that the client chooses without a limit."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Edit, Finding, Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.calls import add_keyword
from backend_architect.python.bodies import own_nodes
from backend_architect.python.marks import name_of
from backend_architect.python.routes import route_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.python.place import Place
    from backend_architect.python.route_parameters import Parameter
    from backend_architect.python.routes import Function

_SIZES = frozenset(
    {"limit", "page_size", "pagesize", "per_page", "perpage", "size", "items_per_page", "max_results", "take"}
)
_BOUNDS = frozenset({"le", "lt", "multiple_of"})
_TAKING = frozenset({"fetch", "fetchmany", "limit", "paginate", "to_list"})
_MOST = 100
_REASON = "Clients that ask for more than the limit are refused with status 422."


@detector(on=(ast.FunctionDef, ast.AsyncFunctionDef), imports=("fastapi",))
def detect(function: Function, at: Place) -> Iterator[Finding]:
    """Look at the parameters of the query that limit how many rows are answered."""
    route = route_of(function, at)
    if route is None or route.framework != "fastapi":
        return
    for parameter in route.of_role("query"):
        if parameter.name.lower() in _SIZES and parameter.type == "builtins.int":
            bound = _is_bound(parameter) or _is_looked_at(parameter.name, function)
            if not bound and _limits(parameter.name, function):
                message = f"a client can ask for any number of rows: `{parameter.name}` has no upper limit"
                yield at.finding(_where(parameter), message, _fix(parameter, at))


def _where(parameter: Parameter) -> ast.expr:
    return parameter.marker or parameter.default or parameter.node.annotation or ast.Constant(None)


def _is_bound(parameter: Parameter) -> bool:
    marker = parameter.marker
    if marker is not None:
        return any(one.arg in _BOUNDS or one.arg is None for one in marker.keywords)
    annotation = parameter.node.annotation
    return isinstance(annotation, ast.Subscript) and name_of(annotation.value) == "Annotated"


def _is_looked_at(name: str, function: Function) -> bool:
    """Whether the handler compares the number, or takes the smaller of two."""
    for node in own_nodes(function.body):
        match node:
            case ast.Compare(left=left, comparators=others):
                compared = [left, *others]
            case ast.Call(func=ast.Name(id="min"), args=args):
                compared = args
            case ast.Assign(targets=targets) if any(_is_name(one, name) for one in targets):
                return True
            case _:
                continue
        if any(_is_name(one, name) for one in compared):
            return True
    return False


def _limits(name: str, function: Function) -> bool:
    """Whether the number reaches a query as it is; another function may look at it first."""
    for node in own_nodes(function.body):
        match node:
            case ast.Call(func=ast.Attribute(attr=called), args=args, keywords=keywords):
                given = [*args, *(one.value for one in keywords)]
                if called in _TAKING and any(_is_name(one, name) for one in given):
                    return True
            case ast.Slice(upper=ast.expr() as upper):
                if any(isinstance(one, ast.Name) and one.id == name for one in ast.walk(upper)):
                    return True
            case _:
                pass
    return False


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _fix(parameter: Parameter, at: Place) -> Fix | None:
    default = parameter.default
    known = default.args[0] if isinstance(default, ast.Call) and default.args else default
    given = at.constant(known) if known is not None else None
    most = max(_MOST, given) if isinstance(given, int) else _MOST
    imports: tuple[str, ...] = ()
    if parameter.marker is not None:
        edit = add_keyword(parameter.marker, "le", str(most), at)
    elif default is not None:
        edit = at.edit(*at.range_of(default), f"Query({at.source_of(default)}, le={most})")
        imports = ("from fastapi import Query",)
    else:
        return None
    if edit is None:
        return None
    edits: list[Edit] = [edit]
    return Fix(f"Refuse more than {most}: `le={most}`", "unsafe", _REASON, lambda: edits, imports)
