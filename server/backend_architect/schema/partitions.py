"""What a change of a partitioned table does to its partitions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from backend_architect.schema import changes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.schema.changes import Change
    from backend_architect.schema.model import Schema

_PASSED_ON = (
    changes.AddColumn,
    changes.DropColumn,
    changes.RenameColumn,
    changes.AlterColumn,
    changes.AddForeignKey,
    changes.AddCheck,
)


def followed(schema: Schema, said: Change) -> Iterator[Change]:
    """The same change for each partition of the table that a change is about."""
    if not isinstance(said, (*_PASSED_ON, changes.AddIndex)):
        return
    if isinstance(said, changes.AddIndex) and said.only:
        return
    table = schema.table(said.table)
    if table is None or not table.partition_by:
        return
    for part in [one.name for one in schema.tables.values() if one.partition_of == table.name]:
        same = replace(said, table=part)
        if isinstance(same, changes.AddIndex):
            same = replace(same, index=replace(same.index, name=""))
        yield same
        yield from followed(schema, same)
