"""A default of the database for a new field of Django, so that code which does not know it can go on."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backend_architect.engine.remedies import Changes, Remedy, UnwritableError, together
from backend_architect.indexing.django_project import DjangoProject
from backend_architect.migrations.django_file import MigrationFile
from backend_architect.migrations.django_model import FieldEditor
from backend_architect.migrations.django_operation import operation_of, single_operation
from backend_architect.migrations.django_version import django_version
from backend_architect.schema.changes import AddColumn
from backend_architect.schema.terms import Call

if TYPE_CHECKING:
    from backend_architect.engine.project import Project
    from backend_architect.indexing.python_file import PythonFile
    from backend_architect.migrations.walking import MigrationStep
    from backend_architect.schema.terms import Term

_SINCE: Final = (5, 0)
"""Where fields begin to know `db_default`."""
_REASON: Final = "it rewrites the migration, which must not have run anywhere yet"


@dataclass(frozen=True, slots=True)
class UseDatabaseDefault:
    """Gives a new field its default as `db_default`, in the migration and in the model; plain data."""

    path: str
    line: int

    def changes(self, project: Project) -> Changes:
        """The edits of the migration and of the model."""
        said, operation = single_operation(project, self.path, self.line)
        if operation.name != "AddField":
            raise UnwritableError("the operation has changed meanwhile")
        migration = MigrationFile.read(project, self.path)
        call = migration.field(migration.operation(operation.line))
        value = _constant(call, migration.file)
        here = FieldEditor(migration.file, call).with_keyword("db_default", value)
        editor = FieldEditor.of(project, DjangoProject.of(project), said.outline, operation)
        # A migration may have a default for the rows that are there, and the model none.
        in_model = _constant(editor.call, editor.file) if _has_default(editor.call) else value
        if in_model != value:
            raise UnwritableError("the model and the migration have different defaults")
        return together([Changes(here), Changes(editor.with_keyword("db_default", value))])


def use_database_default(step: MigrationStep) -> Remedy | None:
    """The remedy; None unless the project runs on a Django that has it, and the default is a constant."""
    found = operation_of(step.project, step.script.path, step.origin.line)
    version = django_version(step.project)
    if found is None or not isinstance(step.change, AddColumn) or version is None or version < _SINCE:
        return None
    field = found[1].argument(2, "field")
    if (
        found[1].name != "AddField"
        or not isinstance(field, Call)
        or not _is_constant(field.keyword("default"))
    ):
        return None
    plan = UseDatabaseDefault(step.script.path, step.origin.line)
    return Remedy("Give the column a default of the database (`db_default`)", "unsafe", _REASON, plan)


def _is_constant(term: Term) -> bool:
    return isinstance(term, str | int | float)


def _has_default(call: ast.Call) -> bool:
    return any(one.arg == "default" for one in call.keywords)


def _constant(call: ast.Call, file: PythonFile) -> str:
    """The default of a field as it is written."""
    given = {one.arg: one.value for one in call.keywords}
    value = given.get("default")
    if not isinstance(value, ast.Constant) or "db_default" in given:
        raise UnwritableError("the default of the field is not a constant")
    return file.at.source_of(value)
