"""What a schema is after a change.

Files may be missing, and may say things twice: a change of a table that nobody created makes an incomplete
one, and what is there already is not there twice.
"""

from __future__ import annotations

from dataclasses import replace
from functools import singledispatch
from typing import TYPE_CHECKING, TypeVar

from backend_architect.schema import changes as change
from backend_architect.schema.actions import Action
from backend_architect.schema.constraints import (
    add_check,
    add_index,
    add_key,
    altered,
    drop_column,
    drop_index,
    drop_keys_to,
    rename_column,
    rename_index,
    with_choices,
)
from backend_architect.schema.merging import merged_table
from backend_architect.schema.model import Check, ForeignKey, Index, Origin, Schema, Table
from backend_architect.schema.partitions import followed
from backend_architect.schema.quoting import quoted

if TYPE_CHECKING:
    from backend_architect.schema.changes import Change, Like, Part, Step
    from backend_architect.schema.model import Column

Named = TypeVar("Named", Index, ForeignKey, Check)


def apply(schema: Schema, step: Step) -> None:
    """Changes a schema as a step says; never raises, and leaves the step as it is."""
    if isinstance(step.change, Action):
        return
    _applied(step.change, schema, step.origin)
    for same in followed(schema, step.change):
        _applied(same, schema, step.origin)


def _known(schema: Schema, name: str, origin: Origin) -> Table:
    """The table of a name; an incomplete one where nobody created it."""
    table = schema.table(name)
    if table is None:
        table = schema.tables[name] = Table(name, origin=origin, complete=False)
    return table


@singledispatch
def _applied(said: Change, schema: Schema, origin: Origin) -> None:  # noqa: ARG001 - the cases follow
    raise TypeError(said)


@_applied.register
def _(said: change.CreateTable, schema: Schema, origin: Origin) -> None:
    known = schema.table(said.table.name)
    if known is not None and known.complete and said.unless_exists:
        return
    new = said.table
    table = replace(new, columns={}, indexes=[], foreign_keys=[], checks=[], origin=new.origin or origin)
    if known is not None and known.name != table.name:
        table.name = known.name
    schema.tables[table.name] = table
    own = list(new.columns.values())
    for number in range(len(own) + 1):
        for like in said.like:
            if like.at == number:
                _take_columns(schema, table, like)
        if number < len(own):
            table.columns[own[number].name] = with_choices(own[number], schema)
    for index in new.indexes:
        add_index(schema, table, index)
    for key in new.foreign_keys:
        add_key(schema, table, key)
    for check in new.checks:
        add_check(schema, table, check)
    for like in said.like:
        _take_rest(schema, table, like)
    if known is not None and not known.complete:
        # The files are not in the order in which they are applied.
        schema.tables[table.name] = merged_table(table, known)


def _take_columns(schema: Schema, table: Table, like: Like) -> None:
    source = schema.table(like.table)
    if source is None or not source.complete:
        table.complete = False
    for column in source.columns.values() if source else ():
        kept = column.default if _default_kind(column) in like.takes else None
        table.columns.setdefault(column.name, replace(column, default=kept))


def _default_kind(column: Column) -> Part:
    default = column.default or ""
    if default.startswith("generated "):
        return "identity" if default.endswith("identity") else "generated"
    return "defaults"


def _take_rest(schema: Schema, table: Table, like: Like) -> None:
    source = schema.table(like.table)
    if source is None:
        return
    if "indexes" in like.takes:
        for index in source.indexes:
            add_index(schema, table, replace(index, name=""))
    if "keys" in like.takes:
        for key in source.foreign_keys:
            add_key(schema, table, key)
    if "checks" in like.takes:
        for check in source.checks:
            add_check(schema, table, check)


@_applied.register
def _(said: change.DropTable, schema: Schema, _: Origin) -> None:
    table = schema.table(said.table)
    if table is None:
        schema.views.pop(said.table, None)
        return
    drop_keys_to(schema, table)
    parts = [one.name for one in schema.tables.values() if one.partition_of == table.name]
    for name in (table.name, *parts):
        del schema.tables[name]


