"""Which tables stay small: lists of kinds, countries, currencies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from backend_architect.python.words import word_set
from backend_architect.queries.expressions import is_time
from backend_architect.sql.parsing import parse
from backend_architect.sql.scanner import scan

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend_architect.schema.model import Schema, Table

_MOST_COLUMNS = 4
_NAMED_COLUMNS = 8
"""How many columns a list may have whose name says what it is."""
_SHORT = re.compile(r"smallint|int2|(?:char|varchar|character|character varying)\(\d\)")
_INSERT = re.compile(r'INSERT\s+INTO\s+([\w".]+)\s*(?:\([^)]*\)\s*)?VALUES\b', re.IGNORECASE)
_SEEDS = re.compile(r"(?:seed|fixture)s?(?![a-z])", re.IGNORECASE)
_LABELS = word_set("code name label title slug key value description symbol")
_LISTS = word_set(
    """
    currency currencies language languages locale locales role roles permission permissions status
    statuses state states type types kind kinds priority priorities plan plans tier tiers unit units level
    levels method methods flag flags setting settings config configs
    """
)
"""Last words of the names of lists of a handful of things."""
_NAMES = _LISTS | word_set(
    """
    country countries timezone timezones category categories genre genres region regions feature features
    carrier carriers color colors colour colours size sizes department departments warehouse warehouses
    """
)
"""The same, and of lists of a few hundred."""
_MADE = word_set("created_at updated_at modified_at created updated")


def is_lookup(table: Table, schema: Schema) -> bool:
    """Whether a table holds a short list that others refer to, and that does not grow with use.

    It is narrow, has names or codes, points to no other table and knows no times but those of its rows. Its
    name says that it is such a list, or its key is a short code, or its rows stand where it is made.
    """
    named = _last_word(table) in _NAMES
    if not table.complete or not 0 < len(table.columns) <= (_NAMED_COLUMNS if named else _MOST_COLUMNS):
        return False
    if any(schema.table(key.table) is not table for key in table.foreign_keys):
        return False
    columns = table.columns.values()
    if any(is_time(column.type) and not (named and column.name in _MADE) for column in columns):
        return False
    if not any(column.name.split("_")[-1] in _LABELS for column in columns):
        return False
    key = [table.columns[name].type for name in table.primary_key if name in table.columns]
    short = bool(key) and all(_SHORT.fullmatch(type_) for type_ in key)
    return named or short or table.name in schema.seeded


def is_list(table: Table, schema: Schema) -> bool:
    """Whether a lookup table has a handful of rows, so that each is referred to by many rows of others."""
    return is_lookup(table, schema) and (_last_word(table) in _LISTS or table.name in schema.seeded)


def _last_word(table: Table) -> str:
    return table.name.rpartition(".")[2].split("_")[-1]


def seeds(path: str, schemas: Iterable[Schema]) -> bool:
    """Whether the rows that a file inserts are there from the start: it makes tables, or is named for it."""
    return any(path in schema.sources for schema in schemas) or _SEEDS.search(path) is not None


def seeded_tables(text: str, dialect: str) -> set[str]:
    """The tables into which SQL text inserts rows of constants."""
    found: set[str] = set()
    for piece in scan(text, dialect).pieces:
        statement = text[piece.start : piece.end]
        inserted = _INSERT.match(statement) if piece.kind == "sql" else None
        if inserted and not parse(statement, dialect).placeholders:
            found.add(inserted[1].replace('"', "").lower())
    return found


def mark_seeded(schemas: Iterable[Schema], names: Iterable[str]) -> None:
    """Note in the schemas that files fill tables of these names."""
    for schema in schemas:
        for name in names:
            table = schema.table(name)
            if table is not None:
                schema.seeded.add(table.name)
