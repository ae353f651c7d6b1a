"""Checks that read a table while nobody can use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.migrations.rewriting import rewrite
from backend_architect.migrations.sequences import check
from backend_architect.migrations.walking import MigrationStep
from backend_architect.schema.changes import AddCheck, AddColumn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Placed
    from backend_architect.engine.project import ProjectPlace


@detector(on=MigrationStep)
def detect(step: MigrationStep, at: ProjectPlace) -> Iterator[Placed]:
    """A CHECK of a table that is in use, without NOT VALID."""
    change = step.change
    if not isinstance(change, AddCheck) or not change.check.validated or not step.is_postgres:
        return
    if step.is_new(change.table) or not step.is_first(AddCheck):
        return
    # Of a positive integer Django makes both, and there is no other way to say it.
    if step.script.tool == "django" and not step.is_first(AddColumn):
        return
    message = f"reads and writes of `{change.table}` wait until all of its rows are checked"
    title = "Add the check as NOT VALID, and validate it afterwards"
    yield at.finding(step.origin, message, remedy=rewrite(title, step, check(change)))
