"""What the holes of a statement name that stand for no value: tables, columns, directions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from backend_architect.sql.parsing import Word, words

if TYPE_CHECKING:
    from backend_architect.sql.query import Query

NameRole = Literal["table", "column", "direction", "other"]
"""other: anything from a part of a name to a whole clause."""

_BEFORE_TABLES = frozenset({"FROM", "JOIN", "INTO", "UPDATE", "TABLE", "ONLY", "TRUNCATE", "VIEW", "SCHEMA"})
_BEFORE_CONDITIONS = frozenset({"WHERE", "AND", "OR", "ON", "SET", "NOT", "("})
_COMPARING = frozenset({"=", "<>", "!=", "<", ">", "<=", ">=", "LIKE", "ILIKE", "IN", "IS", "BETWEEN", "NOT"})
_BEHIND_ORDER = frozenset({",", ")", ";", "", "ASC", "DESC", "NULLS", "LIMIT", "OFFSET", "FETCH", "HAVING"})
_IN_NAMES = re.compile(r"[\w$\"`\[\]%]")


def name_role(query: Query, hole: tuple[int, int]) -> NameRole:
    """What a hole names, in a statement in which it stands for no value."""
    text = query.text
    if _IN_NAMES.match(text[hole[0] - 1 : hole[0]]) or _IN_NAMES.match(text[hole[1] : hole[1] + 1]):
        return "other"
    listed = [word for word in words(query.parsed) if not word.quoted]
    before = [word for word in listed if word.end <= hole[0]]
    behind = next((word.text for word in listed if word.start >= hole[1]), "")
    while len(before) > 2 and before[-1].text == ".":
        before = before[:-2]
    last = before[-1].text if before else ""
    if behind == ".":
        return "table" if last in _BEFORE_TABLES | _BEFORE_CONDITIONS | {"BY"} else "other"
    if last in _BEFORE_TABLES or (last == "EXISTS" and _opens_definition(before)):
        return "table"
    if last in _BEFORE_CONDITIONS and behind in _COMPARING:
        return "column"
    if behind not in _BEHIND_ORDER:
        return "other"
    clause = _clause(before)
    if clause == "BY" and last in {"BY", ","}:
        return "column"
    is_direction = clause == "BY" and last not in {"(", "."} and behind in {"", ",", "LIMIT"}
    return "direction" if is_direction else "other"


def _opens_definition(before: list[Word]) -> bool:
    return any(word.text in {"TABLE", "VIEW", "SCHEMA"} for word in before[:3])


def _clause(before: list[Word]) -> str:
    """BY if the last clause that was opened on this level is ORDER BY or GROUP BY."""
    depth = 0
    for word in reversed(before):
        depth += (word.text == ")") - (word.text == "(")
        if depth < 0:
            return ""
        if depth == 0 and word.text in {"BY", "FROM", "WHERE", "SELECT", "LIMIT", "HAVING", "SET", "VALUES"}:
            return word.text
    return ""
