"""Materialized views that nobody can read while they are filled."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.migrations.phases import Phase
from backend_architect.migrations.rewriting import rewrite
from backend_architect.migrations.walking import MigrationStep
from backend_architect.schema.actions import Rebuild

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Placed
    from backend_architect.engine.project import ProjectPlace


@detector(on=MigrationStep)
def detect(step: MigrationStep, at: ProjectPlace) -> Iterator[Placed]:
    """REFRESH MATERIALIZED VIEW without CONCURRENTLY."""
    change = step.change
    if not isinstance(change, Rebuild) or change.by != "refresh" or change.concurrently:
        return
    if not step.is_postgres or step.is_new(change.name):
        return
    view = step.table(change.name)
    unique = view is not None and any(
        one.unique and not one.where and all(one.columns) for one in view.indexes
    )
    remedy = None
    if unique:
        title = "Refresh it while others read (CONCURRENTLY)"
        remedy = rewrite(title, step, (Phase((replace(change, concurrently=True),)),))
    needed = "" if unique else "; CONCURRENTLY, which avoids that, needs a unique index on the view"
    yield at.finding(step.origin, f"reads of `{change.name}` wait until it is filled{needed}", remedy=remedy)
