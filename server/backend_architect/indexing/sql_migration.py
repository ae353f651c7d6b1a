"""Indexes in SQL: a new file of a history of migrations, or a statement in the file of a schema."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from backend_architect.advice import advice
from backend_architect.engine.findings import Edit, NewFile, Span
from backend_architect.engine.remedies import Changes, UnwritableError
from backend_architect.engine.text import line_end, newline_of, split_lines
from backend_architect.indexing.naming_styles import Naming, style_of, words_of
from backend_architect.indexing.sql_layout import Layout
from backend_architect.indexing.sql_runners import in_plain_way, runner_of
from backend_architect.schema.changes import AddIndex, CreateTable
from backend_architect.schema.migrations import roots_of
from backend_architect.sql.scanner import scan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from backend_architect.engine.project import Project
    from backend_architect.indexing.homes import MigrationHome, Wanted
    from backend_architect.indexing.sql_layout import NewNames
    from backend_architect.indexing.sql_runners import Runner
    from backend_architect.schema.changes import Step
    from backend_architect.schema.migrations import Root
    from backend_architect.schema.model import Index

_LONGEST: Final = 63
_STYLE: Final = "{table}_{words}_idx"
_DIALECTS: Final = frozenset({"postgres", "mysql", "sqlite"})
_DUMP: Final = re.compile(r"^-- (?:PostgreSQL|MySQL|MariaDB) (?:database )?dump\b", re.MULTILINE)
_CASE: Final = re.compile(r"\bcreate (?:table|index|unique index)\b", re.IGNORECASE)
_QUOTED: Final = re.compile(r"'(?:[^']|'')*+'|\"(?:[^\"]|\"\")*+\"|[^'\"]+")


def _now() -> datetime:
    return datetime.now(UTC)


def find(project: Project, wanted: Wanted) -> MigrationHome | None:
    """The history that makes a table, or the file of a schema where there is no history."""
    tables = ((schema, schema.table(wanted.table)) for schema in project.schemas)
    sources = {path for schema, table in tables if table is not None for path in schema.sources}
    roots = [
        root
        for root in roots_of(project.facts.sql)
        if any(one.path in sources for one in root.files) and any(_steps_of(root, wanted.table))
    ]
    histories = [root for root in roots if root.versioned]
    if histories:
        return SqlHistory(project, wanted, tuple(histories))
    return SqlSchema(project, wanted, tuple(roots)) if roots else None


def _steps_of(root: Root, table: str) -> Iterator[Step]:
    """What the files of a root do to a table."""
    bare = table.removeprefix("public.")
    for file in root.files:
        for step in file.steps:
            change = step.change
            name = change.table.name if isinstance(change, CreateTable) else getattr(change, "table", None)
            renamed = getattr(change, "to", None)
            if bare in {_bare(name), _bare(renamed)}:
                yield step


def _bare(name: object) -> str:
    return name.removeprefix("public.") if isinstance(name, str) else ""


@dataclass(frozen=True, slots=True)
class SqlHistory:
    """Numbered files, one for each change."""

    project: Project
    wanted: Wanted
    roots: tuple[Root, ...]
    clock: Callable[[], datetime] = _now

    title = "SQL"

    def write(self, index: Index) -> Changes:
        """The file behind the last one, with all that its runner wants beside it."""
        root = _only(self.roots, self.wanted.table)
        layout = Layout.of(root.folder, self.project.paths)
        text = self.project.read(layout.last) or ""
        runner = runner_of(layout.last, text, self.project.read)
        if runner.refusal:
            raise UnwritableError(runner.refusal)
        writer = SqlWriter(self.project, self.wanted, root)
        index = writer.named(index)
        now = self.clock()
        files: list[NewFile] = []
        concurrently = runner.lone and self.wanted.dialect == "postgres"
        if not concurrently:
            runner = replace(runner, head="", option="", extra=("", ""))
        for title, up, down in self._steps(writer, index, concurrently=concurrently):
            names = layout.next(title, now)
            files += _files(runner, names, up, down)
            layout = Layout(names.up, names.up, (names.down,) if names.down else ())
        notes = [runner.note] if runner.note and (concurrently or runner.lone) else []
        if not runner.lone and self.wanted.dialect == "postgres":
            notes.append(in_plain_way(runner))
        return Changes(creates=tuple(files), notes=tuple(notes))

    def _steps(
        self, writer: SqlWriter, index: Index, *, concurrently: bool
    ) -> Iterator[tuple[str, str, str]]:
        """The migrations with one statement each: their titles, what is done and what undoes it."""
        extension = self.wanted.extension
        if extension and not self._has_extension(writer.root, extension):
            up = writer.cased(f"CREATE EXTENSION IF NOT EXISTS {extension};")
            yield f"add_{extension}", up, writer.cased(f"DROP EXTENSION IF EXISTS {extension};")
        up = writer.create(index, concurrently=concurrently, unless_exists=True)
        yield f"add_{index.name}".lower(), up, writer.drop(index, concurrently=concurrently)

    def _has_extension(self, root: Root, extension: str) -> bool:
        """Whether a file of the history speaks of an extension."""
        folder = f"{root.folder}/" if root.folder else ""
        inside = (one for one in self.project.paths if one.startswith(folder) and one.endswith(".sql"))
        return any(extension in (self.project.read(one) or "") for one in inside)


def _files(runner: Runner, names: NewNames, up: str, down: str) -> Iterator[NewFile]:
    head = runner.head.format(last=names.last)
    pieces = [head] if head else []
    pieces += [f"{runner.up}{runner.option}", up] if runner.up else [up]
    if not names.down and runner.down:
        pieces += ["", f"{runner.down}{runner.option}", down]
    yield NewFile(names.up, "\n".join(pieces) + "\n")
    if names.down:
        yield NewFile(names.down, (f"{head}\n" if head else "") + f"{down}\n")
    at, text = runner.extra
    if at:
        path = names.up.rpartition("/")[0] + at if at.startswith("/") else names.up + at
        yield NewFile(path, text)


@dataclass(frozen=True, slots=True)
class SqlSchema:
    """Files that say what is there."""

    project: Project
    wanted: Wanted
    roots: tuple[Root, ...]

    @property
    def title(self) -> str:
        """The name of the file."""
        return self.roots[0].files[0].path.rpartition("/")[2]

    def write(self, index: Index) -> Changes:
        """The statement behind the other indexes of the table, or behind the table."""
        root = _only(self.roots, self.wanted.table)
        steps = [one for one in _steps_of(root, self.wanted.table) if isinstance(one.change, CreateTable)]
        if len(steps) != 1:
            raise UnwritableError(f"the table {self.wanted.table} is made in several places")
        path = steps[0].origin.path
        text = self.project.read(path)
        if text is None:
            raise UnwritableError(f"{path} cannot be read")
        steps += [
            one
            for one in _steps_of(root, self.wanted.table)
            if isinstance(one.change, AddIndex)
            and one.change.index.kind == "index"
            and one.origin.path == path
        ]
        line = max(one.origin.line for one in steps)
        row, is_index = self._end_of(text, line - 1), line != steps[0].origin.line
        writer = SqlWriter(self.project, self.wanted, root)
        lines = split_lines(text)
        newline = newline_of(lines)
        statement = writer.create(writer.named(index), concurrently=False, unless_exists=False)
        column = line_end(lines[row])
        gap = newline if is_index else newline * 2
        if _DUMP.search(text):
            note = f"A tool wrote {path}; what it wrote it from must have the index, too."
        else:
            note = f"{path} makes the index in new databases; those that are there need it, too."
        return Changes({path: (Edit(Span(row, column, row, column), gap + statement),)}, notes=(note,))

    def _end_of(self, text: str, row: int) -> int:
        """The line on which the statement of a line ends."""
        for piece in scan(text, self.wanted.dialect).pieces:
            first, last = text.count("\n", 0, piece.start), text.count("\n", 0, piece.end)
            if first <= row <= last:
                if not piece.terminated:
                    raise UnwritableError("a statement has no end")
                return text.count("\n", 0, text.index(";", piece.end))
        raise UnwritableError("the statement of the table is not where it was")


@dataclass(frozen=True, slots=True)
class SqlWriter:
    """Writes statements as the files of a root write theirs."""

    project: Project
    wanted: Wanted
    root: Root

    def named(self, index: Index) -> Index:
        """The index with a name, in the style of those that the files make."""
        if index.name:
            return index
        made = [
            (one.change.index, _bare(one.change.table), _bare(one.change.table))
            for file in self.root.files
            for one in file.steps
            if isinstance(one.change, AddIndex) and one.change.index.kind == "index" and one.change.index.name
        ]
        taken = {
            one.name for schema in self.project.schemas for of in schema.tables.values() for one in of.indexes
        }
        table = self.wanted.table.rpartition(".")[2]
        style = style_of(made, _STYLE)
        return replace(index, name=Naming(table, table, taken, _LONGEST).name([style], words_of(index)))

    def create(self, index: Index, *, concurrently: bool, unless_exists: bool) -> str:
        """CREATE INDEX."""
        self._check(index)
        words = "CONCURRENTLY " if concurrently else ""
        words += "IF NOT EXISTS " if unless_exists and self.wanted.dialect != "mysql" else ""
        head, word, tail = advice.statement(index, self.wanted.table, set()).partition("INDEX ")
        return self.cased(f"{head}{word}{words}{tail};")

    def drop(self, index: Index, *, concurrently: bool) -> str:
        """DROP INDEX."""
        if self.wanted.dialect == "mysql":
            return self.cased(f"DROP INDEX {index.name} ON {self.wanted.table};")
        words = "CONCURRENTLY " if concurrently else ""
        space = self.wanted.table.rpartition(".")[0]
        name = ".".join(advice.quoted(one) for one in (space, index.name) if one)
        return self.cased(f"DROP INDEX {words}IF EXISTS {name};")

    def _check(self, index: Index) -> None:
        dialect = self.wanted.dialect
        if dialect not in _DIALECTS:
            raise UnwritableError(f"nobody knows here how {dialect} makes an index")
        names = (self.wanted.table, index.name, *(part.column or "" for part in index.parts))
        if dialect == "mysql" and any('"' in advice.quoted(name) for name in names if "." not in name):
            raise UnwritableError("one of its names must be quoted")

    def cased(self, statement: str) -> str:
        """A statement with its keywords in the case that the files use."""
        texts = [self.project.read(one.path) or "" for one in self.root.files[-3:]]
        found = [one[0].islower() for text in texts for one in _CASE.finditer(text)]
        if sum(found) * 2 <= len(found):
            return statement
        pieces = _QUOTED.findall(statement)
        return "".join(one if one[0] in "'\"" else one.lower() for one in pieces)


def _only(roots: Sequence[Root], table: str) -> Root:
    if len(roots) != 1:
        folders = ", ".join(root.folder or "." for root in roots)
        raise UnwritableError(f"several folders make the table {table}: {folders}")
    return roots[0]
