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
    text = at.view.source.text
    if text[close] != ")" or (isinstance(last, ast.GeneratorExp) and at.range_of(last)[1] > close):
        return None
    start = at.range_of(last)[1]
    between = _COMMENT.sub(lambda match: " " * len(match[0]), text[start:close])
    start += between.rfind(")") + 1
    between = between[between.rfind(")") + 1 :]
    row, column = at.view.source.position(at.range_of(last)[0])
    line = at.view.source.lines[row]
    indent = line[: len(line) - len(line.lstrip())]
    newline = line[len(line.rstrip("\r\n")) :] or "\n"
    closes_below = "\n" in between or "\r" in between
    if "," not in between:
        alone = closes_below and column == len(indent) and "#" not in text[start:close]
        return at.edit(start, start, f",{newline}{indent}{argument}" if alone else f", {argument}")
    comma = start + between.index(",") + 1
    if not closes_below:
        return at.edit(comma, comma, f" {argument}")
    row, _ = at.view.source.position(comma)
    end = at.view.source.at(row, line_end(at.view.source.lines[row]))  # behind a comment
    return at.edit(end, end, f"{newline}{indent}{argument},")


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
