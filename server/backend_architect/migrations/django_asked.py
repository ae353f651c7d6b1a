"""What a writer of Django's migrations is asked for, and the operations that several sequences share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from backend_architect.engine.remedies import UnwritableError
from backend_architect.migrations import django_sql
from backend_architect.migrations.django_written import (
    POSTGRES,
    Batch,
    Written,
    called,
    copied,
    run_sql,
    separate,
)
from backend_architect.schema.changes import (
    AddIndex,
    Change,
)

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable, Sequence

    from backend_architect.engine.findings import Edit
    from backend_architect.indexing.python_file import PythonFile
    from backend_architect.migrations.django_file import MigrationFile
    from backend_architect.migrations.phases import Phase
    from backend_architect.migrations.walking import MigrationStep
    from backend_architect.schema.changes import Effect
    from backend_architect.schema.terms import Call


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: phases instead of changes of one operation."""

    step: MigrationStep
    replaced: tuple[Effect, ...]
    phases: tuple[Phase, ...]
    migration: MigrationFile
    node: ast.Call
    said: Call
    """The operation, as data."""
    version: tuple[int, int] | None
    """Of Django."""

    @property
    def change(self) -> Effect:
        """The first change that is replaced."""
        return self.replaced[0]

    @property
    def model(self) -> str:
        """The model, as the operation names it."""
        named = (self.said.argument(0, one) for one in ("model_name", "name"))
        return next((one for one in named if isinstance(one, str)), "")

    def text(self, position: int, keyword: str) -> str:
        """A string among the arguments.

        Raises:
            UnwritableError: it is not written out.
        """
        said = self.said.argument(position, keyword)
        if not isinstance(said, str):
            raise UnwritableError(f"nobody can tell what {keyword} is in line {self.said.line}")
        return said

    @property
    def why_validated(self) -> str:
        """The sentence above a validation."""
        return next((one.why for one in self.phases if one.why), "")

    @property
    def field(self) -> ast.Call:
        """The field that the operation declares.

        Raises:
            UnwritableError: it is not written out.
        """
        return self.migration.field(self.node)

    @property
    def changes(self) -> list[Change]:
        """What the operation does to the schema."""
        return [one.change for one in self.step.same_statement if isinstance(one.change, Change)]

    def others(self, *taken: Effect) -> list[Change]:
        """The changes of the operation besides those that are taken."""
        return [change for change in self.changes if change not in taken]

    def copy(self, function: str = "", edits: Sequence[Edit] = ()) -> Written:
        """The operation as it stands."""
        return copied(self.migration, self.node, function, edits)


def validation(one: Asked, name: str) -> Written:
    """`ValidateConstraint`."""

    def arguments(file: PythonFile, _: str) -> Iterable[str]:
        yield f"model_name={file.style.string(one.model)}"
        yield f"name={file.style.string(name)}"

    return replace(called(f"{POSTGRES}.ValidateConstraint", arguments), why=one.why_validated)


def built_beside(changes: Sequence[AddIndex], state: Written) -> list[Batch]:
    """Indexes that are built while others write, of which some become constraints."""
    built = [replace(change.index, kind="index", unique=change.index.unique) for change in changes]
    made = [
        run_sql(django_sql.create_index(change.table, index))
        for change, index in zip(changes, built, strict=True)
    ]
    used = [
        run_sql(django_sql.unique_constraint(change.table, change.index.name))
        for change in changes
        if change.index.kind == "unique"
    ]
    about = changes[0].index.name
    if not used:
        return [Batch((separate(made, state),), "none", about)]
    return [Batch(tuple(made), "none", about), Batch((separate(used, state),), "next", about)]
