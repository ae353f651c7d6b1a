"""Writes `downgrade()` of a revision of Alembic that has none."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from backend_architect.engine.remedies import Changes, Remedy, UnwritableError
from backend_architect.migrations.alembic_revision import RevisionFile
from backend_architect.migrations.alembic_site import function_of, sites
from backend_architect.migrations.inverses import LostError, fresh_columns, inverse, said_of
from backend_architect.migrations.walking import steps_of
from backend_architect.schema.actions import Truncate, WriteRows
from backend_architect.schema.changes import AddEnumValue, AddIndex, CreateTable, DropIndex, DropSchema
from backend_architect.sql.parsing import parse
from backend_architect.sql.scanner import scan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backend_architect.engine.findings import Edit
    from backend_architect.engine.project import Project
    from backend_architect.indexing.python_file import PythonFile
    from backend_architect.migrations.walking import MigrationStep
    from backend_architect.schema.changes import Effect, Step

_HARMLESS: Final = frozenset({"get_bind", "get_context", "table", "column", "text", "inspect", "MetaData"})
"""Calls whose results are kept in variables and that change nothing."""
_COUNTING: Final = frozenset({"smallint", "integer", "bigint"})
"""Types of keys that SQLAlchemy numbers where nothing else is said."""
_REASON: Final = "what was in the database before is read from the migrations before it"


@dataclass(frozen=True, slots=True)
class Undo:
    """Writes `downgrade()` of a revision; plain data."""

    path: str

    def changes(self, project: Project) -> Changes:
        """The edits of the revision.

        Raises:
            UnwritableError: it is not known what takes it back, or something does so already.
        """
        revision = RevisionFile(project, self.path)
        steps = _known_steps(project, self.path)
        _check_all_said(revision.file, steps)
        try:
            lines = [*_Body(revision, self._inverses(project, revision)).lines()]
        except LostError as error:
            said = revision.file.style.string(f"This revision cannot be undone: {error}.")
            lines = [f"{revision.file.style.unit}raise NotImplementedError({said})"]
        edits = [_written(revision.file, lines), *revision.file.import_edits()]
        return Changes({self.path: tuple(sorted(edits, key=lambda one: one.span))})

    def _inverses(self, project: Project, revision: RevisionFile) -> list[tuple[str, Effect]]:
        """What takes the steps back, the last one first, each with a sentence about it."""
        found: list[list[tuple[str, Effect]]] = []
        for step in steps_of(project):
            if step.script.path == self.path and not _fills_new_columns(step, revision.file):
                back = inverse(step, revision.name(step.change))
                for one in back:
                    _check_numbers(one, project)
                found.append([(said_of(step, one), one) for one in back])
        return [one for group in reversed(found) for one in group]


def undo(step: MigrationStep) -> Remedy | None:
    """The remedy that writes `downgrade()` of the revision of a step; None for other tools."""
    if step.script.tool != "alembic" or not step.is_postgres:
        return None
    lost = any(isinstance(one.change, Truncate | AddEnumValue | DropSchema) for one in step.script.steps)
    title = "Say in downgrade() why it cannot be undone" if lost else "Write downgrade()"
    return Remedy(title, "unsafe", _REASON, Undo(step.script.path))


def _known_steps(project: Project, path: str) -> tuple[Step, ...]:
    scripts = [script for history in project.histories for script in history if script.path == path]
    if len(scripts) != 1:
        raise UnwritableError("the revision has changed meanwhile")
    return scripts[0].steps


def _check_numbers(back: Effect, project: Project) -> None:
    """Check that SQLAlchemy numbers the rows of a table that comes back if it did so before.

    Raises:
        UnwritableError: that is not known.
    """
    if not isinstance(back, CreateTable) or back.table.origin is None:
        return
    key = [back.table.columns[name] for name in back.table.primary_key if name in back.table.columns]
    if len(key) != 1 or key[0].type not in _COUNTING or key[0].default is not None:
        return
    text = project.read(back.table.origin.path) or ""
    line = text.splitlines()[back.table.origin.line - 1 : back.table.origin.line]
    if "autoincrement" in text or not any("create_table(" in one for one in line):
        raise UnwritableError(f"it is not known what numbers the rows of {back.table.name}")


def _fills_new_columns(step: MigrationStep, file: PythonFile) -> bool:
    """Whether a step writes columns alone that the revision has added itself, and that go with them."""
    change = step.change
    if not isinstance(change, WriteRows) or change.verb != "update":
        return False
    for site in sites(file, "upgrade"):
        if site.statement.lineno == step.origin.line and site.operation.name == "execute":
            fresh = fresh_columns(step.passage.done, change.table)
            return bool(fresh) and _set_columns(site.operation.text("sqltext")) <= fresh
    return False


def _set_columns(sql: str) -> set[str]:
    """The columns that an UPDATE sets; that of no name where it cannot be read."""
    tree = parse(sql.strip().rstrip(";"), "postgres").tree
    if not isinstance(tree, exp.Update):
        return {""}
    return {one.this.name if isinstance(one, exp.EQ) else "" for one in tree.expressions}


def _check_all_said(file: PythonFile, steps: Sequence[Step]) -> None:
    """Check that steps tell of all that `upgrade()` does.

    Raises:
        UnwritableError: something may do more.
    """
    lines = {one.origin.line for one in steps}
    for node in _statements(function_of(file, "upgrade").body):
        match node:
            case ast.Expr(value=ast.Constant()) | ast.Pass():
                pass
            case ast.Expr(value=ast.Call()) if node.lineno in lines:
                pass
            case ast.Assign(value=value) if _is_harmless(value):
                pass
            case _:
                raise UnwritableError(f"it is not known what line {node.lineno} of the revision does")
    for site in sites(file, "upgrade"):
        said = site.operation.text("sqltext")
        made = {one.statement for one in steps if one.origin.line == site.statement.lineno}
        if site.operation.name == "execute" and len(scan(said, "postgres").pieces) > len(made):
            raise UnwritableError(f"it is not known what line {site.statement.lineno} of the revision does")


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        if isinstance(node, ast.With | ast.For):
            yield from _statements(node.body)
        else:
            yield node


def _is_harmless(value: ast.expr) -> bool:
    calls = [one.func for one in ast.walk(value) if isinstance(one, ast.Call)]
    names = [one.attr if isinstance(one, ast.Attribute) else getattr(one, "id", "") for one in calls]
    return all(name in _HARMLESS or name[:1].isupper() for name in names)


@dataclass(frozen=True, slots=True)
class _Body:
    """The body of `downgrade()`."""

    revision: RevisionFile
    inverses: Sequence[tuple[str, Effect]]

    def lines(self) -> Iterator[str]:
        """Its lines.

        Raises:
            UnwritableError: a change cannot be written.
        """
        calls, style = self.revision.calls, self.revision.file.style
        for alone, some in groupby(self.inverses, lambda one: _is_alone(one[1])):
            indent = style.unit
            if alone:
                self.revision.check_environment()
                yield f"{indent}with {calls.op}.get_context().autocommit_block():"
                indent += style.unit
            for why, one in some:
                yield from [f"{indent}# {why}"] if why else []
                yield from (indent + calls.written(one, indent)).split(style.newline)
        if not self.inverses:
            yield f"{style.unit}pass"


def _is_alone(change: Effect) -> bool:
    return isinstance(change, AddIndex | DropIndex) and change.concurrently


def _written(file: PythonFile, lines: Sequence[str]) -> Edit:
    """The edit that puts lines into `downgrade()`, or writes that function.

    Raises:
        UnwritableError: it does something already.
    """
    newline = file.style.newline
    upgrade = function_of(file, "upgrade")
    if not any(isinstance(node, ast.FunctionDef) and node.name == "downgrade" for node in file.body):
        returns = f" -> {file.at.source_of(upgrade.returns)}" if upgrade.returns is not None else ""
        text = newline.join(["", "", f"def downgrade(){returns}:", *lines, ""])
        end = len(file.text.rstrip())
        return file.at.edit(end, len(file.text), newline + text)
    body = function_of(file, "downgrade").body
    empty = [node for node in body if _is_empty(node)]
    described = [node for node in body if isinstance(node, ast.Expr) and _is_text(node)]
    if len(empty) + len(described) != len(body):
        raise UnwritableError("downgrade() does something already")
    last = body[-1]
    start, end = file.at.range_of(last)
    if last in described:
        return file.at.edit(end, end, newline + newline.join(lines))
    if file.begins_line(last):
        return file.at.edit(start, end, newline.join(lines).lstrip(" \t"))
    before = re.search(r"[ \t]*\Z", file.text[:start])
    start = before.start() if before is not None else start
    return file.at.edit(start, end, newline + newline.join(lines))


def _is_empty(node: ast.stmt) -> bool:
    match node:
        case ast.Pass():
            return True
        case ast.Expr(value=ast.Constant(value=value)):
            return value is ...
        case _:
            return False


def _is_text(node: ast.Expr) -> bool:
    return isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
