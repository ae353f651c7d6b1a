"""Answers of other services that are awaited one after another although none needs the other."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.layout import indent_of, siblings
from backend_architect.knowledge import libraries

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

_REASON = "The calls run at the same time; if one fails, the others go on and their answers are dropped."


@dataclass(frozen=True, slots=True)
class _Step:
    """One statement `name = await call`."""

    statement: ast.Assign
    name: str
    call: ast.Call


@detector(on=ast.Await, imports=libraries.modules("concurrent-reads"))
def detect(node: ast.Await, at: Place) -> Iterator[Finding]:
    """Look at runs of statements that only read, each into a variable of its own."""
    statement = at.view.parent(node)
    if not isinstance(statement, ast.Assign) or _step(statement, at) is None:
        return
    for run in _runs(siblings(statement, at), at):
        if run[0].statement is statement:
            names = ", ".join(f"`{step.name}`" for step in run)
            message = f"{names} are awaited one after another: it takes as long as all of them together"
            yield at.finding(run[1].call.func, message, _fix(run, at))


def _runs(body: Sequence[ast.stmt], at: Place) -> Iterator[list[_Step]]:
    run: list[_Step] = []
    for statement in [*body, None]:
        step = _step(statement, at) if statement is not None else None
        if step is not None and not _uses_any(step.call, {one.name for one in run}):
            run.append(step)
            continue
        if len(run) > 1:
            yield run
        run = [step] if step is not None else []


def _step(statement: ast.stmt, at: Place) -> _Step | None:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Await(value=ast.Call() as call)):
            path = at.path(call.func)
            known = path is not None and libraries.entry("concurrent-reads", path) is not None
            return _Step(statement, name, call) if known else None
        case _:
            return None


def _uses_any(call: ast.Call, names: set[str]) -> bool:
    return any(isinstance(node, ast.Name) and node.id in names for node in ast.walk(call))


def _fix(run: Sequence[_Step], at: Place) -> Fix | None:
    start, end = at.range_of(run[0].statement)[0], at.range_of(run[-1].statement)[1]
    indent = indent_of(start, at)
    text = at.view.source.text[start:end]
    names = [step.name for step in run]
    if indent is None or "#" in text or len(set(names)) != len(names) or text.count("\n") != len(run) - 1:
        return None
    step_indent = f"{indent}    "
    calls = "".join(f"\n{step_indent}{at.source_of(step.call)}," for step in run)
    new = f"{', '.join(names)} = await asyncio.gather({calls}\n{indent})"
    edit = at.edit(start, end, new)
    return Fix(
        "Await them together with `asyncio.gather`", "unsafe", _REASON, lambda: [edit], ("import asyncio",)
    )
