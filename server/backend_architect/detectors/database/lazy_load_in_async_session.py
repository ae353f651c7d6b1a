"""Relationships that are touched where an asynchronous session cannot load them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.detectors.loading import lazily
from backend_architect.engine.project import Project
from backend_architect.engine.rules import detector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Placed
    from backend_architect.engine.project import ProjectPlace


@detector(on=Project)
def detect(project: Project, at: ProjectPlace) -> Iterator[Placed]:
    """Relationships of rows from asynchronous sessions that nothing has loaded."""
    yield from lazily(project, at, awaited=True)
