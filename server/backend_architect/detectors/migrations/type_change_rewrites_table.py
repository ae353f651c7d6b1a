"""Types of columns that change while nobody can use the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.migrations.types import keeps_rows
from backend_architect.migrations.walking import MigrationStep
from backend_architect.schema.changes import AlterColumn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Placed
    from backend_architect.engine.project import ProjectPlace


@detector(on=MigrationStep)
def detect(step: MigrationStep, at: ProjectPlace) -> Iterator[Placed]:
    """ALTER COLUMN TYPE that writes all rows anew."""
    change = step.change
    if not isinstance(change, AlterColumn) or not change.type or not step.is_postgres:
        return
    if step.is_new(change.table):
        return
    column = step.column(change.table, change.column)
    before = (column.type if column is not None else "") or change.before
    if keeps_rows(before, change.type, change.using, change.column):
        return
    way = f"from {before} to {change.type}" if before else f"to {change.type}"
    message = f"reads and writes of `{change.table}` wait until all of its rows are written anew ({way})"
    yield at.finding(step.origin, message)
