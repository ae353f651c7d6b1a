"""Where an operation stands in `upgrade()` of a revision of Alembic."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backend_architect.engine.remedies import UnwritableError
from backend_architect.engine.text import line_end
from backend_architect.schema.alembic_operations import Operation, operation_of, steps_of
from backend_architect.schema.alembic_program import module_of_tree
from backend_architect.schema.terms import Call, Member, Scope

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backend_architect.indexing.python_file import PythonFile
    from backend_architect.schema.changes import Effect

_BLOCK: Final = "autocommit_block"
_BATCH: Final = "batch_alter_table"
_GENERATED: Final = "# ###"
"""How the comments begin that Alembic writes around what it has generated."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around statements."""

    body: Sequence[ast.stmt]
    """The statements, all of them."""
    batch: ast.With | None = None
    """The `batch_alter_table` that they are part of."""
    outer: Sequence[ast.stmt] = ()
    """The statements among which that stands."""
    alone: bool = False
    """Whether an `autocommit_block` stands around them."""


@dataclass(frozen=True, slots=True)
class Site:
    """An operation that is a statement of its own, run once and whatever the database says."""

    file: PythonFile
    statement: ast.Expr
    call: ast.Call
    operation: Operation
    around: Surroundings

    @property
    def is_current(self) -> bool:
        """Whether it runs on the connection that Alembic uses where it stands."""
        call = self.operation.call
        of = call.function.of if isinstance(call.function, Member) else None
        is_bind = isinstance(of, Call) and of.path == "alembic.op.get_bind"
        return call.path == "alembic.op.execute" or (is_bind and not _is_kept(self.call))

    @property
    def lead(self) -> list[str]:
        """The lines of comments directly above it that are about it."""
        return lead_of(self.statement, self.file)

    @property
    def lines(self) -> tuple[int, int]:
        """The offsets at which its lines begin, with its comments, and at which the last one ends.

        Raises:
            UnwritableError: another statement stands on one of them.
        """
        file, source = self.file, self.file.source
        row = (self.statement.end_lineno or self.statement.lineno) - 1
        start = source.at(self.statement.lineno - 1 - len(self.lead), 0)
        end = source.at(row, line_end(source.lines[row]))
        behind = file.text[file.at.range_of(self.statement)[1] : end].strip()
        if not file.begins_line(self.statement) or (behind and not behind.startswith("#")):
            raise UnwritableError("another statement stands on the same line")
        return start, end

    @property
    def beside(self) -> str:
        """The comment at the end of its last line."""
        return self.file.text[self.file.at.range_of(self.statement)[1] : self.lines[1]].strip()


def _is_kept(call: ast.Call) -> bool:
    """Whether a call is that of a method of a variable."""
    return isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name)


def lead_of(node: ast.stmt, file: PythonFile) -> list[str]:
    """The lines of comments directly above a statement that are about it."""
    lines, row = file.source.lines, node.lineno - 1
    start = row
    while start and _is_comment(lines[start - 1]):
        start -= 1
    return [line.strip() for line in lines[start:row]]


def _is_comment(line: str) -> bool:
    stripped = line.strip()
    return stripped.startswith("#") and not stripped.startswith(_GENERATED)


def function_of(file: PythonFile, name: str) -> ast.FunctionDef:
    """A function of a revision that takes no arguments.

    Raises:
        UnwritableError: there is none.
    """
    found = [node for node in file.body if isinstance(node, ast.FunctionDef) and node.name == name]
    if len(found) != 1 or found[0].args.args or found[0].args.kwonlyargs:
        raise UnwritableError(f"{file.path} has no plain function {name}()")
    return found[0]


def is_block(node: ast.stmt) -> bool:
    """Whether a statement is an `autocommit_block`."""
    match node:
        case ast.With(items=[ast.withitem(ast.Call(ast.Attribute(attr=name)), None)]):
            return name == _BLOCK
        case _:
            return False


def sites(file: PythonFile, name: str) -> Iterator[Site]:
    """The operations of a function in their order, those under conditions and in loops left out."""
    scope = module_of_tree(ast.Module(list(file.body), []), file.path).scope
    within = Scope(scope.imports, dict(scope.values))
    yield from _sites(Surroundings(function_of(file, name).body), within, file)


def site_of(file: PythonFile, line: int, changes: Sequence[Effect]) -> Site:
    """The one operation of `upgrade()` on a line, counted from 1, that makes these changes and no others.

    Raises:
        UnwritableError: there is not one such.
    """
    found = [
        one
        for one in sites(file, "upgrade")
        if one.statement.lineno == line and [step.change for step in steps_of(one.operation)] == list(changes)
    ]
    if len(found) != 1:
        raise UnwritableError("the operation is not a statement of its own in upgrade()")
    return found[0]


def _sites(around: Surroundings, scope: Scope, file: PythonFile) -> Iterator[Site]:
    for node in around.body:
        match node:
            case ast.Assign(targets=[target], value=value):
                scope.assign(target, scope.term(value))
            case ast.Expr(value=ast.Call() as call):
                term = scope.term(call)
                operation = operation_of(term, file.path) if isinstance(term, Call) else None
                if operation is not None:
                    yield Site(file, node, call, operation, around)
            case ast.With(items=[ast.withitem(context, variable)]):
                value = scope.term(context)
                if is_block(node):
                    yield from _sites(Surroundings(node.body, alone=True), scope, file)
                elif isinstance(value, Call) and value.name == _BATCH and variable is not None:
                    scope.assign(variable, value)
                    inner = Surroundings(node.body, node, around.body, around.alone)
                    yield from _sites(inner, scope, file)
            case _:
                pass
