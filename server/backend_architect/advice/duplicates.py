"""Indexes that another index of their table makes needless."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.queries.expressions import canonical_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.schema.model import Index, IndexPart, Table


def duplicate_indexes(table: Table) -> Iterator[tuple[Index, Index]]:
    """Indexes that are the same as another one, each with the one to keep.

    What a constraint asks for is kept, and of two others the one that was made first.
    """
    kept: list[Index] = []
    for index in sorted(table.indexes, key=_rank):
        same = next((other for other in kept if _same(index, other)), None)
        if same is None:
            kept.append(index)
        elif index.kind == "index":
            yield index, same


def covered_indexes(table: Table) -> Iterator[tuple[Index, Index]]:
    """Indexes whose columns are the first ones of another index, each with that one.

    An index that keeps values unique is never needless, and neither is a smaller one for fewer rows. What is
    there twice is a duplicate only.
    """
    duplicates = [index for index, _ in duplicate_indexes(table)]
    for index in table.indexes:
        if index in duplicates or index.unique or index.kind != "index" or index.using not in {"btree", ""}:
            continue
        longer = (other for other in table.indexes if _covers(other, index))
        found = min(longer, key=lambda other: len(other.parts), default=None)
        if found is not None:
            yield index, found


def _rank(index: Index) -> tuple[int, bool]:
    return ("primary", "unique", "exclusion", "index").index(index.kind), not index.unique


def _same(index: Index, other: Index) -> bool:
    """Whether an index does nothing that another one does not."""
    return (
        _parts(index.parts) == _parts(other.parts)
        and _alike(index, other)
        and (other.unique or not index.unique)
        and set(index.include) <= set(other.include)
    )


def _covers(longer: Index, index: Index) -> bool:
    first = longer.parts[: len(index.parts)]
    return (
        len(longer.parts) > len(index.parts)
        and _parts(index.parts) in {_parts(first), _parts(first, backwards=True)}
        and _alike(index, longer)
        and set(index.include) <= {*longer.include, *longer.columns}
    )


def _alike(index: Index, other: Index) -> bool:
    using = {index.using or "btree", other.using or "btree"}
    return len(using) == 1 and canonical_text(index.where) == canonical_text(other.where)


_Part = tuple[str | None, str, bool, bool, str]


def _parts(parts: tuple[IndexPart, ...], *, backwards: bool = False) -> tuple[_Part, ...]:
    """What is compared of parts; an index can be read in both directions."""
    return tuple(
        (
            part.column,
            canonical_text(part.expression),
            part.descending != backwards,
            ((part.nulls == "first") if part.nulls else part.descending) != backwards,
            part.opclass,
        )
        for part in parts
    )
