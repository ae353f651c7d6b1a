"""Which tables stay small: lists of kinds, countries, currencies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.queries.expressions import is_time

if TYPE_CHECKING:
    from backend_architect.schema.model import Schema, Table

_MOST_COLUMNS = 4
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

    It is narrow, names or codes are most of what it has, it points to no other table and knows no times. Its
    name says that it is such a list, or its key is a short code.
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
    short = key and all(type_.startswith(("smallint", "int2", "char", "varchar(")) for type_ in key)
    return bare.split("_")[-1] in _NAMES or bool(short)
