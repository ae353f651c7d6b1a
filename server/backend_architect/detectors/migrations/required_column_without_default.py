"""Columns that the running code does not fill."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.migrations.django_defaults import use_database_default
from backend_architect.migrations.rewriting import rewrite
from backend_architect.migrations.sequences import nullable_first
from backend_architect.migrations.types import computes_each_row
from backend_architect.migrations.walking import MigrationStep
from backend_architect.schema.changes import AddColumn, AlterColumn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Placed
    from backend_architect.engine.project import ProjectPlace


@detector(on=MigrationStep)
def detect(step: MigrationStep, at: ProjectPlace) -> Iterator[Placed]:
    """A new column that is NOT NULL and that the database does not fill in."""
    change = step.change
    if isinstance(change, AlterColumn):
        yield from _undefaulted(step, change, at)
        return
    if not isinstance(change, AddColumn) or step.is_new(change.table):
        return
    # A serial column is filled by the database, and another rule speaks of the time that takes.
    if change.column.nullable or change.column.default is not None or computes_each_row(change.column):
        return
    name, table = change.column.name, change.table
    if step.script.tool == "django":
        message = (
            f"inserts of code that runs already fail: Django drops the default of `{name}` "
            f"as soon as the rows of `{table}` are filled"
        )
        remedy = use_database_default(step)
    else:
        message = f"fails where `{table}` has rows, and code that runs already does not fill `{name}`"
        remedy = None
    title = "Add the column as nullable first"
    yield at.finding(step.origin, message, remedy=remedy or rewrite(title, step, nullable_first(change)))


def _undefaulted(step: MigrationStep, change: AlterColumn, at: ProjectPlace) -> Iterator[Placed]:
    """DROP DEFAULT of a required column that the same migration has added."""
    if change.default != "":
        return
    added = [
        one.change
        for one in step.passage.done
        if isinstance(one.change, AddColumn) and one.change.table == change.table
    ]
    if any(
        one.column.name == change.column and not one.column.nullable and one.column.default for one in added
    ):
        yield at.finding(
            step.origin,
            f"inserts of code that runs already fail: without its default nothing fills `{change.column}`",
        )
