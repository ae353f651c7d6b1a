"""Errors of any kind that are caught and forgotten."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.fixes.logs import log_exception
from backend_architect.knowledge import libraries
from backend_architect.python.bodies import own_nodes
from backend_architect.python.handlers import catches_all, head_of, head_range
from backend_architect.python.words import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CLEANING = _set(
    """
    cancel cleanup clean_up close aclose cancel_join_thread delete destroy disconnect disconnect_all
    dispose exit flush join kill killpg logout quit release remove rmdir rmtree rollback send_signal
    shutdown stop tearDown tear_down teardown terminate unlink unregister unsubscribe wait_closed
    """
)
"""Names of what is done on the way out, where nobody could do anything about a failure."""

_LEAVING = frozenset({"__del__", "__exit__", "__aexit__"})
_READING = _set(
    """
    get keys values items strip lstrip rstrip split rsplit splitlines partition rpartition lower upper
    title decode encode replace startswith endswith format join index count find isdigit group groups
    match search append extend add pop copy json isoformat strftime total_seconds
    """
)
"""Methods of strings and containers, which fail only because of what they are called on."""

_DIRECTIVES = r"(?:noqa|nosec|pylint|type:|pragma|pyright|ruff|backend-architect)"
_COMMENT = re.compile(rf"#(?!#*[ \t]*{_DIRECTIVES})([^#\r\n]*)")
_COMPLAINT = re.compile(r"\b(?:TODO|FIXME|XXX|HACK|BUG|BAD|WRONG|VULN\w*)\b")
_WORDS_OF_A_REASON = 3

_OF_ORMS = frozenset({"objects", "query", "execute"})
"""Attributes by which an ORM is asked: `Order.objects.get`, `Order.query.get`, `session.query`."""

_TRYING = _set("attempt ignore maybe optional probe quietly safe safely silent silently try")
"""Words in the name of a function that say that it may fail and nobody minds."""


@detector(on=(ast.ExceptHandler, ast.With, ast.AsyncWith))
def detect(node: ast.ExceptHandler | ast.With | ast.AsyncWith, at: Place) -> Iterator[Finding]:
    """Look at handlers without a deed, and at `suppress`."""
    if not isinstance(node, ast.ExceptHandler):
        yield from _suppressed(node, at)
    elif is_swallowed(node, at):
        message = (
            f"`{_caught(node, at)}` catches every error and drops it: what goes wrong here leaves no trace"
        )
        yield at.finding(head_of(node, at), message, log_exception(node, _guarded(node, at), at))


def is_swallowed(handler: ast.ExceptHandler, at: Place) -> bool:
    """Whether a handler catches every error and does nothing about it, without saying why."""
    if not (all(map(_is_nothing, handler.body)) and catches_all(handler.type, at)):
        return False
    start, end = head_range(handler, at)[0], at.range_of(handler.body[-1])[1]
    return not (
        _is_best_effort(handler, _guarded(handler, at), at) or _says_why(at.view.source.text, start, end)
    )


def _suppressed(node: ast.With | ast.AsyncWith, at: Place) -> Iterator[Finding]:
    for item in node.items:
        call = item.context_expr
        if (
            isinstance(call, ast.Call)
            and at.path(call.func) == "contextlib.suppress"
            and any(catches_all(one, at) for one in call.args)
        ):
            start, end = at.range_of(node)
            first = at.range_of(node.body[0])[0]
            if not _is_best_effort(node, node.body, at) and not _says_why(
                at.view.source.text[:end], start, first
            ):
                message = f"`{at.source_of(call)}` drops every error: what goes wrong here leaves no trace"
                yield at.finding(call, message)


def _guarded(handler: ast.ExceptHandler, at: Place) -> Sequence[ast.stmt]:
    around = at.view.parent(handler)
    return around.body if isinstance(around, ast.Try | ast.TryStar) else ()


def _caught(handler: ast.ExceptHandler, at: Place) -> str:
    return f"except {at.source_of(handler.type)}" if handler.type is not None else "except"


def _is_nothing(statement: ast.stmt) -> bool:
    """Whether a statement goes on as if there had been no error; True and False answer a question."""
    match statement:
        case ast.Pass() | ast.Continue() | ast.Break():
            return True
        case ast.Expr(value=ast.Constant()) | ast.Return(value=None):
            return True
        case ast.Return(value=ast.Constant(value=value)):
            return not value and value is not False
        case ast.Return(value=ast.List(elts=[]) | ast.Tuple(elts=[]) | ast.Dict(keys=[])):
            return True
        case _:
            return False


def _is_best_effort(node: ast.AST, guarded: Sequence[ast.stmt], at: Place) -> bool:
    """Whether a failure is an answer, or comes while something else is already being given up."""
    name = getattr(at.function, "name", "")
    if name in _LEAVING or name.strip("_") in _CLEANING or not _TRYING.isdisjoint(words_of(name)):
        return True
    if any(isinstance(part, ast.Import | ast.ImportFrom) for part in own_nodes(guarded)):
        return True
    calls = [part for part in own_nodes(guarded) if isinstance(part, ast.Call)]
    if all(_is_probe(call, at) for call in calls) or not _does_something(node, guarded, calls, at):
        return True
    return all(map(_is_cleaning, guarded)) or _is_giving_up(node, at)


def _does_something(node: ast.AST, guarded: Sequence[ast.stmt], calls: Sequence[ast.Call], at: Place) -> bool:
    """Whether something is lost with an error: a deed, an item of a loop, the answer of another machine.

    A value that is only computed has the other way that the code goes on by as its fallback.
    """
    if isinstance(node, ast.ExceptHandler) and isinstance(node.body[-1], ast.Continue):
        return True
    deeds = (part.value for part in own_nodes(guarded) if isinstance(part, ast.Expr))
    if any(isinstance(deed, ast.Await) or _is_deed(deed, at) for deed in deeds):
        return True
    return any(_is_remote(call, at) for call in calls)


def _is_deed(node: ast.expr, at: Place) -> bool:
    return isinstance(node, ast.Call) and not _is_probe(node, at)


def _is_remote(call: ast.Call, at: Place) -> bool:
    """Whether a call asks a service or a database, or has the shape of one that asks an ORM."""
    path = at.path(call.func)
    if path is not None and any(libraries.lookup(table, path) is not None for table in ("timeouts", "sql")):
        return True
    if path is not None and libraries.blocking(path) is not None:
        return not path.startswith("subprocess.")
    if isinstance(at.view.parent(call), ast.Await):
        return True
    receiver = call.func
    while isinstance(receiver, ast.Attribute | ast.Call):
        if isinstance(receiver, ast.Attribute) and receiver.attr in _OF_ORMS:
            return True
        receiver = receiver.value if isinstance(receiver, ast.Attribute) else receiver.func
    return False


def _is_probe(call: ast.Call, at: Place) -> bool:
    path = at.path(call.func)
    if path is not None and any(
        libraries.entry(table, path) is not None for table in ("probes", "log-calls")
    ):
        return True
    if _is_remote(call, at):
        return False
    reads = isinstance(call.func, ast.Attribute) and call.func.attr in _READING
    return reads and (path is None or libraries.blocking(path) is None)


def _is_cleaning(statement: ast.stmt) -> bool:
    match statement:
        case (
            ast.Expr(value=ast.Call(func=function)) | ast.Expr(value=ast.Await(value=ast.Call(func=function)))
        ):
            name = getattr(function, "attr", getattr(function, "id", ""))
            return name.strip("_") in _CLEANING
        case ast.If() | ast.With():
            return all(map(_is_cleaning, statement.body))
        case ast.Assign() | ast.Pass():
            return isinstance(statement, ast.Pass) or isinstance(statement.value, ast.Constant)
        case _:
            return False


def _is_giving_up(node: ast.AST, at: Place) -> bool:
    """Whether a node stands in another handler, or behind `finally`."""
    inner = node
    for outer in at.around(node):
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            return False
        if isinstance(outer, ast.ExceptHandler) and inner is not node:
            return True
        if isinstance(outer, ast.Try | ast.TryStar) and inner in outer.finalbody:
            return True
        inner = outer
    return False


def _says_why(text: str, start: int, end: int) -> bool:
    """Whether a comment gives a reason; one that complains in capitals does not."""
    stop = text.find("\n", end)
    comments = _COMMENT.findall(text, start, stop if stop >= 0 else len(text))
    return any(
        len(comment.split()) >= _WORDS_OF_A_REASON and _COMPLAINT.search(comment) is None
        for comment in comments
    )
