"""Trying a request again: the whole function if it does nothing else, otherwise the call or its statement."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from backend_architect.engine.findings import Fix
from backend_architect.fixes.layout import has_tall_string, indent_of, siblings
from backend_architect.fixes.retry_clients import celery_option
from backend_architect.fixes.retry_terms import Terms, needs_timeout, terms, timeout_edit, unit_of
from backend_architect.fixes.statements import stands_alone
from backend_architect.python.bodies import own_nodes
from backend_architect.python.marks import name_of
from backend_architect.python.remote_calls import RemoteCall, remote_call
from backend_architect.python.repeating import changes_state, is_used_up, looks_harmless, may_repeat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend_architect.engine.findings import Edit
    from backend_architect.python.place import Place
    from backend_architect.python.routes import Function

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_YIELDS = (ast.Yield, ast.YieldFrom)
_TRIES = (ast.Try, ast.TryStar)
_MOST_LINES_BETWEEN: Final = 2
"""Statements between a request and the look at its status, beyond which the two do not belong together."""


@dataclass(frozen=True, slots=True)
class _Written:
    """A retry as edits, with what they rely on and what to say of it."""

    edits: Sequence[Edit]
    imports: tuple[str, ...]
    definitions: tuple[str, ...]
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Request:
    """A request, and where it stands."""

    remote: RemoteCall
    function: Function
    at: Place
    """In the function."""
    outside: Place
    """Where the function is defined."""
    statement: ast.stmt

    @property
    def waits(self) -> bool:
        return isinstance(self.function, ast.AsyncFunctionDef)


def add_retry(function: Function, call: ast.Call, outside: Place, *, insist: bool = False) -> Fix | None:
    """The fix that makes a request again when it fails for a reason that passes.

    None where it would do something else again, or where that cannot be known.

    Args:
        function: the function in which the call stands.
        call: what makes the request.
        outside: where the function is defined.
        insist: whether a request that changes something, or may do so, is made again as well.
    """
    at = outside.within(function)
    remote = remote_call(call, at)
    if remote is None or not (insist or remote.may_be_repeated) or is_used_up(remote, at):
        return None
    statement = next((outer for outer in at.around(call) if isinstance(outer, ast.stmt)), None)
    if statement is None or any(isinstance(outer, ast.While) for outer in at.around(statement)):
        return None
    request = _Request(remote, function, at, outside, statement)
    limit = timeout_edit(remote, at) if needs_timeout(remote, at) else None
    if limit is None and needs_timeout(remote, at):
        return None
    found = _whole_function(request, limit) or _call_alone(request, limit) or _statements(request, limit)
    if found is None:
        return None
    title = f"{found.title}, although it may be made twice" if insist else found.title
    reason = f"{found.reason} {_TWICE}" if insist else found.reason
    return Fix(title, "unsafe", reason, lambda: found.edits, found.imports, definitions=found.definitions)


def with_timeout(fix: Fix, call: ast.Call, at: Place) -> Fix | None:
    """A fix that also gives a call a time-out where it waits for ever; None where that cannot be written."""
    remote = remote_call(call, at)
    if remote is None or not needs_timeout(remote, at):
        return fix
    limit = timeout_edit(remote, at)
    if limit is None:
        return None
    edits = [*fix.build(), limit[0]]
    return replace(
        fix, build=lambda: edits, reason=fix.reason + _said(limit), imports=(*fix.imports, *limit[1])
    )


_TWICE = (
    "The first attempt may have arrived although its answer did not: the other side must be able to tell, "
    "by a key for instance."
)
_MADE = "The request is made"

Limit = tuple["Edit", tuple[str, ...]] | None
"""The edit that gives the call a time-out, where it needs one."""


# --- The whole function


def _whole_function(request: _Request, limit: Limit) -> _Written | None:
    """A decorator below all others, or the option of a task of Celery."""
    function, at, outside = request.function, request.at, request.outside
    nodes = own_nodes(function.body)
    insisted = None if request.remote.may_be_repeated else request.remote.call
    if (
        function.name.startswith("__")
        or any(isinstance(node, (*_LOOPS, *_YIELDS)) for node in nodes)
        or any(isinstance(outer, _TRIES) and outer.handlers for outer in _within(request))
        or changes_state(function)
        or not may_repeat(nodes, at, insist=insisted)
        or not _is_imported_outside(request)
    ):
        return None
    others = [found for node in nodes if isinstance(node, ast.Call) and (found := remote_call(node, at))]
    if any(one.facts["transient"] != request.remote.facts["transient"] for one in others):
        return None
    checked = _is_checked(nodes, request)
    celery = celery_option(function, request.remote, outside)
    if celery is not None:
        edits, imports, title, reason = celery
        return _Written([*edits, *_of(limit)], (*imports, *_imports(limit)), (), title, reason + _said(limit))
    found = terms(request.remote, "decorator", outside, checked=checked)
    start = at.range_of(function)[0]
    indent = indent_of(start, at)
    if found is None or indent is None:
        return None
    edit = at.edit(start, start, f"{found.decorator(indent)}\n{indent}")
    return _written(found, [edit], limit, "The function is run")


def _within(request: _Request) -> list[ast.AST]:
    """The nodes around the statement of a request, up to the function."""
    around: list[ast.AST] = []
    for outer in request.at.around(request.remote.call):
        if outer is request.function:
            break
        around.append(outer)
    return around


def _is_imported_outside(request: _Request) -> bool:
    """Whether the module has the library when the function is defined, and not only when it runs."""
    root = request.remote.facts["library"]
    bound = request.at.view.resolver(request.at.frame).scope.bindings_of(root)
    return not any(one.kind == "import" for one in bound)


def _is_checked(nodes: Sequence[ast.AST], request: _Request) -> bool:
    """Whether an answer with an error status becomes an exception."""
    if request.remote.facts.get("always"):
        return True
    return any(
        (isinstance(node, ast.Attribute) and node.attr == "raise_for_status")
        or (isinstance(node, ast.keyword) and node.arg == "raise_for_status" and _is_true(node.value))
        for node in nodes
    )


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


# --- The call alone


def _call_alone(request: _Request, limit: Limit) -> _Written | None:
    """The call in a loop of its own, in front of the statement that goes on with what it gives."""
    at, statement, remote = request.at, request.statement, request.remote
    start, end = _with_parentheses(remote.whole, at)
    if remote.entered or _is_statement_of_its_own(request) or not _is_first(request):
        return None
    name = next((one for one in ("response", "answer") if at.look_local(one) is None), None)
    first = at.range_of(statement)[0]
    indent = indent_of(first, at)
    if name is None or indent is None or at.view.source.text.startswith("elif", first):
        return None
    if has_tall_string([remote.whole]) or not _may_stand_in_loop(own_nodes([remote.whole]), request):
        return None
    checked = _is_checked(own_nodes([remote.whole]), request)
    found = _loop_terms(request, checked=checked)
    if found is None:
        return None
    deeper = indent + unit_of(indent)
    source = _limited(*at.range_of(remote.whole), limit, at).replace("\n", f"\n{unit_of(indent) * 2}")
    head = f"{found.loop(indent, waits=request.waits)}\n{deeper}with attempt:\n"
    text = f"{head}{deeper}{unit_of(indent)}{name} = {source}\n{indent}"
    edits = [at.edit(first, first, text), at.edit(start, end, name)]
    return _written(found, edits, limit, _MADE, apart=False)


def _with_parentheses(node: ast.expr, at: Place) -> tuple[int, int]:
    start, end = at.range_of(node)
    text = at.view.source.text
    alone = isinstance(node, ast.Await) and text[start - 1 : start] == "(" and text[end : end + 1] == ")"
    return (start - 1, end + 1) if alone else (start, end)


def _is_statement_of_its_own(request: _Request) -> bool:
    """Whether the statement does nothing but make the request and keep what it gives."""
    statement = request.statement
    if isinstance(statement, ast.Return) or _is_for_once(statement):
        return False
    return getattr(statement, "value", None) is request.remote.whole


def _is_for_once(node: ast.AST) -> bool:
    """Whether a statement would mean something else in a loop, or is refused there by type checkers."""
    if not isinstance(node, ast.AnnAssign):
        return isinstance(node, (ast.Break, ast.Continue, ast.Delete, *_LOOPS))
    annotation = node.annotation
    return name_of(annotation.value if isinstance(annotation, ast.Subscript) else annotation) == "Final"


def _is_first(request: _Request) -> bool:
    """Whether nothing happens in the statement before the request, and the request always happens."""
    at, statement, whole = request.at, request.statement, request.remote.whole
    value: ast.AST
    match statement:
        case ast.If(test=value) | ast.For(iter=value):
            pass
        case ast.Expr() | ast.Assign() | ast.AnnAssign() | ast.Return():
            value = statement
        case _:
            return False
    inside = set(ast.walk(whole))
    outer = _around_call(request)
    if any(isinstance(one, ast.BoolOp | ast.IfExp | ast.NamedExpr) for one in outer):
        return False
    start = at.range_of(whole)[0]
    return not any(
        at.range_of(node)[0] <= start and node not in inside and node not in outer
        for node in ast.walk(value)
        if isinstance(node, ast.Call | ast.Await | ast.NamedExpr)
    )


def _limited(start: int, end: int, limit: Limit, at: Place) -> str:
    """The source of a call, with its time-out."""
    source = at.view.source
    if limit is None:
        return source.text[start:end]
    span = limit[0].span
    first, last = source.at(span.line, span.column), source.at(span.end_line, span.end_column)
    return source.text[start:first] + limit[0].text + source.text[last:end]


# --- The statement


def _statements(request: _Request, limit: Limit) -> _Written | None:
    """The statement of the request and the look at its status in a loop."""
    at, region = request.at, _region(request)
    first, last = region[0], region[-1]
    indent = indent_of(at.range_of(first)[0], at)
    nodes = own_nodes(region)
    if indent is None or not (stands_alone(first, at) and stands_alone(last, at)) or has_tall_string(region):
        return None
    if not _may_be_wrapped(first, nodes, request):
        return None
    if any(map(_is_for_once, nodes)) or not _may_stand_in_loop(nodes, request):
        return None
    found = _loop_terms(request, checked=_is_checked(nodes, request))
    return None if found is None else _wrapped(request, region, indent, found, limit)


def _may_be_wrapped(first: ast.stmt, nodes: Sequence[ast.AST], request: _Request) -> bool:
    """Whether nothing is done with the answer that must not be done twice."""
    at = request.at
    if isinstance(first, ast.With | ast.AsyncWith):
        return request.remote.entered and may_repeat(nodes, at, insist=request.remote.call)
    if not isinstance(first, ast.Expr | ast.Assign | ast.AnnAssign | ast.Return | ast.AugAssign):
        return False
    return may_repeat(_around_call(request), at)


def _around_call(request: _Request) -> list[ast.AST]:
    """The nodes of the statement that hold the request."""
    inside = set(ast.walk(request.remote.whole))
    outer = [node for node in _within(request) if node not in inside]
    return outer[: outer.index(request.statement)]


def _region(request: _Request) -> list[ast.stmt]:
    """The statement of the request, up to the one that looks at its status, if that follows soon."""
    statement = request.statement
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            pass
        case _:
            return [statement]
    body = siblings(statement, request.at)
    index = body.index(statement)
    for last, one in enumerate(body[index + 1 : index + 2 + _MOST_LINES_BETWEEN], index + 1):
        match one:
            case ast.Expr(
                value=ast.Call(func=ast.Attribute(value=ast.Name(id=checked), attr="raise_for_status"))
            ) if checked == name:
                return body[index : last + 1]
            case _ if not isinstance(one, ast.Expr | ast.Assign) or not may_repeat(
                own_nodes([one]), request.at
            ):
                break
            case _:
                pass
    return [statement]


def _wrapped(
    request: _Request, region: Sequence[ast.stmt], indent: str, found: Terms, limit: Limit
) -> _Written:
    at, unit = request.at, unit_of(indent)
    source = at.view.source
    first = source.position(at.range_of(region[0])[0])[0]
    last = source.position(at.range_of(region[-1])[1])[0]
    head = f"{indent}{found.loop(indent, waits=request.waits)}\n{indent}{unit}with attempt:\n{unit * 2}"
    starts = [source.at(row, 0) for row in range(first, last + 1) if source.lines[row].strip()]
    edits = [at.edit(start, start, head if start == starts[0] else unit * 2) for start in starts]
    if limit is not None:
        deeper = limit[0].text.replace("\n", f"\n{unit * 2}")
        limit = replace(limit[0], text=deeper), limit[1]
    return _written(found, edits, limit, _MADE)


# --- What the forms share


def _may_stand_in_loop(nodes: Sequence[ast.AST], request: _Request) -> bool:
    """Whether what is done again besides the request looks harmless, and the name of the attempts is free."""
    at, call = request.at, request.remote.call
    harmless = all(
        looks_harmless(node, at) for node in nodes if isinstance(node, ast.Call) and node is not call
    )
    waits = any(isinstance(node, _YIELDS) for node in nodes)
    return harmless and not waits and at.look_local("attempt") is None


def _loop_terms(request: _Request, *, checked: bool) -> Terms | None:
    if checked and not _is_imported_outside(request):
        return None
    form = "async loop" if request.waits else "loop"
    return terms(request.remote, form, request.at, checked=checked)


def _written(found: Terms, edits: Sequence[Edit], limit: Limit, what: str, *, apart: bool = True) -> _Written:
    note = "" if found.declared else f" (add {found.library} to the dependencies)"
    why = (
        "the connection fails or times out, or the answer is 429, 500, 502, 503 or 504"
        if found.judged
        else "the connection fails or times out"
    )
    reason = f"{what} up to three times within {found.seconds} seconds, with growing pauses, when {why}."
    if not found.judged:
        reason += (
            " Without `raise_for_status` in what is tried again, it covers connection failures only, "
            "not an answer such as 503."
        )
    if not found.declared:
        reason += f" `{found.library}` is not known to be among the dependencies of the project."
    return _Written(
        [*edits, *(_of(limit) if apart else ())],
        tuple(dict.fromkeys((*found.imports, *_imports(limit)))),
        found.definitions,
        f"Try again with {found.library}{note}",
        reason + _said(limit),
    )


def _of(limit: Limit) -> tuple[Edit, ...]:
    return () if limit is None else (limit[0],)


def _imports(limit: Limit) -> tuple[str, ...]:
    return () if limit is None else limit[1]


def _said(limit: Limit) -> str:
    return "" if limit is None else " An attempt is given up after ten seconds, which it was not before."
