"""Trying requests again: in the function under the cursor, and in the client that is made there."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.refactorings import refactoring
from backend_architect.fixes.retry_clients import configure_client, mount_retries
from backend_architect.fixes.retrying import add_retry
from backend_architect.knowledge import libraries
from backend_architect.python.bodies import own_nodes
from backend_architect.python.remote_calls import remote_call
from backend_architect.python.retried import may_try_again, speaks_of_retries, tries_again

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Fix
    from backend_architect.python.cursor import Cursor
    from backend_architect.python.place import Place

MODULES = libraries.modules("retryable", "retrying-clients")


@refactoring(imports=MODULES)
def offer(cursor: Cursor, at: Place) -> Iterator[Fix]:
    """Retries for the request on the line of the cursor, or for the first one of the function around it."""
    yield from _of_client(cursor, at)
    function = cursor.function
    if function is None or tries_again(function, at):
        return
    place = at.within(function)
    calls = [node for node in own_nodes(function.body) if isinstance(node, ast.Call)]
    requests = [one for one in calls if remote_call(one, place) is not None]
    on_line = [one for one in requests if cursor.holds(one)]
    call = next(iter(on_line or requests), None)
    remote = remote_call(call, place) if call is not None else None
    if call is None or remote is None or _is_told(call, place):
        return
    fix = add_retry(function, call, at, insist=not remote.may_be_repeated)
    if fix is not None:
        yield fix


def _is_told(call: ast.Call, at: Place) -> bool:
    return isinstance(call.func, ast.Attribute) and may_try_again(call.func.value, call.func.attr, at)


def _of_client(cursor: Cursor, at: Place) -> Iterator[Fix]:
    statement = cursor.statement
    if statement is None or any(speaks_of_retries(node) for node in ast.walk(statement)):
        return
    place = at.within(cursor.function) if cursor.function is not None else at
    mounted = mount_retries(statement, place)
    if mounted is not None:
        yield mounted
    for node in own_nodes([statement]):
        if isinstance(node, ast.Call) and cursor.holds(node):
            fix = configure_client(node, place)
            if fix is not None:
                yield fix
