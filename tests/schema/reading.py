"""Schemas for tests: read from SQL, and made comparable."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from backend_architect.schema.applying import apply
from backend_architect.schema.ddl import changes_of_sql
from backend_architect.schema.model import Schema, Table

SCRIPTS = dict(
    re.findall(
        r"^-- script: (.+)\n((?:(?!-- script: ).*\n)*)",
        Path(__file__).with_name("scripts.sql").read_text(),
        re.MULTILINE,
    )
)
"""DDL by its title; PostgreSQL runs each in an empty database (see tests/servers/test_schema_sql.py)."""


def read(text: str, dialect: str = "postgres") -> Schema:
    """The schema after all statements of a text."""
    schema = Schema(dialect=dialect)
    for step in changes_of_sql(text, dialect, "schema.sql"):
        apply(schema, step)
    return schema


def table(text: str, dialect: str = "postgres") -> Table:
    """The only table after all statements of a text."""
    (found,) = read(text, dialect).tables.values()
    return found


def placeless(schema: Schema) -> Schema:
    """A schema without the places where it was read."""
    tables = {
        name: replace(
            one,
            columns={name: replace(column, origin=None) for name, column in one.columns.items()},
            indexes=[replace(index, origin=None) for index in one.indexes],
            foreign_keys=[replace(key, origin=None) for key in one.foreign_keys],
            origin=None,
        )
        for name, one in schema.tables.items()
    }
    return replace(schema, tables=tables)