@_applied.register
def _(said: change.RenameTable, schema: Schema, _: Origin) -> None:
    if said.table in schema.views:
        schema.views[said.to] = schema.views.pop(said.table)
        if said.table in schema.materialized:
            schema.materialized.remove(said.table)
            schema.materialized.add(said.to)
    table = schema.table(said.table)
    if table is None:
        return
    pointing = list(schema.pointing_at(table.name))
    old, table.name = table.name, said.to
    kept = {one.name: one for one in schema.tables.values() if one is table or one.name != said.to}
    schema.tables.clear()
    schema.tables.update(kept)
    for one, key in pointing:
        one.foreign_keys[one.foreign_keys.index(key)] = replace(key, table=said.to)
    for one in schema.tables.values():
        if one.partition_of == old:
            one.partition_of = said.to


@_applied.register
def _(said: change.AddColumn, schema: Schema, origin: Origin) -> None:
    table = _known(schema, said.table, origin)
    if said.column.name not in table.columns:
        column = said.column if said.column.origin else replace(said.column, origin=origin)
        table.columns[column.name] = with_choices(column, schema)


@_applied.register
def _(said: change.DropColumn, schema: Schema, origin: Origin) -> None:
    drop_column(schema, _known(schema, said.table, origin), said.column)


@_applied.register
def _(said: change.RenameColumn, schema: Schema, origin: Origin) -> None:
    rename_column(schema, _known(schema, said.table, origin), said.column, said.to)


@_applied.register
def _(said: change.AlterColumn, schema: Schema, origin: Origin) -> None:
    table = _known(schema, said.table, origin)
    if column := table.columns.get(said.column):
        table.columns[said.column] = altered(column, said, schema)


@_applied.register
def _(said: change.AddIndex, schema: Schema, origin: Origin) -> None:
    table = _known(schema, said.table, origin)
    index = said.index if said.index.origin else replace(said.index, origin=origin)
    add_index(schema, table, index)


@_applied.register
def _(said: change.DropIndex, schema: Schema, _: Origin) -> None:
    drop_index(schema, said)


@_applied.register
def _(said: change.RenameIndex, schema: Schema, _: Origin) -> None:
    rename_index(schema, said)


@_applied.register
def _(said: change.UseIndex, schema: Schema, origin: Origin) -> None:
    table = _known(schema, said.table, origin)
    for place, index in enumerate(table.indexes):
        if index.name == said.index:
            name = said.name or said.index
            del table.indexes[place]
            add_index(schema, table, replace(index, name=name, kind=said.kind, unique=True))
            return


@_applied.register
def _(said: change.AddForeignKey, schema: Schema, origin: Origin) -> None:
    table = _known(schema, said.table, origin)
    add_key(schema, table, said.key if said.key.origin else replace(said.key, origin=origin))


@_applied.register
def _(said: change.AddCheck, schema: Schema, origin: Origin) -> None:
    add_check(schema, _known(schema, said.table, origin), said.check)


@_applied.register
def _(said: change.DropConstraint, schema: Schema, origin: Origin) -> None:
    table = _known(schema, said.table, origin)

    def goes(name: str, kind: str) -> bool:
        return (name == said.name or not said.name) and said.kind in {"", kind}

    gone = [one for one in table.indexes if one.kind != "index" and goes(one.name, one.kind)]
    _forget_keys(schema, table, gone)
    table.indexes[:] = [one for one in table.indexes if one not in gone]
    table.foreign_keys[:] = [one for one in table.foreign_keys if not goes(one.name, "foreign")]
    table.checks[:] = [one for one in table.checks if not goes(one.name, "check")]


def _forget_keys(schema: Schema, table: Table, gone: list[Index]) -> None:
    """Drop the foreign keys that rest on constraints; a database drops none of these before its keys."""
    bases = {one.columns for one in gone} - {
        one.columns for one in table.indexes if one.unique and one not in gone
    }
    for child, key in [*schema.pointing_at(table.name)] if bases else ():
        if (key.to or table.primary_key) in bases:
            child.foreign_keys.remove(key)


