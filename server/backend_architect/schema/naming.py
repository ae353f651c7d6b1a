"""The names that databases choose for what nobody named, so that a later DROP finds it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from backend_architect.schema.expressions import closing, columns_of, is_call

if TYPE_CHECKING:
    from backend_architect.schema.model import Check, ForeignKey, Index, Table

_LONGEST = 63
"""Bytes of a name in PostgreSQL 15 (NAMEDATALEN)."""

_LABELS = {"primary": "pkey", "unique": "key", "exclusion": "excl", "index": "idx"}
_CAST = re.compile(r"(.+)::([\w.]+)[\w ]*(?:\([\d,]+\))?(?:\[\])?", re.DOTALL)
_NAME = re.compile(r'("?)(\w+)\1')


def index_name(table: Table, index: Index, dialect: str) -> str:
    """What the database calls an index or the constraint that it is for."""
    if dialect == "mysql":
        if index.kind == "primary":
            return "PRIMARY"
        column = next((name for name in index.columns if name), "functional_index")
        return _free(column, _names(table), "_", 2)
    if dialect not in {"postgres", "redshift"}:
        return ""
    middle = "" if index.kind == "primary" else "_".join(_own_columns(index))
    return _chosen(table, middle, _LABELS[index.kind])


def key_name(table: Table, key: ForeignKey, dialect: str) -> str:
    """What the database calls a foreign key."""
    if dialect == "mysql":
        bare = table.name.rpartition(".")[2]
        return _free(f"{bare}_ibfk_1", _names(table), "", 1, stem=f"{bare}_ibfk_")
    return _chosen(table, "_".join(key.columns), "fkey") if dialect == "postgres" else ""


def check_name(table: Table, check: Check, dialect: str) -> str:
    """What the database calls a check: in PostgreSQL after its column if it is about one."""
    if dialect == "mysql":
        bare = table.name.rpartition(".")[2]
        return _free(f"{bare}_chk_1", _names(table), "", 1, stem=f"{bare}_chk_")
    if dialect != "postgres":
        return ""
    columns = [name for name in table.columns if name in columns_of(check.expression)]
    return _chosen(table, columns[0] if len(columns) == 1 else "", "check")


def _names(table: Table) -> set[str]:
    named = (*table.indexes, *table.foreign_keys, *table.checks)
    return {one.name for one in named}


def _free(name: str, taken: set[str], joint: str, first: int, stem: str | None = None) -> str:
    number = first
    stem = name if stem is None else stem
    while name in taken:
        name = f"{stem}{joint}{number}"
        number += 1
    return name


def _chosen(table: Table, middle: str, label: str) -> str:
    """As ChooseRelationName of PostgreSQL does: table, middle and label, cut to fit and numbered."""
    taken = _names(table)
    first, number, numbered = table.name.rpartition(".")[2], 0, label
    while (name := _joined(first, middle, numbered)) in taken:
        number += 1
        numbered = f"{label}{number}"
    return name


def _joined(first: str, middle: str, label: str) -> str:
    room = _LONGEST - len(label) - 1 - (1 if middle else 0)
    one, two = first.encode(), middle.encode()
    while len(one) + len(two) > room:
        if len(one) > len(two):
            one = one[:-1]
        else:
            two = two[:-1]
    parts = (one.decode(errors="ignore"), two.decode(errors="ignore"), label)
    return "_".join(part for part in parts if part)


def _own_columns(index: Index) -> list[str]:
    """The names of the index's own columns, as PostgreSQL calls them: `lower` for lower(email)."""
    found: list[str] = []
    wished = [
        part.column if part.column is not None else _expression_name(part.expression) for part in index.parts
    ]
    for name in (*wished, *index.include):
        found.append(_free(name, set(found), "", 1))
    return found


def _expression_name(expression: str) -> str:
    if is_call(expression):
        return expression.partition("(")[0].rpartition(".")[2]
    while expression.startswith("(") and closing(expression, 0) == len(expression):
        expression = expression[1:-1]
    if cast := _CAST.fullmatch(expression):
        inner = _expression_name(cast[1])
        return cast[2].rpartition(".")[2] if inner == "expr" else inner
    if name := _NAME.fullmatch(expression):
        return name[2]
    return "case" if expression.startswith("case ") else "expr"
