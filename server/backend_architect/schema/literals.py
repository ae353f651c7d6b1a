"""Constants and pieces of SQL in the terms of a program."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from backend_architect.schema.changes import AddIndex
from backend_architect.schema.ddl import changes_of_sql

if TYPE_CHECKING:
    from backend_architect.schema.model import Index
    from backend_architect.schema.terms import Term

UNREADABLE: Final = "?"
"""The SQL of what cannot be read; nobody may take it for a condition that is met."""


def literal(value: Term) -> str:
    """A constant as SQL; `?` for anything else."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case str():
            return "'" + value.replace("'", "''") + "'"
        case _:
            return UNREADABLE


@lru_cache(256)
def index_from_sql(parts: str, where: str = "") -> Index | None:
    """An index whose parts and predicate are written in SQL; None if they cannot be read."""
    text = f"create index i on t ({parts})" + (f" where {where}" if where else "")
    for step in changes_of_sql(text, "postgres", ""):
        if isinstance(step.change, AddIndex):
            return step.change.index
    return None


def condition_from_sql(text: str) -> str:
    """A predicate in the spelling that all predicates of the schema have; `?` if it cannot be read."""
    index = index_from_sql("id", text)
    return index.where if index is not None and index.where else UNREADABLE
