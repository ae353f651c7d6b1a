"""Expressions of SQL as schemas keep them: normalized text, in which columns can be found and renamed.

Words that are not quoted are in lower case, blanks are single and stand where a person would put them,
strings are as written.
"""

from __future__ import annotations

import re

from backend_architect.schema.quoting import quoted

_TOKEN = re.compile(r"""'(?:[^']|'')*+'|["`]((?:[^"`]|"")*+)["`]|(?<![\w.$:])([^\W\d]\w*+)(?!\()""")
"""A string, a name in quotes, or a word that is neither a function nor a type behind `::`."""

_IN = re.compile(
    r"""\(*("?)(\w+)\1(?:::\w+)?\)* (?:in \((.+)\)\)*|= any\(\(*array\[(.+?)\].*)""",
    re.DOTALL,
)
_BRACKET = re.compile(r"'(?:[^']|'')*+'|[()]")
_CALLED = re.compile(r"(?:\w+\.)?\w+(?=\()")
_STRING = re.compile(r"'((?:[^']|'')*+)'(?:::[\w ]+)?")


def columns_of(expression: str) -> set[str]:
    """The names that may be columns; keywords are among them."""
    return {found[1] or found[2] for found in _TOKEN.finditer(expression) if found[1] or found[2]}


def with_renamed(expression: str, column: str, to: str, dialect: str) -> str:
    """The expression with a column renamed."""

    def renamed(found: re.Match[str]) -> str:
        return quoted(to, dialect) if column in (found[1], found[2]) else found[0]

    return _TOKEN.sub(renamed, expression)


def closing(expression: str, opening: int) -> int:
    """The offset behind the parenthesis that closes the one at `opening`; the length if none does."""
    depth = 0
    for found in _BRACKET.finditer(expression, opening):
        depth += (found[0] == "(") - (found[0] == ")")
        if not depth:
            return found.end()
    return len(expression)


def is_call(expression: str) -> bool:
    """Whether it is a call of a function and nothing else: `lower(email)`."""
    found = _CALLED.match(expression)
    return found is not None and closing(expression, found.end()) == len(expression)


def listed_values(expression: str) -> tuple[str, tuple[str, ...]] | None:
    """The column and its values, for a condition that lists them: `state in ('new', 'paid')`."""
    found = _IN.fullmatch(expression)
    if found is None:
        return None
    items = found[3] or found[4]
    values = [value[1].replace("''", "'") for value in _STRING.finditer(items)]
    rest = _STRING.sub("", items).replace(",", "").strip()
    return (found[2], tuple(values)) if values and not rest else None
