"""Commands for a shell with values pasted into them, wherever those come from."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.fixes.commands import without_shell
from backend_architect.knowledge import libraries
from backend_architect.python.folded import Chunk, Hole
from backend_architect.python.orm import assigned_values
from backend_architect.python.values import Literal, is_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

_MODULES = frozenset(
    {"os", "subprocess", "asyncio", "commands", "paramiko", "fabric", "invoke", "pexpect", "popen2"}
)

_PROGRAMS = (
    "os.exec",
    "os.spawn",
    "os.posix_spawn",
    "os.startfile",
    "asyncio.create_subprocess_exec",
    "pexpect.",
)
"""How the names of functions begin that start a program without a shell."""

_QUOTING = frozenset({"shlex.quote", "shlex.join", "pipes.quote", "subprocess.list2cmdline"})

_OF_THE_MACHINE = frozenset(
    {"sys.executable", "os.getpid", "os.getuid", "os.cpu_count", "os.sep", "os.getcwd"}
)


@detector(on=ast.Call, imports=_MODULES)
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Look at what request data does not reach; that is another rule."""
    path = at.path(call.func) if call.args or call.keywords else None
    if path is None or path.startswith(_PROGRAMS) or not _takes_command(path):
        return
    for sink in libraries.sinks(path):
        command = at.argument(call, sink.position, sink.keyword) if sink.kind == "shell" else None
        if command is None or sink.keyword == "executable" or not _applies(sink, call, at):
            continue
        folded = at.fold(command)
        parts = folded.parts if folded is not None else []
        pasted = [part for part in parts if isinstance(part, Hole) and not _is_harmless(part, at)]
        written = "".join(part.text for part in parts if isinstance(part, Chunk)).strip()
        if pasted and written and next(at.sinks(call, "shell"), None) is None:
            value = _short(at.source_of_hole(pasted[0]))
            message = f"`{value}` is pasted into a command for a shell, which a `;` in it ends"
            yield at.finding(command, message, without_shell(call, command, path, at))
            return


def _takes_command(path: str) -> bool:
    return "." in path and any(sink.kind == "shell" for sink in libraries.sinks(path))


def _applies(sink: libraries.Sink, call: ast.Call, at: Place) -> bool:
    return all(at.constant(at.argument(call, None, name)) == wanted for name, wanted in sink.when.items())


def _is_harmless(hole: Hole, at: Place) -> bool:
    """Whether a value is a number, a constant of the program, quoted, or tells about this machine."""
    node = hole.node
    value = at.resolve(node)
    if hole.numeric or isinstance(value, Literal) or is_number(value) or _name(node).isupper():
        return True
    if isinstance(node, ast.Name) and any(_is_own_file(value) for value in assigned_values(node, at)):
        return True
    called = at.path(node.func) if isinstance(node, ast.Call) else at.path(node)
    return called in _QUOTING | _OF_THE_MACHINE or _holds_quoted(node, at)


def _is_own_file(node: ast.expr) -> bool:
    """Whether a path is made from where the program itself stands."""
    return any(isinstance(one, ast.Name) and one.id == "__file__" for one in ast.walk(node))


def _holds_quoted(node: ast.expr, at: Place) -> bool:
    """Whether what fills a hole is quoted where it is put together: `" ".join(map(shlex.quote, args))`."""
    return any(
        isinstance(one, ast.Attribute | ast.Name) and at.path(one) in _QUOTING for one in ast.walk(node)
    )


def _name(node: ast.expr) -> str:
    return getattr(node, "attr", getattr(node, "id", ""))


def _short(source: str) -> str:
    source = " ".join(source.split())
    return source if len(source) <= 40 else f"{source[:37]}..."
