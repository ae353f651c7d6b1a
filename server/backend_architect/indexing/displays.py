"""Putting elements into lists and tuples, in their layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.remedies import UnwritableError
from backend_architect.fixes.calls import append_item
from backend_architect.fixes.layout import has_tall_string
from backend_architect.indexing.python_style import WIDTH

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Iterator

    from backend_architect.engine.findings import Edit
    from backend_architect.indexing.python_file import PythonFile


def add_element(
    display: ast.List | ast.Tuple, written: Callable[[str], str], file: PythonFile, *, ahead: bool = False
) -> list[Edit]:
    """The edits that put an element behind the last one, or ahead of it.

    `written` gives the element for a line with an indentation, in front of a comma.

    Raises:
        UnwritableError: comments stand where the element must go, or a tuple has no parentheses.
    """
    at, style = file.at, file.style
    start, end = at.range_of(display)
    if file.text[start] not in "([":
        raise UnwritableError("the tuple has no parentheses")
    around = file.indent_of(display)
    if not display.elts:
        if file.text[start + 1 : end - 1].strip():
            raise UnwritableError("a comment stands in the empty list")
        inner = around + style.unit
        lines = f"{style.newline}{inner}{written(inner)},{style.newline}{around}"
        return [at.edit(start + 1, end - 1, lines)]
    last = display.elts[-1]
    first, _ = at.range_of(last)
    if ahead and file.text[start + 1 : first].rstrip().endswith("("):
        raise UnwritableError("the last element stands in parentheses")
    if file.begins_line(last):
        indent = file.indent_of(last)
        if ahead:
            return [at.edit(first, first, f"{written(indent)},{style.newline}{indent}")]
        return [append_item(last, end - 1, written(indent), at)]
    item = written(around)
    width = len(file.source.lines[display.lineno - 1].rstrip()) + len(f", {item}")
    if display.lineno == display.end_lineno and style.newline not in item and width <= WIDTH:
        return [at.edit(first, first, f"{item}, ") if ahead else append_item(last, end - 1, item, at)]
    return list(_spread(display, written, file, ahead=ahead))


def _spread(
    display: ast.List | ast.Tuple, written: Callable[[str], str], file: PythonFile, *, ahead: bool
) -> Iterator[Edit]:
    """The edits that write each element on a line of its own, with one more."""
    around, style = file.indent_of(display), file.style
    inner = around + style.unit
    start, end = file.at.range_of(display)
    ranges = [file.at.range_of(one) for one in display.elts]
    stops, starts = [start + 1, *(last for _, last in ranges)], [*(first for first, _ in ranges), end - 1]
    gaps = list(zip(stops, starts, strict=True))
    if has_tall_string(display.elts) or any(file.text[slice(*gap)].strip(" \t\r\n,") for gap in gaps):
        raise UnwritableError("the lines of the list cannot be told apart")
    item = f"{inner}{written(inner)},{style.newline}"
    lines = [f",{style.newline}{inner}" for _ in gaps]
    lines[0] = lines[0].removeprefix(",")
    lines[-1] = f",{style.newline}{around}"
    lines[-2 if ahead else -1] = lines[-2 if ahead else -1].replace(style.newline, style.newline + item)
    for gap, text in zip(gaps, lines, strict=True):
        yield file.at.edit(*gap, text)
    for one in display.elts:
        if one.lineno == display.lineno:
            yield from indented(one, file)


def indented(node: ast.expr, file: PythonFile) -> Iterator[Edit]:
    """The edits that move all lines of a node but the first by one step to the right."""
    for row in range(node.lineno, node.end_lineno or node.lineno):
        offset = file.source.at(row, 0)
        yield file.at.edit(offset, offset, file.style.unit)
