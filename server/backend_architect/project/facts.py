"""What single files of a project say that its rules as a whole look at."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from backend_architect.advice.lookups import seeded_tables
from backend_architect.advice.workspace import asks, asks_through_models
from backend_architect.loading import tracing
from backend_architect.queries import programs
from backend_architect.queries.reading import Reading, read
from backend_architect.schema.alembic import Revision, is_revision, revision_of
from backend_architect.schema.migrations import SqlFile, changes_schema, sql_file
from backend_architect.schema.outlines import Outline, outline

if TYPE_CHECKING:
    from collections.abc import Callable

    from backend_architect.engine.language import Elsewhere
    from backend_architect.loading.traces import Traced
    from backend_architect.queries.programs import Program
    from backend_architect.queries.statements import Statement
    from backend_architect.schema.alembic_program import Module

_DJANGO: Final = re.compile(r"^class Migration\(", re.MULTILINE)
_MAY_ASK: Final = re.compile(r"\b(?:select|insert|delete|merge)\b|\bupdate\s", re.IGNORECASE)
"""What stands in every text with a statement that reads or changes rows."""


@dataclass(frozen=True, slots=True)
class DeclaredFacts:
    """What a file says about a schema; it follows from its text, and modules that a revision asked for."""

    sql: SqlFile | None = None
    outline: Outline | None = None
    revision: Revision | None = None

    @property
    def asked(self) -> bool:
        """Whether other modules were asked."""
        return self.revision is not None and bool(self.revision.asked)


@dataclass(frozen=True, slots=True)
class QueryFacts:
    """What a file asks of tables: a function of its text, and of the answers about other files."""

    statements: tuple[Statement, ...] = ()
    program: Program | None = None
    """What it asks through models, whose tables other files declare."""
    handlers: frozenset[int] = frozenset()
    """The lines on which its functions begin that answer requests."""
    traced: Traced | None = None
    """What its functions do with rows."""
    seeded: frozenset[str] = frozenset()
    """The tables into which it inserts rows of constants."""
    reads: tuple[tuple[str, Any], ...] = ()
    """What was asked of other files, with the answers."""

    def holds(self, elsewhere: Elsewhere) -> bool:
        """Whether other files still say the same."""
        return all(elsewhere(path) == answer for path, answer in self.reads)


def declared_facts(
    path: str, text: str, dialect: str, module: Callable[[str], Module | None]
) -> DeclaredFacts:
    """What a file says about a schema.

    Args:
        path: below the root of the project, with slashes; its end tells the language.
        text: of the file.
        dialect: of its SQL, by the name that sqlglot gives it.
        module: gives the modules of the project, by their dotted names.
    """
    if path.endswith(".sql"):
        return DeclaredFacts(sql=sql_file(text, dialect, path))
    revision = revision_of(text, path, module) if is_revision(text) else None
    return DeclaredFacts(outline=outline(text, path), revision=revision)


def is_migration(path: str, text: str) -> bool:
    """Whether rules about migrations may speak in a file: it changes a schema, step by step."""
    if path.endswith(".sql"):
        return changes_schema(text)
    return is_revision(text) or _DJANGO.search(text) is not None


def may_ask(text: str) -> bool:
    """Whether there may be statements in a text that read or change rows."""
    return _MAY_ASK.search(text) is not None or programs.may_ask(text) or tracing.may_load(text)


def query_facts(path: str, text: str, dialect: str, elsewhere: Elsewhere) -> QueryFacts:
    """What a file asks of tables; the arguments are those of `declared_facts`."""
    if not may_ask(text):
        return QueryFacts()
    recorder = _Recorder(elsewhere)
    reading = read(path, text, dialect, recorder) if asks(path) else Reading(())
    is_sql = path.endswith(".sql")
    through_models = not is_sql and asks_through_models(path)
    program = programs.program_of(text, path) if through_models else None
    traced = tracing.traced(text, path) if through_models and tracing.may_load(text) else None
    seeded = frozenset(seeded_tables(text, dialect)) if is_sql else frozenset[str]()
    asked = program if program is not None and program.asked else None
    return QueryFacts(
        reading.statements, asked, reading.handlers, traced, seeded, tuple(recorder.reads.items())
    )


@dataclass(slots=True)
class _Recorder:
    """Asks about other files, and remembers the answers."""

    elsewhere: Elsewhere
    reads: dict[str, Any] = field(default_factory=dict[str, Any])

    def __call__(self, path: str) -> Any:
        if path not in self.reads:
            self.reads[path] = self.elsewhere(path)
        return self.reads[path]
