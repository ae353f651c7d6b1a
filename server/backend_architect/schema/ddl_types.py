"""The types of columns, each spelled in one way."""

from __future__ import annotations

import re

_ALIASES = {
    "int": "integer",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "bool": "boolean",
    "float4": "real",
    "float8": "double precision",
    "float": "double precision",
    "dec": "numeric",
    "decimal": "numeric",
    "character varying": "varchar",
    "char varying": "varchar",
    "nvarchar": "varchar",
    "character": "char",
    "bit varying": "varbit",
    "timestamptz": "timestamp with time zone",
    "timestamp without time zone": "timestamp",
    "timetz": "time with time zone",
    "time without time zone": "time",
    "serial2": "smallserial",
    "serial4": "serial",
    "serial8": "bigserial",
}
_PARTS = re.compile(
    r"(?:pg_catalog\.)?([a-z_][\w ]*?)\s*(\([^)]*\))?\s*((?:with|without) time zone|unsigned)?"
    r"\s*((?:\[\d*\])*|array(?:\[\d*\])?)"
)
_NO_VALUES = re.compile(r" (?:character set \S+|charset \S+|signed|zerofill)")
"""What MySQL says within a type and what does not change the values."""
_REAL = 24
"""Bits of precision up to which a float is a real."""


def normalized_type(text: str, dialect: str) -> str:
    """The usual spelling of a type that is in lower case and has single blanks.

    Aliases of PostgreSQL are replaced: `int8` is `bigint`, `character varying(20)` is `varchar(20)`. Other
    dialects keep their own words, but `int` is `integer` everywhere.
    """
    text = _NO_VALUES.sub("", text) if dialect == "mysql" else text
    found = _PARTS.fullmatch(text)
    if found is None or "'" in text:
        return text
    base, length, zone, array = found[1].strip(), (found[2] or "").replace(" ", ""), found[3], found[4]
    aliases = _ALIASES if dialect in {"postgres", "redshift"} else {"int": "integer"}
    if dialect == "mysql" and base == "int":
        length = ""  # a width for display, which says nothing about the values
    if base == "float" and length[1:-1].isdecimal() and dialect != "mysql":
        base, length = ("real" if int(length[1:-1]) <= _REAL else "float8"), ""
    name = f"{base} {zone}" if zone else base
    if name not in aliases and zone:
        name = f"{aliases.get(base, base)} {zone}"
    name, within, rest = aliases.get(name, name).partition(" with ")
    if name == "char" and not length:
        length = "(1)"
    return name + length + within + rest + ("[]" if array else "")
