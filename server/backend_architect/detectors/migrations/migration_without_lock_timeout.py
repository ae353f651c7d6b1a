"""Migrations that wait for a lock as long as it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.migrations.limiting import limit_waiting
from backend_architect.migrations.walking import MigrationStep, names_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Placed
    from backend_architect.engine.project import ProjectPlace


@detector(on=MigrationStep)
def detect(step: MigrationStep, at: ProjectPlace) -> Iterator[Placed]:
    """The first statement of a migration that waits for a lock on a table in use, without a limit."""
    if not step.is_postgres or not step.locks or "lock_timeout" in step.passage.limits:
        return
    if step.passage.waits:
        return
    message = (
        f"while this waits for a long query, all who come later for {names_of(step.locks)} wait, too: "
        "set lock_timeout"
    )
    yield at.finding(step.origin, message, remedy=limit_waiting(step))
