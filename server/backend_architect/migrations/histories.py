"""The migrations of a project, one after the other, whichever tool runs them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from backend_architect.schema.alembic import Revision
    from backend_architect.schema.changes import Step
    from backend_architect.schema.django_migrations import DjangoHistory
    from backend_architect.schema.migrations import Root

Tool = Literal["sql", "alembic", "django"]


@dataclass(frozen=True, slots=True)
class Script:
    """A migration: a file, and what it does when it is applied forward."""

    path: str
    tool: Tool
    steps: tuple[Step, ...]
    dialect: str = "postgres"
    atomic: bool = True
    """Whether its tool runs it as one transaction; of .sql files the runner says that, see `runners`."""
    runner: str = ""
    """What runs it, where settings say that."""
    beside: frozenset[str] = frozenset()
    """The tables that it and the files beside it make, where these say what is there, and are no history."""


History = tuple[Script, ...]
"""Migrations that are applied to one database, in their order."""


def sql_histories(roots: Iterable[Root]) -> Iterator[History]:
    """The histories of .sql files; of files without a version nobody knows which comes first."""
    for root in roots:
        scripts = [Script(file.path, "sql", file.steps, file.spoken) for file in root.files]
        if root.versioned:
            yield tuple(scripts)
        else:
            made = frozenset[str]().union(*(file.created for file in root.files))
            yield from ((replace(script, beside=made),) for script in scripts)


def alembic_history(revisions: Iterable[Revision]) -> History:
    """The history of the revisions of an environment, in their order."""
    return tuple(Script(one.path, "alembic", one.steps) for one in revisions)


def django_scripts(history: DjangoHistory) -> History:
    """The history of all apps of a project."""
    return tuple(
        Script(path, "django", tuple(steps), atomic=path not in history.loose)
        for path, steps in groupby(history.steps, key=lambda step: step.origin.path)
    )
