"""Tables in partitions, of which PostgreSQL makes no index beside running writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from backend_architect.engine.project import Project

PARTITIONED: Final = (
    "PostgreSQL makes no index of a partitioned table beside running writes: "
    "the migration makes it in the plain way, and writes to the table wait until it is there."
)
"""The note that goes with such an index."""


def is_partitioned(project: Project, name: str) -> bool:
    """Whether the rows of a table are spread over partitions."""
    tables = (schema.table(name) for schema in project.schemas)
    return any(table is not None and table.partition_by for table in tables)
