"""The ends of histories that Alembic and Django want to have one end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend_architect.engine.kinds import kinds_of
from backend_architect.schema import alembic
from backend_architect.schema.django_migrations import ends
from backend_architect.schema.model import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backend_architect.engine.project import Project
    from backend_architect.schema.alembic import Revision


@dataclass(frozen=True, slots=True, order=True)
class End:
    """A migration that no other follows."""

    origin: Origin
    name: str


def several_heads(project: Project) -> Iterator[tuple[list[End], str]]:
    """The ends of each history with several, and what joins them."""
    serious = [one for one in project.facts.revisions if _is_serious(one.path)]
    for revisions in alembic.roots(serious):
        heads = _heads(revisions)
        if len(heads) > 1:
            yield (
                [End(Origin(one.path, one.line), one.id) for one in heads],
                "`alembic upgrade head` refuses; `alembic merge heads` joins them",
            )
    outlines = (one for one in project.facts.outlines if _is_serious(one.path))
    for found in ends(outlines):
        yield (
            [End(Origin(one.outline.path, one.line), one.name) for one in found],
            "`manage.py migrate` refuses; `makemigrations --merge` joins them",
        )


def _is_serious(path: str) -> bool:
    return kinds_of(path).isdisjoint({"tests", "examples"})


def _heads(revisions: Sequence[Revision]) -> list[Revision]:
    """The heads of a history; none where branches are meant: those have labels, or no common beginning."""
    if any(one.branch_labels for one in revisions):
        return []
    bases = [one for one in revisions if not one.down_revisions]
    known = {one.id: one for one in revisions}
    return [known[name] for name in alembic.heads(revisions)] if len(bases) <= 1 else []
