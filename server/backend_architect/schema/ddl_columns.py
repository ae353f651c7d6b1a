"""Definitions of columns, as CREATE TABLE and ALTER TABLE write them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from backend_architect.schema.changes import AddCheck, AddForeignKey, AddIndex
from backend_architect.schema.ddl_constraints import check, condition, reference
from backend_architect.schema.ddl_types import normalized_type
from backend_architect.schema.model import Column, Index, IndexPart

if TYPE_CHECKING:
    from backend_architect.schema.ddl_constraints import Constraint
    from backend_architect.schema.ddl_words import Words

AFTER_TYPE = frozenset(
    {
        "AFTER",
        "AS",
        "AUTOINCREMENT",
        "AUTO_INCREMENT",
        "CHECK",
        "COLLATE",
        "COMMENT",
        "COMPRESSION",
        "CONSTRAINT",
        "DEFAULT",
        "DEFERRABLE",
        "FIRST",
        "GENERATED",
        "INITIALLY",
        "INVISIBLE",
        "KEY",
        "NOT",
        "NULL",
        "ON",
        "OPTIONS",
        "PRIMARY",
        "REFERENCES",
        "STORAGE",
        "STORED",
        "UNIQUE",
        "USING",
        "VIRTUAL",
        "VISIBLE",
    }
)
"""Words that end a type, and the expression of a default."""

_ENUM = re.compile(r"enum\((.+)\)", re.DOTALL)
_VALUE = re.compile(r"'((?:[^']|'')*+)'")
_SERIALS = frozenset({"smallserial", "serial", "bigserial"})
_AUTOMATIC = frozenset({"AUTO_INCREMENT", "AUTOINCREMENT"})


@dataclass(frozen=True, slots=True)
class Clause:
    """What is said behind the type of a column."""

    start: int
    """Its offset in the statement, with the name of the constraint that it may be."""
    body: int
    """The offset behind that name."""
    end: int
    constraint: Constraint | None


@dataclass(slots=True)
class Defined:
    """A column, and the constraints that are written behind it."""

    column: Column
    constraints: list[Constraint] = field(default_factory=list["Constraint"])
    clauses: list[Clause] = field(default_factory=list[Clause])


def column_definition(words: Words, table: str) -> Defined:
    """A name, a type and what is said behind it, up to the end of the words.

    Raises:
        UnreadableError: it is none.
    """
    origin = words.origin
    name = words.identifier()
    said = column_type(words)
    column = Column(name, said, nullable=said not in _SERIALS, choices=_enum_values(said), origin=origin)
    defined = Defined(column)
    while not words.done:
        start = words.start
        constraint = words.identifier() if words.takes("CONSTRAINT") else ""
        if words.done:
            break
        body, before = words.start, len(defined.constraints)
        _clause(words, defined, table, constraint)
        made = defined.constraints[-1] if len(defined.constraints) > before else None
        defined.clauses.append(Clause(start, body, words.passed, made))
    return defined


def column_type(words: Words) -> str:
    """The type that comes next, spelled as usual; empty where there is none, as SQLite allows."""
    if words.done or words.word in AFTER_TYPE:
        return ""
    if not words.word:
        return words.name() + ("[]" if words.takes("[", "]") else "")
    return normalized_type(words.text(AFTER_TYPE), words.dialect)


def _enum_values(said: str) -> tuple[str, ...]:
    found = _ENUM.fullmatch(said)
    return tuple(value.replace("''", "'") for value in _VALUE.findall(found[1])) if found else ()


def _clause(words: Words, defined: Defined, table: str, name: str) -> None:
    """Reads one clause behind a type; `name` is that of the constraint, if it has one."""
    column = defined.column
    if words.takes("NOT", "NULL"):
        defined.column = replace(column, nullable=False)
    elif words.takes("NULL"):
        defined.column = replace(column, nullable=True)
    elif words.takes("DEFAULT"):
        defined.column = replace(column, default=default(words))
    elif words.word in {"GENERATED", "AS"}:
        defined.column = generated(words, column)
    elif automatic := words.takes_one(_AUTOMATIC):
        defined.column = replace(column, default=automatic.lower())
    elif constraint := _constraint(words, column, table, name):
        defined.constraints.append(constraint)
    else:
        _pass_over(words)


def _constraint(words: Words, column: Column, table: str, name: str) -> Constraint | None:
    origin = words.origin
    index = Index(name, (IndexPart(column.name),), unique=True, origin=origin)
    if words.takes("PRIMARY", "KEY") or words.takes("KEY"):
        return AddIndex(table, replace(index, kind="primary"))
    if words.takes("UNIQUE"):
        words.takes("KEY")
        distinct = not words.takes("NULLS", "NOT", "DISTINCT")
        return AddIndex(table, replace(index, kind="unique", nulls_distinct=distinct))
    if words.takes("CHECK"):
        return AddCheck(table, check(words, name))
    # MySQL up to 8 reads REFERENCES behind a column and does nothing.
    if words.word == "REFERENCES" and words.dialect != "mysql":
        words.skip()
        return AddForeignKey(table, reference(words, (column.name,), name, origin))
    return None


def default(words: Words) -> str:
    """What follows DEFAULT, up to the next clause."""
    first = words.one() if words.word in AFTER_TYPE else ""
    rest = words.text(AFTER_TYPE)
    return f"{first} {rest}".strip()


def generated(words: Words, column: Column) -> Column:
    """A column with what `GENERATED ... AS ...` or `AS (...)` says."""
    how = "by default" if words.takes("GENERATED", "BY", "DEFAULT") else "always"
    if how == "always":
        words.takes("GENERATED", "ALWAYS")
    words.wants("AS")
    if words.takes("IDENTITY"):
        if words.word == "(":
            words.skip()
        return replace(column, default=f"generated {how} as identity", nullable=False)
    expression = condition(words.group())
    stored = words.takes_one(frozenset({"STORED", "VIRTUAL"})).lower()
    return replace(column, default=f"generated {how} as ({expression}) {stored}".strip())


def _pass_over(words: Words) -> None:
    """Passes a clause that says nothing about the schema: COLLATE, COMMENT, ON UPDATE, STORAGE."""
    words.skip()
    while not words.done and words.word not in AFTER_TYPE:
        words.skip()
