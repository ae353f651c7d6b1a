"""The operations of Django that steps come from, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from backend_architect.engine.remedies import UnwritableError
from backend_architect.schema.django_migrations import migration_of

if TYPE_CHECKING:
    from backend_architect.engine.project import Project
    from backend_architect.schema.django_migrations import Migration
    from backend_architect.schema.terms import Call

_OWN: Final = ("django.db.migrations.", "django.contrib.postgres.operations.")


def operation_of(project: Project, path: str, line: int) -> tuple[Migration, Call] | None:
    """The migration and the operation on a line, if it is one of Django's own that stands for itself."""
    for one in project.facts.outlines:
        if one.path == path and (said := migration_of(one)) is not None:
            found = [call for call in said.operations if call.line == line]
            if len(found) == 1 and found[0].path.startswith(_OWN):
                return said, found[0]
    return None


def single_operation(project: Project, path: str, line: int) -> tuple[Migration, Call]:
    """The same.

    Raises:
        UnwritableError: there is none.
    """
    found = operation_of(project, path, line)
    if found is None:
        raise UnwritableError("the operation is not where it was")
    return found
