"""What files do to a schema, one after the other: a CREATE TABLE, an operation of Alembic or Django.

A file's changes are facts: plain data, and a function of its text alone. `apply` gives the schema after them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from backend_architect.schema.actions import Action

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from backend_architect.schema.model import Check, Column, ForeignKey, Index, Origin, Table


Part = Literal["defaults", "generated", "identity", "indexes", "checks", "keys"]
"""What one table may take from another besides columns; `generated` are expressions, `keys` foreign keys."""


@dataclass(frozen=True, slots=True)
class Like:
    """Another table whose columns a new one takes over: LIKE, INHERITS, PARTITION OF."""

    table: str
    takes: frozenset[Part] = frozenset()
    """What it takes besides names, types and NOT NULL."""
    at: int = 0
    """How many columns of its own stand before."""


@dataclass(frozen=True, slots=True)
class CreateTable:
    """A new table; nothing happens where it exists and `unless_exists` is said."""

    table: Table
    unless_exists: bool = False
    like: tuple[Like, ...] = ()


@dataclass(frozen=True, slots=True)
class DropTable:
    """A table goes, with its indexes and the foreign keys that point to it."""

    table: str


@dataclass(frozen=True, slots=True)
class RenameTable:
    """A table gets another name; what points to it follows."""

    table: str
    to: str


@dataclass(frozen=True, slots=True)
class AddColumn:
    """A new column."""

    table: str
    column: Column


@dataclass(frozen=True, slots=True)
class DropColumn:
    """A column goes, with the indexes and keys that it is part of."""

    table: str
    column: str


@dataclass(frozen=True, slots=True)
class RenameColumn:
    """A column gets another name, also in indexes and keys."""

    table: str
    column: str
    to: str


@dataclass(frozen=True, slots=True)
class AlterColumn:
    """A column changes; what is None stays as it is."""

    table: str
    column: str
    type: str | None = None
    nullable: bool | None = None
    default: str | None = None
    """The new default; the empty string drops it."""
    using: str = ""
    """The expression that makes values of the new type; empty for a plain cast."""
    before: str = ""
    """The type so far, where the change itself says it."""


@dataclass(frozen=True, slots=True)
class AddIndex:
    """A new index, primary key or unique constraint."""

    table: str
    index: Index
    unless_exists: bool = False
    only: bool = False
    """Whether the partitions of the table get none."""
    concurrently: bool = False
    """Whether writes go on meanwhile."""


@dataclass(frozen=True, slots=True)
class UseIndex:
    """An index becomes that of a constraint, and is called like it."""

    table: str
    index: str
    kind: Literal["primary", "unique"]
    name: str = ""
    """Empty where the constraint is called like the index."""


@dataclass(frozen=True, slots=True)
class DropIndex:
    """An index goes, known by its name, or by its table and columns where the database chose the name."""

    name: str
    table: str | None = None
    columns: tuple[str, ...] = ()
    concurrently: bool = False


@dataclass(frozen=True, slots=True)
class RenameIndex:
    """An index gets another name."""

    name: str
    to: str
    table: str | None = None


@dataclass(frozen=True, slots=True)
class AddForeignKey:
    """A new foreign key."""

    table: str
    key: ForeignKey


@dataclass(frozen=True, slots=True)
class AddCheck:
    """A new check constraint."""

    table: str
    check: Check


@dataclass(frozen=True, slots=True)
class DropConstraint:
    """A constraint of any kind goes; the index that the database made for it goes, too."""

    table: str
    name: str
    kind: str = ""
    """primary, unique, foreign or check, where it is said."""


@dataclass(frozen=True, slots=True)
class RenameConstraint:
    """A constraint of any kind gets another name, and so does its index."""

    table: str
    name: str
    to: str


@dataclass(frozen=True, slots=True)
class ValidateConstraint:
    """All rows have been checked against a constraint."""

    table: str
    name: str


@dataclass(frozen=True, slots=True)
class CreateView:
    """A view or a materialized view."""

    name: str
    query: str
    materialized: bool = False


@dataclass(frozen=True, slots=True)
class DropView:
    """A view goes."""

    name: str


@dataclass(frozen=True, slots=True)
class CreateEnum:
    """A type whose values are listed."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AddEnumValue:
    """One more value of an enumerated type; nothing happens where it is there."""

    name: str
    value: str
    before: str = ""
    after: str = ""
    """At the end where neither is said."""


@dataclass(frozen=True, slots=True)
class RenameEnumValue:
    """A value of an enumerated type is spelled otherwise."""

    name: str
    value: str
    to: str


@dataclass(frozen=True, slots=True)
class RenameEnum:
    """An enumerated type gets another name, and the types of columns follow."""

    name: str
    to: str


@dataclass(frozen=True, slots=True)
class DropEnum:
    """An enumerated type goes."""

    name: str


@dataclass(frozen=True, slots=True)
class AttachPartition:
    """A table becomes a partition of another."""

    table: str
    partition: str
    rows: str = ""
    """As in `Table.partition_rows`."""


@dataclass(frozen=True, slots=True)
class DetachPartition:
    """A partition becomes a table that stands for itself."""

    partition: str
    table: str = ""
    """The table that it was a partition of."""
    concurrently: bool = False


@dataclass(frozen=True, slots=True)
class DropSchema:
    """A namespace goes with all that is in it; `public` is the one of names without one."""

    name: str


Change = (
    CreateTable
    | DropTable
    | RenameTable
    | AddColumn
    | DropColumn
    | RenameColumn
    | AlterColumn
    | AddIndex
    | DropIndex
    | RenameIndex
    | UseIndex
    | AddForeignKey
    | AddCheck
    | DropConstraint
    | RenameConstraint
    | ValidateConstraint
    | CreateView
    | DropView
    | CreateEnum
    | AddEnumValue
    | RenameEnumValue
    | RenameEnum
    | DropEnum
    | AttachPartition
    | DetachPartition
    | DropSchema
)


Effect = Change | Action
"""What a step of a migration does."""


@dataclass(frozen=True, slots=True)
class Step:
    """A change or an action, and where it is written."""

    change: Effect
    origin: Origin
    statement: int = 0
    """The number of the statement, or of the operation, in its file: several changes may be made by one."""


def numbered(steps: Iterable[Step], numbers: Iterator[int]) -> Iterator[Step]:
    """Steps with new numbers for their statements."""
    for _, made in groupby(steps, key=lambda step: step.statement):
        number = next(numbers)
        yield from (replace(step, statement=number) for step in made)
