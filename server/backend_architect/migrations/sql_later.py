"""Whether statements may run later than those that stand behind them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from backend_architect.engine.remedies import UnwritableError
from backend_architect.schema.actions import Begin, End, SetTimeout, WriteRows
from backend_architect.schema.changes import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddIndex,
    DropConstraint,
    UseIndex,
    ValidateConstraint,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from backend_architect.migrations.sql_editing import Part
    from backend_architect.migrations.sql_writer import SqlRewriting
    from backend_architect.schema.changes import Effect, Step

_ADDS: Final = (AddColumn, AddCheck, AddForeignKey, AddIndex)
_APART: Final = (Begin, End, SetTimeout)


def check_independence(
    rewriting: SqlRewriting, moved: Sequence[Part], later: Iterable[Step], texts: Iterable[str] = ()
) -> None:
    """Refuse to move parts behind later statements that may need them.

    Args:
        rewriting: whose parts they are.
        moved: the parts.
        later: what the statements behind them do.
        texts: their texts, where they are not those of the same file.

    Raises:
        UnwritableError: one of them may need them.
    """
    changes = [part.change for part in moved]
    tables = {bare(table) for one in changes for table in tables_of(one)}
    names = {name for one in changes if (name := name_of(one))}
    rows = any(isinstance(one, WriteRows) for one in changes)
    for step in later:
        if isinstance(step.change, _APART):
            continue
        about = {bare(table) for table in tables_of(step.change)}
        named = name_of(step.change) in names or getattr(step.change, "index", None) in names
        adds = isinstance(step.change, _ADDS) and not rows
        points = isinstance(step.change, AddForeignKey) and bare(step.change.key.table) in tables
        if named or (about & tables and (not adds or points)):
            raise UnwritableError(
                f"line {step.origin.line} of {step.origin.path} may need it, and would run before it"
            )
    _check_texts(rewriting, names | (tables if rows else set()), texts)


def _check_texts(rewriting: SqlRewriting, names: set[str], texts: Iterable[str]) -> None:
    """Refuse where a statement that nobody has read names what is made later."""
    of = rewriting.of
    behind = (of.of(piece) for piece in of.pieces if piece.start > rewriting.piece.start)
    for text in (*behind, *texts):
        for name in names:
            if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE):
                raise UnwritableError(f"a later statement speaks of {name}, and would run before it")


def tables_of(change: Effect) -> tuple[str, ...]:
    """The tables that a change is about."""
    table = getattr(change, "table", None)
    found = [table] if isinstance(table, str) else [table.name] if table is not None else []
    found += [change.key.table] if isinstance(change, AddForeignKey) else []
    found += [one for one in (getattr(change, "partition", None), getattr(change, "to", None)) if one]
    return (*found, *getattr(change, "tables", ()))


def name_of(change: Effect) -> str:
    """The name of the index or constraint that a change is about; empty for none."""
    match change:
        case AddIndex(index=index):
            return index.name
        case UseIndex(index=index):
            return index
        case AddForeignKey(key=key):
            return key.name
        case AddCheck(check=check):
            return check.name
        case ValidateConstraint(name=name) | DropConstraint(name=name):
            return name
        case _:
            name = getattr(change, "name", "")
            return name.rpartition(".")[2] if isinstance(name, str) else ""


def bare(name: str) -> str:
    """The name of a table without its schema."""
    return name.rpartition(".")[2]
