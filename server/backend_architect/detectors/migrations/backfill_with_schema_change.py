"""Rows that are changed under the locks of a schema change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.migrations.locks import locked_by
from backend_architect.migrations.rewriting import rewrite
from backend_architect.migrations.sequences import apart
from backend_architect.migrations.walking import MigrationStep, bare
from backend_architect.schema.actions import RunCode, WriteRows
from backend_architect.schema.changes import CreateTable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Placed
    from backend_architect.engine.project import ProjectPlace
    from backend_architect.schema.changes import Step


@detector(on=MigrationStep)
def detect(step: MigrationStep, at: ProjectPlace) -> Iterator[Placed]:
    """UPDATE of many rows, and functions of a migration, in the transaction of a schema change."""
    change = step.change
    if not isinstance(change, WriteRows | RunCode) or not step.is_postgres or not step.in_transaction:
        return
    if isinstance(change, WriteRows) and (not change.many or step.is_new(change.table)):
        return
    locking = _locking(step)
    if locking is None:
        return
    other, table = locking
    rows = f"rows of `{change.table}`" if isinstance(change, WriteRows) else "rows"
    message = f"{rows} are changed in the transaction that locks `{table}` against everybody else"
    related = [at.related(other.origin, f"locks `{table}` until the transaction ends")]
    title = "Change the rows in a transaction of its own"
    yield at.finding(step.origin, message, related, remedy=rewrite(title, step, apart(change)))


def _locking(step: MigrationStep) -> tuple[Step, str] | None:
    """The first step of the transaction that locks a table which is in use, and that table."""
    made = {bare(one.change.table.name) for one in step.script.steps if isinstance(one.change, CreateTable)}
    for one in step.whole_transaction:
        for name in locked_by(one.change, step.schema):
            if not step.is_new(name) and bare(name) not in made:
                return one, name
    return None
