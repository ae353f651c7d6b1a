"""What names the account in a handler that logs in, where that is certain."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from backend_architect.python.bodies import names_in, own_nodes
from backend_architect.python.values import Symbol
from backend_architect.python.words import word_set
from backend_architect.snippets.login_limits import COUNTERS, MODULE, Counting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.python.place import Place
    from backend_architect.python.route_parameters import Parameter
    from backend_architect.python.routes import Function, Route

_ACCOUNTS: Final = word_set(
    "account account_name email email_address login login_name mail user_email user_name username"
)
_STRINGS: Final = frozenset({"EmailStr", "str"})
_REQUESTS: Final = frozenset({"fastapi.Request", "fastapi.requests.Request", "starlette.requests.Request"})
_FORMS: Final = ("OAuth2PasswordRequestForm", "OAuth2PasswordRequestFormStrict")
_BODIES: Final = frozenset({"form", "json", "values"})
_SOMETIMES: Final = (ast.Lambda, ast.IfExp, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
"""What need not evaluate all of its parts, or changes a name in between."""


def counting_of(function: Function, route: Route, checked: ast.expr, at: Place) -> Counting | None:
    """How attempts are counted in a handler that checks a password; None where that is not certain.

    Args:
        function: the handler.
        route: its route.
        checked: the expression that checks the password.
        at: a place in the body of the handler.
    """
    counter = COUNTERS.get(route.framework)
    is_plain = route.certain and route.methods == frozenset({"POST"}) and not _is_method(function, at)
    if counter is None or not is_plain or not _is_free(counter, at) or counter in names_in(function):
        return None
    if route.framework == "flask":
        return _in_flask(function, checked, at)
    return _in_fastapi(function, route, at)


def _is_method(function: Function, at: Place) -> bool:
    """Whether a function stands in the body of a class."""
    return at.frame.owner_class is not None or isinstance(at.view.parent(function), ast.ClassDef)


def _is_free(counter: str, at: Place) -> bool:
    """Whether a name stands for nothing yet, or for what an earlier repair has imported."""
    known = at.look(counter)
    return known is None or (isinstance(known, Symbol) and known.path.endswith(f"{MODULE}.{counter}"))


# FastAPI


def _in_fastapi(function: Function, route: Route, at: Place) -> Counting | None:
    accounts = set(_given(function, route, at))
    if len(accounts) != 1:
        return None
    first = function.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    (account,), before = accounts, int(is_docstring)
    if route.request is not None:
        return Counting(account, before, route.request)
    taken = {*names_in(function), *(one.name for one in route.parameters)}
    name = next((one for one in ("request", "http_request") if one not in taken), None)
    known = at.look("Request")
    is_known = isinstance(known, Symbol) and known.path in _REQUESTS
    if (
        name is None
        or not (known is None or is_known)
        or not [*function.args.posonlyargs, *function.args.args]
    ):
        return None
    return Counting(
        account, before, name, adds=True, imports=() if is_known else ("from fastapi import Request",)
    )


def _given(function: Function, route: Route, at: Place) -> Iterator[str]:
    """The parameters that name the account, and what the handler reads of others."""
    yield from (one.name for one in route.parameters if one.name in _ACCOUNTS and _is_string(one))
    holding = {one.name for one in route.parameters if _holds_fields(one)}
    for node in own_nodes(function.body):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=field, ctx=ast.Load()) if name in holding:
                outer = at.view.parent(node)
                if field in _ACCOUNTS and not (isinstance(outer, ast.Call) and outer.func is node):
                    yield f"{name}.{field}"
            case _:
                pass


def _is_string(parameter: Parameter) -> bool:
    """Whether a parameter is always text of the request."""
    annotation, default = parameter.node.annotation, parameter.default
    match annotation:
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[inner, *_])):
            annotation = inner
        case _:
            pass
    text = isinstance(annotation, ast.Name) and annotation.id in _STRINGS
    return text and parameter.role in {"form", "body", "query"} and not isinstance(default, ast.Constant)


def _holds_fields(parameter: Parameter) -> bool:
    """Whether a parameter is the body or the form of the request."""
    if parameter.role == "dependency":
        return (parameter.type or "").endswith(_FORMS)
    is_class = isinstance(parameter.node.annotation, ast.Name) and parameter.default is None
    return parameter.role in {"body", "form"} or (parameter.role == "unknown" and is_class)


# Flask


def _in_flask(function: Function, checked: ast.expr, at: Place) -> Counting | None:
    nodes = (node for node in own_nodes(function.body) if isinstance(node, ast.expr))
    reads = [(node, *found) for node in nodes if (found := _read(node)) is not None]
    reads = [one for one in reads if _kind(one[1], function, at) is not None]
    name = next((one for one in ("wait", "seconds_to_wait") if one not in names_in(function)), None)
    if len({key for _, _, key in reads}) != 1 or name is None:
        return None
    node, source, _ = reads[0]
    before, asked = _number(node, function, at, always=True), _number(checked, function, at)
    if before is None or asked is None or asked < before:
        return None
    text = at.source_of(node)
    return Counting(text if _is_text(node, source, function, at) else f"str({text})", before, name)


def _read(node: ast.expr) -> tuple[ast.expr, str] | None:
    """What a field with the name of an account is read from, and its name."""
    match node:
        case ast.Subscript(value=source, slice=ast.Constant(value=str(key)), ctx=ast.Load()):
            pass
        case ast.Call(
            func=ast.Attribute(value=source, attr="get"),
            args=[ast.Constant(value=str(key))] | [ast.Constant(value=str(key)), ast.Constant()],
            keywords=[],
        ):
            pass
        case _:
            return None
    return (source, key) if key in _ACCOUNTS else None


def _kind(source: ast.expr, function: Function, at: Place) -> str | None:
    """The part of the request that an expression is, or was assigned to a name once: form, json or values."""
    match source:
        case ast.Attribute(value=request, attr=part) if part in _BODIES:
            return part if at.type_of(request) == "flask.Request" else None
        case ast.Call(func=ast.Attribute(value=request, attr="get_json")):
            return "json" if at.type_of(request) == "flask.Request" else None
        case ast.BoolOp(op=ast.Or(), values=[first, ast.Dict(keys=[])]):
            return _kind(first, function, at)
        case ast.Name(id=name):
            stored = [one for one in names_in(function).get(name, ()) if isinstance(one.ctx, ast.Store)]
            outer = at.view.parent(stored[0]) if len(stored) == 1 else None
            if (
                isinstance(outer, ast.Assign)
                and outer in function.body
                and not isinstance(outer.value, ast.Name)
            ):
                return _kind(outer.value, function, at)
            return None
        case _:
            return None


def _is_text(node: ast.expr, source: ast.expr, function: Function, at: Place) -> bool:
    """Whether what is read is text for certain: of a form, and not None."""
    match node:
        case ast.Call(args=[_, ast.Constant(value=str())]) | ast.Subscript():
            return _kind(source, function, at) == "form"
        case _:
            return False


def _number(node: ast.expr, function: Function, at: Place, *, always: bool = False) -> int | None:
    """The number of the statement of a body in which an expression stands.

    With `always`, None also where it need not be evaluated whenever the statement is reached.
    """
    inner: ast.AST = node
    for outer in at.around(node):
        if isinstance(outer, ast.stmt) and outer in function.body:
            return None if always and not isinstance(inner, ast.expr) else function.body.index(outer)
        if always and (isinstance(outer, (ast.stmt, *_SOMETIMES)) or _may_skip(outer, inner)):
            return None
        inner = outer
    return None


def _may_skip(outer: ast.AST, inner: ast.AST) -> bool:
    return isinstance(outer, ast.BoolOp) and outer.values[0] is not inner
