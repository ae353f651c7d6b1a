"""Tables and what belongs to them, as the files of a project say they are.

All of it is plain data that can be pickled and compared. Names are as written, without their quotes; names that
were not quoted are in lower case, as PostgreSQL keeps them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """Where a file says something: its path below the root of the workspace, and the line, from 1."""

    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    name: str
    type: str = ""
    """As SQL writes it, in lower case: `bigint`, `varchar(20)`, `timestamp with time zone`, `text[]`.

    Empty where nobody says it.
    """
    nullable: bool = True
    default: str | None = None
    """The expression that the database fills in, as written."""
    choices: tuple[str, ...] = ()
    """The values that it may have, where a check, an enum or the choices of a model name them."""
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class IndexPart:
    """What an index sorts by: a column or an expression."""

    column: str | None
    """None for an expression."""
    expression: str = ""
    """The expression in SQL, normalized: lower case keywords, single blanks. Empty for a column."""
    descending: bool = False
    nulls: Literal["", "first", "last"] = ""
    opclass: str = ""


@dataclass(frozen=True, slots=True)
class Index:
    """An index, or what the database makes one for: a primary key, a unique constraint."""

    name: str
    """Empty where the database chooses it."""
    parts: tuple[IndexPart, ...]
    unique: bool = False
    using: str = "btree"
    where: str = ""
    """The predicate of a partial index, in SQL; empty for a full one."""
    include: tuple[str, ...] = ()
    kind: Literal["index", "primary", "unique", "exclusion"] = "index"
    """What asked for it: `CREATE INDEX`, or a constraint."""
    origin: Origin | None = None

    @property
    def columns(self) -> tuple[str | None, ...]:
        """The columns in order; None in the place of an expression."""
        return tuple(part.column for part in self.parts)


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Columns that point to a row of another table."""

    columns: tuple[str, ...]
    table: str
    """The name of the table that is pointed to."""
    to: tuple[str, ...] = ()
    """Its columns; empty for its primary key."""
    on_delete: str = ""
    """In lower case: `cascade`, `set null`, `restrict`, ...; empty for no action.

    What an ORM does itself (Django) counts as if the database did it.
    """
    on_update: str = ""
    name: str = ""
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """A condition that all rows meet."""

    name: str
    expression: str
    validated: bool = True


@dataclass(slots=True)
class Table:
    """A table with its columns by name, in their order."""

    name: str
    """With its schema in front where one is named: `billing.invoices`."""
    columns: dict[str, Column] = field(default_factory=dict[str, Column])
    indexes: list[Index] = field(default_factory=list[Index])
    """Those of the primary key and of unique constraints included."""
    foreign_keys: list[ForeignKey] = field(default_factory=list[ForeignKey])
    checks: list[Check] = field(default_factory=list[Check])
    origin: Origin | None = None
    complete: bool = True
    """Whether all columns are known; not for a table that is only altered in the files at hand."""

    @property
    def primary_key(self) -> tuple[str, ...]:
        """The columns of the primary key; empty if there is none."""
        keys = (index for index in self.indexes if index.kind == "primary")
        return next((tuple(one for one in key.columns if one is not None) for key in keys), ())


@dataclass(slots=True)
class Schema:
    """All that is known of one database."""

    tables: dict[str, Table] = field(default_factory=dict[str, Table])
    views: dict[str, str] = field(default_factory=dict[str, str])
    """The queries of views, by name."""
    enums: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """The values of enumerated types, by the name of the type."""
    sources: tuple[str, ...] = ()
    """The files that it was read from, in the order in which they were applied."""

    def table(self, name: str) -> Table | None:
        """The table of a name, which may leave out the schema or name the default one (`public.orders`)."""
        if name in self.tables:
            return self.tables[name]
        bare = name.removeprefix("public.")
        if bare in self.tables:
            return self.tables[bare]
        found = [table for known, table in self.tables.items() if known.rpartition(".")[2] == name]
        return found[0] if len(found) == 1 else None

    def pointing_at(self, name: str) -> Iterator[tuple[Table, ForeignKey]]:
        """The foreign keys that point to a table, each with its own table."""
        target = self.table(name)
        for table in self.tables.values():
            for key in table.foreign_keys:
                if target is not None and self.table(key.table) is target:
                    yield table, key
