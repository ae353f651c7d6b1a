"""The indexes that Django's fields bring with them, and the names that Django gives."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from backend_architect.schema.model import Column, Index, IndexPart, Origin

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backend_architect.schema.django_fields import Field

_LONGEST_NAME: Final = 63
"""Characters of an identifier that PostgreSQL keeps."""


def primary_key(table: str, column: str, origin: Origin) -> Index:
    """The index of a primary key of one column."""
    return Index(f"{table}_pkey", plain(column), unique=True, kind="primary", origin=origin)


def field_indexes(table: str, one: Field, column: Column) -> Iterator[Index]:
    """The indexes that a field brings with it."""
    name, origin = column.name, one.origin
    unique = one.flag("unique") or one.relation == "one-to-one"
    if one.flag("primary_key"):
        yield primary_key(table, name, origin)
    elif unique:
        yield Index(f"{table}_{name}_key", plain(name), unique=True, kind="unique", origin=origin)
    elif one.flag("db_index", default=one.known.get("indexed") is True):
        yield Index(index_name(table, [name]), plain(name), origin=origin)
    else:
        return
    yield from like_indexes(table, column, origin)


def like_indexes(table: str, column: Column, origin: Origin) -> Iterator[Index]:
    """The second index of a text, which serves LIKE in any locale."""
    kind = column.type.partition("(")[0]
    if kind in {"varchar", "text"} and "[" not in column.type:
        part = IndexPart(column.name, opclass=f"{kind}_pattern_ops")
        yield Index(index_name(table, [column.name], "_like"), (part,), origin=origin)


def plain(*columns: str) -> tuple[IndexPart, ...]:
    """What an index of columns sorts by."""
    return tuple(map(IndexPart, columns))


def _digest(*names: str, length: int) -> str:
    """As Django has it, so that migrations find the indexes that it named."""
    return hashlib.md5("".join(names).encode(), usedforsecurity=False).hexdigest()[:length]


def shortened(name: str) -> str:
    """A name of a table that is not longer than PostgreSQL allows."""
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[: _LONGEST_NAME - 4]}{_digest(name, length=4)}"


def index_name(table: str, columns: list[str], suffix: str = "") -> str:
    """The name that Django gives to an index."""
    table = table.rpartition(".")[2]
    end = f"{_digest(table, *columns, length=8)}{suffix}"
    name = f"{table}_{'_'.join(columns)}_{end}"
    if len(name) > _LONGEST_NAME:
        length = (_LONGEST_NAME - len(end)) // 2 - 1
        name = f"{table[:length]}_{'_'.join(columns)[:length]}_{end}"
    return f"D{name[:-1]}" if name[0] == "_" or name[0].isdigit() else name


def automatic_name(table: str, columns: Sequence[str], suffix: str = "idx") -> str:
    """The name of an index of `Meta` that has none: `Index.set_name_with_model` of Django 5.2.

    Columns that are sorted from the last to the first begin with `-`.
    """
    table = table.rpartition(".")[2]
    end = f"{_digest(table, *columns, suffix, length=6)}_{suffix}"
    name = f"{table[:11]}_{columns[0].removeprefix('-')[:7]}_{end}"
    return f"D{name[1:]}" if name[0] == "_" or name[0].isdigit() else name
