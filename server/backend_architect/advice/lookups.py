"""Which tables stay small: lists of kinds, countries, currencies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from backend_architect.queries.expressions import is_time
from backend_architect.sql.parsing import parse
from backend_architect.sql.scanner import scan

if TYPE_CHECKING:
    from backend_architect.schema.model import Schema, Table

_MOST_COLUMNS = 4
_SHORT = re.compile(r"smallint|int2|(?:char|varchar|character|character varying)\(\d\)")
_INSERT = re.compile(r'INSERT\s+INTO\s+([\w".]+)\s*(?:\([^)]*\)\s*)?VALUES\b', re.IGNORECASE)
_LABELS = frozenset({"code", "name", "label", "title", "slug", "key", "value", "description", "symbol"})
_NAMES = frozenset(
    """
    country countries currency currencies language languages locale locales timezone timezones role roles
    permission permissions status statuses state states type types kind kinds category categories priority
    priorities region regions plan plans tier tiers unit units setting settings level levels feature features
    """.split()
)


def is_lookup(table: Table, schema: Schema) -> bool:
    """Whether a table holds a short list that others refer to, and that does not grow with use.

    It is narrow, has names or codes, points to no other table and knows no times. Its name says that it is such
    a list, or its key is a short code, or its rows are written down where it is made.
    """
    if not table.complete or not 0 < len(table.columns) <= _MOST_COLUMNS:
        return False
    if any(schema.table(key.table) is not table for key in table.foreign_keys):
        return False
    columns = table.columns.values()
    if any(is_time(column.type) for column in columns):
        return False
    if not any(column.name.split("_")[-1] in _LABELS for column in columns):
        return False
    bare = table.name.rpartition(".")[2]
    key = [table.columns[name].type for name in table.primary_key if name in table.columns]
    short = bool(key) and all(_SHORT.fullmatch(type_) for type_ in key)
    return short or bare.split("_")[-1] in _NAMES or table.name in schema.seeded


def seeded_tables(text: str, dialect: str) -> set[str]:
    """The tables into which SQL text inserts rows of constants."""
    found: set[str] = set()
    for piece in scan(text, dialect).pieces:
        statement = text[piece.start : piece.end]
        inserted = _INSERT.match(statement) if piece.kind == "sql" else None
        if inserted and not parse(statement, dialect).placeholders:
            found.add(inserted[1].replace('"', "").lower())
    return found
