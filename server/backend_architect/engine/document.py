"""A text as a list of blocks, of which an edit touches only a few.

Whatever the language, a block is a run of whole lines that its syntax can read alone, and reading every block
alone gives the same as reading the whole text. So an edit needs to read again only the blocks it touches, and
their neighbours when they do not stand alone any more. `server/ARCHITECTURE.md` tells why this is exact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.blocks import Block, Level, Syntax, inherit
from backend_architect.engine.repair import Change, Repair
from backend_architect.engine.text import line_end, split_lines

if TYPE_CHECKING:
    from backend_architect.engine.findings import Span


class Document:
    """The lines of a text and the blocks they form. It always covers the text, whatever is in it."""

    def __init__(self, syntax: Syntax, text: str) -> None:
        self.syntax = syntax
        self.lines = split_lines(text)
        self.level = Level(syntax, self._read(), None)
        self._unsettled = False
        self._leaves: list[tuple[int, Block]] | None = None

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(self.lines)

    @property
    def broken(self) -> bool:
        """Whether some block could not be read."""
        return any(block.broken for _, block in self.blocks())

    def blocks(self) -> list[tuple[int, Block]]:
        """Every block without members, with its first line."""
        if self._leaves is None:
            self._leaves = list(self.level.leaves(0))
        return self._leaves

    def edit(self, span: Span, text: str) -> None:
        """Replace the text of a span; places behind the end of a line or of the text count as that end."""
        start, end = self._clamped(span.line), self._clamped(span.end_line)
        head = self._cut(span.line, span.column)[0]
        tail = self._cut(span.end_line, span.end_column)[1]
        replacement = head + text + tail
        if replacement.startswith("\n") and start and self.lines[start - 1].endswith("\r"):
            start -= 1
            replacement = self.lines[start] + replacement
        self.replace(start, min(end + 1, len(self.lines)), split_lines(replacement))

    def _clamped(self, line: int) -> int:
        """The index of a line; behind the last one stands an empty one, unless that has no line end."""
        last = len(self.lines)
        return min(line, last - 1 if last and line_end(self.lines[-1]) == len(self.lines[-1]) else last)

    def _cut(self, line: int, column: int) -> tuple[str, str]:
        """A line, cut in two."""
        at = self._clamped(line)
        if at == len(self.lines):
            return "", ""
        content = self.lines[at]
        column = len(content) if at < line else min(column, line_end(content))
        return content[:column], content[column:]

    def replace(self, start: int, end: int, lines: list[str]) -> None:
        """Replace the lines `start` to `end` (exclusive) by others."""
        self.lines[start:end] = lines
        self._unsettled = True
        self._leaves = None
        if self.level.blocks:
            Repair(self.level, self.lines, 0, Change(start, end, len(lines))).run()
        else:
            self.level.adopt(self._read())

    def settle(self) -> bool:
        """Read the whole text if that may tell more than its blocks do; whether blocks were replaced."""
        if not self._unsettled or not self.broken:
            return False
        self._unsettled = False
        blocks = self.syntax.read(self.lines, None)
        if blocks is None:
            return False
        inherit(blocks, self.level.blocks)
        self.level.adopt(blocks)
        self._leaves = None
        return True

    def _read(self) -> list[Block]:
        blocks = self.syntax.read(self.lines, None)
        return self.syntax.split(self.lines, None) if blocks is None else blocks
