"""What models declare and no migration makes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from backend_architect.schema.model import Column, Index, Origin, Schema, Table


@dataclass(frozen=True, slots=True)
class Unmade:
    """A table, a column or an index of a model that the migrations of its database do not make."""

    table: str
    kind: Literal["table", "column", "index"]
    name: str
    """Of the column or the table; the columns of an index, with commas."""
    origin: Origin
    made: Origin | None = None
    """Where a migration makes the table of the column or the index."""


def unmade(declared: Schema, histories: Sequence[Schema]) -> Iterator[Unmade]:
    """What models declare and the migrations of their database do not make.

    Args:
        declared: what models of one library declare.
        histories: what all migrations together make, for each database.

    The migrations of some models are those that make most of their tables. A table that is missing counts
    where those of other models beside it are made: the models of other folders may have migrations elsewhere.
    """
    for history in histories:
        made = {name: found for name in declared.tables if (found := history.table(name)) is not None}
        if 2 * len(made) < len(declared.tables):
            continue
        folders = {_folder(declared.tables[name]) for name in made}
        for name, table in declared.tables.items():
            if name in made:
                if made[name].complete:
                    yield from _parts(table, made[name])
            elif _folder(table) in folders and table.origin is not None:
                yield Unmade(name, "table", name, table.origin)


def _folder(table: Table) -> PurePosixPath:
    return PurePosixPath(table.origin.path if table.origin else "").parent


def _parts(table: Table, made: Table) -> Iterator[Unmade]:
    missing = [column for name, column in table.columns.items() if name not in made.columns]
    if 2 * len(missing) > len(table.columns):
        return  # names that are made otherwise
    there = {index.columns for index in made.indexes}
    absent = [index for index in table.indexes if index.columns not in there and _is_plain(index, made)]
    found: Iterable[tuple[Literal["column", "index"], str, Column | Index]] = [
        *(("column", column.name, column) for column in missing),
        *(("index", ", ".join(filter(None, index.columns)), index) for index in absent),
    ]
    for kind, name, part in found:
        origin = part.origin or table.origin
        if origin is not None:
            yield Unmade(table.name, kind, name, origin, made.origin)


def _is_plain(index: Index, made: Table) -> bool:
    """Whether an index is one of columns that a migration makes."""
    return index.kind in {"index", "unique"} and all(column in made.columns for column in index.columns)
