"""Partitions that are detached while others wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.migrations.rewriting import rewrite
from backend_architect.migrations.sequences import beside_writes
from backend_architect.migrations.walking import MigrationStep
from backend_architect.schema.changes import DetachPartition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Placed
    from backend_architect.engine.project import ProjectPlace


@detector(on=MigrationStep)
def detect(step: MigrationStep, at: ProjectPlace) -> Iterator[Placed]:
    """DETACH PARTITION without CONCURRENTLY."""
    change = step.change
    if not isinstance(change, DetachPartition) or change.concurrently or not step.is_postgres:
        return
    if step.is_new(change.table) or step.is_new(change.partition):
        return
    message = f"reads and writes of `{change.table}` wait for this, and it waits for all queries that run"
    title = "Detach it while others read and write (CONCURRENTLY)"
    yield at.finding(step.origin, message, remedy=rewrite(title, step, beside_writes(change)))
