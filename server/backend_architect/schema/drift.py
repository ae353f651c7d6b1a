"""What models declare and no migration makes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backend_architect.schema.model import Index, Origin, Schema, Table


@dataclass(frozen=True, slots=True)
class Unmade:
    """A table, a column or an index of a model that the migrations of its database do not make."""

    table: str
    kind: Literal["table", "column", "index"]
    name: str
    """Of the column or the table; the columns of an index, with commas."""
    origin: Origin
    made: Origin | None = field(default=None, compare=False)
    """Where a migration makes the table of the column or the index."""
    index: Index | None = field(default=None, compare=False)
    """What is missing, of an index."""


def unmade(declared: Schema, histories: Sequence[Schema]) -> list[Unmade]:
    """What models declare and the migrations of their database do not make.

    Args:
        declared: what models of one library declare.
        histories: what all migrations together make, for each database.

    The migrations of some models are those that make most of their tables; where there are several such
    histories, one of them is enough. A table that is missing counts where those of other models beside it are
    made: the models of other folders may have migrations elsewhere.
    """
    missing = [_missing(declared, history) for history in histories]
    found = [one for one in missing if one is not None]
    return [one for one in found[0] if all(one in other for other in found)] if found else []


def _missing(declared: Schema, history: Schema) -> list[Unmade] | None:
    """What a history does not make; None if it is not that of the models."""
    made = {name: table for name in declared.tables if (table := history.table(name)) is not None}
    if not made or 2 * len(made) < len(declared.tables):
        return None
    folders = {_folder(declared.tables[name]) for name in made}
    found: list[Unmade] = []
    for name, table in declared.tables.items():
        if name in made:
            found += _parts(table, made[name]) if made[name].complete else ()
        elif _folder(table) in folders and table.origin is not None:
            found.append(Unmade(name, "table", name, table.origin))
    return found


def _folder(table: Table) -> PurePosixPath:
    return PurePosixPath(table.origin.path if table.origin else "").parent


def _parts(table: Table, made: Table) -> Iterator[Unmade]:
    missing = [column for name, column in table.columns.items() if name not in made.columns]
    if 2 * len(missing) > len(table.columns):
        return  # names that are made otherwise
    keys = {key.columns for key in table.foreign_keys}  # a key brings its index along
    absent = [
        index
        for index in table.indexes
        if index.columns not in keys and _is_plain(index, made) and not _is_made(index, made)
    ]
    for column in missing:
        origin = column.origin or table.origin
        if origin is not None:
            yield Unmade(table.name, "column", column.name, origin, made.origin)
    for index in absent:
        origin = index.origin or table.origin
        if origin is not None:
            name = ", ".join(filter(None, index.columns))
            yield Unmade(table.name, "index", name, origin, made.origin, index)


def _is_made(index: Index, made: Table) -> bool:
    """Whether a migration makes an index; a constraint says the same in whichever order it names columns."""
    return any(
        index.columns == one.columns
        or (index.kind == "unique" and one.unique and set(index.columns) == set(one.columns))
        for one in made.indexes
    )


def _is_plain(index: Index, made: Table) -> bool:
    """Whether an index is one of columns that a migration makes."""
    return index.kind in {"index", "unique"} and all(column in made.columns for column in index.columns)
