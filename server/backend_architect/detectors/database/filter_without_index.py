"""Queries that read a whole table to find a few of its rows."""

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
    """Indexes that conditions lack."""
    message = "all rows of `{table}` are read to find these; an index on ({columns}) finds them"
    yield from missing(project, at, "filter", message)
