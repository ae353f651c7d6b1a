"""Edits that write to a log."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.knowledge import libraries
from backend_architect.python.bodies import own_nodes
from backend_architect.python.handlers import head_range
from backend_architect.python.values import Instance, Symbol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend_architect.engine.findings import Edit
    from backend_architect.python.place import Place

_NAMES = ("logger", "log", "_logger", "_log", "LOGGER", "LOG", "_LOGGER", "_LOG")
_DOTTED = re.compile(r"\w+(\.\w+){0,3}")
_REASON = "Errors that nobody saw until now are written to the log, at level error."


def logger_at(at: Place) -> tuple[str, tuple[str, ...]] | None:
    """The expression for the logger of the module, and the imports that it needs; None if names are taken."""
    for name in _NAMES:
        value = at.look_local(name)
        path = (
            value.type if isinstance(value, Instance) else value.path if isinstance(value, Symbol) else None
        )
        if path is not None and libraries.entry("log-calls", f"{path}.error") is not None:
            return name, ()
    if at.look_local("logging") not in {None, Symbol("logging")}:
        return None
    return "logging.getLogger(__name__)", ("import logging",)


def log_exception(handler: ast.ExceptHandler, guarded: Sequence[ast.stmt], at: Place) -> Fix | None:
    """The fix that logs what a handler has caught, with its traceback, before it goes on."""
    logger = logger_at(at)
    if logger is None:
        return None
    call = f'{logger[0]}.exception("{_what_failed(guarded, at)} failed")'
    edits = [*_narrowed(handler, at), *_first(handler.body[0], call, at)]
    return Fix("Log it with its traceback", "unsafe", _REASON, lambda: edits, logger[1])


def _narrowed(handler: ast.ExceptHandler, at: Place) -> list[Edit]:
    """`except Exception` in place of `except`."""
    if handler.type is not None:
        return []
    end = head_range(handler, at)[0] + len("except")
    return [at.edit(end, end, " Exception")]


def _first(statement: ast.stmt, call: str, at: Place) -> list[Edit]:
    """Put a call before a statement, or in the place of one that does nothing."""
    start, end = at.range_of(statement)
    if isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and statement.value.value is ...
    ):
        return [at.edit(start, end, call)]
    row, column = at.view.source.position(start)
    line = at.view.source.lines[row]
    indent = line[:column]
    if indent.strip():
        return [at.edit(start, start, f"{call}; ")]
    newline = line[len(line.rstrip("\r\n")) :] or "\n"
    return [at.edit(start, start, f"{call}{newline}{indent}")]


def _what_failed(guarded: Sequence[ast.stmt], at: Place) -> str:
    """The function that is called first or, if its name is no name, the one around."""
    calls = [node for node in own_nodes(guarded) if isinstance(node, ast.Call)]
    if calls:
        first = min(calls, key=lambda call: (call.lineno, call.col_offset))
        name = at.source_of(first.func)
        if _DOTTED.fullmatch(name):
            return name.removeprefix("self.")
    return getattr(at.function, "name", "this step")
