"""Indexes in the SQL file that says what is there: schema.sql, structure.sql."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backend_architect.engine.findings import Edit, Span
from backend_architect.engine.remedies import Changes, UnwritableError
from backend_architect.engine.text import line_end, newline_of, split_lines
from backend_architect.indexing.sql_writing import SqlWriter, files_of, root_of, steps_of
from backend_architect.schema.changes import AddIndex, CreateTable
from backend_architect.schema.migrations import place_of
from backend_architect.sql.scanner import scan

if TYPE_CHECKING:
    from backend_architect.engine.project import Project
    from backend_architect.indexing.homes import Wanted
    from backend_architect.schema.model import Index

_DUMP: Final = re.compile(r"^-- (?:PostgreSQL|MySQL|MariaDB) (?:database )?dump\b", re.MULTILINE)


def find(project: Project, wanted: Wanted) -> SqlSchema | None:
    """The file that makes a table which no history makes."""
    files = files_of(project, wanted.table)
    if not files or any(place_of(one.path)[1] is not None for one in files):
        return None
    return SqlSchema(project, wanted, files[0].path)


@dataclass(frozen=True, slots=True)
class SqlSchema:
    """Files that say what is there."""

    project: Project
    wanted: Wanted
    path: str

    @property
    def title(self) -> str:
        """The name of the file, as that of something that is changed."""
        return f"`{self.path.rpartition('/')[2]}`"

    def write(self, index: Index) -> Changes:
        """The statement behind the other indexes of the table, or behind the table."""
        root = root_of(self.project, self.wanted.table, versioned=False)
        steps = [step for file in root.files for step in steps_of(file, self.wanted.table)]
        made = [one.origin for one in steps if isinstance(one.change, CreateTable)]
        if len(made) != 1:
            raise UnwritableError(f"not one statement makes the table {self.wanted.table}, but {len(made)}")
        path, line = made[0].path, made[0].line
        text = self.project.read(path)
        if text is None:
            raise UnwritableError(f"{path} cannot be read")
        changes = ((one.change, one.origin) for one in steps if one.origin.path == path)
        indexes = [at.line for one, at in changes if isinstance(one, AddIndex) and one.index.kind == "index"]
        row = self._end_of(text, max(line, *indexes) - 1 if indexes else line - 1)
        writer = SqlWriter(self.project, self.wanted, root)
        lines = split_lines(text)
        newline = newline_of(lines)
        gap = newline if indexes and max(indexes) > line else newline * 2
        statements = [writer.create(writer.named(index), concurrently=False, unless_exists=False)]
        if self.wanted.extension and self.wanted.extension not in text:
            statements.insert(0, writer.extension()[0])
        at = line_end(lines[row])
        note = (
            f"A tool wrote {path}; what it wrote it from must have the index, too."
            if _DUMP.search(text)
            else f"{path} makes the index in new databases; those that are there need it, too."
        )
        edit = Edit(Span(row, at, row, at), gap + newline.join(statements))
        return Changes({path: (edit,)}, notes=(note,))

    def _end_of(self, text: str, row: int) -> int:
        """The line on which the statement of a line ends."""
        for piece in scan(text, self.wanted.dialect).pieces:
            first, last = text.count("\n", 0, piece.start), text.count("\n", 0, piece.end)
            if first <= row <= last:
                if not piece.terminated:
                    raise UnwritableError(f"the statement of the table {self.wanted.table} has no end")
                return text.count("\n", 0, text.index(";", piece.end))
        raise UnwritableError(f"the statement of the table {self.wanted.table} is not where it was")
