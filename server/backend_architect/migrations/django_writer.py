"""Safe sequences in migrations of Django."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backend_architect.engine.remedies import Changes, Remedy, UnwritableError, together
from backend_architect.indexing.django_project import DjangoProject
from backend_architect.migrations.django_asked import Asked
from backend_architect.migrations.django_file import MigrationFile
from backend_architect.migrations.django_model import FieldEditor
from backend_architect.migrations.django_operation import operation_of
from backend_architect.migrations.django_placing import Placing
from backend_architect.migrations.django_sequences import batches_of, is_known
from backend_architect.migrations.django_version import django_version
from backend_architect.migrations.django_written import MIGRATIONS, called
from backend_architect.schema.actions import RunCode, WriteRows
from backend_architect.schema.changes import AddColumn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Edit, Span
    from backend_architect.engine.project import Project
    from backend_architect.indexing.python_file import PythonFile
    from backend_architect.migrations.phases import Phase
    from backend_architect.migrations.walking import MigrationStep
    from backend_architect.schema.changes import Effect

_EMPTY: Final = "Fill the rows, and forbid NULL in the model again when no code is left that leaves it out."


class DjangoWriter:
    """Writes into the operations of a migration, and new migrations behind it."""

    def can(
        self,
        step: MigrationStep,
        replaced: tuple[Effect, ...],
        phases: tuple[Phase, ...],  # noqa: ARG002 - what is replaced tells it already
    ) -> bool:
        """Whether the operation is one of Django's that can be said otherwise."""
        found = operation_of(step.project, step.script.path, step.origin.line)
        return found is not None and is_known(found[1].name, replaced)

    def write(self, step: MigrationStep, replaced: tuple[Effect, ...], phases: tuple[Phase, ...]) -> Changes:
        """The edits, and the new migrations."""
        found = operation_of(step.project, step.script.path, step.origin.line)
        if found is None:
            raise UnwritableError("the operation is not where it was")
        said, operation = found
        migration = MigrationFile.read(step.project, step.script.path)
        node = migration.operation(operation.line)
        django = DjangoProject.of(step.project)
        if "other" in django.engines():
            raise UnwritableError("the settings name other databases than PostgreSQL, too")
        asked = Asked(step, replaced, phases, migration, node, operation, django_version(step.project))
        model = "" if isinstance(asked.change, RunCode | WriteRows) else asked.model
        placing = Placing(django, migration, said, node, operation, model)
        changes = placing.changes(batches_of(asked))
        if not isinstance(asked.change, AddColumn):
            return changes
        editor = FieldEditor.of(step.project, django, said.outline, operation)
        edited = Changes(editor.with_keyword("null", "True"), notes=(_EMPTY,))
        return together([changes, edited])


@dataclass(frozen=True, slots=True)
class LimitWaiting:
    """Lets a migration give up where it would have to wait for a lock; plain data."""

    path: str

    def changes(self, project: Project) -> Changes:
        """The operation ahead of all others."""
        migration = MigrationFile.read(project, self.path)
        if migration.without_transaction() == []:
            raise UnwritableError("the migration is not one transaction any more")
        edits = [*migration.ahead(lambda indent: _LIMIT.text(migration.file, indent))]
        return Changes({self.path: tuple(sorted([*migration.file.import_edits(), *edits], key=_place))})


def limit_waiting(step: MigrationStep) -> Remedy | None:
    """The remedy that sets `lock_timeout` for a migration; None where it is not one transaction."""
    if step.script.tool != "django" or not step.script.atomic:
        return None
    return Remedy("Set lock_timeout to 2s", "unsafe", _LIMIT_REASON, LimitWaiting(step.script.path))


def _arguments(file: PythonFile, _: str) -> Iterator[str]:
    yield file.style.string("SET LOCAL lock_timeout = '2s'")
    yield f"{file.name(f'{MIGRATIONS}.RunSQL')}.noop"


_LIMIT: Final = called(f"{MIGRATIONS}.RunSQL", _arguments)
_LIMIT_REASON: Final = "the migration fails where it would have waited longer"


def _place(edit: Edit) -> Span:
    return edit.span
