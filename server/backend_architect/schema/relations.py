"""What a diagram says of columns and of the foreign keys between tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backend_architect.schema.model import Column, ForeignKey, Schema, Table


@dataclass(frozen=True, slots=True)
class Relation:
    """A foreign key, as its two ends show it."""

    table: str
    """The name of the table that is pointed to, as its schema has it; as written where it is not known."""
    optional: bool
    """Whether a row may point nowhere."""
    unique: bool
    """Whether one row at most points to each."""


def relation_of(schema: Schema, table: Table, key: ForeignKey) -> Relation:
    """How a foreign key of a table is drawn."""
    target = schema.table(key.table)
    return Relation(
        target.name if target else key.table,
        any(column.nullable for name in key.columns if (column := table.columns.get(name))),
        any(index.unique and not index.where and index.columns == key.columns for index in table.indexes),
    )


def marks(table: Table, column: Column) -> list[str]:
    """The keys that a column is of: `PK`, `FK`, and `UK` for one that is unique by itself."""
    pointing = {name for key in table.foreign_keys for name in key.columns}
    unique = {index.columns[0] for index in table.indexes if index.unique and len(index.parts) == 1}
    holding = {
        "PK": column.name in table.primary_key,
        "FK": column.name in pointing,
        "UK": column.name in unique and (column.name,) != table.primary_key,
    }
    return [mark for mark, holds in holding.items() if holds]
