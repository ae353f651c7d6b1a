"""Indexes that are there twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.advice.duplicates import duplicate_indexes
from backend_architect.detectors.indexes import called
from backend_architect.engine.project import Project
from backend_architect.engine.rules import detector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Placed
    from backend_architect.engine.project import ProjectPlace


@detector(on=Project)
def detect(project: Project, at: ProjectPlace) -> Iterator[Placed]:
    """Indexes that are the same as another one of their table."""
    for schema in project.schemas:
        for table in schema.tables.values():
            for index, other in duplicate_indexes(table):
                if index.origin is not None and other.origin is not None:
                    message = f"{called(index)} is the same as {called(other)}; every write keeps both"
                    yield at.finding(
                        index.origin, message, [at.related(other.origin, f"{called(other)} stays")]
                    )
