"""Foreign keys that have no index: what removes or renumbers their parents reads all of their table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.advice.candidates import Candidate
from backend_architect.advice.estimates import FEW
from backend_architect.advice.lookups import is_lookup
from backend_architect.advice.plans import Need
from backend_architect.advice.wanted import Wanted
from backend_architect.queries.shapes import Key, Predicate
from backend_architect.schema.model import Index, IndexPart

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.queries.shapes import QueryShape
    from backend_architect.schema.model import ForeignKey, Schema, Table


def needs_of_parents(shape: QueryShape, schema: Schema) -> Iterator[Need]:
    """The indexes of foreign keys that a statement lacks which removes or changes the rows they point to."""
    if shape.removes_from:
        yield from _removing(shape, shape.removes_from, schema, set())
    elif shape.updates:
        table = schema.table(shape.updates)
        for child, key in schema.pointing_at(shape.updates):
            pointed = key.to or (table.primary_key if table is not None else ())
            if set(pointed) & set(shape.changes):
                yield from _lacking(shape, child, key, schema)


def _removing(shape: QueryShape, parent: str, schema: Schema, seen: set[str]) -> Iterator[Need]:
    seen.add(parent)
    for child, key in schema.pointing_at(parent):
        yield from _lacking(shape, child, key, schema)
        if key.on_delete == "cascade" and child.name not in seen:
            yield from _removing(shape, child.name, schema, seen)


def unindexed(table: Table, key: ForeignKey) -> bool:
    """Whether no index of a table begins with the columns of a foreign key, in whichever order."""
    columns = set(key.columns)
    return not any(
        index.using in {"btree", "hash", ""}
        and not index.where
        and set(index.columns[: len(columns)]) == columns
        for index in table.indexes
    )


def foreign_keys_without_index(schema: Schema) -> Iterator[tuple[Table, ForeignKey]]:
    """The foreign keys without an index, but for those to lists that nobody removes from."""
    for table in (one for one in schema.tables.values() if one.complete):
        for key in table.foreign_keys:
            parent = schema.table(key.table)
            small = is_lookup(table, schema) or (parent is not None and is_lookup(parent, schema))
            if not small and unindexed(table, key) and not _is_widened(table, key):
                yield table, key


def _is_widened(table: Table, key: ForeignKey) -> bool:
    """Whether a key with more columns has taken the place of one, though nobody saw it go."""
    return any(one.table == key.table and set(one.columns) > set(key.columns) for one in table.foreign_keys)


def _lacking(shape: QueryShape, child: Table, key: ForeignKey, schema: Schema) -> Iterator[Need]:
    if not child.complete or is_lookup(child, schema) or not unindexed(child, key):
        return
    predicates = tuple(Predicate(Key(one, columns=(one,)), "equal") for one in key.columns)
    wanted = Wanted(child, schema, predicates)
    if any(not index.where and wanted.reading(index) <= FEW for index in child.indexes):
        return
    index = Index("", tuple(IndexPart(one) for one in key.columns))
    yield Need(Candidate(index, wanted.reading(index), len(key.columns), wanted), wanted, "parent", shape)
