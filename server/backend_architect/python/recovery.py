"""Cutting a Python text that does not parse, so that as few of its lines as possible stay unread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.blocks import Block, Level
from backend_architect.python.syntax import CLASS_HEIGHT, WRAPPER, PythonSyntax, Unreadable, is_idle, parse

if TYPE_CHECKING:
    from collections.abc import Sequence

WHOLE_READS = 8
"""How often the rest of a text is read to its end, behind an error, before each statement is tried alone."""

HEAD_HEIGHT = 12
"""Up to how many lines the head of a class is looked for."""

_NO_START = (" ", "\t", "\f", "\r", "\n", "#", ")", "]", "}", "else", "elif", "except", "finally")


class Recovery:
    """Walks down a text from error to error."""

    def __init__(self, syntax: PythonSyntax, lines: Sequence[str], indent: str | None) -> None:
        self.syntax = syntax
        self.lines = lines
        self.indent = indent
        self.at = 0
        self.blocks: list[Block] = []
        margin = indent or ""
        self.starts = [
            index
            for index, line in enumerate(lines)
            if line.startswith(margin)
            and not line[len(margin) :].startswith(_NO_START)
            and len(line) > len(margin)
        ]

    def run(self) -> list[Block]:
        """All blocks of the text."""
        for _ in range(WHOLE_READS):
            if self._read(len(self.lines)):
                return self.blocks
            self._break(self._readable_end())
        while self.at < len(self.lines):
            if not any(self._read(end) for end in self._next_starts(3)):
                self._break(self.at)
        return self.blocks

    def _read(self, end: int) -> bool:
        """Read up to a line; whether that could be done."""
        if self.at == end:
            return True
        blocks = self.syntax.read(self.lines[self.at : end], self.indent)
        if blocks is None:
            return False
        if blocks and blocks[-1].joins and end < len(self.lines):
            end -= blocks.pop().height
        if end == self.at:
            return False
        self.blocks += blocks
        self.at = end
        return True

    def _readable_end(self) -> int:
        """Where the statement of the first error begins: all before it can be read."""
        rest = "".join(self.lines[self.at :])
        tree = parse(rest if self.indent is None else WRAPPER + rest)
        shift = 0 if self.indent is None else 1
        error = tree.line - 1 - shift + self.at if isinstance(tree, Unreadable) else self.at
        ends = [start for start in self.starts if self.at < start <= error]
        low, high = 0, len(ends)
        if ends and self._can_read(ends[-1]):
            return ends[-1]
        while low < high:
            middle = (low + high) // 2
            if self._can_read(ends[middle]):
                low = middle + 1
            else:
                high = middle
        return ends[low - 1] if low else self.at

    def _can_read(self, end: int) -> bool:
        return self.syntax.read(self.lines[self.at : end], self.indent) is not None

    def _break(self, start: int) -> None:
        """Read up to a line, and make the statement that begins there a broken block."""
        if start > self.at:
            self._read(start)
        end = next((at for at in self.starts if at > max(start, self._code_at(self.at))), len(self.lines))
        lines = self.lines[self.at : end]
        members = self._members(lines) if self.indent is None and len(lines) > CLASS_HEIGHT else None
        if members is None:
            self.blocks.append(Block("".join(lines), len(lines)))
        else:
            self.blocks.append(Block("", len(lines), members=members))
        self.at = end

    def _code_at(self, line: int) -> int:
        return next(
            (at for at in range(line, len(self.lines)) if not is_idle(self.lines[at])), len(self.lines)
        )

    def _next_starts(self, count: int) -> list[int]:
        """Where the next statements may end."""
        behind = [at for at in self.starts if at > self._code_at(self.at)][:count]
        return behind if len(behind) == count else [*behind, len(self.lines)]

    def _members(self, lines: Sequence[str]) -> Level | None:
        """The head and the members of a class in which something cannot be read."""
        first = next((at for at, line in enumerate(lines) if line.startswith("class ")), None)
        if first is None:
            return None
        for end in range(first + 1, min(first + HEAD_HEIGHT, len(lines))):
            code = next((line for line in lines[end:] if not is_idle(line)), "")
            indent = code[: len(code) - len(code.lstrip(" \t"))]
            head = self.syntax.read_head(lines[:end], indent) if indent else None
            if head is not None and len(head) == 1:
                members = Recovery(self.syntax, lines[end:], indent).run()
                return Level(self.syntax, head + members, indent)
        return None
