"""What statements of migrations do besides changing the schema: to transactions, settings and rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Begin:
    """A transaction begins."""


@dataclass(frozen=True, slots=True)
class End:
    """A transaction ends."""

    kept: bool = True
    """Whether it is committed."""


@dataclass(frozen=True, slots=True)
class SetTimeout:
    """A limit of time for the statements that follow."""

    name: str
    """As PostgreSQL calls it: `lock_timeout`, `statement_timeout`."""
    value: str
    local: bool = False
    """Whether it ends with the transaction."""


@dataclass(frozen=True, slots=True)
class WriteRows:
    """Rows of a table are added, changed or removed."""

    table: str
    verb: Literal["insert", "update", "delete", "merge"]
    many: bool = True
    """Whether they may be as many as a table has; not where they are written down or named by their key."""


@dataclass(frozen=True, slots=True)
class RunCode:
    """A function of the project runs, and does to rows what only a run could tell."""

    name: str


@dataclass(frozen=True, slots=True)
class Truncate:
    """All rows of tables go."""

    tables: tuple[str, ...]
    cascade: bool = False
    """Whether the tables that point to them are emptied, too."""


@dataclass(frozen=True, slots=True)
class Rebuild:
    """A table, an index or the rows of a view are written anew."""

    by: Literal[
        "reindex", "refresh", "cluster", "vacuum full", "set logged", "set unlogged", "set tablespace"
    ]
    of: Literal["index", "table", "schema", "database", "system", "view"]
    name: str = ""
    """Empty where all that there are of a kind are meant."""
    concurrently: bool = False


@dataclass(frozen=True, slots=True)
class LockTable:
    """A table is locked on purpose."""

    tables: tuple[str, ...]
    mode: str = "access exclusive"


@dataclass(frozen=True, slots=True)
class MakeTable:
    """A table is made of which no more is known than its name, or one that only the session sees."""

    table: str


@dataclass(frozen=True, slots=True)
class OneWay:
    """The tool cannot undo the operation, or the script, because nobody has said how."""


Action = Begin | End | SetTimeout | WriteRows | RunCode | Truncate | Rebuild | LockTable | MakeTable | OneWay
