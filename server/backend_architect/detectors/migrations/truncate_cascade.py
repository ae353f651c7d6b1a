"""Tables that are emptied because they point to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.migrations.walking import MigrationStep, names_of
from backend_architect.schema.actions import Truncate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Placed
    from backend_architect.engine.project import ProjectPlace


@detector(on=MigrationStep)
def detect(step: MigrationStep, at: ProjectPlace) -> Iterator[Placed]:
    """TRUNCATE ... CASCADE of a table that is in use."""
    change = step.change
    if not isinstance(change, Truncate) or not change.cascade:
        return
    tables = [name for name in change.tables if not step.is_new(name)]
    if tables:
        pointing = dict.fromkeys(
            one.name for name in tables for one, _ in step.schema.pointing_at(name) if one.name not in tables
        )
        others = names_of(pointing) if pointing else "every table with a foreign key to it"
        yield at.finding(step.origin, f"empties {others} as well, and what points to that")
