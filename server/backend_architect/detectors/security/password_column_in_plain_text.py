"""Columns for passwords that are too short for a hash."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from backend_architect.engine.rules import detector
from backend_architect.python.receivers import name_of
from backend_architect.python.words import names_password
from backend_architect.sql.query import Query
from backend_architect.sql.spans import span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlglot import exp

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place
    from backend_architect.sql.query import QueryPlace

_SHORTEST_HASH = 60
"""Characters of a hash by bcrypt; Argon2 and scrypt take more."""

_COLUMNS = frozenset({"Column", "mapped_column", "CharField", "Field"})
_STRINGS = frozenset({"String", "VARCHAR", "Unicode", "CHAR", "NVARCHAR"})
_MAPPERS = frozenset({"sqlalchemy", "flask_sqlalchemy", "django", "peewee", "sqlmodel", "tortoise"})


@detector(on=(Query, ast.Assign, ast.AnnAssign))
def detect(subject: Query | ast.Assign | ast.AnnAssign, at: Any) -> Iterator[Finding]:
    """Look at the tables that SQL makes, and at the columns of models."""
    if isinstance(subject, Query):
        yield from _of_table(subject, at)
    else:
        yield from _of_model(subject, at)


def _message(name: str, length: int) -> str:
    return f"a hash does not fit into {length} characters, so `{name}` holds passwords as they were typed"


def _of_table(query: Query, at: QueryPlace) -> Iterator[Finding]:
    text = query.text.upper()
    if "CREATE" not in text or ("PASS" not in text and "PWD" not in text):
        return
    from sqlglot import exp  # noqa: PLC0415 - imported when the first statement is parsed

    create = query.tree
    if not isinstance(create, exp.Create) or create.kind != "TABLE":
        return
    for column in create.find_all(exp.ColumnDef):
        length = _length(column) if names_password(column.name) else None
        if length is not None and length < _SHORTEST_HASH:
            where = query.locate(*span(column.this, query.parsed))
            yield at.finding(where, _message(column.name, length))


def _length(column: exp.ColumnDef) -> int | None:
    from sqlglot import exp  # noqa: PLC0415 - imported when the first statement is parsed

    kind = column.args.get("kind")
    if not isinstance(kind, exp.DataType) or kind.this not in exp.DataType.TEXT_TYPES:
        return None
    size = kind.find(exp.DataTypeParam)
    return int(size.name) if size is not None and size.name.isdigit() else None


def _of_model(assignment: ast.Assign | ast.AnnAssign, at: Place) -> Iterator[Finding]:
    target = assignment.targets[0] if isinstance(assignment, ast.Assign) else assignment.target
    call = assignment.value
    name = name_of(target) if isinstance(target, ast.Name) else None
    if name is None or not names_password(name) or not isinstance(call, ast.Call):
        return
    if name_of(call.func) not in _COLUMNS or at.frame.function is not None or not _is_stored(call, at):
        return
    size = _size(call, at)
    if size is not None and at.constant(size) < _SHORTEST_HASH:
        yield at.finding(size, _message(name, at.constant(size)))


def _is_stored(call: ast.Call, at: Place) -> bool:
    """Whether the column is one of a mapper; `CharField` of a form is not stored."""
    path = at.path(call.func) or ""
    return path.partition(".")[0] in _MAPPERS and ".forms." not in path


def _size(call: ast.Call, at: Place) -> ast.expr | None:
    """The length of a column: `String(40)`, `max_length=40`."""
    strings = [one for one in call.args if isinstance(one, ast.Call) and name_of(one.func) in _STRINGS]
    size = at.argument(strings[0], 0, "length") if strings else at.argument(call, None, "max_length")
    return size if size is not None and type(at.constant(size)) is int else None
