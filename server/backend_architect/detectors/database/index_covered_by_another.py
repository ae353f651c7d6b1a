"""Indexes whose queries another index serves as well."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from backend_architect.advice.duplicates import covered_indexes
from backend_architect.detectors.indexes import called
from backend_architect.engine.project import Project
from backend_architect.engine.rules import detector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Placed
    from backend_architect.engine.project import ProjectPlace

_MADE_BY_DJANGO: Final = re.compile(r"_[0-9a-f]{8}(?:_like)?$")
"""How the names of indexes end that come with a field; nobody wrote them down."""


@detector(on=Project)
def detect(project: Project, at: ProjectPlace) -> Iterator[Placed]:
    """Indexes whose columns are the first ones of another index of their table."""
    for schema in project.schemas:
        for table in schema.tables.values():
            for index, other in covered_indexes(table):
                if (
                    _MADE_BY_DJANGO.search(index.name) is None
                    and index.origin is not None
                    and other.origin is not None
                ):
                    message = f"{called(index)} is the beginning of {called(other)}, which serves its queries"
                    yield at.finding(
                        index.origin, message, [at.related(other.origin, f"{called(other)} stays")]
                    )
