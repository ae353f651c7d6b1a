"""New columns whose values are computed for each row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.migrations.rewriting import rewrite
from backend_architect.migrations.sequences import default_later
from backend_architect.migrations.types import computes_each_row
from backend_architect.migrations.walking import MigrationStep
from backend_architect.schema.changes import AddColumn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Placed
    from backend_architect.engine.project import ProjectPlace
    from backend_architect.engine.remedies import Remedy


@detector(on=MigrationStep)
def detect(step: MigrationStep, at: ProjectPlace) -> Iterator[Placed]:
    """ADD COLUMN with a volatile default, serial, identity or a stored expression."""
    change = step.change
    if not isinstance(change, AddColumn) or not step.is_postgres or step.is_new(change.table):
        return
    if not computes_each_row(change.column):
        return
    message = (
        f"reads and writes of `{change.table}` wait until all of its rows are written anew, "
        f"each with a value of its own for `{change.column.name}`"
    )
    yield at.finding(step.origin, message, remedy=_remedy(step, change))


def _remedy(step: MigrationStep, change: AddColumn) -> Remedy | None:
    default = change.column.default
    if default is None or default.startswith("generated "):
        return None
    return rewrite("Add the column without the default, then set it", step, default_later(change))
