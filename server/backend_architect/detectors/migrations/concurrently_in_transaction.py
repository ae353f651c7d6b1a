"""CONCURRENTLY where a transaction is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.migrations.phases import Phase
from backend_architect.migrations.rewriting import rewrite
from backend_architect.migrations.runners import explained
from backend_architect.migrations.walking import MigrationStep
from backend_architect.schema.actions import Rebuild
from backend_architect.schema.changes import AddIndex, DetachPartition, DropIndex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Placed
    from backend_architect.engine.project import ProjectPlace


@detector(on=MigrationStep)
def detect(step: MigrationStep, at: ProjectPlace) -> Iterator[Placed]:
    """CREATE INDEX CONCURRENTLY and the like in a transaction, where PostgreSQL refuses them."""
    change = step.change
    if not isinstance(change, AddIndex | DropIndex | DetachPartition | Rebuild) or not change.concurrently:
        return
    # REFRESH MATERIALIZED VIEW CONCURRENTLY is allowed in transactions.
    if isinstance(change, Rebuild) and change.by != "reindex":
        return
    if not step.is_postgres or not step.in_transaction or not step.is_first(AddIndex, DropIndex):
        return
    why = "a transaction is open" if step.passage.transaction is not None else explained(step.script)
    remedy = rewrite("Run it outside of the transaction", step, (Phase((change,), "none"),))
    yield at.finding(step.origin, f"CONCURRENTLY fails here: {why}", remedy=remedy)
