"""Edits of calls."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from backend_architect.engine.text import line_end

if TYPE_CHECKING:
    from backend_architect.engine.findings import Edit
    from backend_architect.python.place import Place

_COMMENT = re.compile(r"#[^\r\n]*")


def add_keyword(call: ast.Call, keyword: str, value: str, at: Place) -> Edit | None:
    """The edit that gives a call a keyword argument, or another value to one that it has.

    None where a generator expression shares the parentheses of the call.
    """
    present = next((given for given in call.keywords if given.arg == keyword), None)
    if present is not None:
        return at.edit(*at.range_of(present.value), value)
    return append_argument(call, f"{keyword}={value}", at)


def append_argument(call: ast.Call, argument: str, at: Place) -> Edit | None:
    """The edit that puts an argument behind the last one, in the layout of the call."""
    close = at.range_of(call)[1] - 1
    arguments = [*call.args, *call.keywords]
    if not arguments:
        return at.edit(close, close, argument)
    last = max(arguments, key=lambda one: at.range_of(one)[1])
    generator = isinstance(last, ast.GeneratorExp) and at.range_of(last)[1] > close
    if at.view.source.text[close] != ")" or generator:
        return None
    return append_item(last, close, argument, at)


def append_item(last: ast.expr | ast.keyword, close: int, item: str, at: Place) -> Edit:
    """The edit that puts an item behind the last one in front of the bracket at `close`, in their layout."""
    text, source = at.view.source.text, at.view.source
    first, start = at.range_of(last)
    between = _COMMENT.sub(lambda match: " " * len(match[0]), text[start:close])
    start += between.rfind(")") + 1
    between = between[between.rfind(")") + 1 :]
    row, column = source.position(first)
    line = source.lines[row]
    indent = line[: len(line) - len(line.lstrip())]
    newline = line[len(line.rstrip("\r\n")) :] or "\n"
    closes_below = "\n" in between or "\r" in between
    comma = start + between.index(",") + 1 if "," in between else None
    row, _ = source.position(comma or start)
    end = source.at(row, line_end(source.lines[row]))  # behind a comment
    if comma is None and closes_below and column == len(indent):
        return at.edit(start, end, f",{text[start:end]}{newline}{indent}{item}")
    if comma is None:
        return at.edit(start, start, f", {item}")
    if not closes_below:
        return at.edit(comma, comma, f" {item}")
    return at.edit(end, end, f"{newline}{indent}{item},")


def append_positional(call: ast.Call, argument: str, at: Place) -> Edit | None:
    """The edit that puts an argument behind the last one without a name, in the layout of the call."""
    if not call.keywords:
        return append_argument(call, argument, at)
    start = min(at.range_of(one)[0] for one in call.keywords)
    row, column = at.view.source.position(start)
    line = at.view.source.lines[row]
    indent = line[:column]
    newline = line[len(line.rstrip("\r\n")) :] or "\n"
    return at.edit(start, start, f"{argument},{newline}{indent}" if not indent.strip() else f"{argument}, ")
