"""A schema for people: `schema --format text`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from backend_architect.schema.describing import column_text, index_text, key_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from backend_architect.schema.model import Schema, Table


def as_text(schemas: Sequence[Schema]) -> str:
    """All schemas, one below the other, each with a line that says where it was read from."""
    return "\n\n".join("\n".join(_lines(schema)) for schema in schemas)


def _lines(schema: Schema) -> Iterator[str]:
    yield click.style(f"{_sources(schema)}: {_count(len(schema.tables), 'table')}", bold=True)
    for table in schema.tables.values():
        if not table.partition_of:
            yield ""
            yield from _table(schema, table)
    for name, query in schema.views.items():
        yield ""
        kind = "materialized view" if name in schema.materialized else "view"
        yield f"{click.style(name, bold=True)} ({kind})"
        yield from (f"  {line.rstrip()}" for line in query.splitlines())
    if schema.enums:
        yield ""
        yield "types"
        yield from _aligned([(name, ", ".join(values)) for name, values in schema.enums.items()], "  ")


def _sources(schema: Schema) -> str:
    first, *others = schema.sources
    return f"{first} and {_count(len(others), 'more file')}" if others else first


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _table(schema: Schema, table: Table) -> Iterator[str]:
    where = f"  {table.origin.path}:{table.origin.line}" if table.origin else ""
    yield click.style(table.name, bold=True) + click.style(where, dim=True)
    if not table.complete and table.name not in schema.views:
        yield "  nothing here creates it; it may have more columns than these"
    yield from _aligned([(one.name, one.type, column_text(one)) for one in table.columns.values()], "  ")
    dialect = schema.dialect
    parts = [one.name for one in schema.tables.values() if one.partition_of == table.name]
    sections = {
        "indexes": [(index.name or "-", index_text(index, dialect)) for index in table.indexes],
        "foreign keys": [(key.name or "-", key_text(key, dialect)) for key in table.foreign_keys],
        "checks": [
            (check.name or "-", check.expression + ("" if check.validated else " (not valid)"))
            for check in table.checks
        ],
        f"partitioned by {table.partition_by}": [(", ".join(parts),)] if parts else [],
    }
    for title, rows in sections.items():
        if rows:
            yield f"  {title}"
            yield from _aligned(rows, "    ")


def _aligned(rows: Sequence[Iterable[str]], indent: str) -> Iterator[str]:
    columns = list(zip(*rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield (indent + "  ".join(cells)).rstrip()
