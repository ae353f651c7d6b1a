"""Columns as clients count them, and as we do: in code points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lsprotocol.types import Position, Range

from backend_architect.engine.findings import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_WIDTHS: dict[str, Callable[[str], int]] = {
    "utf-8": lambda text: len(text.encode("utf-8", "surrogatepass")),
    "utf-16": lambda text: len(text.encode("utf-16-le", "surrogatepass")) // 2,
    "utf-32": len,
}
"""How many units a text takes, by the name of the encoding."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """The units in which a client counts columns: utf-8, utf-16 or utf-32."""

    name: str

    def units(self, line: str, column: int) -> int:
        """The column of a client for a column in code points."""
        return column if line.isascii() else _WIDTHS[self.name](line[:column])

    def column(self, line: str, units: int) -> int:
        """The column in code points for one of a client; in the middle of a character, that behind it."""
        if self.name == "utf-32" or line.isascii():
            return min(units, len(line))
        width = _WIDTHS[self.name]
        counted = 0
        for column, char in enumerate(line):
            if counted >= units:
                return column
            counted += width(char)
        return len(line)

    def to_range(self, span: Span, lines: Sequence[str]) -> Range:
        """A span, for the client."""
        return Range(
            Position(span.line, self.units(_line(lines, span.line), span.column)),
            Position(span.end_line, self.units(_line(lines, span.end_line), span.end_column)),
        )

    def to_span(self, given: Range, lines: Sequence[str]) -> Span:
        """A range of the client's."""
        start, end = given.start, given.end
        return Span(
            start.line,
            self.column(_line(lines, start.line), start.character),
            end.line,
            self.column(_line(lines, end.line), end.character),
        )


def _line(lines: Sequence[str], number: int) -> str:
    return lines[number] if number < len(lines) else ""
