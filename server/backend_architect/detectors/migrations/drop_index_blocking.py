"""Indexes that are dropped while others wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.migrations.locks import table_of_index
from backend_architect.migrations.rewriting import rewrite
from backend_architect.migrations.sequences import beside_writes
from backend_architect.migrations.walking import MigrationStep, bare
from backend_architect.schema.changes import AddIndex, DropConstraint, DropIndex, DropTable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Placed
    from backend_architect.engine.project import ProjectPlace


@detector(on=MigrationStep)
def detect(step: MigrationStep, at: ProjectPlace) -> Iterator[Placed]:
    """DROP INDEX of a table that is in use."""
    change = step.change
    if not isinstance(change, DropIndex) or change.concurrently or not step.is_postgres:
        return
    if not step.is_first(DropIndex) or _is_new(step, change):
        return
    table = change.table or table_of_index(step.schema, change.name)
    if _is_gone(step, change.name) or (table and _goes(step, table)):
        return
    known = step.table(table) if table else None
    if known is not None and known.partition_by:
        return
    waiting = f"of `{table}`" if table else "of its table"
    message = f"reads and writes {waiting} wait for this, and it waits for all queries that run"
    title = "Drop the index while others read and write (CONCURRENTLY)"
    yield at.finding(step.origin, message, remedy=rewrite(title, step, beside_writes(change)))


def _is_new(step: MigrationStep, change: DropIndex) -> bool:
    """Whether the script itself has made the index, or its table."""
    table = change.table or table_of_index(step.schema, change.name)
    name = change.name.rpartition(".")[2]
    made = (one.change for one in step.passage.done)
    return (bool(table) and step.is_new(table)) or any(
        isinstance(one, AddIndex) and one.index.name == name for one in made
    )


def _is_gone(step: MigrationStep, index: str) -> bool:
    """Whether the script has dropped the constraint of the index, and the index with it."""
    name = index.rpartition(".")[2]
    return any(
        isinstance(one.change, DropConstraint) and one.change.name == name for one in step.passage.done
    )


def _goes(step: MigrationStep, table: str) -> bool:
    """Whether the script drops the table, too."""
    return any(
        isinstance(one.change, DropTable) and bare(one.change.table) == bare(table)
        for one in step.script.steps
    )
