"""Statements that could change a table at one go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.migrations.locks import ALTERING
from backend_architect.migrations.sql_extras import merge_alters
from backend_architect.migrations.walking import MigrationStep
from backend_architect.schema.changes import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AlterColumn,
    DropConstraint,
    RenameColumn,
    RenameTable,
    ValidateConstraint,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Placed
    from backend_architect.engine.project import ProjectPlace
    from backend_architect.schema.changes import Step


_ALONE = (RenameColumn, RenameTable, ValidateConstraint)
"""What cannot, or must not, stand beside other changes in one ALTER TABLE."""


@detector(on=MigrationStep)
def detect(step: MigrationStep, at: ProjectPlace) -> Iterator[Placed]:
    """The second of several ALTER TABLE of one table that follow each other."""
    if step.script.tool != "sql" or not step.is_postgres or not step.passage.done:
        return
    before = step.passage.done[-1]
    table = _altered(step.step)
    if not table or _altered(before) != table or step.is_new(table):
        return
    if before.statement == step.step.statement or any(
        _altered(one) == table and one.statement != before.statement for one in step.passage.done
    ):
        return
    earlier = [one for one in step.passage.done if one.statement == before.statement]
    if any(map(_is_alone, [*earlier, *step.same_statement])):
        return
    # PostgreSQL drops first, and would then read the rows that the check spares it.
    if any(map(_forbids_null, earlier)) and isinstance(step.change, DropConstraint):
        return
    if _changes_added(step, earlier):
        return
    related = [at.related(before.origin, f"the first change of `{table}`")]
    message = f"`{table}` is locked, and perhaps read, a second time: one ALTER TABLE makes both changes"
    yield at.finding(step.origin, message, related, remedy=merge_alters(step, before.statement))


def _altered(step: Step) -> str:
    return getattr(step.change, "table", "") if isinstance(step.change, ALTERING) else ""


def _forbids_null(step: Step) -> bool:
    return isinstance(step.change, AlterColumn) and step.change.nullable is False


def _changes_added(step: MigrationStep, earlier: list[Step]) -> bool:
    """Whether a change is about a column of the statement before; in one, PostgreSQL might look too early."""
    added = {one.change.column.name for one in earlier if isinstance(one.change, AddColumn)}
    return any(
        isinstance(one.change, AlterColumn) and one.change.column in added for one in step.same_statement
    )


def _is_alone(step: Step) -> bool:
    match step.change:
        case AddForeignKey(key=said) | AddCheck(check=said):
            return not said.validated
        case _:
            return isinstance(step.change, _ALONE)
