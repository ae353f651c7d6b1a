"""Names that change under the code that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.migrations.usages import is_own, replaced_later, said_by, uses
from backend_architect.migrations.walking import MigrationStep
from backend_architect.schema.changes import (
    CreateEnum,
    CreateView,
    RenameColumn,
    RenameEnumValue,
    RenameTable,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Placed
    from backend_architect.engine.project import ProjectPlace


@detector(on=MigrationStep)
def detect(step: MigrationStep, at: ProjectPlace) -> Iterator[Placed]:
    """RENAME of what the release which runs still knows by its old name: a table, a column, a value."""
    change = step.change
    if isinstance(change, RenameEnumValue) and not _is_new(step, change.name):
        value = f"'{change.value}' of `{change.name}`"
        yield at.finding(step.origin, f"code that runs while this is deployed fails: it still says {value}")
    if not isinstance(change, RenameColumn | RenameTable) or step.is_new(change.table):
        return
    if not step.is_first(RenameTable, RenameColumn):
        return
    if isinstance(change, RenameTable) and (replaced_later(step, change.table) or _is_kept(step, change)):
        return
    column = change.column if isinstance(change, RenameColumn) else ""
    if column and (_is_renamed(step, change.table) or is_own(step, change.table, column)):
        return
    what = f"`{change.table}.{column}`" if column else f"`{change.table}`"
    found = uses(step, change.table, column)
    related = [at.related(place, "uses the old name") for place in found]
    message = f"code that runs while this is deployed fails: it still says {what}{said_by(found)}"
    yield at.finding(step.origin, message, related)


def _is_renamed(step: MigrationStep, table: str) -> bool:
    """Whether the script itself has given the table its name, of which no code knows yet."""
    return any(isinstance(one.change, RenameTable) and one.change.to == table for one in step.passage.done)


def _is_new(step: MigrationStep, enum: str) -> bool:
    """Whether the script itself has made a type."""
    return any(isinstance(one.change, CreateEnum) and one.change.name == enum for one in step.passage.done)


def _is_kept(step: MigrationStep, change: RenameTable) -> bool:
    """Whether a view has the old name afterwards."""
    return any(
        isinstance(one.change, CreateView) and one.change.name == change.table for one in step.script.steps
    )
