"""Output of a server that no log collects."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.formatting import placeholders
from backend_architect.fixes.logs import logger_at
from backend_architect.python.marks import FRAMEWORKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

_MODULES = FRAMEWORKS - {"aiohttp"}
"""Without the one that many use as a client only."""

_COMMAND_LINES = (
    "argparse",
    "click",
    "typer",
    "fire",
    "getpass",
    "docopt",
    "optparse",
    "cmd",
    "BaseCommand",
    "CommandError",
    "with_appcontext",
)
_COMMANDS = frozenset({"main", "cli", "run", "usage", "print_help"})
_REASON = "The text goes to the log, at level info, and no longer to the standard output."


@detector(on=ast.Call, imports=_MODULES)
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Look at functions of modules that belong to a web server and to no command line."""
    if not isinstance(call.func, ast.Name) or call.func.id not in {"print", "pprint"} or at.function is None:
        return
    if at.path(call.func) not in {"builtins.print", "pprint.pprint"} or any(
        one.arg in {"file", None} for one in call.keywords
    ):
        return
    if getattr(at.function, "name", "") in _COMMANDS or any(
        at.look(name) is not None for name in _COMMAND_LINES
    ):
        return
    message = f"`{call.func.id}` writes past the log: without time, level and request"
    yield at.finding(call.func, message, _fix(call, at))


def _fix(call: ast.Call, at: Place) -> Fix | None:
    logger = logger_at(at)
    plain = isinstance(call.func, ast.Name) and call.func.id == "print"
    if logger is None or not plain or call.keywords or not call.args or at.f_string(call) is not None:
        return None
    arguments = placeholders(call.args, at)
    if arguments is None:
        return None
    edit = at.edit(*at.range_of(call), f"{logger[0]}.info({arguments})")
    return Fix("Write it to the log", "unsafe", _REASON, lambda: [edit], logger[1])
