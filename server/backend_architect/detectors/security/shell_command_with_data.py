"""Request data in commands, and in the names of programs."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.fixes.commands import without_shell
from backend_architect.python.flows.data import NOT_CONSTANT, Data
from backend_architect.python.flows.facts import carried, source_of
from backend_architect.python.marks import SERVERS
from backend_architect.python.orm import assigned_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

_LISTS = frozenset(f"subprocess.{one}" for one in ("run", "call", "check_call", "check_output", "Popen"))

_PROGRAMS = ("os.exec", "os.spawn", "os.posix_spawn", "os.startfile", "asyncio.create_subprocess_exec")
"""How the names of functions begin that start a program without a shell."""

_SHELLS = frozenset(
    {"sh", "bash", "zsh", "dash", "ksh", "ash", "cmd", "cmd.exe", "powershell", "powershell.exe", "pwsh"}
)
_RUN_TEXT = frozenset({"-c", "-lc", "-ec", "-xc", "-exc", "-ic", "/c", "/C", "-Command", "-command"})


@detector(on=ast.Call, imports=SERVERS)
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Look at the command of a shell, at the program to start, and at shells that are programs."""
    if not call.args and not call.keywords:
        return
    uses = {use.argument: use for use in at.sinks(call, "shell")}
    for argument, use in uses.items():
        sink = f"`{use.sink}`" if use.helper is None else f"`{use.sink}` in `{use.helper}`"
        if use.sink.startswith(_PROGRAMS):
            yield at.finding(argument, _program(use.source.text, sink))
        else:
            fix = without_shell(call, argument, use.sink, at) if use.helper is None else None
            yield at.finding(argument, _command(use.source.text, sink), fix)
    path = at.path(call.func) if not uses else None
    command = at.argument(call, 0, "args") if path in _LISTS else None
    if command is not None and _runs_a_program(call, at):
        yield from _in_list(command, f"`{path}`", at)


def _command(source: str, sink: str) -> str:
    return f"{source} becomes part of the command that {sink} gives to a shell: any other can follow"


def _program(source: str, sink: str) -> str:
    return f"{source} decides which program {sink} starts"


def _runs_a_program(call: ast.Call, at: Place) -> bool:
    shell = at.argument(call, None, "shell")
    return shell is None or at.constant(shell) is False


def _in_list(command: ast.expr, sink: str, at: Place) -> Iterator[Finding]:
    """What request data does in a list of arguments, or as the only one."""
    data = carried(at, command)
    if data is None:
        return
    if data.elements is None:
        starts = command.elts[0] if isinstance(command, ast.List) and command.elts else command
        one = starts is not command or _is_one_text(command, at)
        source = at.request_data(starts, "shell") if one else None
        if source is not None:
            yield at.finding(starts, _program(source.text, sink))
        return
    first, *rest = data.elements or (Data(),)
    source = source_of(at, first.all_marks, "shell")
    if source is not None:
        yield at.finding(_element(command, 0), _program(source.text, sink))
        return
    given = [source_of(at, one.all_marks, "shell") for one in rest]
    told = next(((number, one) for number, one in enumerate(given, start=1) if one is not None), None)
    if told is not None and _is_shell(command, [one.constant for one in data.elements[: told[0]]], at):
        yield at.finding(_element(command, told[0]), _command(told[1].text, sink))


def _element(command: ast.expr, number: int) -> ast.expr:
    written = command.elts if isinstance(command, ast.List | ast.Tuple) else []
    return written[number] if number < len(written) else command


def _is_shell(command: ast.expr, before: list[object], at: Place) -> bool:
    """Whether the arguments before some data are a shell, and the order to run a text.

    Where they depend on the way through the function, what it appends to the list counts.
    """
    if NOT_CONSTANT in before and isinstance(command, ast.Name):
        before = list(_appended(command.id, at))
    words = [one for one in before if isinstance(one, str)]
    names = {one.replace("\\", "/").rpartition("/")[2] for one in words}
    return not _SHELLS.isdisjoint(names) and not _RUN_TEXT.isdisjoint(words)


def _appended(name: str, at: Place) -> Iterator[object]:
    for node in ast.walk(at.function) if at.function is not None else ():
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=owner), attr="append"), args=[ast.Constant(value=text)]
            ):
                if owner == name:
                    yield text
            case ast.Assign(targets=[ast.Name(id=owner)], value=ast.List(elts=elements)) if owner == name:
                yield from (one.value for one in elements if isinstance(one, ast.Constant))
            case _:
                pass


def _is_one_text(node: ast.expr, at: Place) -> bool:
    """Whether an expression is a text, or the words of one."""
    match node:
        case ast.Name():
            values = list(assigned_values(node, at))
            return bool(values) and all(_is_one_text(value, at) for value in values)
        case ast.Call(func=ast.Attribute(value=ast.Name(id="shlex"), attr="split"), args=[text, *_]):
            return _is_one_text(text, at)
        case ast.Call(func=ast.Attribute(attr="split" | "strip" | "lower", value=text)):
            return _is_one_text(text, at)
        case _:
            data = carried(at, node)
            whole = data is not None and any(mark.whole for mark in data.marks)
            return whole or at.fold(node) is not None
