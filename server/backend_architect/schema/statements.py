"""The statements that create a schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.schema.describing import part_text
from backend_architect.schema.quoting import quoted, string

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from backend_architect.schema.model import Check, Column, ForeignKey, Index, IndexPart, Schema, Table

_COUNTS = "autoincrement"
_SPECIAL = frozenset({"fulltext", "spatial"})
"""Indexes of MySQL that are a kind and no method."""


def create_statements(schema: Schema) -> Iterator[str]:
    """The statements, without semicolons, in an order in which they can be run.

    Tables of which not all columns are known are left out. A type that nobody says is a comment.
    """
    writer = _Writer(schema)
    spaces = {
        name.rpartition(".")[0] for known in (schema.tables, schema.views, schema.enums) for name in known
    }
    for space in sorted(spaces - {"", "public"}):
        yield f"create schema {writer.name(space)}"
    for name, values in schema.enums.items():
        yield f"create type {writer.name(name)} as enum ({', '.join(map(string, values))})"
    tables = [table for table in schema.tables.values() if table.complete]
    whole = [table for table in tables if not table.partition_of]
    for table in whole:
        yield writer.table(table)
    for table in whole:
        yield from writer.around(table)
    for table in tables:
        if table.partition_of:
            yield writer.partition(table)
    for name, query in schema.views.items():
        kind = "materialized view" if name in schema.materialized else "view"
        yield f"create {kind} {writer.name(name)} as\n{query}"
        if (table := schema.tables.get(name)) and not table.complete:
            yield from (writer.index(table, index) for index in table.indexes)


def _counts_itself(table: Table) -> bool:
    """Whether the primary key is a column with AUTOINCREMENT, which SQLite wants to hear in one breath."""
    key = table.primary_key
    return len(key) == 1 and key[0] in table.columns and table.columns[key[0]].default == _COUNTS


_UNKNOWN = "/* unknown type */"


class _Writer:
    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._sqlite = schema.dialect == "sqlite"
        """It takes no constraints later."""

    def name(self, name: str) -> str:
        """A name as a statement writes it."""
        return quoted(name, self._schema.dialect)

    def table(self, table: Table) -> str:
        """The table with its columns and constraints."""
        entries = [self._column(table, column) for column in table.columns.values()]
        entries += [
            self._index_constraint(index)
            for index in table.indexes
            if index.kind != "index" and not (index.kind == "primary" and _counts_itself(table))
        ]
        entries += [self.check(check) for check in table.checks if check.validated]
        if self._sqlite:
            entries += [self.key(key) for key in table.foreign_keys]
        body = "".join(f"\n    {entry}," for entry in entries)
        end = "\n" if body else ""
        by = f" partition by {table.partition_by}" if table.partition_by else ""
        return f"create table {self.name(table.name)} ({body.removesuffix(',')}{end}){by}"

    def partition(self, table: Table) -> str:
        """A partition; its columns and indexes come with the table that it is a part of."""
        by = f" partition by {table.partition_by}" if table.partition_by else ""
        whole = self.name(table.partition_of)
        return f"create table {self.name(table.name)} partition of {whole} {table.partition_rows}{by}"

    def around(self, table: Table) -> Iterator[str]:
        """The indexes of a table, and what points to other tables."""
        name = self.name(table.name)
        yield from (self.index(table, index) for index in table.indexes if index.kind == "index")
        if not self._sqlite:
            yield from (f"alter table {name} add {self.key(key)}" for key in table.foreign_keys)
        yield from (
            f"alter table {name} add {self.check(check)}" for check in table.checks if not check.validated
        )

    def index(self, table: Table, index: Index) -> str:
        """CREATE INDEX."""
        special = index.using in _SPECIAL
        kind = f"{index.using} " if special else "unique " if index.unique else ""
        name = f"{self.name(index.name)} " if index.name else ""
        using = f" using {index.using}" if index.using != "btree" and not special else ""
        where = f" where {index.where}" if index.where else ""
        return (
            f"create {kind}index {name}on {self.name(table.name)}{using} ({self._parts(index.parts)})"
            f"{self._include(index)}{_nulls(index)}{where}"
        )

    def key(self, key: ForeignKey) -> str:
        """FOREIGN KEY as a constraint."""
        to = f" ({self._names(key.to)})" if key.to else ""
        delete = f" on delete {key.on_delete}" if key.on_delete else ""
        update = f" on update {key.on_update}" if key.on_update else ""
        valid = "" if key.validated else " not valid"
        return (
            f"{self._constraint(key.name)}foreign key ({self._names(key.columns)}) "
            f"references {self.name(key.table)}{to}{delete}{update}{valid}"
        )

    def check(self, check: Check) -> str:
        """CHECK as a constraint."""
        valid = "" if check.validated else " not valid"
        return f"{self._constraint(check.name)}check ({check.expression}){valid}"

    def _constraint(self, name: str) -> str:
        return f"constraint {self.name(name)} " if name and name != "PRIMARY" else ""

    def _index_constraint(self, index: Index) -> str:
        name = self._constraint(index.name)
        if index.kind == "exclusion":
            where = f" where ({index.where})" if index.where else ""
            parts = f"using {index.using} ({self._parts(index.parts)})"
            return f"{name}exclude {parts}{self._include(index)}{where}"
        kind = "primary key" if index.kind == "primary" else "unique"
        return f"{name}{kind}{_nulls(index)} ({self._parts(index.parts)}){self._include(index)}"

    def _column(self, table: Table, column: Column) -> str:
        pieces = [self.name(column.name), self._type(column.type) or ("" if self._sqlite else _UNKNOWN)]
        default = column.default or ""
        if default == _COUNTS and _counts_itself(table):
            pieces.append("primary key")
        elif not column.nullable:
            pieces.append("not null")
        if default.startswith("generated ") or default in {_COUNTS, "auto_increment"}:
            pieces.append(default)
        elif default:
            pieces.append(f"default {default}")
        return " ".join(piece for piece in pieces if piece)

    def _type(self, said: str) -> str:
        base = said.removesuffix("[]")
        enum = self._schema.enum(base)
        named = enum or (base if base != base.lower() and "(" not in base else "")
        return (self.name(named) if named else base) + said[len(base) :]

    def _parts(self, parts: Iterable[IndexPart]) -> str:
        return ", ".join(part_text(part, self._schema.dialect) for part in parts)

    def _names(self, names: Iterable[str]) -> str:
        return ", ".join(map(self.name, names))

    def _include(self, index: Index) -> str:
        return f" include ({self._names(index.include)})" if index.include else ""


def _nulls(index: Index) -> str:
    return "" if index.nulls_distinct else " nulls not distinct"
