"""Names as SQL writes them: in quotes where they need some."""

from __future__ import annotations

import re
from typing import Final

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_WORDS: Final = """
    all analyse analyze and any array as asc asymmetric authorization between binary both case cast check
    collate collation column concurrently constraint create cross current_catalog current_date current_role
    current_schema current_time current_timestamp current_user default deferrable desc distinct do else end
    except false fetch for foreign freeze from full grant group having ilike in index initially inner
    intersect into is isnull join key lateral leading left like limit localtime localtimestamp natural not
    notnull null offset on only or order outer overlaps placing primary references returning right select
    session_user similar some symmetric system_user table tablesample then to trailing true union unique
    user using variadic verbose when where window with
"""
"""The words that PostgreSQL 15 takes for no name (pg_get_keywords), and the commonest of MySQL."""
_RESERVED: Final = frozenset(_WORDS.split())


def quoted(name: str, dialect: str) -> str:
    """A name of one or more parts, as a statement has to write it."""
    return ".".join(_quoted(part, "`" if dialect == "mysql" else '"') for part in name.split("."))


def _quoted(name: str, quote: str) -> str:
    if _PLAIN.fullmatch(name) and name not in _RESERVED:
        return name
    return quote + name.replace(quote, quote * 2) + quote


def string(value: str) -> str:
    """A string literal."""
    return "'" + value.replace("'", "''") + "'"
