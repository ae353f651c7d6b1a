"""Edits of lists and tuples."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from backend_architect.engine.findings import Edit
from backend_architect.engine.remedies import UnwritableError

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable

    from backend_architect.engine.text import SourceText

_WIDTH: Final = 88
_COMMENT: Final = re.compile(r"#[^\n]*")


def range_of(node: ast.expr | ast.stmt, source: SourceText) -> tuple[int, int]:
    """The offsets of a node."""
    start = source.offset(node.lineno - 1, node.col_offset)
    return start, source.offset((node.end_lineno or node.lineno) - 1, node.end_col_offset or 0)


def indent_of(line: str) -> str:
    """The blanks with which a line begins."""
    return line[: len(line) - len(line.lstrip())]


def append(
    display: ast.List | ast.Tuple, written: Callable[[str], str], source: SourceText, newline: str
) -> list[Edit]:
    """The edits that put an element behind the last one, in the layout of the display.

    `written` gives the element for a line with an indent.

    Raises:
        UnwritableError: comments stand where the element must go, or a tuple has no parentheses.
    """
    text = source.text
    start, end = range_of(display, source)
    if text[start] not in "([":
        raise UnwritableError("the tuple has no parentheses")
    around = indent_of(source.lines[display.lineno - 1])
    close = end - 1
    if not display.elts:
        if text[start + 1 : close].strip():
            raise UnwritableError("a comment stands in the list")
        body = f"{newline}{around}    {written(f'{around}    ')},{newline}{around}"
        return [Edit(source.span(start + 1, close), body)]
    last = range_of(display.elts[-1], source)[1]
    if "\n" in text[start:close]:
        return [_below(display, written, source, newline)]
    line = source.lines[display.lineno - 1].rstrip("\r\n")
    one = written(around)
    if "\n" not in one and len(line) + len(one) + 2 <= _WIDTH:
        return [Edit(source.span(last, close), f", {one}")]
    return _spread(display, written, source, newline)


def _below(
    display: ast.List | ast.Tuple, written: Callable[[str], str], source: SourceText, newline: str
) -> Edit:
    """The element below the last one, behind the comment that this may have."""
    last, close = range_of(display.elts[-1], source)[1], range_of(display, source)[1] - 1
    indent = indent_of(source.lines[display.elts[0].lineno - 1])
    behind = source.text[last:close]
    comma = _COMMENT.sub(lambda comment: " " * len(comment[0]), behind).find(",")
    stop = behind.find("\n", max(comma, 0))
    if stop < 0:
        return Edit(source.span(last, close), f",{newline}{indent}{written(indent)}")
    kept = behind[:stop].removesuffix("\r")
    added = f"{'' if comma >= 0 else ','}{kept}{newline}{indent}{written(indent)},"
    return Edit(source.span(last, last + len(kept)), added)


def _spread(
    display: ast.List | ast.Tuple, written: Callable[[str], str], source: SourceText, newline: str
) -> list[Edit]:
    """Each element on a line of its own."""
    around = indent_of(source.lines[display.lineno - 1])
    indent = f"{around}    "
    start, end = range_of(display, source)
    ranges = [range_of(one, source) for one in display.elts]
    edits: list[Edit] = []
    before = start + 1
    for first, last in ranges:
        comma = "" if before == start + 1 else ","
        edits.append(Edit(source.span(before, first), f"{comma}{newline}{indent}"))
        before = last
    tail = f",{newline}{indent}{written(indent)},{newline}{around}"
    edits.append(Edit(source.span(before, end - 1), tail))
    return edits
