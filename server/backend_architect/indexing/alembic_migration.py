"""Writing an index as a revision of Alembic."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from backend_architect.engine.findings import NewFile
from backend_architect.engine.kinds import kinds_of
from backend_architect.engine.remedies import Changes, UnwritableError, together
from backend_architect.indexing.alembic_environment import Environment, environment_of
from backend_architect.indexing.alembic_files import revision_id, revision_path, slug_of
from backend_architect.indexing.alembic_text import (
    Heading,
    IndexOperations,
    marks_names,
    may_guard,
    revision_text,
)
from backend_architect.indexing.index_names import (
    SQLALCHEMY_PATTERN,
    IndexNames,
    is_like,
    learned,
    named,
)
from backend_architect.indexing.python_file import PythonFile
from backend_architect.schema.alembic import heads, in_order, roots, schema_of
from backend_architect.schema.changes import AddColumn, AlterColumn, CreateTable, RenameTable
from backend_architect.schema.model import Index, IndexPart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from backend_architect.engine.project import Project
    from backend_architect.indexing.homes import Wanted
    from backend_architect.schema.alembic import Revision
    from backend_architect.schema.changes import Effect
    from backend_architect.schema.model import Table


_DATABASES: Final = {
    "postgresql": "postgres",
    "postgres": "postgres",
    "sqlite": "sqlite",
    "mysql": "mysql",
    "mariadb": "mariadb",
}
"""Databases by the names that folders have after them."""


def _now() -> datetime:
    return datetime.now(UTC)


def find(project: Project, wanted: Wanted, now: Callable[[], datetime] = _now) -> AlembicMigration | None:
    """The history of revisions that makes or changes a table."""
    known = any(_touches(one, wanted.table) for one in _serious(project.facts.revisions))
    return AlembicMigration(project, wanted, now) if known else None


def _serious(revisions: Sequence[Revision]) -> Sequence[Revision]:
    """Without those of tests and examples, unless there are no others."""
    return [one for one in revisions if kinds_of(one.path).isdisjoint({"tests", "examples"})] or revisions


def _touches(revision: Revision, table: str) -> bool:
    return any(_table_of(step.change) == table.removeprefix("public.") for step in revision.steps)


def _table_of(change: Effect) -> str:
    match change:
        case CreateTable(table=table):
            return table.name.removeprefix("public.")
        case RenameTable(to=name) | AddColumn(table=name) | AlterColumn(table=name):
            return name.removeprefix("public.")
        case _:
            return ""


@dataclass(frozen=True, slots=True)
class AlembicMigration:
    """A history of revisions; see `MigrationHome`."""

    project: Project
    wanted: Wanted
    now: Callable[[], datetime]
    """When the revision is made."""

    @property
    def title(self) -> str:
        """A new revision."""
        return "a new migration (Alembic)"

    def write(self, index: Index) -> Changes:
        """The revision that makes an index, behind the head of the history of its table; none if one does.

        Where each database has a history of its own, each gets such a revision.

        Raises:
            UnwritableError: there is not one head, or the head has not all that the index needs.
        """
        written: list[Changes] = []
        for history in self._histories():
            changes, index = self._behind(history, index)
            written.append(changes)
        return together(written)

    def _behind(self, history: Sequence[Revision], index: Index) -> tuple[Changes, Index]:
        """The revision at the end of a history, and the index with its name."""
        head = _head(history, self.wanted.table)
        schema = schema_of(_before(head, history))
        table = schema.table(self.wanted.table)
        if table is None:
            raise UnwritableError(f"the revisions up to {head.id} do not make the table {self.wanted.table}")
        if any(is_like(one, index) for one in table.indexes):
            return Changes(), index
        _check(table, index, head)
        tables = schema_of(history).tables.values()
        made = [(one, other.name) for other in tables for one in other.indexes]
        taken = {one.name for one, _ in made}
        if not index.name:
            names = IndexNames([learned(named(made), SQLALCHEMY_PATTERN)], taken)
            index = replace(index, name=names.choose(index, table.name))
        elif index.name in taken:
            raise UnwritableError(f"the revisions make another index {index.name}")
        return self._changes(index, table, head, history), index

    def _histories(self) -> list[list[Revision]]:
        """The revisions of the environment that makes the table, or of those of several databases."""
        found = [
            history
            for history in roots(_serious(self.project.facts.revisions))
            if any(_touches(one, self.wanted.table) for one in history)
        ]
        if len(found) == 1:
            return found
        databases = {_database(history[0]) for history in found}
        if None in databases or len(databases) < len(found):
            folders = " and ".join(sorted({_folder(history[0].path) for history in found}))
            raise UnwritableError(f"revisions in {folders} make the table {self.wanted.table}")
        if self.wanted.extension or not _is_of_all_databases(self.wanted.index):
            raise UnwritableError(
                f"{' and '.join(sorted(filter(None, databases)))} do not all have such indexes"
            )
        return found

    def _changes(self, index: Index, table: Table, head: Revision, history: Sequence[Revision]) -> Changes:
        environment = self._environment(head)
        before = PythonFile.read(self.project, head.path)
        message = f"add index {index.name}"
        slug = slug_of(message, environment.slug_length)
        new = revision_id(index, head, history, slug)
        path = self._free(revision_path(environment.file_template, head, history, (new, slug), self.now()))
        concurrently = self._concurrently(table, environment)
        operations = IndexOperations(
            index,
            table.name,
            concurrently,
            self.wanted.extension,
            guarded=may_guard(history, self.project.read),
            marked=marks_names(history, self.project.read),
        )
        heading = Heading(new, head.id, message, self.now())
        written = revision_text(before, heading, operations)
        notes = [_locks(table)] if self._is_postgres(environment) and not concurrently else []
        return Changes(creates=(NewFile(path, written),), notes=tuple(notes))

    def _free(self, path: str) -> str:
        """A path, or one like it where a file is there already: long messages are cut to the same slug."""
        free, number = path, 1
        while self.project.read(free) is not None:
            number += 1
            free = f"{path.removesuffix('.py')}_{number}.py"
        return free

    def _environment(self, head: Revision) -> Environment:
        found = environment_of(head, self.project.read)
        is_other = _database(head) not in {None, "postgres"}
        return replace(found, is_postgres=False) if is_other else found

    def _is_postgres(self, environment: Environment) -> bool:
        return self.wanted.dialect == "postgres" and environment.is_postgres

    def _concurrently(self, table: Table, environment: Environment) -> bool:
        """Whether the index may be built while others write."""
        possible = environment.has_transactions and not table.partition_by
        return possible and self._is_postgres(environment)


def _locks(table: Table) -> str:
    return (
        f"Until the index is built, nothing can be written to {table.name}: "
        "CREATE INDEX CONCURRENTLY is not possible here."
    )


def _database(revision: Revision) -> str | None:
    """The database to which the folder of a revision belongs by its name."""
    folders = (folder.name for folder in PurePosixPath(revision.path).parents)
    return next((_DATABASES[name] for name in folders if name in _DATABASES), None)


def _is_of_all_databases(index: Index) -> bool:
    """Whether an index is made of columns and their orders alone."""
    parts = tuple(IndexPart(part.column, descending=part.descending) for part in index.parts)
    return all(index.columns) and index == Index(index.name, parts, index.unique, origin=index.origin)


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _check(table: Table, index: Index, head: Revision) -> None:
    """Raises where a column of the index is made by no revision up to the head."""
    for column in (*index.columns, *index.include):
        if table.complete and column is not None and column not in table.columns:
            raise UnwritableError(f"the revisions up to {head.id} do not make {table.name}.{column}")


def _head(history: Sequence[Revision], table: str) -> Revision:
    """The revision that the new one follows.

    Where branches have labels and only one of them makes the table, it is the head of that branch.
    """
    known = {one.id: one for one in history}
    tips = [known[name] for name in heads(history)]
    if len(tips) == 1:
        return tips[0]
    above = {tip.id: _followed([tip], known) for tip in tips}
    leading = [tip for tip in tips if any(_touches(one, table) for one in above[tip.id])]
    own = {
        tip.id: [
            one
            for one in above[tip.id]
            if not any(one in others for name, others in above.items() if name != tip.id)
        ]
        for tip in tips
    }
    labelled = all(any(one.branch_labels for one in own[tip.id]) for tip in tips)
    if len(leading) == 1 and labelled:
        return leading[0]
    names = ", ".join(tip.id for tip in tips)
    raise UnwritableError(f"the history has several heads ({names}); join them with `alembic merge heads`")


def _before(head: Revision, history: Sequence[Revision]) -> list[Revision]:
    """A revision and all that run before it, in their order."""
    known = {one.id: one for one in history}
    labels = {label: one for one in history for label in one.branch_labels}
    found = _followed([head], known)
    while True:
        needed = [
            other
            for one in found
            for name in one.depends_on
            if (other := labels.get(name) or _named(name, known)) is not None and other not in found
        ]
        if not needed:
            return in_order(found)
        found += [one for one in _followed(needed, known) if one not in found]


def _followed(starts: Iterable[Revision], known: dict[str, Revision]) -> list[Revision]:
    """Revisions and those that they follow."""
    found: dict[str, Revision] = {}
    waiting = list(starts)
    while waiting:
        one = waiting.pop()
        if one.id not in found:
            found[one.id] = one
            waiting += [other for name in one.down_revisions if (other := _named(name, known)) is not None]
    return list(found.values())


def _named(name: str, known: dict[str, Revision]) -> Revision | None:
    """The revision of a name, which may be the beginning of its id."""
    return known.get(name) or next((one for key, one in known.items() if name and key.startswith(name)), None)
