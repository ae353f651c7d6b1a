"""Operations of Django's migrations as they are written, into whichever file they go."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Iterable, Sequence

    from backend_architect.engine.findings import Edit
    from backend_architect.indexing.python_file import PythonFile
    from backend_architect.migrations.django_file import MigrationFile
    from backend_architect.migrations.django_sql import Statements

MIGRATIONS: Final = "django.db.migrations"
POSTGRES: Final = "django.contrib.postgres.operations"


@dataclass(frozen=True, slots=True)
class Written:
    """An operation."""

    render: Callable[[PythonFile, str], str]
    """Its text in a file, for a line with an indentation, without the comma behind it."""
    uses: tuple[ast.expr, ...] = ()
    """What it has from the migration that is rewritten."""
    why: str = ""
    """A sentence for the comment above it."""

    def text(self, file: PythonFile, indent: str) -> str:
        """Its text with the comment."""
        comment = f"# {self.why}{file.style.newline}{indent}" if self.why else ""
        return comment + self.render(file, indent)


@dataclass(frozen=True, slots=True)
class Batch:
    """Operations that run one after the other, and where; as in a `Phase`."""

    operations: tuple[Written, ...]
    where: Literal["same", "next", "none"]
    about: str = ""
    """What the name of a new migration says of it."""


def copied(
    migration: MigrationFile, node: ast.Call, function: str = "", edits: Sequence[Edit] = ()
) -> Written:
    """An operation of a migration as it stands there; with another function, or with edits."""
    at = migration.file.at

    def render(file: PythonFile, indent: str) -> str:
        renamed = [at.edit(*at.range_of(node.func), file.name(function))] if function else []
        return migration.text(node, indent, [*renamed, *edits])

    parts = [*node.args, *(one.value for one in node.keywords)]
    return Written(render, (*parts, *([] if function else [node.func])))


def called(path: str, arguments: Callable[[PythonFile, str], Iterable[str]]) -> Written:
    """A call whose arguments are written for a line with an indentation."""

    def render(file: PythonFile, indent: str) -> str:
        given = list(arguments(file, indent + file.style.unit))
        return file.style.call(file.name(path), given, indent, beside=1)

    return Written(render)


def run_sql(statements: Statements, why: str = "") -> Written:
    """`RunSQL`."""
    forward, backward = statements

    def arguments(file: PythonFile, _: str) -> Iterable[str]:
        yield f"sql={file.style.string(forward)}"
        back = file.style.string(backward) if backward else f"{file.name(f'{MIGRATIONS}.RunSQL')}.noop"
        yield f"reverse_sql={back}"

    return replace(called(f"{MIGRATIONS}.RunSQL", arguments), why=why)


def separate(database: Sequence[Written], state: Written, why: str = "") -> Written:
    """What is done to the database, and what Django is to take it for."""

    def render(file: PythonFile, indent: str) -> str:
        newline, unit = file.style.newline, file.style.unit
        lists = (("database_operations", database), ("state_operations", (state,)))
        lines: list[str] = []
        for name, operations in lists:
            inner = indent + 2 * unit
            lines += [f"{indent}{unit}{name}=["]
            lines += [f"{inner}{one.text(file, inner)}," for one in operations]
            lines += [f"{indent}{unit}],"]
        head = f"{file.name(f'{MIGRATIONS}.SeparateDatabaseAndState')}("
        return newline.join([head, *lines, f"{indent})"])

    return Written(render, tuple(node for one in (*database, state) for node in one.uses), why)


def of_models(file: PythonFile, name: str) -> str:
    """How a file writes something of `django.db.models`."""
    return f"{file.name('django.db.models')}.{name}"
