"""Which database a text of SQL is for, where it says what PostgreSQL would not understand."""

from __future__ import annotations

import re
from typing import Final

_SIGNS: Final = (
    ("mysql", r"\b(?:TABLE|INDEX|ON|INTO|UPDATE|COLUMN|EXISTS)\s+`|\bENGINE\s*=\s*\w+|\bAUTO_INCREMENT\b"),
    ("sqlite", r"\bAUTOINCREMENT\b|\bPRAGMA\s+\w+|\bWITHOUT\s+ROWID\b"),
    ("tsql", r"\[\w+\]\.\[\w+\]|\bIDENTITY\s*\(\s*\d|\bNVARCHAR\s*\(|\bsp_rename\b|^GO\s*$"),
    ("oracle", r"\bVARCHAR2\s*\(|\bNUMBER\s*\(\d"),
)
_SIGNATURES: Final = tuple(
    (dialect, re.compile(sign, re.IGNORECASE | re.MULTILINE)) for dialect, sign in _SIGNS
)
_ASIDE: Final = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", re.DOTALL)
VENDORS: Final = {
    **dict.fromkeys(("postgres", "postgresql", "pgsql", "pg"), "postgres"),
    **dict.fromkeys(("mysql", "mariadb"), "mysql"),
    **dict.fromkeys(("sqlite", "sqlite3"), "sqlite"),
    **dict.fromkeys(("mssql", "sqlserver"), "tsql"),
    "oracle": "oracle",
}
"""The dialects, by the names that paths give to databases."""
VENDOR: Final = re.compile(rf"(?<![a-z0-9])(?:{'|'.join(VENDORS)})(?![a-z0-9])")


def spoken(text: str, dialect: str) -> str:
    """The dialect of a text that is said to be in one; only of PostgreSQL, the usual guess, it is doubted."""
    if dialect != "postgres":
        return dialect
    bare = _ASIDE.sub(" ", text)
    return next((name for name, signature in _SIGNATURES if signature.search(bare)), dialect)


def named_by(path: str, dialect: str) -> str:
    """The dialect of the database that a path names last; else the one that is given."""
    found = VENDOR.findall(path.lower())
    return VENDORS[found[-1]] if found and dialect == "postgres" else dialect
