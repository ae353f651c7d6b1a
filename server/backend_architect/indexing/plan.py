"""The plan that adds an index: the model says it, a migration makes it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from backend_architect.engine.remedies import Changes, Remedy, UnwritableError, together
from backend_architect.indexing import django_migration, django_model, sql_migration, sql_schema
from backend_architect.indexing.homes import Wanted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend_architect.engine.project import Project
    from backend_architect.indexing.homes import FindMigrations, FindModel, MigrationHome, ModelHome
    from backend_architect.schema.model import Index

MODELS: Final[Sequence[FindModel]] = (django_model.find,)
MIGRATIONS: Final[Sequence[FindMigrations]] = (
    django_migration.find,
    sql_migration.find,  # behind those of mappers: what their own tools migrate gets no SQL
    sql_schema.find,
)
"""In the order in which they are asked; the first that knows the table is the one."""

_REASON: Final = "it changes the schema: the index takes space, and every write of the table a little longer"


@dataclass(frozen=True, slots=True)
class AddIndex:
    """Puts an index into the model of its table and makes the migration."""

    wanted: Wanted

    def changes(self, project: Project) -> Changes:
        """The edits of the model and the new migration."""
        model, migrations = _homes(project, self.wanted)
        if model is None and migrations is None:
            raise UnwritableError(f"nothing here makes the table {self.wanted.table} any more")
        written: list[Changes] = []
        index = self.wanted.index
        if model is not None:
            changes, index = model.write()
            written.append(changes)
        if migrations is not None:
            written.append(migrations.write(index))
        return together(written)


def add_index(project: Project, wanted: Wanted) -> Remedy | None:
    """The remedy that adds an index; None where nobody knows what makes its table."""
    model, migrations = _homes(project, wanted)
    if model is None and migrations is None:
        return None
    bare = Wanted(wanted.table, _bare(wanted.index), wanted.dialect, wanted.extension)
    places = [f"`{model.title}`"] if model is not None else []
    places += [_place(migrations)] if migrations is not None else []
    return Remedy(f"Add the index to {' and '.join(places)}", "unsafe", _REASON, AddIndex(bare))


def _place(migrations: MigrationHome) -> str:
    title = migrations.title
    return title if title.startswith("`") else f"a new migration ({title})"


def _bare(index: Index) -> Index:
    return replace(index, name="", origin=None)


def _homes(project: Project, wanted: Wanted) -> tuple[ModelHome | None, MigrationHome | None]:
    models = (find(project, wanted) for find in MODELS)
    migrations = (find(project, wanted) for find in MIGRATIONS)
    return next(filter(None, models), None), next(filter(None, migrations), None)
