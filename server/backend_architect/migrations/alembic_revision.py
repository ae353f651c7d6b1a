"""A revision of Alembic that is rewritten, with what its project says about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from backend_architect.engine.remedies import UnwritableError
from backend_architect.indexing.alembic_environment import environment_of
from backend_architect.indexing.alembic_text import marks_names, may_guard
from backend_architect.indexing.python_file import PythonFile
from backend_architect.migrations.alembic_calls import Calls
from backend_architect.schema.alembic import roots
from backend_architect.schema.changes import AddCheck, AddForeignKey, AddIndex
from backend_architect.schema.declared import Declared
from backend_architect.schema.naming_conventions import Convention
from backend_architect.schema.sqlalchemy_metadata import of_class

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend_architect.engine.project import Project
    from backend_architect.schema.alembic import Revision
    from backend_architect.schema.changes import Effect

_GIVEN: Final = "constraint_name"
"""What a convention puts the name of a check into that has one."""


@dataclass(slots=True)
class RevisionFile:
    """The file of a revision, and how its project writes others.

    Raises:
        UnwritableError: it is not there, or cannot be read.
    """

    project: Project
    path: str
    file: PythonFile = field(init=False)
    calls: Calls = field(init=False)
    convention: Convention = field(init=False)
    """How what has no name is named."""
    _history: Sequence[Revision] = field(init=False)

    def __post_init__(self) -> None:
        """Read the file."""
        found = [
            one for one in roots(self.project.facts.revisions) if any(of.path == self.path for of in one)
        ]
        if len(found) != 1:
            raise UnwritableError(f"{self.path} is not a revision of one history")
        self._history = found[0]
        self.file = PythonFile.read(self.project, self.path)
        self.convention = _convention(self.project)
        read = self.project.read
        self.calls = Calls(
            self.file,
            guarded=may_guard(self._history, read),
            marked=marks_names(self._history, read),
            checked=self._renames_checks,
        )

    @property
    def _renames_checks(self) -> bool:
        return _GIVEN in self.convention.templates.get("ck", "")

    def check_environment(self) -> None:
        """Check that the environment can leave a transaction.

        Raises:
            UnwritableError: it cannot.
        """
        revision = next(one for one in self._history if one.path == self.path)
        environment = environment_of(revision, self.project.read)
        if not environment.is_postgres:
            raise UnwritableError("the revisions are not those of PostgreSQL")
        if not environment.has_transactions:
            raise UnwritableError("env.py begins no transaction that an autocommit_block could leave")

    def name(self, change: Effect, *, of_column: bool = False) -> str:
        """The name that the convention gives to what has none; empty where it gives none.

        `of_column` says that a column brings it along: its index has a name then that nobody has written.

        Raises:
            UnwritableError: the convention would change a name that is given.
        """
        templates = self.convention.templates
        match change:
            case AddForeignKey(table=table, key=key) if not key.name and "fk" in templates:
                return self.convention.filled("fk", table, [*key.columns], key.table)
            case AddIndex(table=table, index=index):
                kind = {"unique": "uq", "primary": "pk"}.get(index.kind, "ix")
                columns = [one for one in index.columns if one is not None]
                unnamed = not index.name or (of_column and index.kind == "index")
                if kind in templates and unnamed:
                    return self.convention.filled(kind, table, columns)
            case AddCheck() if self._renames_checks and "op.f(" not in self.file.text:
                raise UnwritableError("the naming convention changes the names of checks")
            case _:
                pass
        return ""


def _convention(project: Project) -> Convention:
    """The convention of the models; an empty one where they have several."""
    declared = Declared(list(project.facts.outlines))
    found = {
        tuple(sorted(one.templates.items())): one
        for cls in declared.classes()
        if (one := of_class(cls, declared).convention).templates
    }
    return next(iter(found.values())) if len(found) == 1 else Convention()
