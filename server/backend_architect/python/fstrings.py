"""F-strings of Python 3.12, read by an older interpreter.

Since 3.12 the fields of an f-string hold any expression, also one with the quotes that are around the string.
An older parser reads the text with a name in the place of each such expression, and the expression for
itself; the two are joined again. All nodes keep their places in the text.
"""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NEEDED = sys.version_info < (3, 12)
"""Whether this interpreter refuses such f-strings itself."""

_OPENING = re.compile(r"#[^\n]*|(?<!\w)([a-zA-Z]{0,2})('''|\"\"\"|'|\")")
_IN_FORMAT = re.compile(r"[{}]")
_IN_LITERAL = re.compile(r"\\N\{[^}]*\}|\\.|\{\{|\}\}|[{}'\"\n]", re.DOTALL)
_IN_FIELD = re.compile(rf"{_OPENING.pattern}|[()\[\]{{}}:]|!(?!=)")
_PAST_312 = re.compile(r"['\"\\#]")


@dataclass(frozen=True, slots=True)
class _Field:
    """The expression in the braces of an f-string, from one offset to another."""

    start: int
    end: int


class _ConfusingError(Exception):
    """The text is no Python of any version, as far as its strings go."""


def read_newer(source: str, read: Callable[[str], ast.Module]) -> ast.Module | None:
    """The tree of a text in which an older parser found an error; None if newer f-strings are not the reason.

    `read` parses a text, and raises SyntaxError.
    """
    try:
        fields = [one for one in _fields(source) if _PAST_312.search(source, one.start, one.end)]
        if not fields:
            return None
        names = _names(source, fields)
        tree = read(_with_names(source, fields, names))
        return _Joining(source, dict(zip(names, fields, strict=True)), read).visit(tree)
    except (SyntaxError, _ConfusingError):
        return None


class _Joining(ast.NodeTransformer):
    """Puts expressions in the places of the names that stand for them."""

    def __init__(self, source: str, fields: dict[str, _Field], read: Callable[[str], ast.Module]) -> None:
        self.source = source
        self.fields = fields
        self.read = read

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """The expression that a name stands for, where it stands in the text."""
        field = self.fields.get(node.id)
        if field is None:
            return node
        statement = self.read(f"({self.source[field.start : field.end]})").body[0]
        if not isinstance(statement, ast.Expr):
            raise _ConfusingError
        line_start = self.source.rfind("\n", 0, field.start) + 1
        lines = self.source.count("\n", 0, field.start)
        column = len(self.source[line_start : field.start].encode()) - 1
        for part in ast.walk(statement.value):
            if isinstance(part, ast.expr | ast.keyword | ast.arg):
                _move(part, lines, column)
        return statement.value


def _move(node: ast.expr | ast.keyword | ast.arg, lines: int, column: int) -> None:
    """Move a node down, and to the right if it is on the first line."""
    node.col_offset += column if node.lineno == 1 else 0
    if node.end_lineno is not None and node.end_col_offset is not None:
        node.end_col_offset += column if node.end_lineno == 1 else 0
        node.end_lineno += lines
    node.lineno += lines


def _names(source: str, fields: list[_Field]) -> list[str]:
    """A name for each field, as long as its expression, that the text has not got."""
    names: list[str] = []
    number = 0
    for field in fields:
        room = len(source[field.start : field.end].partition("\n")[0].encode())
        name = ""
        while not name or name in source:
            name = f"_{number}".ljust(room, "_")
            number += 1
        if len(name) > room:
            raise _ConfusingError
        names.append(name)
    return names


def _with_names(source: str, fields: list[_Field], names: list[str]) -> str:
    parts: list[str] = []
    at = 0
    for field, name in zip(fields, names, strict=True):
        newlines = "\n" * source.count("\n", field.start, field.end)
        parts += [source[at : field.start], name, newlines]
        at = field.end
    return "".join([*parts, source[at:]])


def _fields(source: str) -> Iterator[_Field]:
    """The outermost fields of all f-strings."""
    at = 0
    while match := _OPENING.search(source, at):
        at = match.end()
        if match[2]:
            fields: list[_Field] = []
            at = _string_end(source, match, fields)
            yield from fields


def _string_end(source: str, opening: re.Match[str], fields: list[_Field]) -> int:
    """Where a string ends; the fields in it are added, if it is an f-string."""
    quote = opening[2]
    formatted = "f" in opening[1].lower()
    at = opening.end()
    while match := _IN_LITERAL.search(source, at):
        at = match.end()
        if source.startswith(quote, match.start()):
            return match.start() + len(quote)
        if match[0] == "\n" and len(quote) == 1:
            break
        if match[0] == "{" and formatted:
            at = _field_end(source, at, fields)
    raise _ConfusingError


def _field_end(source: str, start: int, fields: list[_Field]) -> int:
    """Where a field ends, behind its brace."""
    at = start
    depth = 0
    while match := _IN_FIELD.search(source, at):
        at = match.end()
        if match[2]:
            at = _string_end(source, match, [])
        elif match[0] in ("(", "[", "{"):
            depth += 1
        elif depth:
            depth -= match[0] in (")", "]", "}")
        elif match[0] in ("}", ":", "!"):
            fields.append(_field(source, start, match.start()))
            return at if match[0] == "}" else _format_end(source, at, fields)
    raise _ConfusingError


def _field(source: str, start: int, end: int) -> _Field:
    """An expression without the `=` that shows it, and without the blanks around it."""
    text = source[start:end].rstrip()
    text = text[:-1].rstrip() if text.endswith("=") and not text.endswith(("==", "!=", "<=", ">=")) else text
    return _Field(start + len(text) - len(text.lstrip()), start + len(text))


def _format_end(source: str, start: int, fields: list[_Field]) -> int:
    """Where a field ends whose format begins here; there may be fields in the format."""
    at = start
    while match := _IN_FORMAT.search(source, at):
        if match[0] == "}":
            return match.end()
        at = _field_end(source, match.end(), fields)
    raise _ConfusingError
