"""What SQL text does to a schema, and to transactions and rows on the way.

Statements are read from their words, not from a tree: sqlglot takes half of all ALTER TABLE for commands, and
it spells types and defaults otherwise than they are written. A statement that cannot be read is passed over.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from backend_architect.schema import ddl_actions, ddl_alter, ddl_create, ddl_drop
from backend_architect.schema.actions import MakeTable
from backend_architect.schema.changes import CreateEnum, CreateTable, CreateView, Step
from backend_architect.schema.ddl_words import UnreadableError, words_behind
from backend_architect.schema.model import Origin
from backend_architect.sql.lexing import dollar_end
from backend_architect.sql.scanner import scan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from backend_architect.schema.changes import Effect
    from backend_architect.schema.ddl_words import Words

_BEGINS = re.compile(
    r"(?:CREATE|ALTER|DROP|RENAME)\b(?!\s+(?:OR\s+REPLACE\s+)?(?:FUNCTION|PROCEDURE|TRIGGER|POLICY|SEQUENCE|ROLE)\b)",
    re.IGNORECASE,
)
"""Functions have bodies that nobody wants to take apart."""
_ACTS = re.compile(
    r"(?:SELECT(?=\s+(?:PG_CATALOG\s*\.\s*)?SET_CONFIG\b)|WITH(?=.*?\b(?:UPDATE|DELETE|INSERT|MERGE)\b)"
    r"|BEGIN|START|COMMIT|END|ROLLBACK|ABORT|SET|UPDATE|DELETE|INSERT|MERGE"
    r"|TRUNCATE|REINDEX|RESET|REFRESH|CLUSTER|VACUUM|LOCK)\b",
    re.IGNORECASE | re.DOTALL,
)
"""Most statements that read need not be taken apart either."""
_MADE = re.compile(
    r"""(?:CREATE\s+(?:(?:GLOBAL|LOCAL)\s+)?(?:TEMP(?:ORARY)?\s+|UNLOGGED\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?"""
    r"""|SELECT\s[^;'()]*?\bINTO\s+(?:TEMP(?:ORARY)?\s+|UNLOGGED\s+)?(?:TABLE\s+)?)([\w."`]+)""",
    re.IGNORECASE,
)
"""A table that cannot be read, one that is temporary, and one that holds what a query finds."""
_ROWS = re.compile(r"INSERT\s+INTO\s+[\w.\"`]+\s*(?:\([^()]*\)\s*)?VALUES\b", re.IGNORECASE)
"""Rows that are written down, of which data has thousands."""
_SEARCH_PATH = re.compile(
    r"""SET\s+(?:LOCAL\s+)?search_path\s*(?:=|\bTO\b)\s*(["']?)([\w$]*)\1""", re.IGNORECASE
)
_DEFAULT_SPACES = frozenset({"", "public", "$user", "default", "DEFAULT"})
_DO = re.compile(r"DO\b[^$]*", re.IGNORECASE)
_GUARD = re.compile(
    r"(?:\s|--[^\n]*(?:\n|\Z)|BEGIN\b|IF\b(?:[^;']|'[^']*')*?\bTHEN\b|EXCEPTION\b[^;]*?\bTHEN\b)*+",
    re.IGNORECASE,
)
"""What stands before a statement in a DO block that makes a change only where it is still to be made."""

_READERS: Mapping[str, Callable[[Words], Iterator[Effect]]] = {
    **ddl_actions.READERS,
    "CREATE": ddl_create.created,
    "ALTER": ddl_alter.altered,
    "DROP": ddl_drop.dropped,
    "RENAME": ddl_drop.renamed,
}


def changes_of_sql(text: str, dialect: str, path: str) -> list[Step]:
    """The changes and actions of the statements of a text, in their order.

    `dialect` is a name of sqlglot's; `path` is that of the file below the root of the workspace, and empty
    for a string of a program: where its lines stand, nobody knows, so the parts of its changes have no
    places. Never raises.
    """
    steps: list[Step] = []
    line, counted, space = 1, 0, ""
    for number, piece in enumerate(scan(text, dialect).pieces):
        if piece.kind != "sql":
            continue
        line += text.count("\n", counted, piece.start)
        counted = piece.start
        statement = text[piece.start : piece.end]
        if found := _SEARCH_PATH.match(statement):
            space = "" if found[2] in _DEFAULT_SPACES else found[2]
        steps += (
            replace(_within(space, step), statement=number) for step in _steps(statement, dialect, path, line)
        )
    return steps


def _within(space: str, step: Step) -> Step:
    """The step with what it creates in a schema, where only the search path names it."""
    change = step.change
    if not space or not isinstance(change, CreateTable | CreateView | CreateEnum):
        return step
    name = change.table.name if isinstance(change, CreateTable) else change.name
    if "." in name:
        return step
    if isinstance(change, CreateTable):
        return replace(step, change=replace(change, table=replace(change.table, name=f"{space}.{name}")))
    return replace(step, change=replace(change, name=f"{space}.{name}"))


def _steps(text: str, dialect: str, path: str, line: int) -> Iterator[Step]:
    if opening := _DO.match(text):
        yield from _block(text, opening.end(), dialect, path, line)
        return
    origin = Origin(path, line)
    changes = list(_changes(text, dialect, path, line))
    if not changes and (made := _MADE.match(text)):
        changes.append(MakeTable(made[1].replace('"', "").replace("`", "")))
    yield from (Step(change, origin) for change in changes)


def _block(text: str, start: int, dialect: str, path: str, line: int) -> Iterator[Step]:
    """The changes of a DO block with guarded statements: `IF NOT EXISTS (...) THEN CREATE TYPE ...`."""
    quoted = dollar_end(text, start)
    if quoted is None:
        return
    start = text.index("$", start + 1) + 1
    body = text[start : quoted[0]]
    for piece in scan(body, dialect).pieces:
        first = _GUARD.match(body, piece.start)
        if first and first.end() < piece.end and _BEGINS.match(body, first.end()):
            below = line + text.count("\n", 0, start + first.end())
            yield from _steps(body[first.end() : piece.end], dialect, path, below)


def _changes(text: str, dialect: str, path: str, line: int) -> Iterator[Effect]:
    first = _BEGINS.match(text) or _ACTS.match(text)
    if first is None or _ROWS.match(text):
        return
    words = words_behind(first.end(), text, dialect, path, line)
    try:
        yield from _READERS[first[0].upper()](words)
    except UnreadableError:
        return
