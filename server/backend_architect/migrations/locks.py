"""Which statements make others wait, and for which tables (PostgreSQL, chapter "Explicit Locking")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.schema import actions, changes

if TYPE_CHECKING:
    from backend_architect.schema.changes import Effect
    from backend_architect.schema.model import Schema

ALTERING = (
    changes.AddColumn,
    changes.DropColumn,
    changes.RenameColumn,
    changes.AlterColumn,
    changes.AddCheck,
    changes.DropConstraint,
    changes.RenameConstraint,
    changes.UseIndex,
    changes.RenameTable,
)
"""What ALTER TABLE does under a lock against readers and writers."""


def locked_by(change: Effect, schema: Schema) -> tuple[str, ...]:
    """The tables whose readers or writers wait; a lock against other changes only does not count."""
    match change:
        case changes.AddIndex(table=table, concurrently=concurrently):
            return () if concurrently else (table,)
        case changes.DropIndex(table=table, name=name, concurrently=concurrently):
            return () if concurrently else _known(table or table_of_index(schema, name))
        case changes.AddForeignKey(table=table, key=key):
            return (table, key.table)
        case changes.AttachPartition(table=table, partition=partition):
            return (partition,)
        case changes.DetachPartition(table=table, concurrently=concurrently):
            return () if concurrently else _known(table)
        case actions.Truncate(tables=tables) | actions.LockTable(tables=tables):
            return tables
        case actions.Rebuild(of="table", name=table, concurrently=concurrently):
            return () if concurrently else _known(table)
        case _:
            return (change.table,) if isinstance(change, (*ALTERING, changes.DropTable)) else ()


def table_of_index(schema: Schema, name: str) -> str:
    """The table of an index; empty where nobody knows."""
    last = name.rpartition(".")[2]
    for table in schema.tables.values():
        if any(index.name == last for index in table.indexes):
            return table.name
    return ""


def _known(table: str) -> tuple[str, ...]:
    """The table, if its name is known."""
    return (table,) if table else ()
