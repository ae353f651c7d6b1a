"""Edits of dictionaries."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.fixes.calls import append_argument

if TYPE_CHECKING:
    from backend_architect.engine.findings import Edit
    from backend_architect.python.place import Place


def add_entry(display: ast.Dict | ast.Call, key: str, value: str, at: Place) -> Edit | None:
    """The edit that puts an entry behind the last one of `{...}` or `dict(...)`, in its layout."""
    if isinstance(display, ast.Call):
        return append_argument(display, f"{key}={value}", at)
    entry = f'"{key}": {value}'
    close = at.range_of(display)[1] - 1
    if not display.values:
        return at.edit(close, close, entry)
    text = at.view.source.text
    end = at.range_of(display.values[-1])[1]
    between = text[end:close]
    if "#" in between and "," not in between.partition("#")[0]:
        return None
    if "," not in between:
        return at.edit(end, end, f", {entry}")
    comma = end + between.index(",") + 1
    if "\n" not in between:
        return at.edit(comma, comma, f" {entry}")
    row, _ = at.view.source.position(at.range_of(display.values[-1])[0])
    line = at.view.source.lines[row]
    indent = line[: len(line) - len(line.lstrip())]
    newline = "\r\n" if "\r\n" in between else "\n"
    line_end = text.index("\n", comma)
    start = line_end - 1 if newline == "\r\n" else line_end
    return at.edit(start, start, f"{newline}{indent}{entry},")
