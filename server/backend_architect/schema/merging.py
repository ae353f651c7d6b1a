"""One schema out of two that describe the same database: a dump and migrations, models and migrations.

What either has counts as present: to advise against an index that exists would be worse than to pass over one
that is gone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from backend_architect.schema.model import Schema, Table

if TYPE_CHECKING:
    from backend_architect.schema.model import Column, Index


def copied(schema: Schema) -> Schema:
    """The same, to be changed."""
    return replace(
        schema,
        tables={name: _copy(table) for name, table in schema.tables.items()},
        views=dict(schema.views),
        materialized=set(schema.materialized),
        enums=dict(schema.enums),
        seeded=set(schema.seeded),
    )


def merged(first: Schema, second: Schema) -> Schema:
    """What both say together; where they contradict each other, `first` is right. Neither is changed."""
    schema = Schema(
        views={**second.views, **first.views},
        materialized=first.materialized | second.materialized,
        enums={**second.enums, **first.enums},
        sources=(*first.sources, *(path for path in second.sources if path not in first.sources)),
        dialect=first.dialect,
    )
    for name, table in first.tables.items():
        other = second.table(name)
        schema.tables[name] = merged_table(table, other) if other else _copy(table)
    for name, table in second.tables.items():
        if first.table(name) is None:
            schema.tables[name] = _copy(table)
    return schema


def _copy(table: Table) -> Table:
    return replace(
        table,
        columns=dict(table.columns),
        indexes=list(table.indexes),
        foreign_keys=list(table.foreign_keys),
        checks=list(table.checks),
    )


def merged_table(first: Table, second: Table) -> Table:
    """What both say together about one table; where they contradict each other, `first` is right."""
    table = _copy(first)
    for name, column in second.columns.items():
        table.columns[name] = _merged_column(table.columns[name], column) if name in table.columns else column
    for index in second.indexes:
        if not any(_same(index, one) for one in table.indexes):
            table.indexes.append(index)
    keys = {(key.columns, key.table.rpartition(".")[2]) for key in first.foreign_keys}
    table.foreign_keys += [
        key for key in second.foreign_keys if (key.columns, key.table.rpartition(".")[2]) not in keys
    ]
    conditions = {check.expression for check in first.checks} | {check.name for check in first.checks}
    table.checks += [check for check in second.checks if not {check.name, check.expression} & conditions]
    table.complete = first.complete or second.complete
    table.partition_by = first.partition_by or second.partition_by
    return table


def _merged_column(first: Column, second: Column) -> Column:
    return replace(
        first,
        type=first.type or second.type,
        default=first.default if first.default is not None else second.default,
        choices=first.choices or second.choices,
    )


def _same(one: Index, two: Index) -> bool:
    if one.name and one.name == two.name:
        return True
    if "primary" in {one.kind, two.kind} and one.kind == two.kind:
        return True
    return (one.parts, one.where, one.unique, one.using) == (two.parts, two.where, two.unique, two.using)
