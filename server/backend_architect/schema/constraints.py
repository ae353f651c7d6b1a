"""Indexes, keys and columns of one table of a schema, as they come, change and go."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from backend_architect.schema import naming
from backend_architect.schema.expressions import columns_of, listed_values, with_renamed
from backend_architect.schema.model import Index, IndexPart

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from backend_architect.schema.changes import AlterColumn, DropIndex, RenameIndex
    from backend_architect.schema.model import Check, Column, ForeignKey, Schema, Table


def add_index(schema: Schema, table: Table, index: Index) -> None:
    """Adds an index, called as the database would call it, unless one of its name is there."""
    if not index.name:
        index = replace(index, name=naming.index_name(table, index, schema.dialect))
    if index.name and any(one.name == index.name for one in table.indexes):
        return
    put_index(table, index)


def put_index(table: Table, index: Index) -> None:
    """Adds an index as it is; a table has one primary key, whose columns are never NULL."""
    if index.kind == "primary":
        table.indexes[:] = [one for one in table.indexes if one.kind != "primary"]
        for name in index.columns:
            if name in table.columns:
                table.columns[name] = replace(table.columns[name], nullable=False)
    table.indexes.append(index)


def add_key(schema: Schema, table: Table, key: ForeignKey) -> None:
    """Adds a foreign key; MySQL makes an index for it if none begins with its columns."""
    if not key.name:
        key = replace(key, name=naming.key_name(table, key, schema.dialect))
    if key.name and any(one.name == key.name for one in table.foreign_keys):
        return
    # Where several schemas have a table of the name, the one beside is meant.
    target = schema.table(key.table) or schema.table(f"{table.name.rpartition('.')[0]}.{key.table}")
    table.foreign_keys.append(replace(key, table=target.name) if target else key)
    if schema.dialect == "mysql" and not any(
        one.columns[: len(key.columns)] == key.columns for one in table.indexes
    ):
        parts = tuple(IndexPart(name) for name in key.columns)
        add_index(schema, table, Index(key.name, parts, origin=key.origin))


def add_check(schema: Schema, table: Table, check: Check) -> None:
    """Adds a check; one that lists the values of a column gives these to the column."""
    if not check.name:
        check = replace(check, name=naming.check_name(table, check, schema.dialect))
    if check.name and any(one.name == check.name for one in table.checks):
        return
    table.checks.append(check)
    listed = listed_values(check.expression)
    if listed and (column := table.columns.get(listed[0])):
        table.columns[column.name] = replace(column, choices=listed[1])


def with_choices(column: Column, schema: Schema) -> Column:
    """A column with the whole name and the values of its type, if that is an enumerated one."""
    name = schema.enum(column.type)
    if name is None:
        return column
    if column.type.endswith("[]"):
        return replace(column, type=f"{name}[]")
    return replace(column, type=name, choices=column.choices or schema.enums[name])


def altered(column: Column, said: AlterColumn, schema: Schema) -> Column:
    """A column after a change of its type, default or nullability."""
    if said.type is not None and said.type != column.type:
        column = with_choices(replace(column, type=said.type, choices=()), schema)
    if said.nullable is not None:
        column = replace(column, nullable=said.nullable)
    if said.default is not None:
        column = replace(column, default=said.default or None)
    return column


def drop_column(schema: Schema, table: Table, name: str) -> None:
    """Takes a column away, with all that mentions it."""
    keys_to = [(one, key) for one, key in schema.pointing_at(table.name) if name in _pointed_at(table, key)]
    for one, key in keys_to:
        one.foreign_keys.remove(key)
    table.columns.pop(name, None)
    table.indexes[:] = [index for index in table.indexes if name not in _mentioned(index)]
    table.foreign_keys[:] = [key for key in table.foreign_keys if name not in key.columns]
    table.checks[:] = [check for check in table.checks if name not in columns_of(check.expression)]


def _pointed_at(table: Table, key: ForeignKey) -> tuple[str, ...]:
    return key.to or table.primary_key


def _mentioned(index: Index) -> Iterator[str]:
    for part in index.parts:
        if part.column is not None:
            yield part.column
        else:
            yield from columns_of(part.expression)
    yield from index.include
    yield from columns_of(index.where)


def rename_column(schema: Schema, table: Table, name: str, to: str) -> None:
    """Renames a column wherever the schema mentions it."""
    for one, key in list(schema.pointing_at(table.name)):
        one.foreign_keys[one.foreign_keys.index(key)] = replace(key, to=_renamed(key.to, name, to))
    columns = [replace(one, name=to) if one.name == name else one for one in table.columns.values()]
    table.columns.clear()
    table.columns.update((column.name, column) for column in columns)
    table.indexes[:] = [_index_renamed(index, name, to, schema.dialect) for index in table.indexes]
    table.foreign_keys[:] = [
        replace(key, columns=_renamed(key.columns, name, to)) for key in table.foreign_keys
    ]
    table.checks[:] = [
        replace(check, expression=with_renamed(check.expression, name, to, schema.dialect))
        for check in table.checks
    ]


def _renamed(names: Iterable[str], name: str, to: str) -> tuple[str, ...]:
    return tuple(to if one == name else one for one in names)


def _index_renamed(index: Index, name: str, to: str, dialect: str) -> Index:
    parts = tuple(
        replace(
            part,
            column=to if part.column == name else part.column,
            expression=with_renamed(part.expression, name, to, dialect),
        )
        for part in index.parts
    )
    where = with_renamed(index.where, name, to, dialect)
    return replace(index, parts=parts, include=_renamed(index.include, name, to), where=where)


def drop_index(schema: Schema, said: DropIndex) -> None:
    """Takes an index away, and those of the partitions that came with it."""
    for table, index in list(_found(schema, said.name, said.table)):
        _drop(schema, table, index)
    if not said.name and said.table and (table := schema.table(said.table)):
        alike = [one for one in table.indexes if one.columns == said.columns]
        # A constraint goes last: a plain index on the same columns is what people mean.
        for index in sorted(alike, key=lambda one: one.kind != "index")[:1]:
            _drop(schema, table, index)


def _drop(schema: Schema, table: Table, index: Index) -> None:
    table.indexes.remove(index)
    if not table.partition_by:
        return
    for part in [one for one in schema.tables.values() if one.partition_of == table.name]:
        for same in [one for one in part.indexes if (one.parts, one.where) == (index.parts, index.where)]:
            _drop(schema, part, same)


def _found(schema: Schema, name: str, of: str | None) -> Iterator[tuple[Table, Index]]:
    """The indexes of a name, which may name its schema, of all tables or of one."""
    space, _, bare = name.rpartition(".")
    table = schema.table(of) if of else None
    for one in [table] if table else schema.tables.values():
        if not space or (one.name.rpartition(".")[0] or "public") == space:
            yield from ((one, index) for index in one.indexes if bare and index.name == bare)


def rename_index(schema: Schema, said: RenameIndex) -> None:
    """Gives another name to an index, and to the constraint that it is for."""
    for table, index in list(_found(schema, said.name, said.table)):
        table.indexes[table.indexes.index(index)] = replace(index, name=said.to)


def drop_keys_to(schema: Schema, table: Table) -> None:
    """Takes away the foreign keys that point to a table."""
    for one, key in list(schema.pointing_at(table.name)):
        one.foreign_keys.remove(key)
