"""Safe sequences in migrations of Django."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.remedies import Changes, UnwritableError, together
from backend_architect.indexing.django_project import DjangoProject
from backend_architect.migrations.django_file import MigrationFile
from backend_architect.migrations.django_model import FieldEditor
from backend_architect.migrations.django_placing import Placing
from backend_architect.migrations.django_sequences import Asked, batches_of, is_known
from backend_architect.migrations.django_version import django_version
from backend_architect.schema.actions import RunCode, WriteRows
from backend_architect.schema.changes import AddColumn
from backend_architect.schema.django_migrations import migration_of

if TYPE_CHECKING:
    from backend_architect.migrations.phases import Phase
    from backend_architect.migrations.walking import MigrationStep
    from backend_architect.schema.changes import Effect
    from backend_architect.schema.django_migrations import Migration
    from backend_architect.schema.terms import Call

_OWN = ("django.db.migrations.", "django.contrib.postgres.operations.")
_EMPTY = "Fill the rows, and forbid NULL in the model again when no code is left that leaves it out."


class DjangoWriter:
    """Writes into the operations of a migration, and new migrations behind it."""

    def can(self, step: MigrationStep, replaced: tuple[Effect, ...], phases: tuple[Phase, ...]) -> bool:
        """Whether the operation is one of Django's that can be said otherwise."""
        found = operation_of(step)
        return found is not None and is_known(found[1].name, replaced)

    def write(self, step: MigrationStep, replaced: tuple[Effect, ...], phases: tuple[Phase, ...]) -> Changes:
        """The edits, and the new migrations."""
        found = operation_of(step)
        if found is None:
            raise UnwritableError("the operation is not where it was")
        said, operation = found
        migration = MigrationFile.read(step.project, step.script.path)
        node = migration.operation(operation.line)
        asked = Asked(step, replaced, phases, migration, node, operation, django_version(step.project))
        django = DjangoProject.of(step.project)
        model = "" if isinstance(asked.change, RunCode | WriteRows) else asked.model
        placing = Placing(django, migration, said, node, operation, model)
        changes = placing.changes(batches_of(asked))
        if not isinstance(asked.change, AddColumn):
            return changes
        editor = FieldEditor.of(step.project, django, said.outline, operation)
        edited = Changes(editor.with_keyword("null", "True"), notes=(_EMPTY,))
        return together([changes, edited])


def operation_of(step: MigrationStep) -> tuple[Migration, Call] | None:
    """The migration and the operation of a step, if it is one of Django's own that stands for itself."""
    for one in step.project.facts.outlines:
        if one.path == step.script.path and (said := migration_of(one)) is not None:
            found = [call for call in said.operations if call.line == step.origin.line]
            if len(found) == 1 and found[0].path.startswith(_OWN):
                return said, found[0]
    return None
