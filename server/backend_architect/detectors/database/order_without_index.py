"""Queries that sort a whole table to give its first rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.detectors.indexes import missing
from backend_architect.engine.project import Project
from backend_architect.engine.rules import detector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Placed
    from backend_architect.engine.project import ProjectPlace


@detector(on=Project)
def detect(project: Project, at: ProjectPlace) -> Iterator[Placed]:
    """Indexes that an order with a limit lacks."""
    message = "all rows of `{table}` are sorted to give the first; an index on ({columns}) has them in order"
    yield from missing(project, at, "order", message)
