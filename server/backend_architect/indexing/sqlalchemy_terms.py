"""An index as SQLAlchemy writes it: the arguments of `Index(...)` and of `op.create_index(...)`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backend_architect.advice.advice import written
from backend_architect.engine.remedies import UnwritableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend_architect.schema.model import Index, IndexPart

WIDTH: Final = 88
"""The longest line that is written; Black's default."""

_PARAMETER: Final = re.compile(r"(?<![:\w\\]):\w+(?!:)")
"""What `text()` takes for a parameter (SQLAlchemy 2.0)."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a file writes."""

    quote: str = '"'
    newline: str = "\n"
    unit: str = "    "
    """One step of indentation."""
    text: str = "text"
    """What makes SQL of a string."""

    def string(self, value: str) -> str:
        """A string literal, in the other quotes where it contains those of the file."""
        other = "'" if self.quote == '"' else '"'
        quote = other if self.quote in value and other not in value else self.quote
        escaped = value.replace("\\", "\\\\").replace(quote, f"\\{quote}")
        return f"{quote}{escaped}{quote}"

    def sql(self, value: str) -> str:
        """An expression of SQL.

        Raises:
            UnwritableError: SQLAlchemy would see a parameter in it.
        """
        if _PARAMETER.search(value):
            raise UnwritableError(f"SQLAlchemy would see a parameter in `{value}`")
        return f"{self.text}({self.string(value)})"

    def call(self, function: str, arguments: Sequence[str], indent: str, *, behind: int = 0) -> str:
        """A call on a line with an indentation and `behind` more characters, or on several lines."""
        line = f"{function}({', '.join(arguments)})"
        if len(indent) + len(line) + behind <= WIDTH:
            return line
        inner = indent + self.unit
        lines = "".join(f"{inner}{one},{self.newline}" for one in arguments)
        return f"{function}({self.newline}{lines}{indent})"


def uses_text(index: Index) -> bool:
    """Whether an index cannot be written without SQL."""
    return bool(index.where) or not all(map(_is_plain, index.parts))


def columns(index: Index, style: Style) -> list[str]:
    """The parts of an index: names of columns and SQL.

    Raises:
        UnwritableError: a part cannot be written.
    """
    return [
        style.string(part.column) if part.column is not None and _is_plain(part) else style.sql(written(part))
        for part in index.parts
    ]


def options(index: Index, style: Style) -> list[str]:
    """What is said of an index beside its parts, as keyword arguments.

    Raises:
        UnwritableError: the condition of a partial index cannot be written.
    """
    found: list[str] = []
    if index.using != "btree":
        found.append(f"postgresql_using={style.string(index.using)}")
    classes = {part.column: part.opclass for part in index.parts if part.opclass and _is_plain(part)}
    if classes:
        pairs = (f"{style.string(name or '')}: {style.string(value)}" for name, value in classes.items())
        found.append(f"postgresql_ops={{{', '.join(pairs)}}}")
    if index.include:
        found.append(f"postgresql_include=[{', '.join(map(style.string, index.include))}]")
    if not index.nulls_distinct:
        found.append("postgresql_nulls_not_distinct=True")
    if index.where:
        found.append(f"postgresql_where={style.sql(index.where)}")
    return found


def _is_plain(part: IndexPart) -> bool:
    """Whether a part is a column in its usual order."""
    return part.column is not None and not (part.descending or part.nulls or part.collation)
