"""Answers that are called errors and have the status of success."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Finding, Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.calls import add_keyword
from backend_architect.python.answers import answers
from backend_architect.python.bodies import own_nodes
from backend_architect.python.marks import FRAMEWORKS
from backend_architect.python.routes import route_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Edit
    from backend_architect.python.answers import Answer
    from backend_architect.python.place import Place
    from backend_architect.python.routes import Function, Route

_ERRORS = frozenset({"error", "errors", "error_message", "err"})
_ABOUT = _ERRORS | {
    "message",
    "msg",
    "detail",
    "details",
    "description",
    "code",
    "status",
    "success",
    "ok",
    "error_code",
}
"""What an answer that is only about an error says besides."""

_FAILURES = frozenset({"error", "fail", "failed", "failure"})
_REASON = "Clients that looked into the body now see a failed request; which status is right is yours to say."


@detector(on=(ast.FunctionDef, ast.AsyncFunctionDef), imports=FRAMEWORKS)
def detect(function: Function, at: Place) -> Iterator[Finding]:
    """Look at what a handler returns without a status."""
    route = route_of(function, at)
    if route is None or route.status_code is not None or _sets_status(function):
        return
    at = at.within(function)
    for node, answer in answers(function, at):
        known = route.certain or answer.call is not None
        if known and answer.status is None and answer.default == 200:
            error = _error(answer, at)
            if error is not None:
                message = "clients, proxies and monitoring take this error for a success: its status is 200"
                yield at.finding(error, message, _fix(node, answer, route, at))


def _error(answer: Answer, at: Place) -> ast.expr | None:
    """The key that says that the answer is an error and nothing else."""
    if answer.call is not None and not answer.call.args and at.path(answer.call.func) == "flask.jsonify":
        keywords = {one.arg: one.value for one in answer.call.keywords if one.arg}
        named = [value for name, value in keywords.items() if name in _ERRORS and _says(value)]
        return named[0] if named and keywords.keys() <= _ABOUT else None
    for body in answer.bodies:
        if isinstance(body, ast.Dict):
            keys = [key.value for key in body.keys if isinstance(key, ast.Constant)]
            pairs = zip(body.keys, body.values, strict=True)
            found = [
                key for key, value in pairs if isinstance(key, ast.Constant) and _is_error(key.value, value)
            ]
            if found and len(keys) == len(body.keys) and _ABOUT.issuperset(keys):
                return found[0]
    return None


def _is_error(key: object, value: ast.expr) -> bool:
    """Whether an entry says that something went wrong: `"error": "..."`, `"status": "failed"`."""
    if key in _ERRORS:
        return _says(value)
    constant = value.value if isinstance(value, ast.Constant) else None
    return (key == "status" and constant in _FAILURES) or (key in {"success", "ok"} and constant is False)


def _says(value: ast.expr) -> bool:
    """Whether a value is there for certain: `{"error": None}` is no error, and a variable may be None."""
    match value:
        case ast.Constant(value=str() as text):
            return bool(text)
        case ast.JoinedStr() | ast.BinOp():
            return True
        case ast.Call(func=ast.Name(id="str" | "repr")):
            return True
        case ast.Dict(keys=keys):
            return bool(keys)
        case _:
            return False


def _sets_status(function: Function) -> bool:
    """Whether a handler gives the response another status on the way."""
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in {"status_code", "status"}
        and isinstance(node.ctx, ast.Store)
        for node in own_nodes(function.body)
    )


def _fix(node: ast.Return, answer: Answer, route: Route, at: Place) -> Fix | None:
    caught = any(isinstance(outer, ast.ExceptHandler) for outer in at.around(node))
    status = 500 if caught else 400
    if route.framework == "fastapi" and answer.call is None:
        return _raised(node, answer, status, at)
    if answer.call is not None and route.framework in {
        "django",
        "drf",
        "aiohttp",
        "sanic",
        "fastapi",
        "starlette",
    }:
        keyword = "status_code" if route.framework in {"fastapi", "starlette"} else "status"
        edit = add_keyword(answer.call, keyword, str(status), at)
        edits = [edit] if edit is not None else None
    elif route.framework in {"flask", "quart"} and not isinstance(node.value, ast.Tuple):
        end = at.range_of(answer.node)[1]
        edits = [at.edit(end, end, f", {status}")]
    else:
        edits = None
    if edits is None or at.f_string(answer.node) is not None:
        return None
    return Fix(f"Answer with status {status}", "unsafe", _REASON, lambda: edits)


def _raised(node: ast.Return, answer: Answer, status: int, at: Place) -> Fix | None:
    """Raise instead of returning, where nothing around would catch it."""
    body = answer.bodies[0]
    tried = [outer for outer in at.around(node) if isinstance(outer, ast.Try)]
    if (
        not isinstance(body, ast.Dict)
        or len(body.values) != 1
        or any(_in_body(node, one, at) for one in tried)
    ):
        return None
    handler = next((outer for outer in at.around(node) if isinstance(outer, ast.ExceptHandler)), None)
    cause = f" from {handler.name}" if handler is not None and handler.name else ""
    text = f"raise HTTPException(status_code={status}, detail={at.source_of(body.values[0])}){cause}"

    def build() -> list[Edit]:
        return [at.edit(*at.range_of(node), text)]

    imports = ("from fastapi import HTTPException",)
    return Fix(f"Raise an `HTTPException` with status {status}", "unsafe", _REASON, build, imports)


def _in_body(node: ast.Return, around: ast.Try, at: Place) -> bool:
    inner: ast.AST = node
    for outer in at.around(node):
        if outer is around:
            return inner in around.body
        inner = outer
    return False
