"""Loading relationships together with the rows that lead to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backend_architect.engine.project import Project
    from backend_architect.engine.remedies import Remedy
    from backend_architect.loading.loads import Lazy


def load_together(lazy: Lazy, project: Project) -> Remedy | None:
    """The remedy that makes the query load what is touched."""
    return None
