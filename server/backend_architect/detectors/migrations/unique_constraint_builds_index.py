"""Constraints whose index is built while nobody can use the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.migrations.rewriting import rewrite
from backend_architect.migrations.sequences import through_index
from backend_architect.migrations.types import computes_each_row
from backend_architect.migrations.walking import MigrationStep
from backend_architect.schema.changes import AddColumn, AddIndex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Placed
    from backend_architect.engine.project import ProjectPlace
    from backend_architect.engine.remedies import Remedy


_CALLED = {"primary": "primary key", "unique": "unique constraint", "exclusion": "exclusion constraint"}


@detector(on=MigrationStep)
def detect(step: MigrationStep, at: ProjectPlace) -> Iterator[Placed]:
    """UNIQUE, PRIMARY KEY and EXCLUDE on a table that is in use."""
    change = step.change
    if not isinstance(change, AddIndex) or change.index.kind == "index" or not step.is_postgres:
        return
    if step.is_new(change.table) or not step.is_first(AddIndex) or _is_rewritten(step, change.table):
        return
    if any(
        isinstance(one.change, AddColumn) and computes_each_row(one.change.column)
        for one in step.same_statement
    ):
        return  # The statement writes the table anew, and that is the finding then.
    message = (
        f"reads and writes of `{change.table}` wait until the index of this "
        f"{_CALLED[change.index.kind]} is built"
    )
    yield at.finding(step.origin, message, remedy=_remedy(step, change))


def _is_rewritten(step: MigrationStep, table: str) -> bool:
    """Whether the statement writes all rows anew as well, of which another rule tells."""
    return any(
        isinstance(one.change, AddColumn)
        and one.change.table == table
        and computes_each_row(one.change.column)
        for one in step.same_statement
    )


def _remedy(step: MigrationStep, change: AddIndex) -> Remedy | None:
    table, index = step.table(change.table), change.index
    if index.kind == "exclusion" or (table is not None and table.partition_by) or not all(index.columns):
        return None
    if index.kind == "primary" and not all(_is_required(step, change.table, name) for name in index.columns):
        return None
    title = "Build the index while others write, and put the constraint on it"
    return rewrite(title, step, through_index(change))


def _is_required(step: MigrationStep, table: str, name: str | None) -> bool:
    """Whether a column is known to have no NULL, which a primary key would have to look for."""
    column = step.column(table, name or "")
    return column is not None and not column.nullable
