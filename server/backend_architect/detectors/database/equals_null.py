"""Comparisons with NULL, which are never true."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.sql.parsing import words
from backend_architect.sql.query import Query
from backend_architect.sql.spans import span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlglot import exp

    from backend_architect.engine.findings import Finding
    from backend_architect.sql.parsing import Word
    from backend_architect.sql.query import QueryPlace

_EQUALS_NULL = re.compile(r"(?i)(?:=|<>)\s*null\b")
_CONDITIONS = ("Where", "Having", "Join", "If", "Qualify", "CheckColumnConstraint")
_AROUND_CONDITIONS = ("And", "Or", "Not", "Paren")
_OPERATORS = {"=": "IS NULL", "==": "IS NULL", "<>": "IS NOT NULL", "!=": "IS NOT NULL"}
_REASON = "The condition now holds for rows where it never did."


@detector(on=Query)
def detect(query: Query, at: QueryPlace) -> Iterator[Finding]:
    """Look at conditions only: `SET x = NULL` assigns."""
    if _EQUALS_NULL.search(query.text) is None or query.tree is None:
        return
    from sqlglot import exp  # noqa: PLC0415 - imported when the first statement is parsed

    for test in query.tree.find_all(exp.EQ, exp.NEQ):
        if isinstance(test.expression, exp.Null) and _is_condition(test):
            yield from _finding(test, query, at)


def _is_condition(test: exp.Expr) -> bool:
    inner, outer = test, test.parent
    while outer is not None and type(outer).__name__ in _AROUND_CONDITIONS:
        inner, outer = outer, outer.parent
    return outer is not None and type(outer).__name__ in _CONDITIONS and inner.arg_key in {"this", "on"}


def _finding(test: exp.Expr, query: Query, at: QueryPlace) -> Iterator[Finding]:
    start, end = span(test, query.parsed)
    inside = [word for word in words(query.parsed) if start <= word.start and word.end <= end + 5]
    for operator, null in pairwise(inside):
        if operator.text in _OPERATORS and null.text == "NULL" and not null.quoted and not operator.quoted:
            message = f"`{operator.text} NULL` is never true, not even where the value is NULL"
            yield at.finding(query.locate(operator.start, null.end), message, _fix(operator, null, query))
            return


def _fix(operator: Word, null: Word, query: Query) -> Fix | None:
    right = _OPERATORS[operator.text]
    edit = query.replace(operator.start, null.end, right)
    return Fix(f"Use `{right}`", "unsafe", _REASON, lambda: [edit]) if edit is not None else None
