"""Types of PostgreSQL as SQLAlchemy writes them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from backend_architect.engine.remedies import UnwritableError

if TYPE_CHECKING:
    from backend_architect.indexing.python_file import PythonFile

_TYPES: Final = {
    "smallint": "SmallInteger()",
    "integer": "Integer()",
    "bigint": "BigInteger()",
    "boolean": "Boolean()",
    "text": "Text()",
    "date": "Date()",
    "bytea": "LargeBinary()",
    "real": "REAL()",
    "float": "Float()",
    "json": "JSON()",
    "interval": "Interval()",
    "time": "Time()",
    "timestamp": "DateTime()",
    "timestamp without time zone": "DateTime()",
    "timestamp with time zone": "DateTime(timezone=True)",
    "timestamptz": "DateTime(timezone=True)",
    "varchar": "String({})",
    "character varying": "String({})",
    "char": "CHAR({})",
    "character": "CHAR({})",
    "numeric": "Numeric({})",
    "decimal": "Numeric({})",
}
_OF_POSTGRES: Final = {
    "double precision": "DOUBLE_PRECISION()",
    **{name: f"{name.upper()}()" for name in ("uuid", "jsonb", "inet", "cidr", "tsvector", "citext")},
}
_SAID: Final = re.compile(r"([a-z ]+?)(?:\(([\d, ]+)\))?(\[\])?")


def type_term(said: str, file: PythonFile) -> str:
    """A type as SQL writes it, in the terms of SQLAlchemy.

    Raises:
        UnwritableError: it is not known how SQLAlchemy writes it.
    """
    found = _SAID.fullmatch(said)
    base, numbers, array = found.groups() if found is not None else (said, None, None)
    own, other = _TYPES.get(base), _OF_POSTGRES.get(base)
    template = own or other
    if template is None or (numbers and "{}" not in template):
        raise UnwritableError(f"the type {said or 'of a column'} cannot be said in SQLAlchemy")
    owner = "sqlalchemy" if own else "sqlalchemy.dialects.postgresql"
    name, bracket, rest = template.format(numbers or "").partition("(")
    term = file.name(f"{owner}.{name}") + bracket + rest
    return f"{file.name('sqlalchemy.ARRAY')}({term})" if array else term
