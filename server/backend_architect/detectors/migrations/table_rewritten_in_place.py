"""Tables that are written anew while nobody can use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.migrations.walking import MigrationStep
from backend_architect.schema.actions import Rebuild

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Placed
    from backend_architect.engine.project import ProjectPlace


@detector(on=MigrationStep)
def detect(step: MigrationStep, at: ProjectPlace) -> Iterator[Placed]:
    """VACUUM FULL, CLUSTER, and ALTER TABLE that moves the table."""
    change = step.change
    if not isinstance(change, Rebuild) or change.by in {"reindex", "refresh"}:
        return
    if step.is_postgres and not step.is_new(change.name):
        table = f"`{change.name}`" if change.name else "each table"
        yield at.finding(
            step.origin,
            f"reads and writes of {table} wait until all of its rows are written anew ({change.by.upper()})",
        )
