"""Statements of PostgreSQL for what operations of Django cannot say, each with its way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.advice import advice
from backend_architect.advice.advice import quoted
from backend_architect.engine.remedies import UnwritableError
from backend_architect.schema.literals import UNREADABLE

if TYPE_CHECKING:
    from backend_architect.schema.changes import AddForeignKey
    from backend_architect.schema.model import Index

Statements = tuple[str, str]
"""What is run forward, and what is run backward; the second is empty where nothing is."""


def create_index(table: str, index: Index) -> Statements:
    """An index, while others write.

    Raises:
        UnwritableError: it has no name, or a part of it could not be read.
    """
    said = (index.where, *(part.expression for part in index.parts))
    if not index.name or any(UNREADABLE in one for one in said) or any(one.collation for one in index.parts):
        raise UnwritableError(f"the index of {table} cannot be said in SQL with certainty")
    head, word, tail = advice.statement(index, table, set()).partition("INDEX ")
    create = f"{head}{word}CONCURRENTLY IF NOT EXISTS {tail}"
    return create, f"DROP INDEX CONCURRENTLY IF EXISTS {quoted(index.name)}"


def drop_index(table: str, index: Index) -> Statements:
    """The way back of `create_index`; it fails where the index has another name.

    Raises:
        UnwritableError: as there.
    """
    create, drop = create_index(table, index)
    return drop.replace("IF EXISTS ", "", 1), create


def unique_constraint(table: str, name: str) -> Statements:
    """A constraint that takes over an index of its name."""
    return _altered(table, f"ADD CONSTRAINT {quoted(name)} UNIQUE USING INDEX {quoted(name)}"), _altered(
        table, f"DROP CONSTRAINT {quoted(name)}"
    )


def foreign_key(change: AddForeignKey) -> Statements:
    """A foreign key as Django makes it, which is not checked in the rows that are there.

    Raises:
        UnwritableError: nobody says which column it points to.
    """
    key = change.key
    if not key.to or not key.name:
        raise UnwritableError(f"nobody says which column of {key.table} is pointed to")
    here, there = (", ".join(map(quoted, names)) for names in (key.columns, key.to))
    name = quoted(key.name)
    add = (
        f"ADD CONSTRAINT {name} FOREIGN KEY ({here}) REFERENCES {quoted_table(key.table)} ({there}) "
        "DEFERRABLE INITIALLY DEFERRED NOT VALID"
    )
    return _altered(change.table, add), _altered(change.table, f"DROP CONSTRAINT {name}")


def validate(table: str, name: str) -> Statements:
    """The check of all rows."""
    return _altered(table, f"VALIDATE CONSTRAINT {quoted(name)}"), ""


def not_null(table: str, column: str) -> Statements:
    """NOT NULL of a column."""
    of = f"ALTER COLUMN {quoted(column)}"
    return _altered(table, f"{of} SET NOT NULL"), _altered(table, f"{of} DROP NOT NULL")


def fill(table: str, column: str, value: str) -> Statements:
    """A value for the rows that have none."""
    name = quoted(column)
    update = f"UPDATE {quoted_table(table)} SET {name} = {value} WHERE {name} IS NULL"  # noqa: S608 - it is written
    return update, ""


def quoted_table(name: str) -> str:
    """The name of a table, with its schema if it has one."""
    return ".".join(map(quoted, name.split(".")))


def _altered(table: str, action: str) -> str:
    return f"ALTER TABLE {quoted_table(table)} {action}"