@_applied.register
def _(said: change.RenameConstraint, schema: Schema, origin: Origin) -> None:
    table = _known(schema, said.table, origin)
    _replace_named(table.indexes, said.name, name=said.to)
    _replace_named(table.foreign_keys, said.name, name=said.to)
    _replace_named(table.checks, said.name, name=said.to)


def _replace_named(named: list[Named], known_as: str, **fields: object) -> None:
    named[:] = [replace(one, **fields) if one.name == known_as else one for one in named]


@_applied.register
def _(said: change.ValidateConstraint, schema: Schema, origin: Origin) -> None:
    table = _known(schema, said.table, origin)
    _replace_named(table.foreign_keys, said.name, validated=True)
    _replace_named(table.checks, said.name, validated=True)


@_applied.register
def _(said: change.CreateView, schema: Schema, _: Origin) -> None:
    schema.views[said.name] = said.query
    if said.materialized:
        schema.materialized.add(said.name)


@_applied.register
def _(said: change.DropView, schema: Schema, _: Origin) -> None:
    schema.views.pop(said.name, None)
    schema.materialized.discard(said.name)
    # The indexes of a materialized view stand in an incomplete table.
    if (table := schema.table(said.name)) and not table.complete:
        del schema.tables[table.name]


@_applied.register
def _(said: change.CreateEnum, schema: Schema, _: Origin) -> None:
    schema.enums[said.name] = said.values


@_applied.register
def _(said: change.AddEnumValue, schema: Schema, _: Origin) -> None:
    values = list(schema.enums.get(said.name, ()))
    if said.value in values:
        return
    place = len(values)
    if said.before in values:
        place = values.index(said.before)
    elif said.after in values:
        place = values.index(said.after) + 1
    values.insert(place, said.value)
    _set_enum(schema, said.name, tuple(values))


@_applied.register
def _(said: change.RenameEnumValue, schema: Schema, _: Origin) -> None:
    values = schema.enums.get(said.name, ())
    _set_enum(schema, said.name, tuple(said.to if one == said.value else one for one in values))


@_applied.register
def _(said: change.RenameEnum, schema: Schema, _: Origin) -> None:
    if said.name in schema.enums:
        schema.enums[said.to] = schema.enums.pop(said.name)
    for table in schema.tables.values():
        for column in table.columns.values():
            if column.type.removesuffix("[]") == said.name:
                old, new = (quoted(name, schema.dialect) for name in (said.name, said.to))
                default = column.default and column.default.replace(f"::{old}", f"::{new}")
                said_type = said.to + column.type.removeprefix(said.name)
                table.columns[column.name] = replace(column, type=said_type, default=default)


@_applied.register
def _(said: change.DropEnum, schema: Schema, _: Origin) -> None:
    schema.enums.pop(said.name, None)


def _set_enum(schema: Schema, name: str, values: tuple[str, ...]) -> None:
    schema.enums[name] = values
    for table in schema.tables.values():
        for column in table.columns.values():
            if not column.type.endswith("[]") and schema.enum(column.type) == name:
                table.columns[column.name] = replace(column, choices=values)


@_applied.register
def _(said: change.AttachPartition, schema: Schema, origin: Origin) -> None:
    table, part = _known(schema, said.table, origin), _known(schema, said.partition, origin)
    part.partition_of, part.partition_rows = table.name, said.rows
    for index in table.indexes:
        if all((index.parts, index.where) != (one.parts, one.where) for one in part.indexes):
            add_index(schema, part, replace(index, name=""))


@_applied.register
def _(said: change.DetachPartition, schema: Schema, origin: Origin) -> None:
    part = _known(schema, said.partition, origin)
    part.partition_of = part.partition_rows = ""


@_applied.register
def _(said: change.DropSchema, schema: Schema, _: Origin) -> None:
    def inside(name: str) -> bool:
        return (name.rpartition(".")[0] or "public") == said.name

    for known in (schema.tables, schema.views, schema.enums):
        for name in [name for name in known if inside(name)]:
            del known[name]
