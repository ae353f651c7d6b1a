"""Indexes in SQL migrations: a new file of the history that makes the table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from backend_architect.engine.remedies import Changes, UnwritableError
from backend_architect.indexing.partitioned import PARTITIONED, is_partitioned
from backend_architect.indexing.sql_layout import Layout
from backend_architect.indexing.sql_runners import in_plain_way, new_files, recognized, runner_of
from backend_architect.indexing.sql_writing import SqlWriter, files_of, root_of
from backend_architect.schema.migrations import place_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from backend_architect.engine.findings import NewFile
    from backend_architect.engine.project import Project
    from backend_architect.indexing.homes import Wanted
    from backend_architect.indexing.sql_runners import Runner
    from backend_architect.schema.migrations import Root
    from backend_architect.schema.model import Index


def _now() -> datetime:
    return datetime.now(UTC)


def find(project: Project, wanted: Wanted) -> SqlHistory | None:
    """The history that makes a table."""
    files = files_of(project, wanted.table)
    has_version = any(place_of(one.path)[1] is not None for one in files)
    return SqlHistory(project, wanted) if has_version else None


@dataclass(frozen=True, slots=True)
class SqlHistory:
    """Numbered files, one for each change."""

    project: Project
    wanted: Wanted
    clock: Callable[[], datetime] = _now

    title = "a new migration (SQL)"

    def write(self, index: Index) -> Changes:
        """The file behind the last one, with all that its runner wants beside it."""
        root = root_of(self.project, self.wanted.table, versioned=True)
        layout = Layout.of(root.folder, self.project.paths)
        runner = self._runner(layout.last)
        if runner.refusal:
            raise UnwritableError(runner.refusal)
        writer = SqlWriter(self.project, self.wanted, root)
        can = self.wanted.dialect == "postgres" and not is_partitioned(self.project, self.wanted.table)
        concurrently = can and runner.lone
        now = self.clock()
        files: list[NewFile] = []
        for title, up, down in self._steps(writer, writer.named(index), concurrently=concurrently):
            names = layout.next(title, now)
            files += new_files(runner, names, up, down, alone=concurrently)
            layout = Layout(names.up, names.up, (names.down,) if names.down else ())
        notes = list(self._notes(root, runner, can=can))
        return Changes(creates=tuple(files), notes=tuple(notes))

    def _runner(self, path: str) -> Runner:
        """What runs a file, which need not change a schema."""
        scripts = (script for history in self.project.histories for script in history)
        known = next((script for script in scripts if script.path == path), None)
        return runner_of(known, self.project.read) if known else recognized(path, self.project.read)

    def _notes(self, root: Root, runner: Runner, *, can: bool) -> Iterator[str]:
        if not can and self.wanted.dialect == "postgres":
            yield PARTITIONED
        elif can and not runner.lone:
            yield in_plain_way(runner)
        elif can and runner.alone and not self._runs_alone(root):
            yield runner.alone
        yield from filter(None, (runner.note, runner.sums))

    def _runs_alone(self, root: Root) -> bool:
        """Whether files of the history make indexes outside of a transaction already."""
        return any("concurrently" in (self.project.read(one.path) or "").lower() for one in root.files)

    def _steps(
        self, writer: SqlWriter, index: Index, *, concurrently: bool
    ) -> Iterator[tuple[str, str, str]]:
        """The migrations with one statement each: their titles, what is done and what undoes it."""
        extension = self.wanted.extension
        if extension and not self._has_extension(writer.root, extension):
            yield f"add_{extension}", *writer.extension()
        up = writer.create(index, concurrently=concurrently, unless_exists=True)
        yield f"add_{index.name}".lower(), up, writer.drop(index, concurrently=concurrently)

    def _has_extension(self, root: Root, extension: str) -> bool:
        """Whether a file of the history speaks of an extension."""
        folder = f"{root.folder}/" if root.folder else ""
        inside = (one for one in self.project.paths if one.startswith(folder) and one.endswith(".sql"))
        return any(extension in (self.project.read(one) or "") for one in inside)
