"""What must change for one table to become another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from backend_architect.schema.changes import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddIndex,
    AlterColumn,
    Change,
    DropColumn,
    DropConstraint,
    DropIndex,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.schema.model import Column, Index, Table


def same_index(one: Index, other: Index) -> bool:
    """Whether two indexes do the same, whatever they are called and wherever they are written."""
    return replace(one, name="", origin=None) == replace(other, name="", origin=None)


def matched(before: list[Index], after: list[Index]) -> list[tuple[Index | None, Index | None]]:
    """Pairs of indexes that do the same, those of one name first; what has no counterpart stands alone."""
    left = list(before)
    pairs: list[tuple[Index | None, Index | None]] = []
    for index in sorted(after, key=lambda one: not any(one.name == other.name for other in before)):
        alike = [one for one in left if same_index(one, index)]
        partner = next((one for one in alike if one.name == index.name), alike[0] if alike else None)
        if partner is not None:
            left.remove(partner)
        pairs.append((partner, index))
    return [*((one, None) for one in left), *pairs]


def changes(before: Table, after: Table, actual: Table) -> Iterator[Change]:
    """The changes that turn a table into another one of the same name, in an order in which they can be made.

    `actual` is the table as the database has it, where indexes may have kept older names.
    """
    name = after.name
    gone = before.columns.keys() - after.columns.keys()
    pairs = matched(before.indexes, after.indexes)
    for old, new in pairs:
        if old is not None and new is None and gone.isdisjoint(old.columns):
            yield _dropped(name, old, actual)
    for key in before.foreign_keys:
        if key.columns not in {one.columns for one in after.foreign_keys} and gone.isdisjoint(key.columns):
            names = (one.name for one in actual.foreign_keys if one.columns == key.columns)
            yield DropConstraint(name, next(names, key.name), "foreign")
    yield from (DropConstraint(name, one.name, "check") for one in before.checks if one not in after.checks)
    yield from (DropColumn(name, column) for column in before.columns if column in gone)
    for column in after.columns.values():
        old = before.columns.get(column.name)
        if old is None:
            yield AddColumn(name, column)
        else:
            yield from _altered(name, old, column)
    yield from (AddIndex(name, new) for old, new in pairs if old is None and new is not None)
    known = {one.columns for one in before.foreign_keys}
    yield from (AddForeignKey(name, key) for key in after.foreign_keys if key.columns not in known)
    yield from (AddCheck(name, one) for one in after.checks if one not in before.checks)


def _dropped(table: str, index: Index, actual: Table) -> Change:
    alike = [one.name for one in actual.indexes if same_index(one, index)]
    name = index.name if index.name in alike or not alike else alike[0]
    if index.kind == "index":
        return DropIndex(name, table, tuple(column for column in index.columns if column is not None))
    return DropConstraint(table, name, index.kind if index.kind != "exclusion" else "")


def _altered(table: str, old: Column, new: Column) -> Iterator[Change]:
    type_ = new.type if new.type != old.type else None
    nullable = new.nullable if new.nullable != old.nullable else None
    default = (new.default or "") if new.default != old.default else None
    if (type_, nullable, default) != (None, None, None):
        yield AlterColumn(table, new.name, type_, nullable, default)
