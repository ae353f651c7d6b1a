"""Where operations go: into the place of one, or into new migrations behind the last one of the app."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from backend_architect.engine.findings import NewFile
from backend_architect.engine.remedies import Changes, UnwritableError
from backend_architect.engine.text import apply_edits
from backend_architect.fixes.imports import add_together
from backend_architect.indexing.django_migration import leaf_of, migration_text, number_of
from backend_architect.indexing.python_file import PythonFile
from backend_architect.migrations.django_written import copied
from backend_architect.schema.django_migrations import migration_of
from backend_architect.schema.terms import Call, Combined, Items, Pairs

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable, Iterator, Sequence

    from backend_architect.engine.findings import Edit
    from backend_architect.indexing.django_project import DjangoProject
    from backend_architect.migrations.django_file import MigrationFile
    from backend_architect.migrations.django_written import Batch, Written
    from backend_architect.schema.django_migrations import Migration, Node
    from backend_architect.schema.terms import Term

_HEAD: Final = "from django.db import migrations\n"
_TABLES: Final = frozenset({"RenameModel", "DeleteModel", "AlterModelTable"})
_ROWS: Final = frozenset({"RunPython", "RunSQL"})
_LONGEST: Final = 60
"""Characters of the name of a migration, without its number."""


@dataclass(slots=True)
class _Group:
    """The operations of one migration."""

    atomic: bool
    about: str
    operations: list[Written] = field(default_factory=list["Written"])


def _grouped(batches: Iterable[Batch]) -> list[_Group]:
    """The migrations that batches make; outside of transactions, what is next needs none of its own."""
    groups: list[_Group] = []
    for batch in batches:
        joins = batch.where == "same" or (batch.where == "next" and groups and not groups[-1].atomic)
        if not groups or not joins:
            groups.append(_Group(batch.where != "none", batch.about))
        groups[-1].operations += batch.operations
    return groups


@dataclass(frozen=True, slots=True)
class Placing:
    """Puts batches in the place of an operation."""

    django: DjangoProject
    migration: MigrationFile
    said: Migration
    """The migration, as data."""
    node: ast.Call
    operation: Call
    model: str
    """The model that the operation is about; empty where it may be any."""

    def changes(self, batches: Sequence[Batch]) -> Changes:
        """The edits of the migration, and the new ones.

        Raises:
            UnwritableError: what comes later may need what would not be there any more.
        """
        groups = _grouped(batches)
        path = self.migration.file.path
        alone = len(self.migration.operations.elts) == 1
        stays = batches[0].where == "same" or (not groups[0].atomic and (alone or not self.said.atomic))
        edits: list[Edit] = []
        moved: list[ast.Call] = []
        if stays:
            edits += self._in_place(groups.pop(0))
        else:
            moved.append(self.node)
        if groups:
            followers = self._followers()
            if followers:
                groups.append(self._following(followers))
            moved += followers
        if moved:
            edits += [*self.migration.removed(moved), *self.migration.freed(moved)]
        created = self._created(groups, [] if stays else self.migration.comments(self.node))
        return Changes({path: tuple(sorted(edits, key=lambda edit: edit.span))}, tuple(created))

    def _in_place(self, group: _Group) -> list[Edit]:
        file = self.migration.file
        indent = self.migration.indent(self.node)
        texts = [one.text(file, indent) for one in group.operations]
        loose = [] if group.atomic or not self.said.atomic else self.migration.without_transaction()
        return [*self.migration.replaced(self.node, texts), *loose, *file.import_edits()]

    # What comes later.

    def _followers(self) -> list[ast.Call]:
        """The operations behind it that must stay behind it.

        Raises:
            UnwritableError: those of other migrations must, too.
        """
        if len(self.said.operations) != len(self.migration.operations.elts):
            raise UnwritableError("some of the operations are not written out")
        operations = [one for one in self.said.operations if one.line > self.operation.line]
        first = next((one for one in operations if self._needs(one)), None)
        following = [one for one in operations if first is not None and one.line >= first.line]
        later = [one for migration in self._later() for one in migration.operations]
        moved = {
            name for one in following for name in (one.argument(0, "model_name"), one.argument(0, "name"))
        }
        words = {name.lower() for name in moved if isinstance(name, str)}
        for one in later:
            if self._needs(one) or words & set(_words(one)) or (following and one.name in _ROWS):
                raise UnwritableError("a later migration needs what this one does")
        return [self.migration.operation(one.line) for one in following]

    def _needs(self, later: Call) -> bool:
        """Whether an operation may need that this one was before it."""
        if not self.model:
            return True
        words, model = set(_words(later)), self.model.lower()
        if model not in words:
            return False
        return later.name in _TABLES or bool(words & set(_words(self.operation)) - {model})

    def _following(self, nodes: Sequence[ast.Call]) -> _Group:
        group = _Group(self.said.atomic, f"{self.said.name.lstrip('0123456789_')}_rest")
        group.operations += [copied(self.migration, one) for one in nodes]
        return group

    def _later(self) -> list[Migration]:
        """The migrations of all apps that come after this one."""
        known = {
            (self.django.apps.label(one), found.name): found
            for one in self.django.outlines
            if (found := migration_of(one)) is not None
        }
        reached: set[Node] = {(self._app, self.said.name)}
        while more := {node for node, one in known.items() if reached & set(one.dependencies)} - reached:
            reached |= more
        if any(self.said.name in {name for _, name in one.replaces} for one in known.values()):
            raise UnwritableError(f"{self.said.name} has been squashed")
        return [known[node] for node in reached if node in known and node != (self._app, self.said.name)]

    @property
    def _app(self) -> str:
        return self.django.apps.label(self.said.outline)

    # New migrations.

    def _created(self, groups: Sequence[_Group], comments: Sequence[str]) -> Iterator[NewFile]:
        if not groups:
            return
        if self.said.replaces:
            raise UnwritableError(f"{self.said.name} replaces others")
        folder = PurePosixPath(self.migration.file.path).parent
        leaf = leaf_of(self.django.migrations(folder.as_posix()), self._app)
        after, number = leaf.name, number_of(leaf.name)
        for place, group in enumerate(groups):
            number += 1
            name = f"{number:04}_{_slug(group.about)}"
            path = (folder / f"{name}.py").as_posix()
            yield NewFile(path, self._text(path, after, group, comments if not place else ()))
            after = name

    def _text(self, path: str, after: str, group: _Group, comments: Sequence[str]) -> str:
        before = self.migration.file
        imports, definitions = self.migration.needs(node for one in group.operations for node in one.uses)
        head = _HEAD.replace("\n", before.style.newline)
        file = PythonFile(path, apply_edits(head, add_together([head], imports)))
        file.style = before.style
        indent = file.style.unit * 2
        texts = [one.text(file, indent) for one in group.operations]
        body = [*comments, *(f"{text}," for text in texts)]
        above = "".join(
            f"{self.migration.definition(one)}{file.style.newline * 3}" for one in definitions
        ).removesuffix(file.style.newline)
        return migration_text(file, (self._app, after), body, atomic=group.atomic, definitions=above)


def _slug(about: str) -> str:
    return re.sub(r"\W+", "_", about.lower()).strip("_")[:_LONGEST] or "next"


def _words(term: Term) -> Iterator[str]:
    """The names in an operation: of models without their apps, of fields, indexes and constraints."""
    match term:
        case str():
            yield term.lower().removeprefix("-").rpartition(".")[2]
        case Items(items=inner) | Combined(operands=inner):
            yield from (word for one in inner for word in _words(one))
        case Pairs(pairs=pairs):
            yield from (word for pair in pairs for one in pair for word in _words(one))
        case Call():
            yield from (word for one in term.args for word in _words(one))
            for name, value in term.keywords:
                yield from [name.partition("__")[0]] if term.name == "Q" else []
                yield from _words(value)
        case _:
            pass
