"""A schema as an entity-relationship diagram of Mermaid."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.schema.model import Column, ForeignKey, Schema, Table

_PLAIN: Final = re.compile(r"[A-Za-z_][\w-]*")
_NO_WORD: Final = re.compile(r"[^\w\[\]()*-]+", re.ASCII)


def diagram(schema: Schema) -> str:
    """The text of an `erDiagram` with all tables, their columns and foreign keys; partitions are left out."""
    tables = [table for table in schema.tables.values() if not table.partition_of]
    lines = ["erDiagram", *(line for table in tables for line in _entity(table))]
    lines += [f"    {_relation(schema, table, key)}" for table in tables for key in table.foreign_keys]
    return "\n".join(lines)


def _entity(table: Table) -> Iterator[str]:
    if not table.columns:
        yield f"    {_name(table.name)}"
        return
    yield f"    {_name(table.name)} {{"
    for column in table.columns.values():
        yield f"        {_attribute(table, column)}"
    yield "    }"


def _attribute(table: Table, column: Column) -> str:
    pointing = {name for key in table.foreign_keys for name in key.columns}
    unique = {index.columns[0] for index in table.indexes if index.unique and len(index.parts) == 1}
    marks = {
        "PK": column.name in table.primary_key,
        "FK": column.name in pointing,
        "UK": column.name in unique and (column.name,) != table.primary_key,
    }
    keys = ", ".join(mark for mark, holds in marks.items() if holds)
    return f"{_word(column.type or 'unknown')} {_word(column.name)} {keys}".rstrip()


def _relation(schema: Schema, table: Table, key: ForeignKey) -> str:
    target = schema.table(key.table)
    optional = any(column.nullable for name in key.columns if (column := table.columns.get(name)))
    unique = any(index.unique and not index.where and index.columns == key.columns for index in table.indexes)
    one, many = "|o" if optional else "||", "o|" if unique else "o{"
    name = _name(target.name if target else key.table)
    return f'{name} {one}--{many} {_name(table.name)} : "{", ".join(key.columns)}"'


def _name(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else '"' + re.sub(r'["%\\\r\n]', "_", name) + '"'


def _word(text: str) -> str:
    """A type or the name of a column: Mermaid takes one word without commas."""
    word = _NO_WORD.sub("_", text)
    return word if word[:1].isalpha() or word[:1] == "_" else f"_{word}"
