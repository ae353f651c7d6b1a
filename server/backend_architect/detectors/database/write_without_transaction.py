"""Writes that belong together, of which a failure may leave some."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.statements import line_before
from backend_architect.knowledge import libraries
from backend_architect.python.marks import name_of
from backend_architect.python.orm import imports_django
from backend_architect.python.routes import route_of
from backend_architect.python.writes import Write, writes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Edit, Finding
    from backend_architect.python.place import Place
    from backend_architect.python.writes import Function

IMPORTS = libraries.modules("autocommitting") | {"django", "rest_framework"}

_REASON = "All that the function writes is undone when it raises, and rows stay locked until it returns."
_TRANSACTIONS = frozenset({"atomic", "transaction", "begin", "savepoint", "commit", "rollback"})
"""Words for transactions; a function in which one of them stands has an opinion."""

_TASKS = frozenset({"task", "shared_task", "job", "actor"})


@detector(on=(ast.FunctionDef, ast.AsyncFunctionDef), imports=IMPORTS)
def detect(function: Function, at: Place) -> Iterator[Finding]:
    """Look at functions in which different things are written one after the other."""
    at = at.within(function)
    writes = writes_of(function, at)
    if len(writes) < 2 or _mentions_transaction(function):
        return
    starts_here = _is_entrance(function, at)
    for index, write in enumerate(writes):
        for other in writes[:index]:
            if _belong_together(other, write, starts_here=starts_here):
                message = (
                    f"if this fails, what was written to `{other.target}` stays: no transaction holds both"
                )
                yield at.finding(write.call.func, message, _fix(function, at))
                return


def _belong_together(first: Write, second: Write, *, starts_here: bool) -> bool:
    """Whether two writes are done in one run, and one makes no sense without the other.

    Values that change relative to their old ones depend on each other, wherever the function is called from.
    A row that refers to a new one does, too, but a caller may have begun the transaction.
    """
    if first.key == second.key or second.excludes(first):
        return False
    refers = first.makes is not None and first.makes in second.mentions
    return (starts_here and refers) or (first.relative and second.relative)


def _is_entrance(function: Function, at: Place) -> bool:
    """Whether the framework calls a function, and not other code that may have begun a transaction."""
    if any(name_of(one) in _TASKS for one in function.decorator_list):
        return True
    return route_of(function, at) is not None


def _mentions_transaction(function: Function) -> bool:
    for node in (*function.decorator_list, *function.body):
        for part in ast.walk(node):
            name = (
                part.attr
                if isinstance(part, ast.Attribute)
                else part.id
                if isinstance(part, ast.Name)
                else ""
            )
            if name and not _TRANSACTIONS.isdisjoint(name.lower().split("_")):
                return True
            if isinstance(part, ast.Constant) and isinstance(part.value, str) and _begins(part.value):
                return True
    return False


def _begins(text: str) -> bool:
    return text.lstrip()[:17].upper().startswith(("BEGIN", "START TRANSACTION"))


def _fix(function: Function, at: Place) -> Fix | None:
    if isinstance(function, ast.AsyncFunctionDef) or not imports_django(at):
        return None
    imports = ("from django.db import transaction",)
    return Fix(
        "Put the function into a transaction", "unsafe", _REASON, lambda: _decorated(function, at), imports
    )


def _decorated(function: Function, at: Place) -> list[Edit]:
    """`@transaction.atomic` as the innermost decorator."""
    return [line_before(function, "@transaction.atomic", at)]
