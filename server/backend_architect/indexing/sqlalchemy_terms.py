"""An index as SQLAlchemy writes it: the arguments of `Index(...)` and of `op.create_index(...)`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backend_architect.advice.advice import written
from backend_architect.engine.remedies import UnwritableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.indexing.python_style import Style
    from backend_architect.schema.model import Index, IndexPart

_PARAMETER: Final = re.compile(r"(?<![:\w\\]):\w+(?!:)")
"""What `text()` takes for a parameter (SQLAlchemy 2.0)."""


@dataclass(frozen=True, slots=True)
class IndexTerms:
    """The terms in which a file says what an index is."""

    index: Index
    style: Style
    text: str
    """What makes SQL of a string."""

    def columns(self) -> list[str]:
        """The parts of the index: names of columns and SQL.

        Raises:
            UnwritableError: SQLAlchemy would see a parameter in one.
        """
        return [
            self.style.string(part.column)
            if part.column is not None and _is_plain(part)
            else self._sql(written(part))
            for part in self.index.parts
        ]

    def options(self) -> Iterator[str]:
        """What is said of the index beside its parts, as keyword arguments.

        Raises:
            UnwritableError: SQLAlchemy would see a parameter in the condition of a partial index.
        """
        index, string = self.index, self.style.string
        if index.using != "btree":
            yield f"postgresql_using={string(index.using)}"
        classes = {part.column: part.opclass for part in index.parts if part.opclass and _is_plain(part)}
        if classes:
            pairs = (f"{string(name or '')}: {string(value)}" for name, value in classes.items())
            yield f"postgresql_ops={{{', '.join(pairs)}}}"
        if index.include:
            yield f"postgresql_include=[{', '.join(map(string, index.include))}]"
        if not index.nulls_distinct:
            yield "postgresql_nulls_not_distinct=True"
        if index.where:
            yield f"postgresql_where={self._sql(index.where)}"

    def _sql(self, value: str) -> str:
        if _PARAMETER.search(value):
            raise UnwritableError(f"SQLAlchemy would see a parameter in `{value}`")
        return f"{self.text}({self.style.string(value)})"


def uses_text(index: Index) -> bool:
    """Whether an index cannot be written without SQL."""
    return bool(index.where) or not all(map(_is_plain, index.parts))


def _is_plain(part: IndexPart) -> bool:
    """Whether a part is a column in its usual order."""
    return part.column is not None and not (part.descending or part.nulls or part.collation)
