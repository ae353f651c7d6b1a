"""Schemas as a page that draws them: an entity-relationship diagram in one file, without the network."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from backend_architect.schema.describing import column_text, index_text, key_text
from backend_architect.schema.relations import marks, relation_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend_architect.schema.model import Column, ForeignKey, Origin, Schema, Table

Drawing = dict[str, Any]
"""What the page is given, as JSON; `editors/diagram/src/model.ts` has its types."""

_GAP: Final = "{{diagram}}"


def drawing(schemas: Iterable[Schema], title: str) -> Drawing:
    """The tables of schemas with their columns and keys; partitions are left out.

    Args:
        schemas: one for each database, the largest first in what comes back.
        title: the name of the project.
    """
    ordered = sorted(schemas, key=lambda schema: -len(schema.tables))
    return {"title": title, "schemas": [_schema(schema) for schema in ordered]}


def page(drawn: Drawing | None) -> str:
    """The page, in HTML; without a drawing it waits for the editor around it to send one."""
    # Nothing in a name may end the element that the data stand in.
    data = json.dumps(drawn).replace("<", r"\u003c")
    empty = files("backend_architect.schema").joinpath("diagram.html").read_text("utf-8")
    return empty.replace(_GAP, data, 1)


def _schema(schema: Schema) -> Drawing:
    tables = [table for table in schema.tables.values() if not table.partition_of]
    name = schema.sources[0] if schema.sources else ""
    return {"name": name, "tables": [_table(schema, table) for table in tables]}


def _table(schema: Schema, table: Table) -> Drawing:
    return {
        "name": table.name,
        "origin": _origin(table.origin),
        "complete": table.complete,
        "columns": [_column(table, column) for column in table.columns.values()],
        "indexes": [f"{index.name} {index_text(index, schema.dialect)}".lstrip() for index in table.indexes],
        "references": [_reference(schema, table, key) for key in table.foreign_keys],
    }


def _origin(origin: Origin | None) -> Drawing | None:
    return None if origin is None else {"path": origin.path, "line": origin.line}


def _column(table: Table, column: Column) -> Drawing:
    return {
        "name": column.name,
        "type": column.type,
        "text": column_text(column),
        "keys": marks(table, column),
    }


def _reference(schema: Schema, table: Table, key: ForeignKey) -> Drawing:
    relation = relation_of(schema, table, key)
    return {
        "columns": key.columns,
        "table": relation.table,
        "to": key.to,
        "text": key_text(key, schema.dialect),
        "optional": relation.optional,
        "unique": relation.unique,
    }
