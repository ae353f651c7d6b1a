"""Indexes that are built while nobody can write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.migrations.rewriting import rewrite
from backend_architect.migrations.sequences import beside_writes
from backend_architect.migrations.walking import MigrationStep
from backend_architect.schema.changes import AddIndex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Placed
    from backend_architect.engine.project import ProjectPlace


@detector(on=MigrationStep)
def detect(step: MigrationStep, at: ProjectPlace) -> Iterator[Placed]:
    """CREATE INDEX on a table that is in use."""
    change = step.change
    if not isinstance(change, AddIndex) or change.index.kind != "index" or change.concurrently:
        return
    if not step.is_postgres or step.is_new(change.table) or not step.is_first(AddIndex):
        return
    table = step.table(change.table)
    if change.only or (table is not None and table.partition_by) or change.table in step.schema.materialized:
        return
    remedy = rewrite("Build the index while others write (CONCURRENTLY)", step, beside_writes(change))
    message = f"writes to `{change.table}` wait until this index is built"
    yield at.finding(step.origin, message, remedy=remedy)
