"""Edits of whole statements: lines before them, lines behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ast

    from backend_architect.engine.findings import Edit
    from backend_architect.python.place import Place


def stands_alone(statement: ast.stmt, at: Place) -> bool:
    """Whether a statement shares none of its lines with another one."""
    start, end = at.range_of(statement)
    text = at.view.source.text
    behind = text[end : _end_of_line(text, end)].strip()
    return not _indentation(text, start).strip() and (not behind or behind.startswith("#"))


def line_before(statement: ast.stmt, text: str, at: Place) -> Edit:
    """The edit that writes a line in front of a statement, as far from the margin."""
    start = at.range_of(statement)[0]
    source = at.view.source.text
    indentation = _indentation(source, start)
    return at.edit(start, start, f"{text}{_newline(source)}{indentation}")


def line_behind(statement: ast.stmt, text: str, at: Place) -> Edit:
    """The edit that writes a line behind a statement, as far from the margin, and behind its comment."""
    start, end = at.range_of(statement)
    source = at.view.source.text
    end = _end_of_line(source, end)
    return at.edit(end, end, f"{_newline(source)}{_indentation(source, start)}{text}")


def _indentation(text: str, start: int) -> str:
    return text[max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1 : start]


def _end_of_line(text: str, offset: int) -> int:
    ends = [end for end in (text.find("\n", offset), text.find("\r", offset)) if end >= 0]
    return min(ends, default=len(text))


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
