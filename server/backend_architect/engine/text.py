"""Lines, offsets and columns of a text, as editors and Python's parser count them."""

from __future__ import annotations

import io
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend_architect.engine.findings import Edit


def split_lines(text: str) -> list[str]:
    r"""Cut a text into lines that keep their ends; only \n, \r\n and \r end a line.

    `str.splitlines` would also cut at form feeds and U+2028, which neither the Language Server Protocol
    nor Python's tokenizer counts as the end of a line.
    """
    return io.StringIO(text, newline="").readlines()


def line_end(line: str) -> int:
    """The column at which the content of a line ends and its line end begins."""
    return len(line) - (2 if line.endswith("\r\n") else line.endswith(("\n", "\r")))


def newline_of(lines: Iterable[str]) -> str:
    """The line end of a text: that of its first line."""
    return next((line[line_end(line) :] for line in lines if line_end(line) < len(line)), "\n")


class SourceText:
    """A text with a table of its line starts: converts between offsets, spans and `ast` positions."""

    __slots__ = ("lines", "starts", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = split_lines(text)
        self.starts = [0, *accumulate(map(len, self.lines))]

    def offset(self, line: int, utf8_column: int) -> int:
        """The offset of a zero-based line and a column in UTF-8 bytes, as `ast` gives it."""
        content = self.lines[line]
        if not content.isascii():
            return self.starts[line] + len(
                content.encode("utf-8", "surrogatepass")[:utf8_column].decode("utf-8", "replace")
            )
        return self.starts[line] + utf8_column

    def at(self, line: int, column: int) -> int:
        """The offset of a zero-based line and a column in code points."""
        return self.starts[line] + column

    def position(self, offset: int) -> tuple[int, int]:
        """The zero-based line and the column in code points of an offset."""
        line = bisect_right(self.starts, offset) - 1
        if line == len(self.lines) and line and line_end(self.lines[-1]) == len(self.lines[-1]):
            line -= 1
        return line, offset - self.starts[line]

    def span(self, start: int, end: int) -> Span:
        """The span between two offsets."""
        return Span(*self.position(start), *self.position(end))

    def slice(self, span: Span) -> str:
        """The text of a span."""
        return self.text[self.at(span.line, span.column) : self.at(span.end_line, span.end_column)]


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text after edits that do not overlap; an edit that is given twice is made once."""
    source = SourceText(text)
    parts: list[str] = []
    done = 0
    for edit in sorted(dict.fromkeys(edits), key=lambda edit: edit.span):
        span = edit.span
        parts += [text[done : source.at(span.line, span.column)], edit.text]
        done = source.at(span.end_line, span.end_column)
    return "".join([*parts, text[done:]])
