"""A schema as an entity-relationship diagram of Mermaid."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from backend_architect.schema.relations import marks, relation_of

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
    keys = ", ".join(marks(table, column))
    return f"{_word(column.type or 'unknown')} {_word(column.name)} {keys}".rstrip()


def _relation(schema: Schema, table: Table, key: ForeignKey) -> str:
    relation = relation_of(schema, table, key)
    one, many = "|o" if relation.optional else "||", "o|" if relation.unique else "o{"
    return f'{_name(relation.table)} {one}--{many} {_name(table.name)} : "{", ".join(key.columns)}"'


def _name(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else '"' + re.sub(r'["%\\\r\n]', "_", name) + '"'


def _word(text: str) -> str:
    """A type or the name of a column: Mermaid takes one word without commas."""
    word = _NO_WORD.sub("_", text)
    return word if word[:1].isalpha() or word[:1] == "_" else f"_{word}"
