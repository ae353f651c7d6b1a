"""Queries that are sent once for each row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.detectors.loading import lazily, looped
from backend_architect.engine.project import Project
from backend_architect.engine.rules import detector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Placed
    from backend_architect.engine.project import ProjectPlace


@detector(on=Project)
def detect(project: Project, at: ProjectPlace) -> Iterator[Placed]:
    """Relationships that are loaded row by row, and queries for single rows in loops."""
    yield from lazily(project, at, awaited=False)
    yield from looped(project, at)
