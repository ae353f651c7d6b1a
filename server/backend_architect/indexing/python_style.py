"""How a Python file writes strings and calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH: Final = 88
"""The longest line that is written; Black's default."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a file writes."""

    quote: str = '"'
    newline: str = "\n"
    unit: str = "    "
    """One step of indentation."""

    def string(self, value: str) -> str:
        """A string literal, in the other quotes where it contains those of the file."""
        if not value.isprintable():
            return repr(value)
        other = "'" if self.quote == '"' else '"'
        quote = other if self.quote in value and other not in value else self.quote
        escaped = value.replace("\\", "\\\\").replace(quote, f"\\{quote}")
        return f"{quote}{escaped}{quote}"

    def call(self, function: str, arguments: Sequence[str], indent: str, *, beside: int = 0) -> str:
        """A call on a line with an indentation and `beside` more characters, or on several lines."""
        line = f"{function}({', '.join(arguments)})"
        if len(indent) + len(line) + beside <= WIDTH:
            return line
        inner = indent + self.unit
        lines = "".join(f"{inner}{one},{self.newline}" for one in arguments)
        return f"{function}({self.newline}{lines}{indent})"
