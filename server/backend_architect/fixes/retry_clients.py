"""Retries that a client, a session or a task of a library can be told of."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.fixes.arguments import name_of
from backend_architect.fixes.calls import append_argument
from backend_architect.fixes.layout import indent_of
from backend_architect.fixes.retry_terms import one_or_tuple, spread, unit_of, written
from backend_architect.fixes.statements import line_behind, stands_alone
from backend_architect.knowledge import libraries
from backend_architect.python.retried import is_mounted
from backend_architect.python.values import Symbol

if TYPE_CHECKING:
    from backend_architect.engine.findings import Edit
    from backend_architect.python.place import Place
    from backend_architect.python.remote_calls import RemoteCall
    from backend_architect.python.routes import Function

_SESSIONS = frozenset({"requests.Session", "requests.session", "requests.sessions.Session"})
_ADAPTER = {
    "HTTPAdapter": {Symbol("requests.adapters.HTTPAdapter")},
    "Retry": {Symbol(path) for path in ("requests.adapters.Retry", *libraries.paths("http-retries"))},
}
"""The names that are written, and what they may stand for."""

_RETRY = [
    "total=3",
    "backoff_factor=0.5",
    "status_forcelist=(429, 502, 503, 504)",
    "raise_on_status=False",
    "respect_retry_after_header=False",
]
_OPTIONS = ["retry_backoff=True", "max_retries=3"]


def celery_option(
    function: Function, remote: RemoteCall, outside: Place
) -> tuple[list[Edit], tuple[str, ...], str, str] | None:
    """The option of a Celery task that queues it again: its edits, imports, title and reason."""
    for decorator in function.decorator_list:
        call = decorator if isinstance(decorator, ast.Call) else None
        path = outside.path(call.func if call is not None else decorator)
        if path is None or libraries.entry("celery-tasks", path) is None:
            continue
        transient = remote.facts["transient"].split()
        found = written([*transient, remote.facts["status-error"]], outside)
        if found is None:
            return None
        *names, status_error = found[0]
        options = [f"autoretry_for={one_or_tuple(names)}", *_OPTIONS]
        if remote.facts.get("always"):  # it is one of the others
            options.insert(1, f"dont_autoretry_for=({status_error},)")
        edit = _with_options(decorator, call, options, outside)
        if edit is None:
            return None
        reason = (
            "The task is queued again up to three times, with growing pauses, when the connection fails or "
            "times out. An answer with an error status is not tried again."
        )
        return [edit], found[1], "Let Celery try again", reason
    return None


def _with_options(decorator: ast.expr, call: ast.Call | None, options: list[str], at: Place) -> Edit | None:
    if call is not None and (call.args or call.keywords):
        return append_argument(call, ", ".join(options), at)
    start, end = at.range_of(decorator)
    name = at.source_of(call.func if call is not None else decorator)
    indent = indent_of(start - 1, at) or ""
    if "\n" in at.view.source.text[start:end] or "#" in at.view.source.text[start:end]:
        return None
    return at.edit(start, end, spread(f"@{name}", options, indent)[1:])


def mount_retries(statement: ast.stmt, at: Place) -> Fix | None:
    """The fix that mounts an adapter which retries, behind the statement that makes a session of requests."""
    match statement:
        case ast.Assign(targets=[ast.Name() | ast.Attribute(value=ast.Name()) as target], value=value):
            pass
        case ast.AnnAssign(target=ast.Name() | ast.Attribute(value=ast.Name()) as target, value=value):
            pass
        case _:
            return None
    indent = indent_of(at.range_of(statement)[0], at)
    if not _is_session(value, at) or is_mounted(target, at):
        return None
    if indent is None or not stands_alone(statement, at):
        return None
    missing = [name for name, meanings in _ADAPTER.items() if at.look_local(name) not in meanings]
    if any(at.look_local(name) is not None for name in (*missing, "prefix")):
        return None
    inner = indent + unit_of(indent)
    arguments = spread("HTTPAdapter(max_retries=Retry", _RETRY, inner)
    mounted = f"{at.source_of(target)}.mount(prefix, {arguments}))"
    lines = f'for prefix in ("https://", "http://"):\n{inner}{mounted}'
    edit = line_behind(statement, lines, at)
    imports = (f"from requests.adapters import {', '.join(missing)}",) if missing else ()
    return Fix(_MOUNT, "unsafe", _MOUNT_REASON, lambda: [edit], imports)


_MOUNT = "Let the session try again"
_MOUNT_REASON = (
    "All requests of the session that may be made twice are made up to four times, with three seconds of "
    "pauses, when the connection fails or times out, or the answer is 429, 502, 503 or 504; POST and PATCH "
    "only when it cannot connect."
)


def _is_session(value: ast.expr | None, at: Place) -> bool:
    """Whether an expression makes a session of requests."""
    return isinstance(value, ast.Call) and at.path(value.func) in _SESSIONS and not value.args


def configure_client(call: ast.Call, at: Place) -> Fix | None:
    """The fix that tells a client to try again where it is made."""
    path = at.path(call.func)
    facts = libraries.entry("retrying-clients", path) if path is not None else None
    given = {one.arg for one in call.keywords}
    if (
        facts is None
        or at.f_string(call) is not None
        or None in given
        or given.intersection(facts["unless"].split())
    ):
        return None
    function, parenthesis, rest = facts["value"].partition("(")
    named = name_of(function, at)
    if named is None:
        return None
    options = [f"{facts['option']}={named[0]}{parenthesis}{rest}"]
    if "timeout" in facts and "timeout" not in given:
        options.append(f"timeout={facts['timeout']}")
    edit = append_argument(call, ", ".join(options), at)
    if edit is None:
        return None
    return Fix(facts["title"], "unsafe", facts["reason"].strip(), lambda: [edit], named[1])
