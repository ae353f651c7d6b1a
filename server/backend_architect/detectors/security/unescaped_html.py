"""Request data that a browser reads as HTML."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.fixes.escaping import escape_holes
from backend_architect.python.ancestry import ancestors
from backend_architect.python.bodies import own_nodes
from backend_architect.python.flows.facts import carried
from backend_architect.python.marks import SERVERS, name_of
from backend_architect.python.routes import route_of
from backend_architect.python.values import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

_RETURNING = frozenset({"flask", "quart", "bottle"})
"""Frameworks that send the text that a handler returns as HTML."""

_MARKING = ("mark_safe", "Markup", "SafeString", "SafeText", "format_html")

_ERROR_HANDLERS = frozenset({"errorhandler", "app_errorhandler"})

_NO_TEXT = frozenset({"to_dict", "dict", "jsonify", "items", "getlist", "keys", "values"})
"""Names of calls whose result is no text."""


@detector(on=(ast.Call, ast.Return), imports=SERVERS)
def detect(node: ast.Call | ast.Return, at: Place) -> Iterator[Finding]:
    """Look at answers, at what is marked as harmless HTML, and at what handlers return."""
    if isinstance(node, ast.Return):
        yield from _returned(node, at)
        return
    if not node.args and not node.keywords:
        return
    for argument, use in {use.argument: use for use in at.sinks(node, "html")}.items():
        if use.helper is None and not _is_html(argument, at):
            continue
        marks = use.sink.rpartition(".")[2].startswith(_MARKING)
        if not marks and (_says_other_type(at) or _is_reported(argument, at)):
            continue
        sink = f"`{use.sink}`" if use.helper is None else f"`{use.sink}` in `{use.helper}`"
        fix = escape_holes(argument, at) if use.helper is None else None
        yield at.finding(argument, _message(use.source.text, f"goes into {sink} as HTML"), fix)


def _message(source: str, what: str) -> str:
    return f"{source} {what}, as it is: a script in it runs in the browser of whoever sees the page"


def _returned(node: ast.Return, at: Place) -> Iterator[Finding]:
    if node.value is None or not isinstance(at.function, ast.FunctionDef | ast.AsyncFunctionDef):
        return
    first = node.value.elts[0] if isinstance(node.value, ast.Tuple) and node.value.elts else node.value
    source = at.request_data(first, "html")
    if source is None or not _answers_html(at.function, at):
        return
    if not _is_html(first, at) or _is_reported(first, at) or _names_other_type(node.value, at):
        return
    yield at.finding(first, _message(source.text, "is sent as HTML"), escape_holes(first, at))


def _answers_html(function: ast.FunctionDef | ast.AsyncFunctionDef, at: Place) -> bool:
    """Whether the text that a function returns is sent as HTML."""
    route = route_of(function, at)
    if route is None:
        handles_errors = any(name_of(one) in _ERROR_HANDLERS for one in function.decorator_list)
        return handles_errors and at.look("%imports.flask") is not None and not _says_other_type(at)
    if route.framework == "fastapi":
        given = route.decorator.keywords if route.decorator is not None else []
        kind = next((one.value for one in given if one.arg == "response_class"), None)
        return kind is not None and at.path(kind) == "starlette.responses.HTMLResponse"
    if function.returns is not None and ast.unparse(function.returns).endswith("Response"):
        return False
    return route.framework in _RETURNING and not _is_resource(at) and not _says_other_type(at)


def _is_resource(at: Place) -> bool:
    """Whether the handler is a method of a class whose results become JSON."""
    owner = at.frame.method_of
    bases = ancestors(owner, at.look) if owner is not None else ()
    return any(base is not None and base.endswith(".Resource") for base in bases)


def _is_html(node: ast.expr, at: Place) -> bool:
    """Whether a value is a text with request data in it, and nothing that becomes JSON."""
    data = carried(at, node)
    if data is None or data.is_container or (isinstance(node, ast.Call) and _last_name(node) in _NO_TEXT):
        return False
    if isinstance(node, ast.BinOp | ast.Call) and _escapes_operands(node, at):
        return False
    if isinstance(data.value, Text):
        return True
    if at.fold(node) is not None:
        return True
    is_all = any(mark.origin.node is node for mark in data.marks) and not isinstance(node, ast.Name)
    return not is_all and bool(data.marks) and all("nosql" in mark.safe for mark in data.marks)


def _last_name(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _escapes_operands(node: ast.BinOp | ast.Call, at: Place) -> bool:
    """Whether the text is one of `Markup`, which escapes what is put into it."""
    left = node
    while isinstance(left, ast.BinOp):
        left = left.left
    if isinstance(left, ast.Call) and isinstance(left.func, ast.Attribute) and left.func.attr == "format":
        left = left.func.value
    return left is not node and at.type_of(left) == "markupsafe.Markup"


def _is_reported(node: ast.expr, at: Place) -> bool:
    """Whether a call in an expression is reported already."""
    return any(
        isinstance(inner, ast.Call) and any(True for _ in at.sinks(inner, "html")) for inner in ast.walk(node)
    )


def _names_other_type(returned: ast.expr, at: Place) -> bool:
    """Whether headers beside the text say that it is no HTML."""
    for one in returned.elts[1:] if isinstance(returned, ast.Tuple) else ():
        if isinstance(one, ast.Dict):
            pairs = zip(one.keys, one.values, strict=True)
            types = [value for key, value in pairs if str(at.constant(key)).lower() == "content-type"]
            return any("html" not in str(at.constant(value)).lower() for value in types)
    return False


def _says_other_type(at: Place) -> bool:
    """Whether the function sets the type of its answer to anything but HTML."""
    function = at.function
    body = function.body if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) else []
    for node in own_nodes(body):
        match node:
            case ast.Assign(targets=[ast.Attribute(attr="content_type" | "mimetype")], value=value):
                pass
            case ast.Assign(targets=[ast.Subscript(slice=key)], value=value) if (
                isinstance(key, ast.Constant) and str(key.value).lower() == "content-type"
            ):
                pass
            case ast.Call(
                func=ast.Attribute(attr="set_header"), args=[ast.Constant(value=str(name)), value]
            ) if name.lower() == "content-type":
                pass
            case _:
                continue
        if "html" not in str(at.constant(value)).lower():
            return True
    return False
