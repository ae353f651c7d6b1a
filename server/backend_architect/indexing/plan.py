"""The plan that adds an index: the model says it, a migration makes it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from backend_architect.engine.remedies import Changes, Remedy, UnwritableError, together
from backend_architect.indexing import (
    alembic_migration,
    django_migration,
    django_model,
    sql_migration,
    sql_schema,
    sqlalchemy_model,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend_architect.engine.project import Project
    from backend_architect.indexing.homes import FindMigrations, FindModel, MigrationHome, ModelHome, Wanted

MODELS: Final[Sequence[FindModel]] = (django_model.find, sqlalchemy_model.find)
MIGRATIONS: Final[Sequence[FindMigrations]] = (
    alembic_migration.find,
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
    places: tuple[str, ...]
    """What is written to, as the title names it: all of it or nothing."""

    def changes(self, project: Project) -> Changes:
        """The edits of the model and the new migration."""
        model, migrations = _homes(project, self.wanted)
        missing = [place for place in self.places if place not in _places(model, migrations)]
        if missing:
            raise UnwritableError(f"{missing[0]} of the table {self.wanted.table} is not found any more")
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
    places = _places(*_homes(project, wanted))
    return _remedy(f"Add the index to {' and '.join(places)}", wanted, places) if places else None


def make_index(project: Project, wanted: Wanted) -> Remedy | None:
    """The remedy that makes the migration for an index of a model; None without a place for one."""
    model, migrations = _homes(project, wanted)
    if model is None or migrations is None:
        return None
    return _remedy(f"Make the index in {migrations.title}", wanted, _places(model, migrations))


def _remedy(title: str, wanted: Wanted, places: tuple[str, ...]) -> Remedy:
    bare = replace(wanted.index, name="", origin=None)
    return Remedy(title, "unsafe", _REASON, AddIndex(replace(wanted, index=bare), places))


def _places(model: ModelHome | None, migrations: MigrationHome | None) -> tuple[str, ...]:
    named = (f"`{model.title}`",) if model is not None else ()
    return (*named, migrations.title) if migrations is not None else named


def _homes(project: Project, wanted: Wanted) -> tuple[ModelHome | None, MigrationHome | None]:
    models = (find(project, wanted) for find in MODELS)
    migrations = (find(project, wanted) for find in MIGRATIONS)
    return next(filter(None, models), None), next(filter(None, migrations), None)
