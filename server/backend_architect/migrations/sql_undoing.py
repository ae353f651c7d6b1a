"""What undoes a SQL migration, where a part of it has moved to another one."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from backend_architect.engine.remedies import UnwritableError
from backend_architect.indexing.sql_layout import Layout
from backend_architect.migrations.sql_editing import SqlEditing
from backend_architect.migrations.sql_statement import SqlText
from backend_architect.schema.actions import WriteRows
from backend_architect.schema.changes import (
    AddIndex,
    AlterColumn,
    AttachPartition,
    DetachPartition,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    UseIndex,
)
from backend_architect.schema.ddl import changes_of_sql
from backend_architect.schema.migrations import backward, place_of
from backend_architect.schema.quoting import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend_architect.engine.project import Project
    from backend_architect.migrations.sql_editing import Part
    from backend_architect.migrations.sql_phrases import Phrases
    from backend_architect.schema.changes import Effect
    from backend_architect.sql.scanner import Piece

NOTHING: Final = "-- Nothing to undo."
_UNSURE: Final = "what undoes the migration is to be changed by hand: it does more with {}"
_WHOLE: Final = (DropTable, DropColumn)
"""What takes indexes and constraints along."""


def undoing_file(project: Project, path: str, folder: str) -> str:
    """The file that undoes a migration; empty where none does."""
    place = place_of(path)[1]
    if place is None:
        return ""
    until = [one for one in project.paths if one == path or place_of(one) == (folder, place)]
    try:
        backwards = Layout.of(folder, [*until, *_beside(project, path)]).backwards
    except UnwritableError:
        return ""
    return next((one for one in backwards if one != path and project.read(one) is not None), "")


def _beside(project: Project, path: str) -> list[str]:
    """The files of the folder that have no version by their names."""
    folder = path.rpartition("/")[0]
    return [one for one in project.paths if one.rpartition("/")[0] == folder and place_of(one)[1] is None]


@dataclass
class Undoing:
    """Takes statements out of what undoes a migration."""

    editing: SqlEditing
    phrases: Phrases
    taken: set[int] = field(default_factory=set[int])
    """The offsets of the statements that are not there any more."""

    @classmethod
    def of(cls, project: Project, folder: str, editing: SqlEditing, phrases: Phrases) -> Undoing:
        """What undoes a migration: a file of its own, or a section."""
        forwards = editing.of
        path = undoing_file(project, forwards.path, folder)
        text = project.read(path) if path else None
        if text is not None:
            return cls(SqlEditing(SqlText(path, text, forwards.dialect, text)), phrases)
        section = SqlText(forwards.path, forwards.text, forwards.dialect, backward(forwards.text))
        return cls(SqlEditing(section, editing.edits), phrases)

    def take(self, moved: Sequence[Part], stay: Sequence[Part]) -> str:
        """The statements that undo parts which move to another file; they are not undone here any more.

        Raises:
            UnwritableError: it is not certain what undoes them.
        """
        used = {one.change.index for one in moved if isinstance(one.change, UseIndex)}
        lines: list[str] = []
        for part in reversed(moved):
            change = part.change
            if isinstance(change, DropConstraint):
                lines += [
                    self.phrases.whole(one.text, action=one.action)
                    for one in stay
                    if _adds(one.change, change.name)
                ]
            elif isinstance(change, AddIndex) and change.index.name in used:
                self._taken(change, change.index.name, "")
            else:
                lines += self._undone(change, moved)
        return "\n".join(f"{line};" for line in lines if line)

    def _undone(self, change: Effect, moved: Sequence[Part]) -> list[str]:
        phrases = self.phrases
        match change:
            case AddIndex(index=index):
                space = change.table.rpartition(".")[0]
                name = quoted(f"{space}.{index.name}" if space else index.name, phrases.statement.dialect)
                default = f"{phrases.cased('DROP INDEX CONCURRENTLY IF EXISTS')} {name}"
                return [_beside_writes(self._taken(change, index.name, default))]
            case UseIndex(index=index):
                name = quoted(change.name or index, phrases.statement.dialect)
                default = f"{phrases.statement.head} {phrases.cased('DROP CONSTRAINT')} {name}"
                return [self._taken(change, change.name or index, default)]
            case AlterColumn(column=column, nullable=False):
                column_name = quoted(column, phrases.statement.dialect)
                head = f"{phrases.statement.head} {phrases.cased('ALTER COLUMN')} {column_name}"
                helper = next((one for one in moved if isinstance(one.change, DropConstraint)), None)
                instead = phrases.whole(helper.text, action=helper.action) if helper else ""
                return [self._taken(change, column, f"{head} {phrases.cased('DROP NOT NULL')}", instead)]
            case DropIndex(name=name):
                return [self._taken(change, name.rpartition(".")[2], "")]
            case DetachPartition(partition=name):
                return [self._taken(change, name.rpartition(".")[2], "")]
            case WriteRows(table=table):
                self._taken(change, table.rpartition(".")[2], "")
            case _:
                pass
        return []

    def _taken(self, change: Effect, name: str, default: str, instead: str = "") -> str:
        """The statement that undoes a change, taken out, or replaced; the default where there is none."""
        found: list[Piece] = []
        of = self.editing.of
        steps = changes_of_sql(of.runs, of.dialect, of.path)
        for number, piece in enumerate(of.pieces):
            said = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", of.of(piece), re.IGNORECASE)
            if said is None or piece.start in self.taken:
                continue
            made = [step.change for step in steps if step.statement == number]
            if len(made) == 1 and _undoes(made[0], change, name):
                found.append(piece)
            elif not made or not all(isinstance(one, _WHOLE) for one in made):
                raise UnwritableError(_UNSURE.format(name))
        if not found:
            return default
        if len(found) > 1:
            raise UnwritableError(_UNSURE.format(name))
        (piece,) = found
        self.taken.add(piece.start)
        if instead:
            self.editing.replace(piece.start, piece.end, instead)
        elif not of.runs.replace(of.of(piece), "").strip("; \t\r\n"):
            self.editing.replace(piece.start, of.end_of(piece), NOTHING)
        else:
            self.editing.cut(piece)
        return of.of(piece)


def _beside_writes(text: str) -> str:
    """DROP INDEX with CONCURRENTLY, in the case of its words."""
    word = " concurrently" if text[:1].islower() else " CONCURRENTLY"
    return re.sub(r"^DROP\s+INDEX\b(?!\s+CONCURRENTLY)", rf"\g<0>{word}", text, flags=re.IGNORECASE)


def _undoes(made: Effect, change: Effect, name: str) -> bool:
    match change, made:
        case AddIndex(), DropIndex(name=other):
            return other.rpartition(".")[2] == name
        case UseIndex(), DropConstraint(name=other):
            return other == name
        case AlterColumn(column=column), AlterColumn(column=other, nullable=True):
            return column == other
        case DropIndex(), AddIndex(index=index):
            return index.name == name
        case DetachPartition(partition=partition), AttachPartition(partition=other):
            return partition == other
        case _:
            return False


def _adds(change: Effect, name: str) -> bool:
    return getattr(getattr(change, "check", None), "name", "") == name
