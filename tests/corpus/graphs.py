"""The graphs of migrations that Alembic and Django themselves see, without running a project's code."""

# Django has no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import ast
import io
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from django.apps import apps
from django.conf import settings
from django.db.migrations.graph import MigrationGraph

from backend_architect.project.reading import decode
from backend_architect.schema.django_migrations import Migration, migration_of
from backend_architect.schema.outlines import outline

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

_FROM = re.compile(r"django\.db(\.models(\.\w+)?)?|django\.contrib\.postgres\.indexes")
_IDENTIFIERS = {"revision", "down_revision", "branch_labels", "depends_on"}


def revision_folders(root: Path) -> list[Path]:
    """The folders with revisions of Alembic."""
    return sorted(
        {path.parent for path in root.rglob("versions/**/*.py") if _identifiers(path.read_text("utf-8"))}
    )


def alembic_heads(folder: Path, work: Path) -> set[str]:
    """The heads of the revisions in a folder, of which only the identifiers are kept."""
    versions = work / "versions"
    versions.mkdir(parents=True)
    for path in folder.glob("*.py"):
        (versions / path.name).write_text(_identifiers(path.read_text("utf-8")), encoding="utf-8")
    return set(ScriptDirectory(str(work), version_locations=[str(versions)]).get_heads())


def _identifiers(text: str) -> str:
    """The variables of a revision that Alembic reads; empty if it is none."""
    kept: list[str] = []
    names: set[str] = set()
    for node in ast.parse(text).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        named = {one.id for one in targets if isinstance(one, ast.Name)} & _IDENTIFIERS
        if named and (value := getattr(node, "value", None)) is not None:
            kept.append(f"{named.pop()} = {ast.unparse(value)}")
            names.add(kept[-1].partition(" ")[0])
    return "\n".join([*kept, ""]) if {"revision", "down_revision"} <= names else ""


def alembic_sql(text: str, dialect: str) -> tuple[str, str]:
    """What a revision sends to a database, up and down; it is run, and imports nothing but Alembic."""
    sent: list[str] = []
    for direction in ("upgrade", "downgrade"):
        buffer = io.StringIO()
        options = {"as_sql": True, "output_buffer": buffer, "transactional_ddl": True}
        context = MigrationContext.configure(dialect_name=dialect, opts=options)
        module: dict[str, Any] = {}
        exec(compile(text, "revision.py", "exec"), module)
        with context.begin_transaction(), Operations.context(context):
            module[direction]()
        sent.append(" ".join(buffer.getvalue().split()))
    return sent[0], sent[1]


# Django.


def django_leaves(root: Path) -> dict[str, list[str]]:
    """The leaves of each folder with migrations, in the graph of Django."""
    found: dict[str, list[str]] = {}
    for folder in {path.parent for path in root.rglob("migrations/*.py")}:
        migrations = list(_migrations(folder))
        if migrations:
            found[folder.relative_to(root).as_posix()] = _leaves(migrations)
    return found


def _migrations(folder: Path) -> Iterator[Migration]:
    for path in sorted(folder.glob("*.py")):
        text, _ = decode(path.read_bytes(), str(path))
        migration = migration_of(outline(text, f"migrations/{path.name}"))
        if migration is not None:
            yield migration


def _leaves(migrations: Iterable[Migration]) -> list[str]:
    """The leaves of an app, which is the one that most dependencies name."""
    migrations = list(migrations)
    names = {one.name for one in migrations}
    graph = MigrationGraph()
    for one in migrations:
        graph.add_node(("app", one.name), None)
    for one in migrations:
        for _, name in one.dependencies:
            if name in names and name != one.name:
                graph.add_dependency(one.name, ("app", one.name), ("app", name))
    for one in migrations:
        if one.replaces:
            graph.remove_replaced_nodes(("app", one.name), [("app", name) for _, name in one.replaces])
    graph.validate_consistency()
    graph.ensure_not_cyclic()
    return [name for _, name in graph.leaf_nodes()]


def django_index(text: str) -> Any:
    """The index that a migration adds, as Django makes it; the migration imports nothing but Django."""
    _set_up()
    module: dict[str, Any] = {"__name__": "migration"}
    exec(compile(text, "migration.py", "exec"), module)
    migration = module["Migration"]("new", "app")
    (added,) = [one for one in migration.operations if type(one).__name__.startswith("AddIndex")]
    return added.index


def model_indexes(before: str, after: str, imports: Mapping[str, Any]) -> list[Any]:
    """The indexes that the models of a file have after an edit and had not before, as Django makes them."""
    _set_up()
    known = [ast.dump(one) for one in _listed(before)]
    new: list[Any] = []
    for node in _listed(after):
        if ast.dump(node) in known:
            known.remove(ast.dump(node))
            continue
        expression = compile(ast.Expression(node), "models.py", "eval")
        new.append(eval(expression, dict(imports)))
    return new


def name_as_django(indexes: Iterable[Any], table: str, columns: Sequence[str | None]) -> None:
    """Let Django name the indexes of a table that have no names; each is of the same columns."""
    for one in indexes:
        if not one.name:
            fields = {
                name: SimpleNamespace(column=column)
                for (name, _), column in zip(one.fields_orders, columns, strict=True)
            }
            meta = SimpleNamespace(db_table=table, get_field=fields.__getitem__)
            one.set_name_with_model(SimpleNamespace(_meta=meta))


def _listed(text: str) -> Iterator[ast.expr]:
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Assign(
                targets=[ast.Name(id="indexes")], value=ast.List(elts=items) | ast.Tuple(elts=items)
            ):
                yield from items
            case _:
                pass


def django_names(text: str) -> dict[str, Any]:
    """What a file imports of Django to write an index."""
    _set_up()
    names: dict[str, Any] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.ImportFrom) and _FROM.fullmatch(node.module or ""):
            exec(ast.unparse(node), names)
    return names


def _set_up() -> None:
    if not settings.configured:
        settings.configure(INSTALLED_APPS=[], DATABASES={}, USE_TZ=True)
    if not apps.ready:
        apps.populate(settings.INSTALLED_APPS)
