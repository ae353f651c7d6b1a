"""A SELECT as it is put together: what a mapper writes, as SQL that can be read like any other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backend_architect.queries.mapping import UnclearError
from backend_architect.queries.moments import moment
from backend_architect.schema.quoting import quoted, string

if TYPE_CHECKING:
    from backend_architect.schema.terms import Term

VALUE = ":v"
"""What stands for a value that only the program knows."""
ALL = "*"
"""What rows differ in by which none is given twice."""
_DIALECT = "postgres"


@dataclass(frozen=True, slots=True)
class Piece:
    """An expression in SQL."""

    sql: str
    kind: str = "value"
    """value: the same for all rows; column: of a table; condition: true or false; other: made of columns."""
    type: str = ""
    """The type of a column, where it is known."""

    @property
    def is_value(self) -> bool:
        """Whether it is the same for all rows."""
        return self.kind == "value"


UNKNOWN_VALUE = Piece(VALUE)


@dataclass(frozen=True, slots=True)
class Source:
    """What rows come from: a table, or a query in parentheses, under a name of its own."""

    alias: str
    sql: str
    table: str = ""
    """The name of the table; empty for a query."""

    @property
    def text(self) -> str:
        """As FROM writes it."""
        alias = name(self.alias)
        return self.sql if self.sql == alias else f"{self.sql} AS {alias}"

    def column(self, column: str) -> str:
        """A column of it, as SQL writes it."""
        return f"{name(self.alias)}.{name(column)}"


@dataclass(slots=True)
class Draft:
    """A SELECT that is put together."""

    outputs: list[str] = field(default_factory=list[str])
    sources: list[Source] = field(default_factory=list[Source])
    """What stands in FROM by itself."""
    joins: list[str] = field(default_factory=list[str])
    joined: list[Source] = field(default_factory=list[Source])
    where: list[str] = field(default_factory=list[str])
    group: list[str] = field(default_factory=list[str])
    having: list[str] = field(default_factory=list[str])
    order: list[str] = field(default_factory=list[str])
    limit: str = ""
    offset: str = ""
    distinct: str = ""
    """What rows differ in of which only the first is wanted."""

    def has(self, alias: str) -> bool:
        """Whether a source of this name is in FROM already."""
        return any(one.alias == alias for one in (*self.sources, *self.joined))

    def add(self, source: Source) -> None:
        """Read rows from a source, once."""
        if not self.has(source.alias):
            self.sources.append(source)

    def join(self, source: Source, condition: str, *, outer: bool = False) -> None:
        """Join a source."""
        self.sources = [one for one in self.sources if one.alias != source.alias]
        self.joins.append(f"{'LEFT ' if outer else ''}JOIN {source.text} ON {condition}")
        self.joined.append(source)

    def tail(self) -> str:
        """What stands behind FROM and WHERE, as an UPDATE has it, too."""
        return f" WHERE {' AND '.join(self.where)}" if self.where else ""

    def sql(self) -> str:
        """The statement.

        Raises:
            UnclearError: it reads from nothing.
        """
        if not self.sources and not self.outputs:
            raise UnclearError
        distinct = "" if not self.distinct else "DISTINCT "
        if self.distinct not in {"", ALL}:
            distinct = f"DISTINCT ON ({self.distinct}) "
        text = f"SELECT {distinct}{', '.join(self.outputs) or '*'}"
        if self.sources:
            text += f" FROM {' CROSS JOIN '.join(one.text for one in self.sources)}"
        text += "".join(f" {one}" for one in self.joins) + self.tail()
        for word, parts in (("GROUP BY", self.group), ("ORDER BY", self.order)):
            if parts:
                text += f" {word} {', '.join(parts)}"
            if word == "GROUP BY" and self.having:
                text += f" HAVING {' AND '.join(self.having)}"
        text += f" LIMIT {self.limit}" if self.limit else ""
        return text + (f" OFFSET {self.offset}" if self.offset else "")


def name(text: str) -> str:
    """A name as SQL writes it."""
    return quoted(text, _DIALECT)


def source_of(table: str, alias: str = "") -> Source:
    """A table as a source."""
    return Source(alias or table.rpartition(".")[2], name(table), table)


def constant(value: str | float | bool) -> Piece:
    """A value that the program has written down."""
    if isinstance(value, bool):
        return Piece("TRUE" if value else "FALSE")
    return Piece(string(value) if isinstance(value, str) else str(value))


def literal(term: Term) -> Piece | None:
    """A value that is known from its term alone: a constant, NULL or a moment; None for any other term."""
    match term:
        case None:
            return Piece("NULL")
        case bool() | str() | int() | float():
            return constant(term)
        case _:
            now = moment(term)
            return Piece(now) if now is not None else None


def pattern(value: Piece, before: str, after: str, function: str = "") -> str:
    """A pattern of LIKE around a value; `%` may stand before and after it."""
    text = value.sql
    if text.startswith("'") and not function:
        inner = text[1:-1].replace("%", "\\%").replace("_", "\\_")
        return f"'{before}{inner}{after}'"
    text = f"{function}({text})" if function else text
    parts = [f"'{before}'"] if before else []
    return " || ".join([*parts, text, *([f"'{after}'"] if after else [])])
