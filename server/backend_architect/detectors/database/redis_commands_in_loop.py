"""Commands to Redis that wait for their answer once for each element of a loop."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.statements import line_before, line_behind, stands_alone
from backend_architect.knowledge import libraries
from backend_architect.python.bodies import nodes_outside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Edit, Finding
    from backend_architect.python.place import Place

_COMMANDS = {path.rpartition(".")[2] for path in libraries.paths("redis-commands")}
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_INNER = (*_FUNCTIONS, *_LOOPS, *_COMPREHENSIONS)
"""What is looked at by itself, or runs at another time."""
_NAME = "pipeline"
_REASON = "All commands are sent when the loop has ended, and none if it fails."


@dataclass(frozen=True, slots=True)
class _Command:
    call: ast.Call
    function: ast.Attribute
    statement: ast.stmt | None
    """The statement that is nothing but this command."""
    asynchronous: bool


@detector(on=(ast.For, *_COMPREHENSIONS), imports=libraries.modules("redis-commands"))
def detect(loop: ast.For | ast.expr, at: Place) -> Iterator[Finding]:
    """Look at loops over elements that somebody has: not at those that wait, search or try again."""
    if isinstance(loop, ast.For):
        nodes = list(nodes_outside(loop.body, _INNER))
        few = isinstance(loop.iter, ast.Tuple | ast.List | ast.Set)
        if few or any(isinstance(node, ast.Break | ast.Return) or _is_sleep(node) for node in nodes):
            return
    else:
        nodes = list(nodes_outside(ast.iter_child_nodes(loop), _INNER))
    commands = [command for node in nodes if (command := _command(node, at)) is not None]
    if commands:
        first = min(commands, key=lambda one: at.range_of(one.call))
        message = f"every turn of the loop waits for an answer of Redis to `{first.function.attr}`"
        yield at.finding(first.call, message, _fix(loop, commands, at) if isinstance(loop, ast.For) else None)


def _is_sleep(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "sleep"


def _command(node: ast.AST, at: Place) -> _Command | None:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    if node.func.attr not in _COMMANDS:
        return None
    path = at.path(node.func)
    entry = libraries.entry("redis-commands", path) if path is not None else None
    if entry is None:
        return None
    outer = at.view.parent(node)
    outer = at.view.parent(outer) if isinstance(outer, ast.Await) else outer
    statement = outer if isinstance(outer, ast.Expr) else None
    return _Command(node, node.func, statement, bool(entry.get("asynchronous")))


def _fix(loop: ast.For, commands: list[_Command], at: Place) -> Fix | None:
    """A pipeline around the loop, where nobody reads the answers and all go to the same server."""
    owners = {ast.unparse(command.function.value) for command in commands}
    simple = all(command.statement is not None and _is_name(command.function.value) for command in commands)
    nested = any(isinstance(node, _LOOPS) for body in loop.body for node in ast.walk(body))
    taken = at.look_local(_NAME) is not None or at.function is None
    if len(owners) != 1 or not simple or nested or loop.orelse or taken or not stands_alone(loop, at):
        return None
    owner, asynchronous = owners.pop(), commands[0].asynchronous
    return Fix(
        "Send the commands together in a pipeline",
        "unsafe",
        _REASON,
        lambda: _pipelined(loop, commands, owner, asynchronous, at),
    )


def _is_name(node: ast.expr) -> bool:
    """Whether an expression is a name or attributes of one, and costs nothing to repeat."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _pipelined(
    loop: ast.For, commands: list[_Command], owner: str, asynchronous: bool, at: Place
) -> list[Edit]:
    execute = f"await {_NAME}.execute()" if asynchronous else f"{_NAME}.execute()"
    edits = [
        line_before(loop, f"{_NAME} = {owner}.pipeline(transaction=False)", at),
        line_behind(loop, execute, at),
    ]
    for command in commands:
        start = at.range_of(command.statement or command.call)[0]
        edits.append(at.edit(start, at.range_of(command.function.value)[1], _NAME))
    return edits
