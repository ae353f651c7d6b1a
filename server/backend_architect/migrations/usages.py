"""Where the files of a project still name what a migration takes away."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backend_architect.engine.kinds import kinds_of
from backend_architect.migrations.walking import bare
from backend_architect.schema.changes import AddColumn, CreateTable, RenameColumn, RenameTable
from backend_architect.schema.model import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.project import Project
    from backend_architect.migrations.walking import MigrationStep

_RECENT: Final = 5
"""How many migrations from the last one on may take away what the workspace still needs."""
_MOST: Final = 5
"""How many places are named."""
_AROUND: Final = 3
"""Lines between the name of a column and that of its table."""


def uses(step: MigrationStep, table: str, column: str = "") -> list[Origin]:
    """The places that name a table, or one of its columns, in code that is no migration and no test.

    What older migrations have taken away nobody can still use: for these it is empty.
    """
    if not _is_recent(step):
        return []
    return [*_found(step.project, table, column)][: _MOST + 1]


def said_by(places: list[Origin]) -> str:
    """How a message goes on: how many places there are."""
    if not places:
        return ""
    first = f"{places[0].path}:{places[0].line}"
    if len(places) == 1:
        return f" ({first})"
    more = f"{len(places) - 1}" if len(places) <= _MOST else f"{_MOST} or more"
    return f" ({first} and {more} more)"


def replaced_later(step: MigrationStep, table: str, column: str = "") -> bool:
    """Whether the script goes on to make a table, or a column, of the same name."""
    if column:
        return False
    names = (
        one.change.to if isinstance(one.change, RenameTable) else one.change.table.name
        for one in step.script.steps[len(step.passage.done) + 1 :]
        if isinstance(one.change, RenameTable | CreateTable)
    )
    # One of them may say its schema, the other leave it to the search path.
    return any(bare(one) == bare(table) or one.endswith(f".{table}") for one in names)


def is_own(step: MigrationStep, table: str, column: str) -> bool:
    """Whether the script itself has added the column."""
    for one in step.passage.done:
        match one.change:
            case AddColumn(table=of, column=added) if (of, added.name) == (table, column):
                return True
            case RenameColumn(table=of, to=name) if (of, name) == (table, column):
                return True
            case _:
                pass
    return False


def _is_recent(step: MigrationStep) -> bool:
    history = next(one for one in step.project.histories if step.script in one)
    # The migrations of Django's apps run one after the other, too, but each app has an end of its own.
    apart = step.script.tool == "django"
    same = [one for one in history if not apart or _folder(one.path) == _folder(step.script.path)]
    return step.script.path in {one.path for one in same[-_RECENT:]}


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class _Sought:
    owner: re.Pattern[str]
    """The table, or a class that is mapped to it."""
    column: re.Pattern[str] | None


def _found(project: Project, table: str, column: str) -> Iterator[Origin]:
    mapped = [one for one in project.classes if bare(one.table) == bare(table)]
    names = {one.name for one in mapped}
    sought = _Sought(_owner(table.rpartition(".")[2], names), _word({column}) if column else None)
    migrations = {script.path for history in project.histories for script in history}
    for path in sorted(project.paths):
        if path in migrations or kinds_of(path) & {"tests", "migrations", "examples"}:
            continue
        text = project.read(path)
        if text is not None and (column or table.rpartition(".")[2]) in text:
            yield from (Origin(path, line) for line in _lines(text, sought))


def _owner(table: str, classes: set[str]) -> re.Pattern[str]:
    """What names a table: SQL, a string that is its name and no more, or a class that is mapped to it."""
    name = re.escape(table)
    sql = rf"(?i:\b(?:from|join|into|update|table|on))\s+(?:\w+\.)?[\"`]?{name}(?![\w-])"
    alone = rf"[\"']{name}[\"']"
    return re.compile("|".join([sql, alone, *(rf"(?<![\w-]){re.escape(one)}(?![\w-])" for one in classes)]))


def _word(names: set[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, sorted(names)))})(?![\w-])")


def _lines(text: str, sought: _Sought) -> Iterator[int]:
    lines = text.split("\n")
    owners = [number for number, line in enumerate(lines) if sought.owner.search(line)]
    if sought.column is None:
        yield from (number + 1 for number in owners if not _is_comment(lines[number]))
        return
    for number, line in enumerate(lines):
        near = any(abs(number - owner) <= _AROUND for owner in owners)
        if near and sought.column.search(line) and not _is_comment(line):
            yield number + 1


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith(("#", "--"))
