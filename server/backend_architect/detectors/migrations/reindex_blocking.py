"""Indexes that are built anew while others wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.migrations.rewriting import rewrite
from backend_architect.migrations.sequences import beside_writes
from backend_architect.migrations.walking import MigrationStep
from backend_architect.schema.actions import Rebuild

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Placed
    from backend_architect.engine.project import ProjectPlace


@detector(on=MigrationStep)
def detect(step: MigrationStep, at: ProjectPlace) -> Iterator[Placed]:
    """REINDEX without CONCURRENTLY."""
    change = step.change
    if not isinstance(change, Rebuild) or change.by != "reindex" or change.concurrently:
        return
    if not step.is_postgres or change.of == "system" or step.is_new(change.name):
        return
    message = "writes to the table, and reads that use the index, wait until it is built anew"
    title = "Build it anew while others read and write (CONCURRENTLY)"
    yield at.finding(step.origin, message, remedy=rewrite(title, step, beside_writes(change)))
