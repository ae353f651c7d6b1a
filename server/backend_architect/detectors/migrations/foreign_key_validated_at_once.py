"""Foreign keys that read a table while nobody can write to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.migrations.rewriting import rewrite
from backend_architect.migrations.sequences import foreign_key
from backend_architect.migrations.walking import MigrationStep, names_of
from backend_architect.schema.changes import AddColumn, AddForeignKey, AddIndex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Placed
    from backend_architect.engine.project import ProjectPlace


@detector(on=MigrationStep)
def detect(step: MigrationStep, at: ProjectPlace) -> Iterator[Placed]:
    """A foreign key of a table that is in use, without NOT VALID."""
    change = step.change
    if not isinstance(change, AddForeignKey) or not change.key.validated or not step.is_postgres:
        return
    if step.is_new(change.table) or not step.is_first(AddForeignKey):
        return
    # Django makes an index in the same breath, and that is the finding then.
    if step.script.tool == "django" and not step.is_first(AddIndex):
        return
    if _is_empty(step, change):
        return
    table = step.table(change.table)
    if table is not None and table.partition_by:
        return
    waiting = [name for name in dict.fromkeys((change.table, change.key.table)) if not step.is_new(name)]
    message = f"writes to {names_of(waiting)} wait until all rows of `{change.table}` are checked"
    title = "Add the foreign key as NOT VALID, and validate it afterwards"
    yield at.finding(step.origin, message, remedy=rewrite(title, step, foreign_key(change)))


def _is_empty(step: MigrationStep, change: AddForeignKey) -> bool:
    """Whether the statement itself adds the column without values, of which PostgreSQL checks none.

    Alembic writes the key as a statement of its own, which reads all rows.
    """
    added = [one.change.column for one in step.same_statement if isinstance(one.change, AddColumn)]
    # A string of SQL has no places within it.
    is_operation = step.script.tool == "alembic" and change.key.origin is not None
    return not is_operation and any(
        (column.name,) == change.key.columns and column.nullable and column.default is None
        for column in added
    )
