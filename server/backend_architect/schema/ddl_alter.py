"""What ALTER changes: tables, action by action, and indexes, types and views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from backend_architect.schema.actions import Rebuild
from backend_architect.schema.changes import (
    AddColumn,
    AddEnumValue,
    AlterColumn,
    AttachPartition,
    DetachPartition,
    DropColumn,
    DropConstraint,
    DropIndex,
    RenameColumn,
    RenameConstraint,
    RenameEnum,
    RenameEnumValue,
    RenameIndex,
    RenameTable,
    ValidateConstraint,
)
from backend_architect.schema.ddl_columns import column_definition, column_type, default, generated
from backend_architect.schema.ddl_constraints import table_constraint
from backend_architect.schema.ddl_words import UnreadableError
from backend_architect.schema.model import Column

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from backend_architect.schema.changes import Change
    from backend_architect.schema.ddl_words import Words

_TABLES = frozenset({"TABLE", "VIEW"})
_INDEXES = frozenset({"INDEX", "KEY"})
_MOVES: Final[Mapping[str, Literal["set logged", "set unlogged", "set tablespace"]]] = {
    "LOGGED": "set logged",
    "UNLOGGED": "set unlogged",
    "TABLESPACE": "set tablespace",
}
"""What behind SET copies the whole table into another file."""


def altered(words: Words) -> Iterator[Change | Rebuild]:
    """The changes of a statement, behind ALTER.

    Raises:
        UnreadableError: it cannot be read.
    """
    words.takes("MATERIALIZED")
    words.takes("FOREIGN")
    if words.takes_one(_TABLES):
        # PostgreSQL drops before it adds, whatever stands first.
        made = (change for _, changes in actions(words) for change in changes)
        yield from sorted(made, key=_takes_nothing_away)
    elif words.takes("INDEX"):
        words.takes("IF", "EXISTS")
        name = words.name()
        if words.takes("RENAME", "TO"):
            yield RenameIndex(name, words.identifier())
    elif words.takes("TYPE"):
        yield from _type(words, words.name())


def _type(words: Words, name: str) -> Iterator[Change]:
    if words.takes("ADD", "VALUE"):
        words.takes("IF", "NOT", "EXISTS")
        value = words.string()
        before = words.string() if words.takes("BEFORE") else ""
        yield AddEnumValue(name, value, before, words.string() if words.takes("AFTER") else "")
    elif words.takes("RENAME", "VALUE"):
        value = words.string()
        words.wants("TO")
        yield RenameEnumValue(name, value, words.string())
    elif words.takes("RENAME", "TO"):
        yield RenameEnum(name, _beside(name, words.identifier()))
    elif words.takes("SET", "SCHEMA"):
        yield RenameEnum(name, _within(name, words.identifier()))


def _beside(name: str, other: str) -> str:
    """Another name in the same schema."""
    space, dot, _ = name.rpartition(".")
    return space + dot + other


def _within(name: str, space: str) -> str:
    """The same name in another schema."""
    bare = name.rpartition(".")[2]
    return bare if space == "public" else f"{space}.{bare}"


def actions(words: Words) -> Iterator[tuple[Words, tuple[Change | Rebuild, ...]]]:
    """The actions of a statement in their order, behind ALTER TABLE: their words, and what they change.

    Raises:
        UnreadableError: no table is named.
    """
    words.takes("IF", "EXISTS")
    words.takes("ONLY")
    table = words.name()
    words.takes("*")
    for action in words.parts():
        yield action, tuple(_readable(_action(action.copy(), table)))


def _readable(changes: Iterator[Change | Rebuild]) -> Iterator[Change | Rebuild]:
    """The changes up to one that cannot be read."""
    try:
        yield from changes
    except UnreadableError:
        return


def _takes_nothing_away(said: Change | Rebuild) -> bool:
    if isinstance(said, AlterColumn):
        return said != AlterColumn(said.table, said.column, default="")
    return not isinstance(said, DropColumn | DropConstraint | DropIndex)


def _action(words: Words, table: str) -> Iterator[Change | Rebuild]:
    if words.takes("ADD"):
        yield from _add(words, table)
    elif words.takes("DROP"):
        yield from _drop(words, table)
    elif words.takes("ALTER"):
        yield from _alter_column(words, table)
    elif words.takes("RENAME"):
        yield _rename(words, table)
    elif words.takes("VALIDATE", "CONSTRAINT"):
        yield ValidateConstraint(table, words.identifier())
    elif words.takes("SET"):
        yield from _set(words, table)
    elif words.takes("ATTACH", "PARTITION"):
        yield AttachPartition(table, words.name(), words.text())
    elif words.takes("DETACH", "PARTITION"):
        yield from _detached(words, table)
    elif words.takes("MODIFY"):
        words.takes("COLUMN")
        yield from _redefined(words, table)
    elif words.takes("CHANGE"):
        words.takes("COLUMN")
        old, new = words.identifier(), words.copy().identifier()
        if old != new:
            yield RenameColumn(table, old, new)
        yield from _redefined(words, table)


def _add(words: Words, table: str) -> Iterator[Change]:
    if words.takes("COLUMN"):
        words.takes("IF", "NOT", "EXISTS")
    elif words.takes("IF", "NOT", "EXISTS"):
        pass
    elif constraint := table_constraint(words, table):
        yield constraint
        return
    # MySQL adds several columns in one parenthesis.
    for entry in words.group().parts() if words.word == "(" else [words]:
        defined = column_definition(entry, table)
        yield AddColumn(table, defined.column)
        yield from defined.constraints


def _drop(words: Words, table: str) -> Iterator[Change]:
    if words.takes("CONSTRAINT"):
        words.takes("IF", "EXISTS")
        yield DropConstraint(table, words.identifier())
    elif words.takes("PRIMARY", "KEY"):
        yield DropConstraint(table, "", "primary")
    elif words.takes("FOREIGN", "KEY"):
        yield DropConstraint(table, words.identifier(), "foreign")
    elif words.dialect == "mysql" and words.takes_one(_INDEXES):
        yield DropIndex(words.identifier(), table)
    elif words.dialect == "mysql" and words.takes("CHECK"):
        yield DropConstraint(table, words.identifier(), "check")
    else:
        words.takes("COLUMN")
        words.takes("IF", "EXISTS")
        yield DropColumn(table, words.identifier())


def _alter_column(words: Words, table: str) -> Iterator[Change]:
    if words.takes("CONSTRAINT"):
        return
    words.takes("COLUMN")
    name = words.identifier()
    if words.takes("SET", "DATA", "TYPE") or words.takes("TYPE"):
        said = column_type(words)
        while not (words.done or words.word == "USING"):
            words.skip()  # COLLATE
        yield AlterColumn(table, name, type=said, using=words.text() if words.takes("USING") else "")
    elif words.takes("SET", "NOT", "NULL"):
        yield AlterColumn(table, name, nullable=False)
    elif words.takes("DROP", "NOT", "NULL"):
        yield AlterColumn(table, name, nullable=True)
    elif words.takes("SET", "DEFAULT"):
        yield AlterColumn(table, name, default=default(words))
    elif (
        words.takes("DROP", "DEFAULT") or words.takes("DROP", "IDENTITY") or words.takes("DROP", "EXPRESSION")
    ):
        yield AlterColumn(table, name, default="")
    elif words.takes("ADD"):
        yield AlterColumn(table, name, default=generated(words, Column(name)).default)


def _rename(words: Words, table: str) -> Change:
    if words.takes("TO") or words.takes("AS"):
        return RenameTable(table, _beside(table, words.identifier()))
    if words.takes("CONSTRAINT"):
        name = words.identifier()
        words.wants("TO")
        return RenameConstraint(table, name, words.identifier())
    if words.dialect == "mysql" and words.takes_one(_INDEXES):
        name = words.identifier()
        words.wants("TO")
        return RenameIndex(name, words.identifier(), table)
    words.takes("COLUMN")
    column = words.identifier()
    words.wants("TO")
    return RenameColumn(table, column, words.identifier())


def _set(words: Words, table: str) -> Iterator[Change | Rebuild]:
    if words.takes("SCHEMA"):
        yield RenameTable(table, _within(table, words.identifier()))
    elif by := _MOVES.get(words.word):
        yield Rebuild(by, "table", table)


def _detached(words: Words, table: str) -> Iterator[Change]:
    partition = words.name()
    # FINALIZE completes what CONCURRENTLY has begun.
    if not words.takes("FINALIZE"):
        yield DetachPartition(partition, table, words.takes("CONCURRENTLY"))


def _redefined(words: Words, table: str) -> Iterator[Change]:
    """What MODIFY and CHANGE of MySQL say about a column: all of it anew."""
    defined = column_definition(words, table)
    column = defined.column
    yield AlterColumn(table, column.name, column.type, column.nullable, column.default or "")
    yield from defined.constraints
