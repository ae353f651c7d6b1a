"""Edits of dictionaries."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.fixes.calls import append_argument, append_item

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
    return append_item(display.values[-1], close, entry, at)
