"""A way back for operations of Django that have none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backend_architect.engine.remedies import Changes, Remedy, UnwritableError
from backend_architect.fixes.calls import add_keyword, append_argument
from backend_architect.migrations.django_file import MigrationFile
from backend_architect.migrations.django_operation import operation_of, single_operation

if TYPE_CHECKING:
    from backend_architect.engine.project import Project
    from backend_architect.migrations.walking import MigrationStep
    from backend_architect.schema.terms import Call

_REVERSE: Final = {"RunPython": "reverse_code", "RunSQL": "reverse_sql"}
_REASON: Final = "the way back keeps what the migration has done to rows; see whether that is what you want"
_NAME: Final = r"(?P<name>(?:\"[^\"]+\"|[\w.])+)"
_DDL: Final = (
    (
        rf"create\s+(?:unique\s+)?index\s+(?P<beside>concurrently\s+)?(?:if\s+not\s+exists\s+)?{_NAME}\s+on\b",
        "DROP INDEX {beside}IF EXISTS {name}",
    ),
    (rf"create\s+extension\s+(?:if\s+not\s+exists\s+)?{_NAME}\s*$", ""),
    (rf"create\s+table\s+(?:if\s+not\s+exists\s+)?{_NAME}\s*\(", "DROP TABLE {name}"),
    (rf"create\s+(?:or\s+replace\s+)?view\s+{_NAME}\s", "DROP VIEW {name}"),
    (rf"create\s+materialized\s+view\s+(?:if\s+not\s+exists\s+)?{_NAME}\s", "DROP MATERIALIZED VIEW {name}"),
    (rf"create\s+sequence\s+(?:if\s+not\s+exists\s+)?{_NAME}\b", "DROP SEQUENCE {name}"),
    (
        rf"alter\s+table\s+(?P<table>[\w.\"]+)\s+add\s+constraint\s+{_NAME}\s[^;]*$",
        "ALTER TABLE {table} DROP CONSTRAINT {name}",
    ),
    (
        rf"alter\s+table\s+(?P<table>[\w.\"]+)\s+add\s+column\s+{_NAME}\s[^,;]*$",
        "ALTER TABLE {table} DROP COLUMN {name}",
    ),
)
"""Statements, and those that take them back; an extension may have been there before."""


@dataclass(frozen=True, slots=True)
class Undo:
    """Gives an operation a way back; plain data."""

    path: str
    line: int

    def changes(self, project: Project) -> Changes:
        """The edit of the migration."""
        _, operation = single_operation(project, self.path, self.line)
        keyword = _REVERSE.get(operation.name)
        if keyword is None or _has_way_back(operation):
            raise UnwritableError("the operation has changed meanwhile")
        migration = MigrationFile.read(project, self.path)
        node, file = migration.operation(self.line), migration.file
        back = _way_back(operation)
        value = file.style.string(back) if back else f"{file.at.source_of(node.func)}.noop"
        by_place = len(node.args) == 1 and not node.keywords
        edit = (
            append_argument(node, value, file.at) if by_place else add_keyword(node, keyword, value, file.at)
        )
        if edit is None:
            raise UnwritableError("the operation cannot be edited with certainty")
        return Changes({self.path: (edit,)})


def undo(step: MigrationStep) -> Remedy | None:
    """The remedy that gives `RunPython` or `RunSQL` a way back; None for what has one."""
    found = operation_of(step.project, step.script.path, step.origin.line)
    if found is None or found[1].name not in _REVERSE or _has_way_back(found[1]):
        return None
    back = _way_back(found[1])
    title = "Say how it is taken back" if back else "Say that nothing is to be done on the way back (`noop`)"
    return Remedy(title, "unsafe", _REASON, Undo(step.script.path, step.origin.line))


def _has_way_back(operation: Call) -> bool:
    keyword = _REVERSE[operation.name]
    return len(operation.args) > 1 or (operation.has(keyword) and operation.keyword(keyword) is not None)


def _way_back(operation: Call) -> str:
    """The SQL that takes one statement back; empty where nobody can tell it."""
    sql = operation.argument(0, "sql")
    if operation.name != "RunSQL" or not isinstance(sql, str):
        return ""
    statement = sql.strip().rstrip(";").rstrip()
    for pattern, back in _DDL:
        found = re.match(pattern, statement, re.IGNORECASE)
        if found is not None and ";" not in statement:
            groups = found.groupdict()
            beside = "CONCURRENTLY " if groups.get("beside") else ""
            return back.format_map({**groups, "beside": beside})
    return ""
