"""What a query asks of each table: which rows, by which columns, in which order, and how many.

Shapes are plain data. Names are resolved: tables and columns are those of the schema. What could not be
resolved is left out, so a shape never says more than its query.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from backend_architect.schema.model import Origin

Kind = Literal[
    "equal",
    "in",
    "null",
    "not-null",
    "lower",
    "upper",
    "between",
    "prefix",
    "infix",
    "contains",
    "overlaps",
    "has-key",
    "text-search",
    "other",
]
"""How a condition picks rows.

lower, upper: a range with one end; between: with both. infix: a pattern that does not begin with text, or is
not known. contains: `@>`. other: a condition that no index answers, such as a negation.
"""


@dataclass(frozen=True, slots=True)
class Key:
    """What an index could sort by: a column, or an expression over columns of one table."""

    column: str | None
    """None for an expression."""
    expression: str = ""
    """Canonical, to be compared; empty for a column."""
    text: str = ""
    """The expression as the query writes it, without the names of tables; empty for a column."""
    columns: tuple[str, ...] = ()
    """The columns of the expression, or the column itself."""
    indexable: bool = True
    """Whether the expression always gives the same for the same row, as an index needs it."""


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Another way to say a condition, which an index on the column itself answers."""

    condition: Predicate
    start: int
    """Where the condition stands in the statement, in code points."""
    end: int
    text: str
    """What to write there."""


@dataclass(frozen=True, slots=True)
class Predicate:
    """A condition on one key."""

    key: Key
    kind: Kind
    sql: str = ""
    """The whole condition, canonical and without the names of tables."""
    constant: str | None = None
    """What the key is compared with, in canonical SQL; None where only the program knows it."""
    values: int = 1
    """How many values `in` lists; as many as people usually list, where the program decides."""
    before_now: float | None = None
    """How many seconds before now the end of an open range is; None if nobody knows."""
    rewrite: Rewrite | None = None


@dataclass(frozen=True, slots=True)
class Either:
    """Conditions on one table of which one branch must hold; each branch is conditions that all hold."""

    branches: tuple[tuple[Predicate, ...], ...]


@dataclass(frozen=True, slots=True)
class OrderKey:
    """A key that rows are sorted by."""

    key: Key
    descending: bool = False
    nulls: Literal["", "first", "last"] = ""
    """Where it is not the default of the direction."""


@dataclass(slots=True, eq=False)
class TableUse:
    """A table at one place of a query, or rows that come from elsewhere."""

    table: str
    """Empty for rows that come from elsewhere: another query, a list of values, the row around a subquery."""
    few: bool = False
    """Of rows from elsewhere: whether there are few."""
    source: QueryShape | None = None
    """The query that the rows from elsewhere come from."""
    optional: bool = False
    """Whether the other tables are read first because their rows stay without a partner here."""
    conditions: list[Predicate] = field(default_factory=list[Predicate])
    either: list[Either] = field(default_factory=list[Either])


@dataclass(frozen=True, slots=True)
class Join:
    """Two keys that must be equal; `left` and `right` are the numbers of the uses."""

    left: int
    left_key: Key
    right: int
    right_key: Key


@dataclass(slots=True, eq=False)
class QueryShape:
    """One SELECT, UPDATE or DELETE, with the subqueries that databases join to it."""

    origin: Origin
    statement: str = ""
    """The text of the whole statement around it."""
    uses: list[TableUse] = field(default_factory=list[TableUse])
    joins: list[Join] = field(default_factory=list[Join])
    ordered: int | None = None
    """The use that all keys of the order belong to."""
    order: tuple[OrderKey, ...] = ()
    limit: int | None = None
    """How many rows are wanted, with those that are skipped; a page where only the program knows."""
    extremes: tuple[tuple[int, OrderKey], ...] = ()
    """The keys whose first value is all that is wanted, as in `max(created_at)`, with their uses."""
    removes_from: str = ""
    """The table whose rows a DELETE removes."""
    changes: tuple[str, ...] = ()
    """The columns of `updates` that an UPDATE changes."""
    updates: str = ""
    """The table whose rows an UPDATE changes."""
    often: bool = False
    """Whether it stands in a loop or in a function that answers requests."""
