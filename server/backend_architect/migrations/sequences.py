"""The safe sequence for each change that makes others wait (PostgreSQL, chapter "ALTER TABLE", Notes)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from backend_architect.migrations.phases import Phase
from backend_architect.schema.changes import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddIndex,
    AlterColumn,
    DropConstraint,
    UseIndex,
    ValidateConstraint,
)
from backend_architect.schema.model import Check
from backend_architect.schema.quoting import quoted

if TYPE_CHECKING:
    from backend_architect.schema.actions import Rebuild
    from backend_architect.schema.changes import DetachPartition, DropIndex, Effect

Phases = tuple[Phase, ...]

_LONGEST_NAME: Final = 63
"""Bytes of an identifier (PostgreSQL, NAMEDATALEN)."""
_WORD: Final = re.compile(r"(?<![\w'\"])[a-z_]\w*(?![\w'\"]|\s*\()")
"""What may be the name of a column in a normalized expression."""
_KEYWORDS: Final = frozenset(
    {"all", "and", "any", "array", "between", "case", "else", "end", "false", "ilike", "in", "is", "like"}
    | {"not", "null", "or", "similar", "some", "then", "to", "true", "when"}
)
_VALIDATION: Final = "Reads all rows, while others read and write."


def beside_writes(change: AddIndex | DropIndex | DetachPartition | Rebuild) -> Phases:
    """The same with CONCURRENTLY, which no transaction may contain."""
    wanted = replace(change, concurrently=True)
    if isinstance(wanted, AddIndex) and wanted.index.name:
        wanted = replace(wanted, unless_exists=True)
    return (Phase((wanted,), "none"),)


def foreign_key(change: AddForeignKey) -> Phases:
    """A foreign key for new rows, then for those that are there."""
    key = change.key
    if not key.name:
        key = replace(key, name=named(change.table, *key.columns, "fkey"))
    return _validated(AddForeignKey(change.table, replace(key, validated=False)), key.name)


def check(change: AddCheck) -> Phases:
    """A check of new rows, then of those that are there."""
    said = change.check
    if not said.name:
        columns = {word for word in _WORD.findall(said.expression) if word not in _KEYWORDS}
        # PostgreSQL names a check after its column, if that is the only one.
        said = replace(said, name=named(change.table, *(columns if len(columns) == 1 else ()), "check"))
    return _validated(AddCheck(change.table, replace(said, validated=False)), said.name)


def _validated(change: AddForeignKey | AddCheck, name: str) -> Phases:
    return Phase((change,)), Phase((ValidateConstraint(change.table, name),), "next", _VALIDATION)


def validated_later(change: ValidateConstraint) -> Phases:
    """The validation in a transaction that does not hold the lock of the constraint."""
    return (Phase((change,), "next", _VALIDATION),)


def not_null(change: AlterColumn) -> Phases:
    """NOT NULL that finds a validated check and so reads no rows (PostgreSQL 12)."""
    name = named(change.table, change.column, "not_null")
    said = Check(name, f"{quoted(change.column, 'postgres')} IS NOT NULL", validated=False)
    return (
        *_validated(AddCheck(change.table, said), name),
        Phase(
            (
                AlterColumn(change.table, change.column, nullable=False),
                DropConstraint(change.table, name, "check"),
            )
        ),
    )


def through_index(change: AddIndex) -> Phases:
    """A unique constraint or primary key on an index that was built while others wrote."""
    index = change.index
    name = index.name or named(
        change.table,
        *(column or "expr" for column in index.columns if index.kind != "primary"),
        "pkey" if index.kind == "primary" else "key",
    )
    built = replace(index, name=name, kind="index", unique=True)
    kind = "primary" if index.kind == "primary" else "unique"
    return (
        Phase((AddIndex(change.table, built, unless_exists=True, concurrently=True),), "none"),
        Phase((UseIndex(change.table, name, kind),), "next"),
    )


def nullable_first(change: AddColumn) -> Phases:
    """A column that old code need not know: rows are filled, and NULL is forbidden, later."""
    return (Phase((AddColumn(change.table, replace(change.column, nullable=True)),)),)


def default_later(change: AddColumn) -> Phases:
    """A column without a default, and the default for the rows that come."""
    column = replace(change.column, nullable=True, default=None)
    default = AlterColumn(change.table, column.name, default=change.column.default)
    return Phase((AddColumn(change.table, column),)), Phase((default,))


def apart(change: Effect) -> Phases:
    """The same in a transaction of its own, which holds no lock of the changes before."""
    return (Phase((change,), "next"),)


def named(table: str, *words: str) -> str:
    """A name in the way of PostgreSQL: the table without its schema, what it is about, and the kind."""
    return "_".join((table.rpartition(".")[2], *words))[:_LONGEST_NAME]
