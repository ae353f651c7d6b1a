"""The lines of source that a finding is about, as they can be shown in a terminal."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from backend_architect.engine.text import line_end

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend_architect.engine.findings import Span

LINES: Final = 3
"""Of a finding that is longer only the first lines are shown."""

_WIDTH: Final = 120
_LEAD: Final = 40
"""How much of a line too long for `_WIDTH` is kept before the place."""


def excerpt(lines: Sequence[str], span: Span) -> tuple[str, ...]:
    """The lines of a span, without their ends, at most `LINES` of them."""
    last = min(span.end_line, span.line + LINES - 1, len(lines) - 1)
    return tuple(line[: line_end(line)] for line in lines[span.line : last + 1])


def framed(source: Sequence[str], span: Span) -> list[tuple[str, str, str]]:
    """Gutter, line and carets below it for each line of an excerpt.

    Columns agree on a terminal: tabs are widened, wide characters counted twice, and control characters,
    which could command the terminal, replaced.
    """
    digits = len(str(span.line + len(source)))
    rows: list[tuple[str, str, str]] = []
    for index, line in enumerate(source):
        indent = len(line) - len(line.lstrip())
        start = span.column if index == 0 else indent
        end = span.end_column if span.line + index == span.end_line else len(line)
        cut = max(0, start - _LEAD) if len(line) > _WIDTH else 0
        before, marked, after = line[cut:start], line[start : max(end, start)], line[max(end, start) :]
        before = "..." * bool(cut) + _printable(before)
        marked = _printable(marked[:_WIDTH])
        shown = before + marked + _printable(after)[: max(0, _WIDTH - len(before) - len(marked))]
        carets = " " * _cells(before) + "^" * max(1, _cells(marked))
        rows.append((f"{span.line + index + 1:>{digits}}", shown.rstrip(), carets))
    if 0 < len(source) <= span.end_line - span.line:
        rows.append((" " * digits, "...", ""))
    return rows


def _printable(text: str) -> str:
    return "".join("    " if c == "\t" else "\N{REPLACEMENT CHARACTER}" if _controls(c) else c for c in text)


def _controls(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs") and character != "\N{ZERO WIDTH JOINER}"


def _cells(text: str) -> int:
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if character.isascii():
        return 1
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
