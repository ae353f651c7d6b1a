"""Histories of migrations with several ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.migrations.heads import several_heads
from backend_architect.migrations.walking import Histories

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Placed
    from backend_architect.engine.project import ProjectPlace


@detector(on=Histories)
def detect(histories: Histories, at: ProjectPlace) -> Iterator[Placed]:
    """Migrations of Alembic and Django that no other follows, where there must be one."""
    for ends, remedy in several_heads(histories.project):
        (*others, last) = sorted(ends)
        names = ", ".join(f"`{one.name}`" for one in others)
        related = [at.related(one.origin, "the other end") for one in others]
        message = f"nothing follows this migration, nor {names}: {remedy}"
        yield at.finding(last.origin, message, related)
