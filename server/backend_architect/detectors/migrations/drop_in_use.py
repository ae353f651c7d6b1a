"""Tables and columns that go while code still uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.migrations.usages import is_own, replaced_later, said_by, uses
from backend_architect.migrations.walking import MigrationStep
from backend_architect.schema.changes import DropColumn, DropTable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Placed
    from backend_architect.engine.project import ProjectPlace


@detector(on=MigrationStep)
def detect(step: MigrationStep, at: ProjectPlace) -> Iterator[Placed]:
    """DROP of a table or a column; a warning where the workspace still names it."""
    change = step.change
    if not isinstance(change, DropColumn | DropTable) or step.is_new(change.table):
        return
    if not step.is_first(DropColumn, DropTable):
        return
    column = change.column if isinstance(change, DropColumn) else ""
    if (column and is_own(step, change.table, column)) or replaced_later(step, change.table, column):
        return
    what = f"`{change.table}.{column}`" if column else f"`{change.table}`"
    found = uses(step, change.table, column)
    related = [at.related(place, "still uses it") for place in found]
    if found:
        message = f"{what} is dropped and still used{said_by(found)}"
    else:
        message = f"code that runs meanwhile fails, unless a release before has stopped using {what}"
    yield at.finding(step.origin, message, related, "warning" if found else None)
