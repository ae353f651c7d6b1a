"""What the files of a Django project say that an index must fit to: models, migrations, settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from backend_architect.engine.remedies import UnwritableError
from backend_architect.indexing.django_index import needs_app
from backend_architect.schema.declared import Declared
from backend_architect.schema.django_apps import Apps, library_outlines, moved_migrations
from backend_architect.schema.django_migrations import migration_of
from backend_architect.schema.django_models import ModelReader
from backend_architect.schema.terms import UNKNOWN, Call, Combined, Indexed, Items, Member, Pairs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backend_architect.engine.project import Project
    from backend_architect.indexing.homes import Wanted
    from backend_architect.schema.django_migrations import Migration
    from backend_architect.schema.django_tables import Model
    from backend_architect.schema.mapped import MappedClass
    from backend_architect.schema.model import Index
    from backend_architect.schema.outlines import Outline
    from backend_architect.schema.terms import Term

_POSTGRES: Final = ("postgres", "postgis", "psycopg", "timescale", "cockroach")
"""Words in the names of engines that speak to PostgreSQL."""
_OTHERS: Final = ("sqlite", "spatialite", "mysql", "mariadb", "oracle", "mssql")


def class_of(project: Project, wanted: Wanted) -> MappedClass | None:
    """The model of a table; None where there is none or several could be, or Django cannot say the index."""
    if needs_app(wanted.index) and not _installs(project.facts.outlines, "django.contrib.postgres"):
        return None
    name = wanted.table.removeprefix("public.")
    found = [one for one in project.classes if one.library == "django" and one.table == name]
    return found[0] if len(found) == 1 else None


def packages_of(outlines: Sequence[Outline]) -> set[str]:
    """The folders with migrations, by their conventional name or by the one that settings give them."""
    named = {"migrations", *(name.rpartition(".")[2] for _, name in moved_migrations(outlines) if name)}
    folders = (PurePosixPath(one.path).parent for one in outlines)
    return {folder.as_posix() for folder in folders if folder.name in named}


def _installs(outlines: Sequence[Outline], app: str) -> bool:
    """Whether settings name an app among those that are installed."""
    for one in outlines:
        if one.value("INSTALLED_APPS") is not None:
            listed = (said.value for said in one.assigned if isinstance(said.value, Items))
            if any(app in items.items for items in listed):
                return True
    return False


def _texts(term: Term) -> Iterator[str]:
    """The strings in an expression."""
    match term:
        case str():
            yield term
        case Items(items=inner) | Combined(operands=inner):
            yield from (text for one in inner for text in _texts(one))
        case Pairs(pairs=pairs):
            yield from (text for pair in pairs for one in pair for text in _texts(one))
        case Call(function=function, args=args, keywords=keywords):
            inner = (function, *args, *(value for _, value in keywords))
            yield from (text for one in inner for text in _texts(one))
        case Indexed(of=of, by=by):
            yield from (text for one in (of, *by) for text in _texts(one))
        case Member(of=of):
            yield from _texts(of)
        case _:
            pass


def has_migrations_of(outlines: Sequence[Outline], mapped: MappedClass) -> bool:
    """Whether the app of a model may have migrations; one without is made as its models are."""
    if any(moved_migrations(outlines)):
        return True
    above = PurePosixPath(mapped.origin.path).parents
    written = (PurePosixPath(one.path) for one in outlines if not one.path.endswith("/__init__.py"))
    return any(path.parent.name == "migrations" and path.parents[1] in above for path in written)


@dataclass(slots=True)
class DjangoProject:
    """All models and apps of a project, read anew."""

    outlines: Sequence[Outline]
    apps: Apps
    reader: ModelReader

    @classmethod
    def of(cls, project: Project) -> DjangoProject:
        """What the files of a project say now."""
        declared = Declared([*project.facts.outlines, *library_outlines()])
        apps = Apps(declared)
        reader = ModelReader(declared, apps)
        reader.read(declared.classes())
        return cls(project.facts.outlines, apps, reader)

    def model(self, mapped: MappedClass) -> Model:
        """The model of a class.

        Raises:
            UnwritableError: another class is known by the same name.
        """
        for one in self.reader.own():
            if one.near.path == mapped.origin.path and one.name == mapped.name:
                return one
        raise UnwritableError(f"several models are known as {mapped.name}")

    def declared_indexes(self, model: Model) -> Iterator[Index]:
        """What `Meta.indexes` says of a model; indexes that it does not name have no name here."""
        said = model.options.get("indexes")
        for one in said.items if isinstance(said, Items) else ():
            if isinstance(one, Call):
                yield self.reader.tables.index(model, one)

    def package(self, model: Model) -> str | None:
        """The folder with the migrations of a model's app; None if it has none.

        Raises:
            UnwritableError: several could be meant.
        """
        app = model.key[0]
        for name, module in moved_migrations(self.outlines):
            if name == app:
                return self._folder(module) if module else None
        inside = {PurePosixPath(one.path).parent.as_posix(): one for one in self.outlines}
        found = [one for one in packages_of(self.outlines) if self.apps.label(inside[one]) == app]
        above = PurePosixPath(model.near.path).parents
        around = [one for one in found if PurePosixPath(one).parent in above]
        if around:
            return max(around, key=len)
        if len(found) > 1:
            raise UnwritableError(f"several folders hold migrations of {app}: {', '.join(sorted(found))}")
        return found[0] if found else None

    def _folder(self, module: str) -> str | None:
        folders = (PurePosixPath(one.path).parent.as_posix() for one in self.outlines)
        wanted = module.replace(".", "/")
        return next((one for one in folders if f"/{one}".endswith(f"/{wanted}")), None)

    def migrations(self, folder: str) -> list[Migration]:
        """The migrations in a folder, by name."""
        inside = [one for one in self.outlines if PurePosixPath(one.path).parent.as_posix() == folder]
        found = [one for one in map(migration_of, inside) if one is not None]
        return sorted(found, key=lambda one: one.name)

    def engines(self) -> set[str]:
        """Which databases the settings name: `postgres`, `other`; empty where they do not say it.

        Where a run of the settings chooses the engine, all that the file speaks of may be chosen.
        """
        found: set[str] = set()
        for one in self.outlines:
            said = one.value("DATABASES")
            if said is None:
                continue
            database = said.value.get("default") if isinstance(said.value, Pairs) else UNKNOWN
            engine = database.get("ENGINE") if isinstance(database, Pairs) else UNKNOWN
            if isinstance(engine, str):
                found.add("postgres" if _speaks_of(_POSTGRES, [engine]) else "other")
                continue
            texts = [text for other in one.assigned for text in _texts(other.value)]
            found |= {"postgres"} if _speaks_of(_POSTGRES, texts) else set()
            found |= {"other"} if _speaks_of(_OTHERS, texts) else set()
        return found


def _speaks_of(words: Sequence[str], texts: Sequence[str]) -> bool:
    return any(word in text for text in texts for word in words)
