"""Adding functions that a module lacks."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Edit, Span
from backend_architect.engine.text import newline_of
from backend_architect.python.syntax import Unreadable, parse

if TYPE_CHECKING:
    from collections.abc import Sequence

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def add_definitions(lines: Sequence[str], definitions: Sequence[str]) -> list[Edit]:
    """The edits that add functions in front of the first function or class of a file, for all to use."""
    newline = newline_of(lines)
    line = _first(lines)
    gap = newline * 2
    text = "".join(definition.replace("\n", newline) + gap for definition in definitions)
    return [Edit(Span(line, 0, line, 0), text)]


def _first(lines: Sequence[str]) -> int:
    """The line of the first statement that defines something, or of the decorators and comments above it."""
    tree = parse("".join(lines))
    end = len(lines)
    while isinstance(tree, Unreadable) and end > 0:
        end = min(tree.line - 1, end - 1)
        tree = parse("".join(lines[:end]))
    body = [] if isinstance(tree, Unreadable) else tree.body
    first = next((one for one in body if any(isinstance(node, _DEFINITIONS) for node in ast.walk(one))), None)
    if first is None:
        return end
    line = min([first.lineno, *(one.lineno for one in getattr(first, "decorator_list", ()))]) - 1
    while line and lines[line - 1].startswith("#"):
        line -= 1
    return line
