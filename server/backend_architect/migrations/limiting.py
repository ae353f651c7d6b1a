"""A limit for how long a migration waits for locks, as its tool says that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from backend_architect.migrations import alembic_writer, django_writer, sql_extras
from backend_architect.schema.actions import SetTimeout

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from backend_architect.engine.remedies import Remedy
    from backend_architect.migrations.histories import Tool
    from backend_architect.migrations.walking import MigrationStep

LIMITS: Final[Mapping[Tool, Callable[[MigrationStep], Remedy | None]]] = {
    "sql": sql_extras.limit_waiting,
    "alembic": alembic_writer.limit_waiting,
    "django": django_writer.limit_waiting,
}


def limit_waiting(step: MigrationStep) -> Remedy | None:
    """The remedy that lets a migration give up a lock, from a step on; None where its tool gets none.

    None as well where the migration says itself how long it waits, be it without end.
    """
    done = (one.change for one in step.passage.done)
    if any(isinstance(one, SetTimeout) and one.name == "lock_timeout" for one in done):
        return None
    limit = LIMITS.get(step.script.tool)
    return limit(step) if limit is not None else None
