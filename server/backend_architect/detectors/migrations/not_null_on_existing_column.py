"""NOT NULL that reads a table while nobody can use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.migrations.rewriting import rewrite
from backend_architect.migrations.sequences import not_null
from backend_architect.migrations.walking import MigrationStep
from backend_architect.schema.changes import AlterColumn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Placed
    from backend_architect.engine.project import ProjectPlace
    from backend_architect.schema.model import Table


@detector(on=MigrationStep)
def detect(step: MigrationStep, at: ProjectPlace) -> Iterator[Placed]:
    """SET NOT NULL without a validated check that says the same."""
    change = step.change
    if not isinstance(change, AlterColumn) or change.nullable is not False or not step.is_postgres:
        return
    column = step.column(change.table, change.column)
    if step.is_new(change.table) or (column is not None and not column.nullable):
        return
    table = step.table(change.table)
    if table is not None and _is_checked(table, change.column):
        return
    message = f"reads and writes of `{change.table}` wait until all of its rows are checked for NULL"
    title = "Check for NULL without a lock first (NOT VALID, VALIDATE, NOT NULL)"
    yield at.finding(step.origin, message, remedy=rewrite(title, step, not_null(change)))


def _is_checked(table: Table, column: str) -> bool:
    """Whether a validated check forbids NULL, from which PostgreSQL 12 and newer conclude it."""
    sought = f"{column.lower()} is not null"
    for check in table.checks:
        said = check.expression.lower().replace('"', "").replace("(", "").replace(")", "")
        if check.validated and sought in (one.strip() for one in said.split(" and ")):
            return True
    return False
