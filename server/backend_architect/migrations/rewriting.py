"""The plan that puts a safe sequence in the place of a change that makes others wait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from backend_architect.engine.remedies import Remedy, UnwritableError
from backend_architect.migrations.alembic_writer import AlembicWriter
from backend_architect.migrations.django_writer import DjangoWriter
from backend_architect.migrations.sql_writer import SqlMigrations
from backend_architect.migrations.walking import steps_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backend_architect.engine.project import Project
    from backend_architect.engine.remedies import Changes
    from backend_architect.migrations.histories import Tool
    from backend_architect.migrations.phases import Phase
    from backend_architect.migrations.walking import MigrationStep
    from backend_architect.schema.changes import Effect

_REASON: Final = "it rewrites the migration, which must not have run anywhere yet"


class Writer(Protocol):
    """Writes safe sequences into the migrations of one tool."""

    def can(self, step: MigrationStep, replaced: tuple[Effect, ...], phases: tuple[Phase, ...]) -> bool:
        """Whether `write` is likely to succeed, without reading a file: what is offered in the menu."""
        ...

    def write(self, step: MigrationStep, replaced: tuple[Effect, ...], phases: tuple[Phase, ...]) -> Changes:
        """The edits of the migration, and new migrations behind it where a phase needs one.

        Args:
            step: the first of the steps that are replaced, with what holds before it.
            replaced: the changes of its statement in whose place the phases are put; others of the same
                statement stay.
            phases: what is done instead.

        Raises:
            UnwritableError: it is not certain what is to be written.
        """
        ...


WRITERS: Final[Mapping[Tool, Writer]] = {
    "sql": SqlMigrations(),
    "alembic": AlembicWriter(),
    "django": DjangoWriter(),
}


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Puts phases in the place of changes of one statement; plain data."""

    path: str
    statement: int
    replaced: tuple[Effect, ...]
    phases: tuple[Phase, ...]

    def changes(self, project: Project) -> Changes:
        """The edits and the new files."""
        for step in steps_of(project):
            same = (step.script.path, step.step.statement) == (self.path, self.statement)
            if same and step.change in self.replaced:
                return WRITERS[step.script.tool].write(step, self.replaced, self.phases)
        raise UnwritableError("the statement has changed meanwhile")


def rewrite(
    title: str, step: MigrationStep, phases: tuple[Phase, ...], replaced: tuple[Effect, ...] = ()
) -> Remedy | None:
    """The remedy that puts phases in the place of a step; None where its tool cannot say them."""
    changed = replaced or (step.change,)
    writer = WRITERS.get(step.script.tool)
    if writer is None or not writer.can(step, changed, phases):
        return None
    plan = Rewrite(step.script.path, step.step.statement, changed, phases)
    return Remedy(title, "unsafe", _REASON, plan)
