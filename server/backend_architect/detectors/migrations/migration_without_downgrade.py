"""Migrations that nobody can take back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.migrations.undoing import undo
from backend_architect.migrations.walking import MigrationStep
from backend_architect.schema.actions import OneWay

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Placed
    from backend_architect.engine.project import ProjectPlace


@detector(on=MigrationStep)
def detect(step: MigrationStep, at: ProjectPlace) -> Iterator[Placed]:
    """An empty `downgrade`, and operations of Django without a way back."""
    if isinstance(step.change, OneWay):
        what = "this migration" if step.script.tool == "alembic" else "this operation"
        message = f"{what} says nothing about how it is undone"
        yield at.finding(step.origin, message, remedy=undo(step))
