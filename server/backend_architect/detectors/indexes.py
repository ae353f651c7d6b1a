"""What several rules say about indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from backend_architect.advice.advice import written
from backend_architect.indexing.homes import Wanted
from backend_architect.indexing.plan import add_index

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.advice.advice import Advice
    from backend_architect.advice.plans import Reason
    from backend_architect.engine.findings import Placed, Related
    from backend_architect.engine.project import Project, ProjectPlace
    from backend_architect.engine.remedies import Remedy
    from backend_architect.schema.model import Index, Schema, Table

_LONGEST: Final = 60
"""Characters of the parts of an index in a message."""


def missing(project: Project, at: ProjectPlace, reason: Reason, message: str) -> Iterator[Placed]:
    """A finding for each index that is missing for a reason; at the query that asks most often, or the first.

    In the message `{table}` stands for the table, and `{columns}` for what the index must have.
    """
    for schema, advice in project.advice:
        if reason_of(advice) != reason:
            continue
        table = schema.tables[advice.table]
        asking = [need.shape for need in advice.needs if need.reason == reason]
        place = min(asking, key=lambda shape: (not shape.often, shape.origin)).origin
        hidden = _hidden(advice, table)
        said = hidden or message.format(table=advice.table, columns=clipped(advice.columns))
        severity = "warning" if advice.often else None
        remedy = repaired(project, schema, advice)
        yield at.finding(place, said, _related(advice, table, at), severity, remedy)


def repaired(project: Project, schema: Schema, advice: Advice) -> Remedy | None:
    """What adds a missing index; None where it is there already, or nobody knows what makes its table."""
    if not advice.sql:
        return None
    return add_index(project, Wanted(advice.table, advice.index, schema.dialect, advice.extension))


def reason_of(advice: Advice) -> Reason:
    """What a missing index is for most; what removes rows of another table is the last reason to name."""
    reasons: list[Reason] = [need.reason for need in advice.needs]
    return min(reasons, key=lambda reason: reason == "parent")


def clipped(columns: tuple[str, ...]) -> str:
    """The parts of an index, as many as a message has room for."""
    text = ", ".join(columns)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def called(index: Index) -> str:
    """An index by its name, or by its parts."""
    parts = clipped(tuple(map(written, index.parts)))
    return f"`{index.name}` ({parts})" if index.name else f"the index on ({parts})"


def described(table: Table, at: ProjectPlace) -> Iterator[Related]:
    """Where a table is defined."""
    number = len(table.indexes)
    if table.origin is not None:
        has = "no index" if not number else "1 index" if number == 1 else f"{number} indexes"
        yield at.related(table.origin, f"`{table.name}` has {has}")


def served(advice: Advice, at: ProjectPlace) -> Iterator[Related]:
    """The queries that a missing index serves."""
    for query in advice.queries:
        yield at.related(query, "a query that the index serves")


def begins_with(advice: Advice, schema: Schema, columns: tuple[str, ...]) -> bool:
    """Whether a missing index begins with some columns, in whichever order."""
    parts = advice.index.parts if schema.tables.get(advice.table) else ()
    return {part.column for part in parts[: len(columns)]} == set(columns)


def _hidden(advice: Advice, table: Table) -> str:
    """What to say where the index is there and the query hides its column from it."""
    if advice.sql:
        return ""
    parts = tuple(advice.columns)
    index = next((one for one in table.indexes if tuple(map(written, one.parts)) == parts), None)
    name = called(index) if index is not None else "an index"
    return f"the condition hides its column from {name}, so all rows of `{table.name}` are read"


def _related(advice: Advice, table: Table, at: ProjectPlace) -> Iterator[Related]:
    yield from served(advice, at)
    near = next((index for index in table.indexes if index.name and index.name == advice.near), None)
    if near is not None and near.origin is not None:
        yield at.related(near.origin, f"{called(near)} is near, but leaves much to read")
    yield from described(table, at)
