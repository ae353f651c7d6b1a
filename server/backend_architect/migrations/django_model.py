"""The field of a model that a migration adds: what the class says of it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend_architect.engine.remedies import UnwritableError
from backend_architect.fixes.calls import add_keyword
from backend_architect.indexing.python_file import PythonFile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backend_architect.engine.findings import Edit
    from backend_architect.engine.project import Project
    from backend_architect.indexing.django_project import DjangoProject
    from backend_architect.schema.outlines import Outline
    from backend_architect.schema.terms import Call


@dataclass(frozen=True, slots=True)
class FieldEditor:
    """A field in the class of its model."""

    file: PythonFile
    call: ast.Call

    @classmethod
    def of(cls, project: Project, django: DjangoProject, near: Outline, operation: Call) -> FieldEditor:
        """The field that an operation of a migration adds.

        Raises:
            UnwritableError: it is not written out in one class.
        """
        model, name = operation.argument(0, "model_name"), operation.argument(1, "name")
        key = (django.apps.label(near), str(model).lower())
        found = [one for one in django.reader.own() if one.key == key]
        if len(found) != 1:
            raise UnwritableError(f"the model {model} is not found")
        file = PythonFile.read(project, found[0].near.path)
        calls = [
            one.value
            for node in file.body
            if isinstance(node, ast.ClassDef) and node.name == found[0].name
            for one in node.body
            if isinstance(one, ast.Assign) and [ast.unparse(target) for target in one.targets] == [name]
        ]
        if len(calls) == 1 and isinstance(call := calls[0], ast.Call):
            return cls(file, call)
        raise UnwritableError(f"the field {name} is not written out in the class {found[0].name}")

    def with_keyword(self, name: str, value: str) -> Mapping[str, tuple[Edit, ...]]:
        """The edits of its file that give it a keyword argument.

        Raises:
            UnwritableError: the call cannot be edited with certainty.
        """
        edit = add_keyword(self.call, name, value, self.file.at)
        if edit is None:
            raise UnwritableError("the field of the model cannot be edited with certainty")
        return {self.file.path: (edit,)}
