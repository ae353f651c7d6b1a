"""Foreign keys whose rows nobody finds quickly when the row they point to is removed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from backend_architect.advice.parents import foreign_keys_without_index
from backend_architect.detectors.indexes import begins_with, clipped, described, reason_of, served
from backend_architect.engine.project import Project
from backend_architect.engine.rules import detector
from backend_architect.indexing.homes import Wanted
from backend_architect.indexing.plan import add_index
from backend_architect.schema.model import Index, IndexPart

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.advice.advice import Advice
    from backend_architect.engine.findings import Placed, Related
    from backend_architect.engine.project import ProjectPlace
    from backend_architect.schema.model import ForeignKey, Schema, Table

_DOER: Final = re.compile(r"\w_by(?:_(?:id|fk))?$", re.IGNORECASE)
"""How columns end that say who made or changed a row."""


@detector(on=Project)
def detect(project: Project, at: ProjectPlace) -> Iterator[Placed]:
    """Foreign keys without an index, unless a query that lacks it has a finding of its own."""
    for schema in project.schemas:
        for table, key in foreign_keys_without_index(schema):
            lacking = [one for of, one in project.advice if of is schema and _is_for(one, schema, table, key)]
            origin = key.origin or table.origin
            if origin is None or any(reason_of(one) != "parent" for one in lacking):
                continue
            if not lacking and _names_doer(key):
                continue
            message = (
                f"removing a row of `{key.table}` reads all rows of `{table.name}`, "
                f"because ({clipped(key.columns)}) has no index"
            )
            severity = "warning" if lacking else None
            remedy = add_index(project, Wanted(table.name, _index_of(key), schema.dialect))
            yield at.finding(origin, message, _related(schema, table, key, lacking, at), severity, remedy)


def _index_of(key: ForeignKey) -> Index:
    return Index("", tuple(map(IndexPart, key.columns)))


def _names_doer(key: ForeignKey) -> bool:
    return len(key.columns) == 1 and _DOER.search(key.columns[0]) is not None


def _is_for(advice: Advice, schema: Schema, table: Table, key: ForeignKey) -> bool:
    return advice.table == table.name and begins_with(advice, schema, key.columns)


def _related(
    schema: Schema, table: Table, key: ForeignKey, lacking: list[Advice], at: ProjectPlace
) -> Iterator[Related]:
    for advice in lacking:
        yield from served(advice, at)
    parent = schema.table(key.table)
    for one in (table, parent):
        if one is not None:
            yield from described(one, at)
