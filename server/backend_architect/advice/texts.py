"""What people are told about a missing index."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Final

from backend_architect.queries.expressions import canonical_text

if TYPE_CHECKING:
    from backend_architect.advice.merging import Merged
    from backend_architect.advice.plans import Reason
    from backend_architect.schema.model import Index, IndexPart

_LACKS: Final[dict[Reason, str]] = {
    "filter": "no index finds these rows, so all rows of `{table}` are read",
    "order": "no index has `{table}` in this order, so all rows are read and sorted to give the first",
    "join": "no index finds the rows of `{table}` that are joined, so all its rows are read",
    "parent": "when rows that `{table}` points to are removed or change, all rows of `{table}` are read",
}


def reason_of(one: Merged) -> str:
    """Why an index is missing: what happens without it, what nearly does it, and what it costs."""
    table = one.needs[0].wanted.table
    index = one.candidate.index
    if index in table.indexes:
        hides = f"the condition hides its column from the index `{index.name}`"
        return f"{hides}, so all rows of `{table.name}` are read"
    sentences = [_LACKS[one.needs[0].reason].format(table=table.name)]
    if name := near(one):
        sentences.append(f"`{name}` is near but leaves much to read")
    if any("trgm" in part.opclass for part in index.parts):
        sentences.append("it needs the extension pg_trgm")
    number = len(table.indexes)
    has = "no index" if not number else "one index" if number == 1 else f"{number} indexes"
    sentences.append(f"the table has {has}; every further one makes writes slower")
    return "; ".join(sentences)


def near(one: Merged) -> str:
    """The name of the index that has most of what is wanted; empty if none has its first part."""
    table, wanted = one.needs[0].wanted.table, one.candidate.index
    first = [_said(part) for part in wanted.parts[: max(1, one.candidate.equal)]]
    others = [index for index in table.indexes if index != wanted and _said(index.parts[0]) in first]
    return max(((_common(index, wanted), index.name) for index in others), default=(0, ""))[1]


def _common(index: Index, wanted: Index) -> int:
    """How many of the first parts of an index are among those that are wanted."""
    there = [_said(part) for part in wanted.parts]
    return len(list(takewhile(lambda part: _said(part) in there, index.parts)))


def _said(part: IndexPart) -> str:
    return part.column if part.column is not None else canonical_text(part.expression)
