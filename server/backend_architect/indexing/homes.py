"""What knows how to write an index into one kind of file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from backend_architect.engine.project import Project
    from backend_architect.engine.remedies import Changes
    from backend_architect.schema.model import Index


@dataclass(frozen=True, slots=True)
class Wanted:
    """An index that a table of a project is to get; plain data."""

    table: str
    """As its schema names it."""
    index: Index
    """Without a name: the place that it is written to decides that."""
    dialect: str = "postgres"
    """Of the database, by the name that sqlglot gives it."""
    extension: str = ""
    """The extension of PostgreSQL that must be installed first; empty for none."""


class ModelHome(Protocol):
    """The model of a table."""

    @property
    def title(self) -> str:
        """The name of the class, or of the variable of a table."""
        ...

    def write(self) -> tuple[Changes, Index]:
        """The index put into the model, and the index under the name that the model gives it.

        A model that has the index already is not changed.

        Raises:
            UnwritableError: the model cannot say it, or cannot be edited with certainty.
        """
        ...


class MigrationHome(Protocol):
    """A history of migrations that a table belongs to."""

    @property
    def title(self) -> str:
        """What is written, as titles name it: "a new migration (Alembic)", "`schema.sql`"."""
        ...

    def write(self, index: Index) -> Changes:
        """The migration that makes an index, as a new file; where the index has no name, it is given one.

        Raises:
            UnwritableError: there is not one place where it belongs, or the tool cannot say it.
        """
        ...


FindModel = Callable[["Project", Wanted], ModelHome | None]
"""Finds the model of a table, without reading a file; gives None if there is none of its library."""

FindMigrations = Callable[["Project", Wanted], MigrationHome | None]
"""Finds the history that a table belongs to, without reading a file; gives None if its tool has none."""
