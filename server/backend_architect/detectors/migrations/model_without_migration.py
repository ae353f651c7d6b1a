"""Models that say more than the migrations of their database make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.project import Project
from backend_architect.engine.rules import detector
from backend_architect.indexing.homes import Wanted
from backend_architect.indexing.plan import make_index

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Placed
    from backend_architect.engine.project import ProjectPlace
    from backend_architect.engine.remedies import Remedy
    from backend_architect.schema.drift import Unmade


@detector(on=Project)
def detect(project: Project, at: ProjectPlace) -> Iterator[Placed]:
    """Tables, columns and indexes that models declare and no migration makes."""
    for one in project.unmade:
        # Queries fail without a table or a column; without an index they are slow.
        severity = "information" if one.kind == "index" else None
        made = [at.related(one.made, f"a migration makes `{one.table}`")] if one.made is not None else []
        yield at.finding(
            one.origin, f"no migration makes {_called(one)}", made, severity, _made(project, one)
        )


def _made(project: Project, one: Unmade) -> Remedy | None:
    if one.index is None:
        return None
    schema = next((schema for schema in project.schemas if schema.table(one.table) is not None), None)
    return make_index(project, Wanted(one.table, one.index, schema.dialect)) if schema is not None else None


def _called(one: Unmade) -> str:
    if one.kind == "table":
        return f"the table `{one.name}` of this model"
    if one.kind == "column":
        return f"the column `{one.name}` of `{one.table}`, so queries of this model fail"
    return f"the index on ({one.name}) of `{one.table}`, so its queries read all rows"
