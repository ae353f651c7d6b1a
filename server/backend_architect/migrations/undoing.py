"""Ways back for migrations that have none, of each tool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from backend_architect.migrations import alembic_downgrade, django_undo

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from backend_architect.engine.remedies import Remedy
    from backend_architect.migrations.histories import Tool
    from backend_architect.migrations.walking import MigrationStep

_UNDO: Final[Mapping[Tool, Callable[[MigrationStep], Remedy | None]]] = {
    "alembic": alembic_downgrade.undo,
    "django": django_undo.undo,
}


def undo(step: MigrationStep) -> Remedy | None:
    """The remedy that says how a script, or an operation, is taken back; None where its tool gets none."""
    written = _UNDO.get(step.script.tool)
    return written(step) if written is not None else None
