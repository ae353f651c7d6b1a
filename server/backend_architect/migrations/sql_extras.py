"""What only .sql migrations get: one ALTER TABLE for several, and a limit for waiting at its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backend_architect.engine.remedies import Changes, Remedy, UnwritableError
from backend_architect.indexing.sql_runners import runner_of
from backend_architect.migrations.runners import goes_alone
from backend_architect.migrations.sql_editing import SqlEditing
from backend_architect.migrations.sql_statement import SqlText, Statement, is_in_block
from backend_architect.migrations.walking import steps_of
from backend_architect.schema.actions import Begin
from backend_architect.schema.changes import AddColumn, AlterColumn, DropColumn, DropConstraint, RenameColumn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from backend_architect.engine.project import Project
    from backend_architect.migrations.walking import MigrationStep
    from backend_architect.schema.changes import Change
    from backend_architect.sql.scanner import Piece

_LIMIT: Final = "2s"
_INDENT: Final = "    "
_LEAD: Final = re.compile(r"\s*")


def merge_alters(step: MigrationStep, earlier_statement: int) -> Remedy | None:
    """The remedy that makes one ALTER TABLE of the statement of a step and the one before it.

    None where they do not follow each other, or where one of them would find another table than now.
    """
    plan = MergeAlters(step.script.path, earlier_statement, step.step.statement)
    try:
        plan.changes(step.project)
    except UnwritableError:
        return None
    reason = "it rewrites the migration, which must not have run anywhere yet"
    return Remedy("Make both changes in one ALTER TABLE", "unsafe", reason, plan)


@dataclass(frozen=True, slots=True)
class MergeAlters:
    """Makes one ALTER TABLE of two that follow each other; plain data."""

    path: str
    earlier: int
    later: int

    def changes(self, project: Project) -> Changes:
        """The edits."""
        of = SqlText.forward(project, self.path)
        one, two = of.piece(self.earlier), of.piece(self.later)
        first, second = Statement(of.of(one), of.dialect), Statement(of.of(two), of.dialect)
        numbers = [number for number, piece in enumerate(of.pieces) if one.start < piece.start < two.start]
        if numbers or not one.terminated or first.head.lower() != second.head.lower():
            raise UnwritableError("they are not two of one table that follow each other")
        _check_mergeable(first, second)
        editing = SqlEditing(of)
        at = first.actions[0].start
        lead = len(first.text[:at].rstrip())
        own_line = "\n" in first.text[lead:at]
        indent = first.text[first.text.rfind("\n", 0, at) + 1 : at] if own_line else self._indent(of, one)
        if not own_line:
            editing.replace(one.start + lead, one.start + at, f"\n{indent}")
        end = of.end_of(one)
        editing.replace(one.end, end, ",")
        tail, *comments = re.split(r"\r?\n", of.text[end : two.start])
        lines = [tail.rstrip(), *(f"{indent}{line.strip()}" for line in comments if line.strip())]
        start = two.start + second.actions[0].start
        editing.replace(end, start, "\n".join([*lines, indent]))
        return Changes({self.path: editing.built()})

    def _indent(self, of: SqlText, piece: Piece) -> str:
        before = of.text[of.line_start(piece.start) : piece.start]
        return ("" if before.strip() else before) + _INDENT


def _check_mergeable(one: Statement, two: Statement) -> None:
    """Refuse what PostgreSQL, which drops first and then changes types, would do in another order."""
    changes = [[change for action in said.actions for change in action.changes] for said in (one, two)]
    if not all(action.changes for said in (one, two) for action in said.actions):
        raise UnwritableError("nobody can read all that they do")
    columns = [set(_columns(some)) for some in changes]
    if columns[0] & columns[1]:
        raise UnwritableError("both change the same column")
    for some, other in ((changes[0], two), (changes[1], one)):
        for name in _dropped(some):
            if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", other.text, re.IGNORECASE):
                raise UnwritableError(f"one of them drops {name}, and the other speaks of it")


def _columns(changes: Iterable[Change]) -> Iterator[str]:
    for change in changes:
        if isinstance(change, AddColumn):
            yield change.column.name
        elif isinstance(change, AlterColumn | DropColumn | RenameColumn):
            yield change.column


def _dropped(changes: Iterable[Change]) -> Iterator[str]:
    for change in changes:
        if isinstance(change, DropColumn):
            yield change.column
        elif isinstance(change, DropConstraint):
            yield change.name


def limit_waiting(step: MigrationStep) -> Remedy | None:
    """The remedy that lets a file give up after two seconds rather than make others wait behind it."""
    plan = LimitWaiting(step.script.path, step.step.statement)
    if "lock_timeout" in step.passage.limits or not step.is_postgres:
        return None
    try:
        plan.limited(step)
    except UnwritableError:
        return None
    reason = "the migration fails where it would have waited longer"
    return Remedy(f"Set lock_timeout to {_LIMIT}", "unsafe", reason, plan)


@dataclass(frozen=True, slots=True)
class LimitWaiting:
    """Sets lock_timeout for a statement and those behind it; plain data."""

    path: str
    statement: int

    def changes(self, project: Project) -> Changes:
        """The edit."""
        for step in steps_of(project):
            if (step.script.path, step.step.statement) == (self.path, self.statement):
                return self.limited(step)
        raise UnwritableError("the statement has changed meanwhile")

    def limited(self, step: MigrationStep) -> Changes:
        """The statement where the transaction begins, or the file.

        Raises:
            UnwritableError: it would take away that the file runs without a transaction.
        """
        of = SqlText.forward(step.project, self.path)
        runner = runner_of(step.script, step.project.read)
        alone = all(goes_alone(one.change) for one in step.script.steps)
        if alone and not step.in_transaction and (runner.sends_text or runner.single or runner.looks_first):
            raise UnwritableError("the file would be run in a transaction")
        editing = SqlEditing(of)
        piece = of.piece(self.statement)
        local = step.in_transaction or runner.sends_text or runner.single
        words = "SET LOCAL" if local else "SET"
        said = f"{words} lock_timeout = '{_LIMIT}';"
        text = said.lower() if of.text[piece.start].islower() else said
        if step.passage.transaction is not None:
            begins = (one for one in reversed(step.passage.done) if isinstance(one.change, Begin))
            editing.put_behind(of.piece(next(begins).statement), text)
        else:
            # A changeset of Liquibase is a transaction of its own.
            first = step.passage.ended or runner.name == "Liquibase"
            _put_before(
                editing, piece if first else next(one for one in of.pieces if one.kind == "sql"), text
            )
        return Changes({self.path: editing.built()})


def _put_before(editing: SqlEditing, piece: Piece, text: str) -> None:
    of = editing.of
    start, _ = editing.comments_above(piece)
    if of.text[start : of.line_start(piece.start)].strip() == "" and of.text[start : piece.start].strip():
        start = piece.start  # another statement stands on the line
    while start and is_in_block(of.text, start):
        start = of.line_start(start - 1)
    indent = _LEAD.match(of.text, start)
    blank = indent[0] if indent and "\n" not in indent[0] else ""
    editing.replace(start, start, f"{blank}{text}\n")
