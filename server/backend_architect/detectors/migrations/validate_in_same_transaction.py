"""Constraints that are validated under the lock of another change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.migrations.locks import locked_by
from backend_architect.migrations.rewriting import rewrite
from backend_architect.migrations.sequences import validated_later
from backend_architect.migrations.walking import MigrationStep, bare
from backend_architect.schema.changes import ValidateConstraint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Placed
    from backend_architect.engine.project import ProjectPlace


@detector(on=MigrationStep)
def detect(step: MigrationStep, at: ProjectPlace) -> Iterator[Placed]:
    """VALIDATE CONSTRAINT in a transaction that has locked the table already."""
    change = step.change
    if not isinstance(change, ValidateConstraint) or not step.is_postgres or step.is_new(change.table):
        return
    locking = next(
        (one for one in step.together if bare(change.table) in map(bare, locked_by(one.change, step.schema))),
        None,
    )
    if locking is None:
        return
    related = [at.related(locking.origin, f"locks `{change.table}` until the transaction ends")]
    message = (
        f"all rows of `{change.table}` are read under the lock of an earlier statement of the transaction"
    )
    title = "Validate the constraint in a transaction of its own"
    yield at.finding(step.origin, message, related, remedy=rewrite(title, step, validated_later(change)))
