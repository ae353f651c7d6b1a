"""The statements that make an index, as the SQL files of a project write theirs."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from backend_architect.advice import advice
from backend_architect.engine.remedies import UnwritableError
from backend_architect.indexing.index_names import IndexNames, learned, named, names_in_use
from backend_architect.schema.changes import AddIndex, CreateTable
from backend_architect.schema.migrations import roots_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.project import Project
    from backend_architect.indexing.homes import Wanted
    from backend_architect.schema.changes import Step
    from backend_architect.schema.migrations import Root, SqlFile
    from backend_architect.schema.model import Index

_PATTERN: Final = "{table}_{words}_idx"
"""What PostgreSQL calls an index without a name."""
_DIALECTS: Final = frozenset({"postgres", "mysql", "sqlite"})
INVALID: Final = (
    "-- If this fails, drop the INVALID index that it leaves before the next try,\n"
    "-- because IF NOT EXISTS would keep that one."
)
_CASE: Final = re.compile(r"\bcreate (?:table|index|unique index)\b", re.IGNORECASE)
_QUOTED: Final = re.compile(r"'(?:[^']|'')*+'|\"(?:[^\"]|\"\")*+\"|[^'\"]+")


def files_of(project: Project, table: str) -> list[SqlFile]:
    """The .sql files that make a table, or change it."""
    having = (schema for schema in project.schemas if schema.table(table) is not None)
    sources = {path for schema in having for path in schema.sources}
    return [one for one in project.facts.sql if one.path in sources and any(steps_of(one, table))]


def root_of(project: Project, table: str, *, versioned: bool) -> Root:
    """The files that make a table together.

    Raises:
        UnwritableError: there is not one such group of files.
    """
    paths = {one.path for one in files_of(project, table)}
    roots = [
        root
        for root in roots_of(project.facts.sql)
        if root.versioned is versioned and any(one.path in paths for one in root.files)
    ]
    if len(roots) != 1:
        folders = ", ".join(root.folder or "." for root in roots) or "none"
        raise UnwritableError(f"not one folder makes the table {table}, but {folders}")
    return roots[0]


def steps_of(file: SqlFile, table: str) -> Iterator[Step]:
    """What a file does to a table."""
    bare = _bare(table)
    for step in file.steps:
        change = step.change
        name = change.table.name if isinstance(change, CreateTable) else getattr(change, "table", None)
        if bare in {_bare(name), _bare(getattr(change, "to", None))}:
            yield step


def _bare(name: object) -> str:
    return name.removeprefix("public.") if isinstance(name, str) else ""


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
        steps = (step.change for file in self.root.files for step in file.steps)
        made = named((one.index, one.table) for one in steps if isinstance(one, AddIndex))
        names = IndexNames([learned(made, _PATTERN)], names_in_use(self.project))
        return replace(index, name=names.choose(index, self.wanted.table))

    def create(self, index: Index, *, concurrently: bool, unless_exists: bool) -> str:
        """CREATE INDEX."""
        self._check(index)
        words = "CONCURRENTLY " if concurrently else ""
        words += "IF NOT EXISTS " if unless_exists and self.wanted.dialect != "mysql" else ""
        head, word, tail = advice.statement(index, self.wanted.table, set()).partition("INDEX ")
        statement = self.cased(f"{head}{word}{words}{tail};")
        return f"{INVALID}\n{statement}" if concurrently and unless_exists else statement

    def extension(self) -> tuple[str, str]:
        """The statements that install the extension which is needed, and take it away again."""
        name = self.wanted.extension
        return self.cased(f"CREATE EXTENSION IF NOT EXISTS {name};"), self.cased(
            f"DROP EXTENSION IF EXISTS {name};"
        )

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
            raise UnwritableError("one of its names must be quoted, which MySQL does in a way of its own")

    def cased(self, statement: str) -> str:
        """A statement with its keywords in the case that the files use."""
        texts = [self.project.read(one.path) or "" for one in self.root.files[-3:]]
        found = [one[0].islower() for text in texts for one in _CASE.finditer(text)]
        if sum(found) * 2 <= len(found):
            return statement
        pieces = _QUOTED.findall(statement)
        return "".join(one if one[0] in "'\"" else one.lower() for one in pieces)
