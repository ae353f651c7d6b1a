"""Safe sequences for the SQL in a `RunSQL`: the author's text with a word more, where that is enough."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from backend_architect.advice.advice import quoted
from backend_architect.engine.remedies import UnwritableError
from backend_architect.migrations import django_sql
from backend_architect.migrations.django_written import Batch, run_sql
from backend_architect.schema.changes import AddCheck, AddForeignKey, AddIndex, AlterColumn, DropIndex
from backend_architect.sql.scanner import scan

if TYPE_CHECKING:
    from backend_architect.engine.findings import Edit
    from backend_architect.migrations.django_asked import Asked
    from backend_architect.migrations.django_sql import Statements

_INDEX: Final = re.compile(r"\b(?:create(?:\s+unique)?|drop)\s+(index)\b(?!\s+concurrently)", re.IGNORECASE)
_END: Final = re.compile(r"\s*;?\s*(?:\"{1,3}|'{1,3})$")
_CONSTRAINT: Final = re.compile(
    r"\balter\s+table\s+(?P<table>[\w.\"]+)\s+add\s+constraint\s+(?P<name>[\w\"]+)\s+"
    r"(?P<kind>unique|primary\s+key)\s*(?P<columns>\([\w\s,\"]+\))\s*;?\s*$",
    re.IGNORECASE,
)


def in_sql(one: Asked) -> list[Batch]:
    """The batches for the one statement of a `RunSQL`.

    Raises:
        UnwritableError: it is not one statement that is written out, or more than a word would change.
    """
    change = one.change
    sql = _literal(one, "sql")
    if sql is None or len(scan(sql.value, "postgres").pieces) != 1 or one.others(*one.replaced):
        raise UnwritableError("the SQL is not one statement that is written out and does nothing else")
    match change:
        case AddIndex(index=index) if index.kind != "index":
            return _through_index(one, sql, index.name)
        case AddIndex() | DropIndex():
            edits = [
                edit for said in (sql, _literal(one, "reverse_sql")) for edit in _concurrently(one, said)
            ]
            name = change.index.name if isinstance(change, AddIndex) else f"drop_{change.name}"
            return [Batch((one.copy(edits=edits),), "none", name)]
        case AddCheck(table=table, check=said):
            return _validated_later(one, sql, table, said.name)
        case AddForeignKey(table=table, key=said):
            return _validated_later(one, sql, table, said.name)
        case AlterColumn(table=table, column=column):
            return _required(one, table, column)
        case _:
            raise UnwritableError("nobody knows here how the SQL is said otherwise")


@dataclass(frozen=True, slots=True)
class _Text:
    """A string as it stands in a file."""

    value: str
    source: str
    start: int


def _literal(one: Asked, name: str) -> _Text | None:
    """A string among the arguments, if it is written out."""
    at = one.migration.file.at
    found = at.argument(one.node, 0 if name == "sql" else 1, name)
    if not isinstance(found, ast.Constant) or not isinstance(found.value, str):
        return None
    return _Text(found.value, at.source_of(found), at.range_of(found)[0])


def _concurrently(one: Asked, said: _Text | None) -> list[Edit]:
    """The edits that put CONCURRENTLY behind INDEX, in the case of the word before."""
    if said is None:
        return []
    at = one.migration.file.at
    start = said.start
    found = list(_INDEX.finditer(said.source))
    if len(found) > 1:
        raise UnwritableError("the SQL speaks of several indexes")
    return [
        at.edit(start + match.end(1), start + match.end(1), _cased(" CONCURRENTLY", match[1]))
        for match in found
    ]


def _cased(word: str, like: str) -> str:
    return word.lower() if like.islower() else word


def _validated_later(one: Asked, sql: _Text, table: str, name: str) -> list[Batch]:
    at = one.migration.file.at
    start, end = sql.start, _END.search(sql.source)
    if not name or end is None:
        raise UnwritableError("the constraint has no name by which it could be validated")
    words = _cased(" NOT VALID", re.sub(r"\W", "", sql.value[:10]))
    edit = at.edit(start + end.start(), start + end.start(), words)
    validated = run_sql(django_sql.validate(table, name), one.why_validated)
    return [
        Batch((one.copy(edits=[edit]),), "same"),
        Batch((validated,), "next", f"validate_{name}"),
    ]


def _through_index(one: Asked, sql: _Text, name: str) -> list[Batch]:
    at = one.migration.file.at
    found, there = _CONSTRAINT.search(sql.value), sql.source.find(sql.value)
    if found is None or there < 0 or found["name"].strip('"') != name:
        raise UnwritableError("the constraint is not said in a way that an index could take over")
    on = f"{found['name']} ON {found['table']} {found['columns']}"
    create = f"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS {on}"
    begin = sql.start + there + found.start("columns")
    edit = at.edit(begin, begin + len(found["columns"]), f"USING INDEX {found['name']}")
    made = run_sql((create, f"DROP INDEX CONCURRENTLY IF EXISTS {found['name']}"))
    return [Batch((made,), "none", name), Batch((one.copy(edits=[edit]),), "next", name)]


def _required(one: Asked, table: str, column: str) -> list[Batch]:
    first = one.phases[0].changes[0]
    if one.change != AlterColumn(table, column, nullable=False) or not isinstance(first, AddCheck):
        raise UnwritableError("the statement changes more of the column than NOT NULL")
    name, of = first.check.name, django_sql.quoted_table(table)
    check: Statements = (
        f"ALTER TABLE {of} ADD CONSTRAINT {quoted(name)} CHECK ({quoted(column)} IS NOT NULL) NOT VALID",
        f"ALTER TABLE {of} DROP CONSTRAINT {quoted(name)}",
    )
    validated = replace(run_sql(django_sql.validate(table, name)), why=one.why_validated)
    back: Statements = (check[1], check[0])
    return [
        Batch((run_sql(check),), "same"),
        Batch((validated, one.copy(), run_sql(back)), "next", f"{name}"),
    ]
