"""New migrations of Django that make an index."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from backend_architect.engine.findings import NewFile
from backend_architect.engine.remedies import Changes, UnwritableError
from backend_architect.engine.text import apply_edits
from backend_architect.indexing.django_index import IndexWriter
from backend_architect.indexing.django_model import name_for
from backend_architect.indexing.django_project import DjangoProject, class_of, has_migrations_of
from backend_architect.indexing.partitioned import PARTITIONED, is_partitioned
from backend_architect.indexing.python_file import PythonFile
from backend_architect.indexing.python_style import Style
from backend_architect.schema.terms import Call, Items

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from backend_architect.engine.project import Project
    from backend_architect.indexing.homes import Wanted
    from backend_architect.schema.django_migrations import Migration, Node
    from backend_architect.schema.django_tables import Model
    from backend_architect.schema.mapped import MappedClass
    from backend_architect.schema.model import Index

_OPERATIONS: Final = "django.contrib.postgres.operations"
_EXTENSIONS: Final = {"pg_trgm": "TrigramExtension", "btree_gin": "BtreeGinExtension"}
HEAD: Final = "from django.db import migrations, models\n"
_SQUASHED: Final = re.compile(r".*_squashed_(\d+)")
_MIXED: Final = (
    "The settings name other databases than PostgreSQL, too, which make no index while others write: "
    "the migration makes it in the plain way, and writes to the table wait for it."
)


def find(project: Project, wanted: Wanted) -> DjangoMigrations | None:
    """The migrations of the app whose model has a table."""
    mapped = class_of(project, wanted)
    if mapped is None or not has_migrations_of(project.facts.outlines, mapped):
        return None
    return DjangoMigrations(project, wanted, mapped)


@dataclass(frozen=True, slots=True)
class DjangoMigrations:
    """The migrations of the app of a model."""

    project: Project
    wanted: Wanted
    mapped: MappedClass

    title = "a new migration (Django)"

    def write(self, index: Index) -> Changes:
        """The migration behind the last one of the app."""
        django = DjangoProject.of(self.project)
        model = django.model(self.mapped)
        folder = django.package(model)
        migrations = django.migrations(folder) if folder is not None else []
        if folder is None or not migrations:
            raise UnwritableError(f"the app {model.key[0]} has no migrations")
        leaf = leaf_of(migrations, model.key[0])
        self._check_columns(model, index)
        if not index.name:
            index = replace(index, name=name_for(index, model, django, self.project))
        engines, partitioned = django.engines(), is_partitioned(self.project, self.wanted.table)
        concurrently = engines == {"postgres"} or (not engines and self.wanted.dialect == "postgres")
        concurrently = concurrently and not partitioned
        text = self._text(django, model, index, leaf, concurrently=concurrently)
        number = f"{number_of(leaf.name) + 1:04}"
        path = PurePosixPath(folder) / f"{number}_{_fragment(model, index)}.py"
        notes = [PARTITIONED] if partitioned else [_MIXED] if len(engines) > 1 else []
        return Changes(creates=(NewFile(path.as_posix(), text),), notes=tuple(notes))

    def _check_columns(self, model: Model, index: Index) -> None:
        """See that the migrations make what the index is for."""
        tables = (schema.table(model.table) for schema in self.project.made)
        made = {name for table in tables if table is not None for name in table.columns}
        missing = {*filter(None, index.columns), *index.include} - made
        if missing:
            raise UnwritableError(
                f"no migration makes {', '.join(sorted(missing))} of {model.table} yet; `makemigrations` does"
            )

    def _text(
        self, django: DjangoProject, model: Model, index: Index, leaf: Migration, *, concurrently: bool
    ) -> str:
        before = PythonFile.read(self.project, leaf.outline.path)
        file = PythonFile(before.path, HEAD)
        file.style = Style(before.style.quote)
        string = file.style.string
        add = f"{_OPERATIONS}.AddIndexConcurrently" if concurrently else "django.db.migrations.AddIndex"
        operations: list[str] = []
        extension = self.wanted.extension
        if extension and not _has_extension(django, extension):
            if extension not in _EXTENSIONS:
                raise UnwritableError(f"Django has no operation for the extension {extension}")
            operations.append(f"{file.name(f'{_OPERATIONS}.{_EXTENSIONS[extension]}')}(),")
        call = IndexWriter(model, django.reader.tables, file).call(index, " " * 12, "index=")
        operations += [
            f"{file.name(add)}(",
            f"    model_name={string(model.key[1])},",
            f"    index={call},",
            "),",
        ]
        return migration_text(file, (model.key[0], leaf.name), operations, atomic=not concurrently)


def migration_text(
    file: PythonFile, after: Node, operations: Iterable[str], *, atomic: bool, definitions: str = ""
) -> str:
    """The text of a migration behind another one.

    Args:
        file: holds its imports, and knows those that its operations need besides.
        after: the migration that it depends on.
        operations: the lines of its operations.
        atomic: whether it is one transaction.
        definitions: what stands above the class, with the blank lines behind it.
    """
    string, unit, newline = file.style.string, file.style.unit, file.style.newline
    app, name = after
    lines = [
        "",
        "",
        *([definitions] if definitions else []),
        "class Migration(migrations.Migration):",
        "",
        *([] if atomic else [f"{unit}atomic = False", ""]),
        f"{unit}dependencies = [",
        f"{unit * 2}({string(app)}, {string(name)}),",
        f"{unit}]",
        "",
        f"{unit}operations = [",
        *(f"{unit * 2}{one}" for one in operations),
        f"{unit}]",
    ]
    return apply_edits(file.text, file.import_edits()) + newline.join(lines) + newline


def leaf_of(migrations: Sequence[Migration], app: str) -> Migration:
    """The migration of an app on which no other of it depends.

    Raises:
        UnwritableError: there are several.
    """
    stands_for = {name: one.name for one in migrations for of, name in one.replaces if of == app}
    live = [one for one in migrations if one.name not in stands_for]
    needed = {stands_for.get(name, name) for one in live for of, name in one.dependencies if of == app} | {
        one.name for one in live if any(of == app for of, _ in one.run_before)
    }
    leaves = [one for one in live if one.name not in needed]
    if len(leaves) != 1:
        listed = ", ".join(one.name for one in leaves) or "none"
        raise UnwritableError(
            f"the migrations of {app} have not one end but several ({listed}); "
            "`makemigrations --merge` joins them"
        )
    return leaves[0]


def number_of(name: str) -> int:
    """The number that `MigrationAutodetector.parse_number` of Django reads; 0 without one."""
    squashed = _SQUASHED.match(name)
    found = squashed[1] if squashed else (re.match(r"\d+", name) or [""])[0]
    return int(found or 0)


def _fragment(model: Model, index: Index) -> str:
    """What the name of the migration says: the model and the index."""
    name = re.sub(r"\W+", "_", index.name.lower())
    return name if name.startswith(f"{model.key[1]}_") else f"{model.key[1]}_{name}"


def _has_extension(django: DjangoProject, extension: str) -> bool:
    """Whether a migration installs an extension already."""
    names = {_EXTENSIONS.get(extension, ""), "CreateExtension"}
    for one in django.outlines:
        said = one.cls("Migration")
        operations = said.get("operations") if said is not None else None
        for operation in operations.items if isinstance(operations, Items) else ():
            if isinstance(operation, Call) and operation.name in names:
                if operation.name != "CreateExtension" or operation.argument(0, "name") == extension:
                    return True
            elif isinstance(operation, Call) and extension in str(operation.argument(0, "sql")):
                return True
    return False
